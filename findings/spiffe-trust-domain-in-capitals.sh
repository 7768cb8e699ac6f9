#!/usr/bin/env bash
# SPIFFE's libraries for Rust (spiffe 0.19.0) and Python (spiffe 0.3.2) meet that for Go (go-spiffe 2.9.0): an ID whose
# trust domain has a capital is good for the first two, and no ID for Go. They agree on all else that was tried (empty
# and dotted segments, ports, percent signs, a slash at the end), so one would guess that they agree here. Rust and
# Python fold the domain into lower case, Go refuses it, as SPIFFE's specification of IDs has lower case only. A check
# of settings in Python calls "Mesh-B.example" fine, and prints a name that is not in the certificates; SPIRE and
# whatever verifies by go-spiffe takes none of them. Trust domains have to be in lower case where they are first written
# down.
# Seen, of spiffe://Mesh-B.example/ns/default/sa/info: Rust and Python "spiffe://mesh-b.example/ns/default/sa/info", Go
# "trust domain characters are limited to lowercase letters, numbers, dots, dashes, and underscores"; in lower case the
# same ID for all; with a port and with a slash at the end refused by all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check spiffe==0.3.2
ids=(spiffe://Mesh-B.example/ns/default/sa/info spiffe://mesh-b.example/ns/default/sa/info
  spiffe://mesh-b.example:8443/info spiffe://mesh-b.example/info/)

mkdir go rust rust/src
printf 'module capitals\n\ngo 1.25.0\n\nrequire github.com/spiffe/go-spiffe/v2 v2.9.0\n' >go/go.mod
cat >go/main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/spiffe/go-spiffe/v2/spiffeid"
)

func main() {
	for _, text := range os.Args[1:] {
		if id, err := spiffeid.FromString(text); err != nil {
			fmt.Println("refused:", err)
		} else {
			fmt.Println(id)
		}
	}
}
GO
cat >rust/Cargo.toml <<'TOML'
[package]
name = "capitals"
version = "0.0.0"
edition = "2021"

[dependencies]
spiffe = { version = "=0.19.0", default-features = false }
TOML
cat >rust/src/main.rs <<'RUST'
fn main() {
    for text in std::env::args().skip(1) {
        match text.parse::<spiffe::SpiffeId>() {
            Ok(id) => println!("{id}"),
            Err(error) => println!("refused: {error}"),
        }
    }
}
RUST
(cd go && go mod tidy 2>/dev/null && go build -o ../by-go .)
cargo build --quiet --manifest-path rust/Cargo.toml --target-dir target
./by-go "${ids[@]}" >go.txt
target/debug/capitals "${ids[@]}" >rust.txt
venv/bin/python - "${ids[@]}" >python.txt <<'PY'
import sys
from spiffe import SpiffeId
from spiffe.spiffe_id.spiffe_id import SpiffeIdError
for text in sys.argv[1:]:
    try:
        print(SpiffeId(text))
    except SpiffeIdError as error:
        print("refused:", error)
PY
echo "go-spiffe $(cd go && go list -m -f '{{.Version}}' github.com/spiffe/go-spiffe/v2)," \
  "$(cargo tree --manifest-path rust/Cargo.toml --depth 1 --prefix none | grep '^spiffe'), Python's spiffe" \
  "$(venv/bin/pip show spiffe 2>/dev/null | sed -n 's/^Version: //p'): ${ids[0]} is for Go \"$(head -1 go.txt)\"," \
  "for Rust $(head -1 rust.txt), for Python $(head -1 python.txt)"
head -1 go.txt | grep -qx 'refused: trust domain characters are limited to lowercase letters, numbers, dots, dashes, and underscores'
for by in rust python; do head -1 "$by.txt" | grep -qx "${ids[1]}"; done
for by in go rust python; do
  sed -n 2p "$by.txt" | grep -qx "${ids[1]}"
  [ "$(sed -n '3,4p' "$by.txt" | grep -c '^refused')" = 2 ]
done
