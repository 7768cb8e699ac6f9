#!/usr/bin/env bash
# java-spiffe 0.8.17 on Java 17 meets go-spiffe 2.9.0 and spiffe 0.3.2 (Python): with keys of Ed25519 it verifies a
# partner's SVID and cannot hold one of its own, and one such key for tokens makes the whole bundle no bundle. Java has
# Ed25519 since 15, the library verifies by it, and a key of a type that nobody knows is passed over in a bundle; so one
# would guess that Ed25519 is either known or passed over. But loading an SVID looks for RSA and EC by name, and so does
# the reader of JWT bundles, which gives up at the first key of the type OKP, with the EC key beside it. So a trial in
# which a Java service is called passes, the service's own certificate (cert-manager and Vault issue such) does not load,
# and a partner's new key takes away the keys that were in use. What helps is EC in whatever services in Java are given.
# Seen, of java, go and python: an SVID with an EC key loads in all; one with Ed25519 "Algorithm not supported: EdDSA, ok,
# ok", though java verifies it ("ok"); a bundle of an EC key and one of an unknown type "1 key" in java; of an EC key and
# one of Ed25519 "Unsupported JWT family algorithm: OKP, 2 keys, 2 keys".
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check spiffe==0.3.2 'PyJWT[crypto]==2.15.1'
openssl genpkey -algorithm ED25519 -out root.key
openssl req -x509 -key root.key -subj /O=example -days 10 -addext keyUsage=critical,keyCertSign \
  -addext subjectAltName=URI:spiffe://mesh-b.example -out root.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out ec.key
openssl genpkey -algorithm ED25519 -out ed25519.key
for type in ec ed25519; do
  openssl req -new -key "$type.key" -subj /O=service -out "$type.csr"
  openssl x509 -req -in "$type.csr" -CA root.pem -CAkey root.key -CAcreateserial -days 5 -out "$type.pem" -extfile <(printf '%s\n' \
    basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=clientAuth,serverAuth \
    subjectAltName=URI:spiffe://mesh-b.example/service) 2>/dev/null
done
cat >make.py <<'PY'
import json
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm


def key(name, algorithm):
    public = load_pem_private_key(open(f"{name}.key", "rb").read(), None).public_key()
    return {**json.loads(algorithm.to_jwk(public)), "use": "jwt-svid", "kid": name}


ec = key("ec", ECAlgorithm)
unknown = {"kty": "example", "use": "jwt-svid", "kid": "unknown"}
for name, keys in (("both", [ec, key("ed25519", OKPAlgorithm)]), ("unknown", [ec, unknown])):
    with open(f"{name}.json", "w") as file:
        json.dump({"keys": keys}, file)
PY
venv/bin/python make.py

mkdir go java
printf 'module types\n\ngo 1.26.0\n\nrequire github.com/spiffe/go-spiffe/v2 v2.9.0\n' >go/go.mod
cat >go/main.go <<'GO'
package main

import (
	"fmt"

	"github.com/spiffe/go-spiffe/v2/bundle/jwtbundle"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
)

func main() {
	for _, name := range []string{"ec", "ed25519"} {
		said := "ok"
		if _, err := x509svid.Load(name+".pem", name+".key"); err != nil {
			said = err.Error()
		}
		fmt.Printf("%s: %s\n", name, said)
	}
	bundle, err := jwtbundle.Load(spiffeid.RequireTrustDomainFromString("mesh-b.example"), "both.json")
	if err != nil {
		panic(err)
	}
	fmt.Printf("both: %d keys\n", len(bundle.JWTAuthorities()))
}
GO
(cd go && go mod tidy 2>/dev/null && go build -o ../by-go .)
cat >java/pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId>
  <artifactId>types</artifactId>
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
cat >Types.java <<'JAVA'
import io.spiffe.bundle.jwtbundle.JwtBundle;
import io.spiffe.bundle.x509bundle.X509Bundle;
import io.spiffe.spiffeid.TrustDomain;
import io.spiffe.svid.x509svid.X509Svid;
import io.spiffe.svid.x509svid.X509SvidValidator;
import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.Callable;

class Types {
  static void print(String name, Callable<String> work) {
    String said;
    try {
      said = work.call();
    } catch (Exception error) {
      said = error.getMessage();
    }
    System.out.println(name + ": " + said);
  }

  public static void main(String[] args) throws Exception {
    var domain = TrustDomain.parse("mesh-b.example");
    for (String name : List.of("ec", "ed25519")) {
      print(name, () -> {
        X509Svid.load(Path.of(name + ".pem"), Path.of(name + ".key"));
        return "ok";
      });
      print(name + " verified", () -> {
        try (var file = new FileInputStream(name + ".pem")) {
          var leaf = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(file);
          X509SvidValidator.verifyChain(List.of(leaf), X509Bundle.load(domain, Path.of("root.pem")));
          return "ok";
        }
      });
    }
    for (String name : List.of("unknown", "both")) {
      byte[] text = Files.readAllBytes(Path.of(name + ".json"));
      print(name, () -> JwtBundle.parse(domain, text).getJwtAuthorities().size() + " key");
    }
  }
}
JAVA
cat >load.py <<'PY'
from cryptography.hazmat.primitives.serialization import Encoding
from spiffe import JwtBundle, TrustDomain, X509Svid

for name in ("ec", "ed25519"):
    try:
        X509Svid.load(f"{name}.pem", f"{name}.key", Encoding.PEM)
        print(f"{name}: ok")
    except Exception as error:
        print(f"{name}: {error}")
print("both:", len(JwtBundle.parse(TrustDomain("mesh-b.example"), open("both.json", "rb").read()).jwt_authorities), "keys")
PY
{
  java -cp 'java/lib/*' Types.java | sed 's/^/java: /'
  ./by-go | sed 's/^/go: /'
  venv/bin/python load.py | sed 's/^/python: /'
} >seen
echo "$(basename java/lib/java-spiffe-core-*.jar .jar), Java $(java -version 2>&1 | head -1 | cut -d'"' -f2)," \
  "$(cd go && go list -m github.com/spiffe/go-spiffe/v2), spiffe $(venv/bin/pip show spiffe | sed -n 's/^Version: //p'):" \
  "$(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
java: ec: ok
java: ec verified: ok
java: ed25519: Algorithm not supported: EdDSA
java: ed25519 verified: ok
java: unknown: 1 key
java: both: Unsupported JWT family algorithm: OKP
go: ec: ok
go: ed25519: ok
go: both: 2 keys
python: ec: ok
python: ed25519: ok
python: both: 2 keys
SEEN
