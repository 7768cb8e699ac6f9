#!/usr/bin/env bash
# rustls-webpki 0.103.14 meets Go 1.26 and OpenSSL 3: whether rustls takes a leaf that a P-256 or P-384 root signed by
# SHA-512, or anything of a P-521 root, depends on the cryptography with which a program was built. One would guess that
# the verifier's version says what it verifies, and ALL_VERIFICATION_ALGS is what it asks for in both. With aws-lc-rs it
# takes them all, with ring none. AWS Private CA signs by SHA-512 where it is told to (SHA512WITHECDSA), and openssl by
# -sha512; Go and OpenSSL see nothing unusual, and two builds of one proxy differ. Roots of meshes are best P-256 with
# SHA-256, or P-384 with SHA-384.
# Seen, of the root's key and the hash: P-256 with SHA-256 and P-384 with SHA-384 "go: ok, openssl: ok, aws-lc-rs: ok,
# ring: ok"; P-256 and P-384 with SHA-512 and P-521 "go: ok, openssl: ok, aws-lc-rs: ok, ring:
# UnsupportedSignatureAlgorithm" (the beginning of its name).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# chain CURVE HASH: a root, and a leaf that it signed.
chain() {
  local name="$1-$2"
  openssl ecparam -name "$1" -genkey -noout -out "$name-root.key"
  openssl ecparam -name prime256v1 -genkey -noout -out "$name.key"
  openssl req -x509 -key "$name-root.key" -subj /O=example -days 10 "-$2" -addext keyUsage=critical,keyCertSign -out "$name-root.pem"
  openssl req -new -key "$name.key" -subj "/CN=$name" -out "$name.csr"
  openssl x509 -req -in "$name.csr" -CA "$name-root.pem" -CAkey "$name-root.key" "-$2" -days 5 -out "$name.pem" -extfile <(printf '%s\n' \
    keyUsage=critical,digitalSignature extendedKeyUsage=clientAuth subjectAltName=URI:spiffe://mesh-b.example/a) 2>/dev/null
}
chain prime256v1 sha256
chain secp384r1 sha384
chain prime256v1 sha512
chain secp384r1 sha512
chain secp521r1 sha512
names=(prime256v1-sha256 secp384r1-sha384 prime256v1-sha512 secp384r1-sha512 secp521r1-sha512)

mkdir go
printf 'module hashes\n\ngo 1.26\n' >go/go.mod
cat >go/main.go <<'GO'
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

func read(name string) *x509.Certificate {
	text, err := os.ReadFile(name + ".pem")
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(text)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		panic(err)
	}
	return certificate
}

func main() {
	for _, name := range os.Args[1:] {
		roots := x509.NewCertPool()
		roots.AddCert(read(name + "-root"))
		usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		said := "ok"
		if _, err := read(name).Verify(x509.VerifyOptions{Roots: roots, KeyUsages: usages}); err != nil {
			said = err.Error()
		}
		fmt.Println(name, said)
	}
}
GO
(cd go && go build -o ../by-go .)
./by-go "${names[@]}" >go.txt
for backend in ring aws-lc-rs; do
  mkdir -p "$backend/src"
  cat >"$backend/Cargo.toml" <<TOML
[package]
name = "hashes"
version = "0.0.0"
edition = "2021"

[dependencies]
rustls-pki-types = { version = "=1.15.1", features = ["std"] }
rustls-webpki = { version = "=0.103.14", default-features = false, features = ["$backend", "std"] }
TOML
  cat >"$backend/src/main.rs" <<'RUST'
use rustls_pki_types::{pem::PemObject, CertificateDer, UnixTime};
use webpki::{anchor_from_trusted_cert, EndEntityCert, KeyUsage, ALL_VERIFICATION_ALGS};

fn read(name: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(format!("{name}.pem")).expect("a certificate")
}

fn main() {
    for name in std::env::args().skip(1) {
        let (root, leaf) = (read(&format!("{name}-root")), read(&name));
        let anchors = [anchor_from_trusted_cert(&root).expect("a root")];
        let leaf = EndEntityCert::try_from(&leaf).expect("a leaf");
        let usage = KeyUsage::client_auth();
        match leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &[], UnixTime::now(), usage, None, None) {
            Ok(_) => println!("{name} ok"),
            Err(error) => println!("{name} {error:?}"),
        };
    }
}
RUST
  cargo build --quiet --manifest-path "$backend/Cargo.toml" --target-dir "target-$backend"
  "target-$backend/debug/hashes" "${names[@]}" | sed 's/\(UnsupportedSignatureAlgorithm\).*/\1/' >"$backend.txt"
done
for name in "${names[@]}"; do
  openssl verify -purpose sslclient -CAfile "$name-root.pem" "$name.pem" >/dev/null 2>&1 && openssl=ok || openssl=refused
  said=$(for by in go aws-lc-rs ring; do echo "$by: $(sed -n "s/^$name //p" "$by.txt")"; done | paste -sd, | sed 's/,/, /g')
  echo "$name: openssl: $openssl, $said"
done >seen
echo "$(cargo tree --manifest-path ring/Cargo.toml --depth 1 --prefix none | grep rustls-webpki), $(cd go && go env GOVERSION):" \
  "$(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
prime256v1-sha256: openssl: ok, go: ok, aws-lc-rs: ok, ring: ok
secp384r1-sha384: openssl: ok, go: ok, aws-lc-rs: ok, ring: ok
prime256v1-sha512: openssl: ok, go: ok, aws-lc-rs: ok, ring: UnsupportedSignatureAlgorithm
secp384r1-sha512: openssl: ok, go: ok, aws-lc-rs: ok, ring: UnsupportedSignatureAlgorithm
secp521r1-sha512: openssl: ok, go: ok, aws-lc-rs: ok, ring: UnsupportedSignatureAlgorithm
SEEN
