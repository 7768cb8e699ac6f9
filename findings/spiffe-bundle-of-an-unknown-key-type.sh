#!/usr/bin/env bash
# go-spiffe 2.9.0: one key of a type that it does not know makes it refuse the whole bundle, roots and all. SPIFFE's
# specification of bundles demands that keys of unknown types, as those of unknown uses, are passed over, and go-spiffe
# does pass over unknown uses; so one would guess that the day a partner adds a key of a new kind for its tokens
# changes nothing. From that day the partner's bundle cannot be parsed (SPIRE's server 1.13.3 was seen to refuse it
# as well), the old one stays, and calls end when its roots do. Here the new key is one of ML-DSA (kty AKP) for
# JWT-SVIDs; the root beside it is the same P-256 root throughout.
# Seen: the root "1 root"; with a key of an unknown use "1 root"; with an ML-DSA key "spiffebundle: unable to parse
# JWKS: go-jose/go-jose: unsupported key type/format".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

openssl ecparam -name prime256v1 -genkey -noout -out root.key
openssl req -x509 -key root.key -subj '/O=root' -days 30 -addext 'subjectAltName=URI:spiffe://example.org' -out root.pem
openssl x509 -in root.pem -outform der -out root.der
openssl pkey -in root.key -pubout -outform der -out root.pub
python3 - <<'PY'
import base64, json, os

def text(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()

def key(**more):
    # The point of a P-256 key is the end of its public key in DER.
    point = open("root.pub", "rb").read()[-64:]
    return {"kty": "EC", "crv": "P-256", "x": text(point[:32]), "y": text(point[32:]), **more}

root = key(use="x509-svid", x5c=[base64.b64encode(open("root.der", "rb").read()).decode()])
for name, more in {
    "root": [],
    "use": [key(use="other-svid", kid="two")],
    # All 1312 octets are a public key of ML-DSA-44.
    "mldsa": [{"kty": "AKP", "alg": "ML-DSA-44", "use": "jwt-svid", "kid": "two", "pub": text(os.urandom(1312))}],
}.items():
    json.dump({"keys": [root, *more], "spiffe_sequence": 1, "spiffe_refresh_hint": 300}, open(f"{name}.json", "w"))
PY
cat >go.mod <<'MOD'
module bundle

go 1.24.0

require github.com/spiffe/go-spiffe/v2 v2.9.0
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/spiffe/go-spiffe/v2/bundle/spiffebundle"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
)

func main() {
	for _, name := range os.Args[1:] {
		bundle, err := spiffebundle.Load(spiffeid.RequireTrustDomainFromString("example.org"), name+".json")
		if err != nil {
			fmt.Printf("%s: %v\n", name, err)
		} else {
			fmt.Printf("%s: %d root\n", name, len(bundle.X509Authorities()))
		}
	}
}
GO
go mod tidy 2>/dev/null
go run . root use mldsa >said
echo "go-spiffe $(go list -m -f '{{.Version}}' github.com/spiffe/go-spiffe/v2), go-jose" \
  "$(go list -m -f '{{.Version}}' github.com/go-jose/go-jose/v4): $(paste -sd';' said | sed 's/;/; /g')"
grep -qx 'root: 1 root' said
grep -qx 'use: 1 root' said
grep -qx 'mldsa: spiffebundle: unable to parse JWKS: go-jose/go-jose: unsupported key type/format' said
