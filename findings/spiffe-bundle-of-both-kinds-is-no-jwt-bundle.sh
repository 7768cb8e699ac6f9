#!/usr/bin/env bash
# go-spiffe 2.9.0, java-spiffe 0.8.17 and spiffe 0.3.2 (Python): the function that reads a trust domain's keys for
# JWT-SVIDs refuses the trust domain's bundle. jwtbundle.Parse and JwtBundle.parse take "a JWKS", the bundle that a
# SPIFFE endpoint serves and SPIRE prints is one, its keys say by "use" whether they are roots (x509-svid) or for tokens
# (jwt-svid), and the token's verifier in each library asks for just this object; so one would guess that they take the
# keys for tokens and pass over the roots. But they look at no use: a root has no key ID, and the whole bundle is refused
# for it ("keyID cannot be empty"), by all three. What they are for is the Workload API's answer, which has no roots.
# go-spiffe has another package for the whole bundle (spiffebundle, whose JWTBundle() is what one needs); those for
# Java and Python have none, so a program that is to check a partner's tokens by the partner's endpoint has to take
# the roots out before.
# Seen, of a root and a key for tokens "keyID cannot be empty" for all three, and by spiffebundle "1 key"; without the
# root "1 key" for all.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check spiffe==0.3.2 'PyJWT[crypto]==2.15.1'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -keyout root.key -out root.pem -days 10 -subj /O=example \
  -addext keyUsage=critical,keyCertSign -addext subjectAltName=URI:spiffe://mesh-b.example 2>/dev/null
cat >make.py <<'PY'
import base64, json, ssl
import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key

key = load_pem_private_key(open("root.key", "rb").read(), None)
public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
certificate = base64.b64encode(ssl.PEM_cert_to_DER_cert(open("root.pem").read())).decode()
root = {"use": "x509-svid", **public, "x5c": [certificate]}
token = {"use": "jwt-svid", **public, "kid": "first"}
for name, keys in (("both", [root, token]), ("tokens", [token])):
    with open(f"{name}.json", "w") as file:
        json.dump({"keys": keys, "spiffe_sequence": 1, "spiffe_refresh_hint": 300}, file)
PY
venv/bin/python make.py

mkdir go java
printf 'module bundle\n\ngo 1.26.0\n\nrequire github.com/spiffe/go-spiffe/v2 v2.9.0\n' >go/go.mod
cat >go/main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/spiffe/go-spiffe/v2/bundle/jwtbundle"
	"github.com/spiffe/go-spiffe/v2/bundle/spiffebundle"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
)

func main() {
	domain := spiffeid.RequireTrustDomainFromString("mesh-b.example")
	text, err := os.ReadFile(os.Args[1] + ".json")
	if err != nil {
		panic(err)
	}
	if bundle, err := jwtbundle.Parse(domain, text); err != nil {
		fmt.Println("go-spiffe:", err)
	} else {
		fmt.Printf("go-spiffe: %d key\n", len(bundle.JWTAuthorities()))
	}
	if bundle, err := spiffebundle.Parse(domain, text); err != nil {
		fmt.Println("its spiffebundle:", err)
	} else {
		fmt.Printf("its spiffebundle: %d key\n", len(bundle.JWTBundle().JWTAuthorities()))
	}
}
GO
(cd go && go mod tidy 2>/dev/null && go build -o ../by-go .)
cat >java/pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId>
  <artifactId>bundle</artifactId>
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
cat >Parse.java <<'JAVA'
import io.spiffe.bundle.jwtbundle.JwtBundle;
import io.spiffe.spiffeid.TrustDomain;
import java.nio.file.Files;
import java.nio.file.Path;

class Parse {
  public static void main(String[] names) throws Exception {
    byte[] text = Files.readAllBytes(Path.of(names[0] + ".json"));
    try {
      int keys = JwtBundle.parse(TrustDomain.parse("mesh-b.example"), text).getJwtAuthorities().size();
      System.out.println("java-spiffe: " + keys + " key");
    } catch (Exception error) {
      System.out.println("java-spiffe: " + error.getMessage());
    }
  }
}
JAVA
cat >parse.py <<'PY'
import sys
from spiffe import JwtBundle, TrustDomain

try:
    text = open(f"{sys.argv[1]}.json", "rb").read()
    print("python:", len(JwtBundle.parse(TrustDomain("mesh-b.example"), text).jwt_authorities), "key")
except Exception as error:
    print("python:", error)
PY
for name in both tokens; do
  # What stands before it differs.
  said=$({ ./by-go "$name" && java -cp 'java/lib/*' Parse.java "$name" && venv/bin/python parse.py "$name"; } |
    sed -E 's/: .*"?keyID"? cannot/: keyID cannot/' | paste -sd, | sed 's/,\([^ ]\)/, \1/g')
  echo "$name: $said"
done >seen
echo "$(cd go && go list -m github.com/spiffe/go-spiffe/v2), $(basename java/lib/java-spiffe-core-*.jar .jar)," \
  "spiffe $(venv/bin/pip show spiffe | sed -n 's/^Version: //p'): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
both: go-spiffe: keyID cannot be empty, its spiffebundle: 1 key, java-spiffe: keyID cannot be empty, python: keyID cannot be empty
tokens: go-spiffe: 1 key, its spiffebundle: 1 key, java-spiffe: 1 key, python: 1 key
SEEN
