#!/usr/bin/env bash
# spiffe 0.3.2 (Python) meets go-spiffe 2.9.0 and OpenSSL 3: an SVID that says nothing of basicConstraints is none for
# Python. SPIFFE demands that a leaf is no CA, and for X.509 what does not say that it is a CA is none; so one would guess
# that a leaf may leave the extension out, as go-spiffe and every verifier of TLS take it, or that Python's library, made
# after the one for Go, asks for what that asks for. It asks for the extension itself. SPIRE and cert-manager write
# it; "openssl x509 -req" does not unless it is told, and Vault does only where its role says so
# (basic_constraints_valid_for_non_ca). So the services in Go of a mesh with such an issuer run, and the first one in
# Python cannot load its own SVID. What helps is basicConstraints=critical,CA:FALSE, and in Vault the role's setting.
# Seen: with CA:FALSE "ok" for all three; without the extension "python: Leaf certificate must have BasicConstraints
# extension, go: ok, openssl: ok".
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check spiffe==0.3.2
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -keyout root.key -days 10 -subj /O=example -out root.pem \
  -addext keyUsage=critical,keyCertSign -addext subjectAltName=URI:spiffe://mesh-b.example 2>/dev/null
# leaf NAME [EXTENSION]
leaf() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -keyout "$1.key" -subj /O=service -out "$1.csr" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA root.pem -CAkey root.key -CAcreateserial -days 5 -out "$1.pem" -extfile <(printf '%s\n' \
    keyUsage=critical,digitalSignature extendedKeyUsage=clientAuth,serverAuth subjectAltName=URI:spiffe://mesh-b.example/service "${@:2}") 2>/dev/null
}
leaf with basicConstraints=critical,CA:FALSE
leaf without
cat >load.py <<'PY'
import sys
from cryptography.hazmat.primitives.serialization import Encoding
from spiffe import X509Svid

try:
    X509Svid.load(f"{sys.argv[1]}.pem", f"{sys.argv[1]}.key", Encoding.PEM)
    print("ok")
except Exception as error:
    print(str(error).split(": ")[-1])
PY
mkdir go
printf 'module load\n\ngo 1.26.0\n\nrequire github.com/spiffe/go-spiffe/v2 v2.9.0\n' >go/go.mod
cat >go/main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/spiffe/go-spiffe/v2/bundle/x509bundle"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
)

func main() {
	bundle, err := x509bundle.Load(spiffeid.RequireTrustDomainFromString("mesh-b.example"), "root.pem")
	if err != nil {
		panic(err)
	}
	svid, err := x509svid.Load(os.Args[1]+".pem", os.Args[1]+".key")
	if err == nil {
		_, _, err = x509svid.Verify(svid.Certificates, bundle)
	}
	if err != nil {
		fmt.Println(err)
	} else {
		fmt.Println("ok")
	}
}
GO
(cd go && go mod tidy 2>/dev/null && go build -o ../by-go .)
for name in with without; do
  openssl verify -purpose sslclient -CAfile root.pem "$name.pem" >/dev/null 2>&1 && openssl=ok || openssl=refused
  echo "$name: python: $(venv/bin/python load.py "$name"), go: $(./by-go "$name"), openssl: $openssl"
done >seen
echo "spiffe $(venv/bin/pip show spiffe | sed -n 's/^Version: //p'), $(cd go && go list -m github.com/spiffe/go-spiffe/v2)," \
  "$(openssl version | cut -d' ' -f1,2): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
with: python: ok, go: ok, openssl: ok
without: python: Leaf certificate must have BasicConstraints extension, go: ok, openssl: ok
SEEN
