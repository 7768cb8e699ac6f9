#!/usr/bin/env bash
# Java 17 meets the names by which Istio's gateways between clusters pass TLS on (AUTO_PASSTHROUGH), such as
# outbound_.80_._.info.weather.svc.cluster.local: Java cannot say them in a TLS handshake. They go where a host's name
# goes (SNI), so one would guess that a client that may choose the name can say any. OpenSSL, Python and Node.js send
# them as they are. Java has none of names with an underscore: SNIHostName refuses them, as text and as octets, and a
# socket that is made for such a host sends no name, without a word. The gateway then finds no filter chain and closes,
# which looks like a certificate that it did not like. A Java program that is to call another mesh with certificates of
# its own, or to probe such a gateway, needs a proxy beside it, or a gateway whose hosts are plain names.
# Seen by the server, of that name from OpenSSL, Python, Node.js and Java: the name, the name, the name, none (and
# SNIHostName refused); of info.mesh-b.example the name from all.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; wait; rm -rf "$folder"' EXIT
cd "$folder"
names=(outbound_.80_._.info.weather.svc.cluster.local info.mesh-b.example)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -keyout own.key -out own.pem -days 10 \
  -subj /CN=own 2>/dev/null
cat >server.py <<'PY'
import socket, ssl

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("own.pem", "own.key")
context.sni_callback = lambda connection, name, context: print(name or "none", flush=True)
listener = socket.create_server(("127.0.0.1", 0))
with open("port", "w") as file:
    file.write(f"{listener.getsockname()[1]}\n")
while True:
    connection, _ = listener.accept()
    try:
        context.wrap_socket(connection, server_side=True).close()
    except OSError:
        pass
PY
cat >client.py <<'PY'
import socket, ssl, sys

context = ssl.create_default_context(cafile="own.pem")
context.check_hostname = False
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
context.wrap_socket(connection, server_hostname=sys.argv[2]).close()
PY
cat >client.js <<'JS'
const [port, servername] = process.argv.slice(2);
const options = { host: '127.0.0.1', port, servername, rejectUnauthorized: false };
const socket = require('tls').connect(options, () => socket.end());
JS
cat >Client.java <<'JAVA'
import java.net.Socket;
import java.security.cert.X509Certificate;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

class Client {
  public static void main(String[] args) throws Exception {
    TrustManager all = new X509TrustManager() {
      public void checkClientTrusted(X509Certificate[] chain, String type) {}
      public void checkServerTrusted(X509Certificate[] chain, String type) {}
      public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
    };
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] { all }, null);
    int port = Integer.parseInt(args[0]);
    for (int index = 1; index < args.length; index++) {
      Socket plain = new Socket("127.0.0.1", port);
      try (var socket = (SSLSocket) context.getSocketFactory().createSocket(plain, args[index], port, true)) {
        socket.startHandshake();
      }
      try {
        new SNIHostName(args[index]);
        System.out.println("taken");
      } catch (IllegalArgumentException error) {
        System.out.println("refused");
      }
    }
  }
}
JAVA
python3 server.py >seen &
server=$!
for _ in {1..300}; do
  if [ -s port ]; then break; fi
  sleep 0.2
done
port=$(cat port)
for name in "${names[@]}"; do
  openssl s_client -connect "127.0.0.1:$port" -servername "$name" </dev/null >/dev/null 2>&1 || true
  python3 client.py "$port" "$name"
  node client.js "$port" "$name"
done
java Client.java "$port" "${names[@]}" >java.txt
for _ in {1..300}; do
  if [ "$(wc -l <seen)" = 8 ]; then break; fi
  sleep 0.2
done
echo "Java $(java -version 2>&1 | head -1 | cut -d'"' -f2), SNIHostName $(paste -sd' ' java.txt); the server saw" \
  "from OpenSSL, Python and Node.js $(head -3 seen | paste -sd' '), from Java $(sed -n 7p seen)"
diff seen - <<SEEN
${names[0]}
${names[0]}
${names[0]}
${names[1]}
${names[1]}
${names[1]}
none
${names[1]}
SEEN
[ "$(paste -sd' ' java.txt)" = 'refused taken' ]
