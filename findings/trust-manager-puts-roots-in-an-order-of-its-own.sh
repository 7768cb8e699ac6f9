#!/usr/bin/env bash
# cert-manager's trust-manager 0.25.0 meets OpenSSL 3: the order of the roots in a Bundle's sources is lost. Where the
# old and the new root of a mesh have the same name, some verifiers take the first that fits, and so the advice for a
# rotation is to put one of them first. A Bundle has a list of sources, and each has its file, so one would guess that
# the target has the roots in that order. trust-manager keeps them by their SHA-256, and writes them in the order of
# those: for half of all rotations the old root is first, whatever the Bundle says, and it is another half in each
# environment, since a root made anew has another hash. What works in a test can fail in production. What helps is
# another name for the new root, or leafs that name their issuer's key (authorityKeyIdentifier).
# Seen of 16 pairs of roots of one name: with the new one first in the sources and with the old one first the same file
# 16 times; the new one is first in some of them and not in all, and OpenSSL takes leafs without authorityKeyIdentifier
# of the new root in just these; with authorityKeyIdentifier in all 16.
# The order is by the type that the controller makes its targets with (pkg/util.CertPool).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf 'module order\n\ngo 1.26.0\n\nrequire github.com/cert-manager/trust-manager v0.25.0\n' >go.mod
cat >main.go <<'GO'
// Prints the target of the sources that are its arguments.
package main

import (
	"fmt"
	"os"

	"github.com/cert-manager/trust-manager/pkg/util"
)

func main() {
	pool := util.NewCertPool(util.WithFilteredExpiredCerts(true))
	for _, file := range os.Args[1:] {
		source, err := os.ReadFile(file)
		if err != nil {
			panic(err)
		}
		if err := pool.AddCertsFromPEM(source); err != nil {
			panic(err)
		}
	}
	fmt.Println(pool.PEM())
}
GO
go mod tidy 2>/dev/null
go build -o target .

# Extensions by a file alone: OpenSSL 3 adds identifiers of its own otherwise.
cat >root.cnf <<'CNF'
[req]
distinguished_name = name
x509_extensions = root
[name]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
CNF
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
# leaf NAME IDENTIFIER: a leaf of the new root.
leaf() {
  openssl x509 -req -in leaf.csr -CA new.pem -CAkey new.key -set_serial 7 -days 10 -out "$1.pem" 2>/dev/null -extfile <(
    printf 'keyUsage=critical,digitalSignature\nsubjectAltName=URI:spiffe://mesh-b.example/service\n'
    printf 'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=%s\n' "$2"
  )
}
key leaf
openssl req -new -key leaf.key -subj /CN=service -out leaf.csr
same=0 first=0 plain=0 agree=0 named=0
for _ in $(seq 16); do
  for root in old new; do
    key "$root"
    openssl req -x509 -config root.cnf -key "$root.key" -subj /O=mesh-b -days 30 -out "$root.pem"
  done
  leaf plain none
  leaf named keyid:always
  ./target new.pem old.pem >bundle.pem
  ./target old.pem new.pem | cmp --silent - bundle.pem && same=$((same + 1))
  is_first=0 is_taken=0
  # The certificate that openssl reads from a file is the first.
  openssl x509 -in bundle.pem | cmp --silent - <(openssl x509 -in new.pem) && is_first=1
  openssl verify -CAfile bundle.pem plain.pem >/dev/null 2>&1 && is_taken=1
  openssl verify -CAfile bundle.pem named.pem >/dev/null 2>&1 && named=$((named + 1))
  first=$((first + is_first)) plain=$((plain + is_taken))
  [ $is_first = $is_taken ] && agree=$((agree + 1))
done
echo "trust-manager $(go list -m -f '{{.Version}}' github.com/cert-manager/trust-manager)," \
  "$(openssl version | cut -d' ' -f1,2)," \
  "of 16: same file $same, new root first $first, its leafs taken $plain (with authorityKeyIdentifier $named)"
[ $same = 16 ] && [ $agree = 16 ] && [ $named = 16 ]
# Chance says the same of all 16 once in 32768 runs.
[ $first -gt 0 ] && [ $first -lt 16 ]
