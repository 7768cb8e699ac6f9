#!/usr/bin/env bash
# go-spiffe 2.9.0 and java-spiffe 0.8.17 meet Go's crypto/tls 1.26, OpenSSL 3 and spiffe 0.3.2 (Python): an SVID whose
# key file begins with "EC PRIVATE KEY" or "RSA PRIVATE KEY" has no key for the first two. These are the forms that
# cert-manager writes unless a Certificate asks for PKCS8 (privateKey.encoding), that Istio's agent writes unless it is
# told PKCS8_KEY, and that "openssl ecparam -genkey" and Terraform's private_key_pem have. Go's and Java's
# libraries of SPIFFE have a function that loads an SVID from two files of PEM, go-spiffe passes over other blocks there,
# and tls.LoadX509KeyPair reads all of these; so one would guess that the form of the key does not matter to Go, and to
# Java no more. But only "PRIVATE KEY" (PKCS #8) counts, which is what the Workload API hands out. What they say leads
# elsewhere: "no private key found" in a file that is one, and in Java "Illegal base64 character". Python's takes all.
# What helps is encoding: PKCS8, private_key_pem_pkcs8, or openssl pkcs8 -topk8 -nocrypt.
# Seen of ec and rsa keys: as PKCS #8 "ok" for all five; in their own form "go-spiffe: no private key found, java-spiffe:
# Illegal base64 character 2d, go: ok, openssl: ok, python: ok".
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check spiffe==0.3.2 cryptography==50.0.2
openssl ecparam -name prime256v1 -genkey -noout -out ec.key
openssl genrsa -traditional -out rsa.key 2048 2>/dev/null
for type in ec rsa; do
  openssl pkcs8 -topk8 -nocrypt -in "$type.key" -out "$type-pkcs8.key"
  openssl req -x509 -key "$type.key" -subj /O=example -days 10 -out "$type.pem" \
    -config <(printf '[req]\ndistinguished_name=name\n[name]\n') \
    -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature \
    -addext extendedKeyUsage=clientAuth,serverAuth -addext subjectAltName=URI:spiffe://mesh-b.example/service
  cp "$type.pem" "$type-pkcs8.pem"
done
names=(ec-pkcs8 rsa-pkcs8 ec rsa)

mkdir go java
printf 'module key\n\ngo 1.26.0\n\nrequire github.com/spiffe/go-spiffe/v2 v2.9.0\n' >go/go.mod
cat >go/main.go <<'GO'
package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"strings"

	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
)

func said(err error) string {
	if err == nil {
		return "ok"
	}
	parts := strings.Split(err.Error(), ": ")
	return parts[len(parts)-1]
}

func main() {
	for _, name := range os.Args[1:] {
		_, bySpiffe := x509svid.Load(name+".pem", name+".key")
		_, byGo := tls.LoadX509KeyPair(name+".pem", name+".key")
		fmt.Printf("%s go-spiffe: %s, go: %s\n", name, said(bySpiffe), said(byGo))
	}
}
GO
(cd go && go mod tidy 2>/dev/null && go build -o ../by-go .)
cat >java/pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId>
  <artifactId>key</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.spiffe</groupId>
      <artifactId>java-spiffe-core</artifactId>
      <version>0.8.17</version>
    </dependency>
  </dependencies>
</project>
XML
(cd java && mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory=lib) >maven.log 2>&1 ||
  { cat maven.log; exit 1; }
cat >Load.java <<'JAVA'
import io.spiffe.svid.x509svid.X509Svid;
import java.nio.file.Path;

class Load {
  public static void main(String[] names) {
    for (String name : names) {
      String said = "ok";
      try {
        X509Svid.load(Path.of(name + ".pem"), Path.of(name + ".key"));
      } catch (Exception error) {
        Throwable cause = error;
        while (cause.getCause() != null) cause = cause.getCause();
        said = cause.getMessage();
      }
      System.out.println(name + " java-spiffe: " + said);
    }
  }
}
JAVA
cat >load.py <<'PY'
import sys
from cryptography.hazmat.primitives.serialization import Encoding
from spiffe import X509Svid

for name in sys.argv[1:]:
    try:
        X509Svid.load(f"{name}.pem", f"{name}.key", Encoding.PEM)
        print(name, "python: ok")
    except Exception as error:
        print(name, "python:", error)
PY
./by-go "${names[@]}" >go.txt
java -cp 'java/lib/*' Load.java "${names[@]}" >java.txt
venv/bin/python load.py "${names[@]}" >python.txt
for name in "${names[@]}"; do
  openssl pkey -in "$name.key" -noout && openssl=ok || openssl=refused
  said=$(for by in go java python; do sed -n "s/^$name //p" "$by.txt"; done | paste -sd, | sed 's/,\([^ ]\)/, \1/g')
  echo "$name: $said, openssl: $openssl"
done >seen
echo "$(cd go && go list -m github.com/spiffe/go-spiffe/v2), $(basename java/lib/java-spiffe-core-*.jar .jar)," \
  "$(go env GOVERSION), $(openssl version | cut -d' ' -f1,2), spiffe $(venv/bin/pip show spiffe | sed -n 's/^Version: //p'):" \
  "$(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
ec-pkcs8: go-spiffe: ok, go: ok, java-spiffe: ok, python: ok, openssl: ok
rsa-pkcs8: go-spiffe: ok, go: ok, java-spiffe: ok, python: ok, openssl: ok
ec: go-spiffe: no private key found, go: ok, java-spiffe: Illegal base64 character 2d, python: ok, openssl: ok
rsa: go-spiffe: no private key found, go: ok, java-spiffe: Illegal base64 character 2d, python: ok, openssl: ok
SEEN
