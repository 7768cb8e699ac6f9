#!/usr/bin/env bash
# cryptography 50.0.2 (Python) meets Go 1.26 and OpenSSL 3: its verifier takes no leaf of a root that "openssl req -x509"
# made. It builds a chain and judges names, dates and signatures as RFC 5280 has it, and a store of one's own roots is
# what it asks for; so one would guess that a private root that every proxy takes is good enough, and that its rules for
# the web (those of the CA/Browser Forum) hold for roots of the web. They hold for every root: a CA has to say for what
# its key is (keyUsage, which req -x509 leaves out), its basicConstraints have to be critical (which they are not in
# easy-rsa's default and in many an openssl.cnf), and a leaf's extendedKeyUsage must not be (RFC 5280 leaves that to the
# CA). A root of version 1 is none. So a check of a partner's chain, written in Python, refuses what the border serves.
# What helps is to say in the program what is demanded (PolicyBuilder.extension_policies), or keyUsage and critical
# basicConstraints from the first root on.
# Seen, of a leaf's chain: all as Python wants it "ok" for all three; a root without keyUsage, a root whose
# basicConstraints are not critical, a root of version 1 and a critical extendedKeyUsage "go: ok, openssl: ok" and refused
# by cryptography: "2.5.29.15: Certificate is missing required extension", "2.5.29.19: Certificate extension has
# incorrect criticality", "certificate must be an X509v3 certificate" and "2.5.29.37: Certificate extension has
# incorrect criticality".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check cryptography==50.0.2
# chain NAME [EXTENSION OF THE LEAF]: a leaf of that root.
chain() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -keyout "$1.key" -subj /O=service -out "$1.csr" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA "$1-root.pem" -CAkey "$1-root.key" -CAcreateserial -days 5 -out "$1.pem" -extfile <(printf '%s\n' \
    keyUsage=critical,digitalSignature "${2:-extendedKeyUsage=clientAuth}" subjectAltName=URI:spiffe://mesh-b.example/service) 2>/dev/null
}
# root NAME ARGUMENTS: a root that openssl makes with its own defaults and these.
root() {
  local name=$1
  shift
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -keyout "$name-root.key" -days 10 -subj /O=example \
    -out "$name-root.pem" "$@" 2>/dev/null
}
printf '[req]\ndistinguished_name=name\n[name]\n' >plain.cnf
usage=(-addext keyUsage=critical,keyCertSign)
root all "${usage[@]}"
chain all
root usage
chain usage
root criticality -config plain.cnf -addext basicConstraints=CA:TRUE "${usage[@]}"
chain criticality
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -keyout version-root.key -subj /O=example -out version-root.csr 2>/dev/null
openssl x509 -req -in version-root.csr -signkey version-root.key -days 10 -out version-root.pem 2>/dev/null
chain version
root leaf "${usage[@]}"
chain leaf extendedKeyUsage=critical,clientAuth
names=(all usage criticality version leaf)

mkdir go
printf 'module verify\n\ngo 1.26\n' >go/go.mod
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
cat >verify.py <<'PY'
import re, sys
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

for name in sys.argv[1:]:
    root, leaf = (x509.load_pem_x509_certificate(open(f"{file}.pem", "rb").read()) for file in (f"{name}-root", name))
    try:
        PolicyBuilder().store(Store([root])).build_client_verifier().verify(leaf, [])
        print(name, "ok")
    except VerificationError as error:
        # What stands around it names the step and the certificate.
        said = re.sub(r" \(encountered.*", "", str(error), flags=re.DOTALL)
        print(name, re.sub(r".*(failed|exhausted|invalid extension): ", "", said))
PY
./by-go "${names[@]}" >go.txt
venv/bin/python verify.py "${names[@]}" >python.txt
for name in "${names[@]}"; do
  openssl verify -purpose sslclient -CAfile "$name-root.pem" "$name.pem" >/dev/null 2>&1 && openssl=ok || openssl=refused
  echo "$name: go: $(sed -n "s/^$name //p" go.txt), openssl: $openssl, cryptography: $(sed -n "s/^$name //p" python.txt)"
done >seen
echo "$(venv/bin/pip list 2>/dev/null | grep '^cryptography' | tr -s ' '), $(go env GOVERSION), $(openssl version | cut -d' ' -f1,2):" \
  "$(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
all: go: ok, openssl: ok, cryptography: ok
usage: go: ok, openssl: ok, cryptography: 2.5.29.15: Certificate is missing required extension
criticality: go: ok, openssl: ok, cryptography: 2.5.29.19: Certificate extension has incorrect criticality
version: go: ok, openssl: ok, cryptography: certificate must be an X509v3 certificate
leaf: go: ok, openssl: ok, cryptography: 2.5.29.37: Certificate extension has incorrect criticality
SEEN
