#!/usr/bin/env bash
# Java 17 meets PKCS #12 files of OpenSSL 3 and cryptography 50.0.2 (Python): a trust store of two roots that one of
# them wrote has no entry for Java. The format is one, the password is right, OpenSSL and Python read both roots again,
# and Java takes the file without a word; so one would guess that it trusts them. But Java counts a certificate without
# a key as trusted only if it has an attribute of Oracle's own (trustedKeyUsage, 2.16.840.1.113894.746875.1.1), and
# passes over the others. A friendly name, which becomes the alias, is not enough. Each call is then refused with
# "trustAnchors parameter must be non-empty", as if the file were missing. Go (go-pkcs12 0.6.0, which trust-manager
# writes with) has the same rule, and says so. What helps is serialize_java_truststore in Python (also without a
# password), keytool or go-pkcs12; and to look with keytool -list.
# Seen of the files, by the number of roots for OpenSSL, Python, Java and Go: of openssl pkcs12 -export -nokeys, with
# and without -caname, and of serialize_key_and_certificates "2, 2, 0, refused"; of serialize_java_truststore, of
# keytool and of go-pkcs12 "2, 2, 2, 2".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check cryptography==50.0.2
for name in old new; do
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -keyout root.key -out "$name.pem" -days 10 \
    -subj "/O=$name" 2>/dev/null
done
cat old.pem new.pem >roots.pem

mkdir go
printf 'module trust\n\ngo 1.25.0\n\nrequire software.sslmate.com/src/go-pkcs12 v0.6.0\n' >go/go.mod
cat >go/main.go <<'GO'
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"

	"software.sslmate.com/src/go-pkcs12"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// With a file, how many roots it has; without one, a file of the roots.
func main() {
	if len(os.Args) > 1 {
		roots, err := pkcs12.DecodeTrustStore(must(os.ReadFile(os.Args[1])), "changeit")
		if err != nil {
			fmt.Println("refused")
		} else {
			fmt.Println(len(roots))
		}
		return
	}
	var roots []*x509.Certificate
	for _, name := range []string{"old.pem", "new.pem"} {
		block, _ := pem.Decode(must(os.ReadFile(name)))
		roots = append(roots, must(x509.ParseCertificate(block.Bytes)))
	}
	if err := os.WriteFile("go.p12", must(pkcs12.Modern.EncodeTrustStore(roots, "changeit")), 0o600); err != nil {
		panic(err)
	}
}
GO
(cd go && go mod tidy 2>/dev/null && go build -o ../by-go .)
cat >write.py <<'PY'
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

password = BestAvailableEncryption(b"changeit")
names = ("old", "new")
roots = [x509.load_pem_x509_certificate(open(f"{name}.pem", "rb").read()) for name in names]
named = [pkcs12.PKCS12Certificate(root, name.encode()) for root, name in zip(roots, names)]
with open("python.p12", "wb") as file:
    file.write(pkcs12.serialize_key_and_certificates(None, None, None, named, password))
with open("python-for-java.p12", "wb") as file:
    file.write(pkcs12.serialize_java_truststore(named, password))
PY
cat >read.py <<'PY'
import sys
from cryptography.hazmat.primitives.serialization import pkcs12

print(len(pkcs12.load_pkcs12(open(sys.argv[1], "rb").read(), b"changeit").additional_certs))
PY
venv/bin/python write.py
./by-go
openssl pkcs12 -export -nokeys -in roots.pem -out openssl.p12 -passout pass:changeit
openssl pkcs12 -export -nokeys -in roots.pem -caname old -caname new -out openssl-named.p12 -passout pass:changeit
for name in old new; do
  keytool -importcert -noprompt -alias "$name" -file "$name.pem" -keystore keytool.p12 -storetype PKCS12 \
    -storepass changeit 2>/dev/null
done

for name in openssl openssl-named python python-for-java keytool go; do
  by_java=$(keytool -list -keystore "$name.p12" -storetype PKCS12 -storepass changeit | sed -nE 's/.*contains ([0-9]+) entr.*/\1/p')
  echo "$name: $(openssl pkcs12 -in "$name.p12" -nokeys -passin pass:changeit | grep -c BEGIN)," \
    "$(venv/bin/python read.py "$name.p12"), $by_java, $(./by-go "$name.p12")"
done >seen
echo "$(openssl version | cut -d' ' -f1,2), Java $(java -version 2>&1 | head -1 | cut -d'"' -f2)," \
  "cryptography $(venv/bin/pip list 2>/dev/null | sed -n 's/^cryptography *//p')," \
  "$(cd go && go list -m software.sslmate.com/src/go-pkcs12): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
openssl: 2, 2, 0, refused
openssl-named: 2, 2, 0, refused
python: 2, 2, 0, refused
python-for-java: 2, 2, 2, 2
keytool: 2, 2, 2, 2
go: 2, 2, 2, 2
SEEN
