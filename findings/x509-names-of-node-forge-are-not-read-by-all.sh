#!/usr/bin/env bash
# node-forge 1.4.3, by which programs and test tools in JavaScript make certificates, meets Go 1.26 and cryptography 50.0.2
# (Python): a root "mesh_b" that it made is no certificate for the other two. A name in a certificate is of one of several
# types of text, of which PrintableString has letters, digits and a few marks; openssl, Go and Java choose one that has
# the letters of the name. One would guess that forge does so, too, or refuses what does not fit, as it reads its own
# certificate again, and OpenSSL and Java verify by it. But forge writes PrintableString unless it is told otherwise,
# and an underscore or an @ is not in it ("&" is not either, which Go lets pass). So the root works in every trial with
# Node.js, OpenSSL and Java, and the first control plane in Go (or a script in Python) cannot read it, whatever else is in
# the bundle. What helps is valueTagClass: forge.asn1.Type.UTF8 at each attribute of the subject.
# Seen, of the root's name: mesh-b "ok" for all; mesh&b "cryptography: refused" and "ok" for the others; mesh_b and mesh@b
# "go: invalid PrintableString, cryptography: refused, openssl: ok, java: ok, forge: ok"; mesh_b as UTF8 "ok" for all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check cryptography==50.0.2
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund node-forge@1.4.3
cat >make.js <<'JS'
const forge = require('node-forge');
const { writeFileSync } = require('fs');

const { publicKey, privateKey } = forge.pki.rsa.generateKeyPair(2048);
const types = { 'mesh-b': undefined, 'mesh&b': undefined, mesh_b: undefined, 'mesh@b': undefined, 'mesh_b as UTF8': forge.asn1.Type.UTF8 };
for (const [name, valueTagClass] of Object.entries(types)) {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  certificate.serialNumber = '01';
  certificate.validity.notBefore = new Date(Date.now() - 3600e3);
  certificate.validity.notAfter = new Date(Date.now() + 10 * 24 * 3600e3);
  const subject = [{ name: 'organizationName', value: name.split(' ')[0], ...(valueTagClass && { valueTagClass }) }];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  certificate.sign(privateKey, forge.md.sha256.create());
  const pem = forge.pki.certificateToPem(certificate);
  writeFileSync(`${name}.pem`, pem);
  const read = forge.pki.certificateFromPem(pem);
  console.log(`${name}: ${read.subject.getField('O').value === subject[0].value && read.verify(read) ? 'ok' : 'refused'}`);
}
JS
mkdir go
printf 'module read\n\ngo 1.26\n' >go/go.mod
cat >go/main.go <<'GO'
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
)

func main() {
	for _, name := range os.Args[1:] {
		text, err := os.ReadFile(name + ".pem")
		if err != nil {
			panic(err)
		}
		block, _ := pem.Decode(text)
		said := "ok"
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			parts := strings.Split(err.Error(), ": ")
			said = parts[len(parts)-1]
		}
		fmt.Printf("%s: %s\n", name, said)
	}
}
GO
cat >read.py <<'PY'
import sys
from cryptography import x509

for name in sys.argv[1:]:
    try:
        x509.load_pem_x509_certificate(open(f"{name}.pem", "rb").read()).subject.rfc4514_string()
        print(f"{name}: ok")
    except ValueError:
        print(f"{name}: refused")
PY
cat >Read.java <<'JAVA'
import java.io.FileInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;

class Read {
  public static void main(String[] names) throws Exception {
    for (String name : names) {
      String said = "ok";
      try (var file = new FileInputStream(name + ".pem")) {
        var certificate = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(file);
        certificate.verify(certificate.getPublicKey());
        certificate.getSubjectX500Principal().getName();
      } catch (CertificateException error) {
        said = "refused";
      }
      System.out.println(name + ": " + said);
    }
  }
}
JAVA
node make.js >forge.txt
names=('mesh-b' 'mesh&b' 'mesh_b' 'mesh@b' 'mesh_b as UTF8')
(cd go && go build -o ../by-go .)
./by-go "${names[@]}" >go.txt
venv/bin/python read.py "${names[@]}" >cryptography.txt
java Read.java "${names[@]}" >java.txt
for name in "${names[@]}"; do
  if openssl verify -CAfile "$name.pem" "$name.pem" >/dev/null 2>&1; then echo "$name: ok"; else echo "$name: refused"; fi
done >openssl.txt
for name in "${names[@]}"; do
  echo "$name: $(for by in go cryptography openssl java forge; do sed -n "s/^$name: /$by: /p" "$by.txt"; done | paste -sd, | sed 's/,/, /g')"
done >seen
echo "node-forge $(node -p 'require("node-forge/package.json").version'), $(go env GOVERSION)," \
  "$(venv/bin/pip list 2>/dev/null | grep '^cryptography' | tr -s ' '), $(openssl version | cut -d' ' -f1,2)," \
  "Java $(java -version 2>&1 | head -1 | cut -d'"' -f2): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
mesh-b: go: ok, cryptography: ok, openssl: ok, java: ok, forge: ok
mesh&b: go: ok, cryptography: refused, openssl: ok, java: ok, forge: ok
mesh_b: go: invalid PrintableString, cryptography: refused, openssl: ok, java: ok, forge: ok
mesh@b: go: invalid PrintableString, cryptography: refused, openssl: ok, java: ok, forge: ok
mesh_b as UTF8: go: ok, cryptography: ok, openssl: ok, java: ok, forge: ok
SEEN
