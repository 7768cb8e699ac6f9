#!/usr/bin/env bash
# OpenTelemetry's exporters for Prometheus in Go (0.69.0), Python (0.66b2) and JavaScript (0.301.0): one instrument of
# the semantic conventions, http.server.request.duration in seconds, has two names. The conventions are there so that
# services of all languages are measured alike, and OpenTelemetry's specification says how an instrument is named in
# Prometheus, so one would guess that one rule of alerts covers them. Go and Python add the unit, JavaScript does not:
# http_server_request_duration_seconds and http_server_request_duration. So it is with sizes, with "_bytes" and without;
# and for a share, whose unit is "1", Go alone adds "_ratio". An alert on the duration has no data of services in the
# other language, and so stays silent for them. What helps is a view that names the instrument with its unit, in
# JavaScript, or the exporter of Go without units (WithoutUnits).
# Seen, Go, Python, JavaScript: duration "http_server_request_duration_seconds" twice, "http_server_request_duration";
# size "http_client_request_body_size_bytes" twice, "http_client_request_body_size"; a share "mesh_healthy_ratio",
# "mesh_healthy" twice; calls, a counter, "mesh_calls_total" three times; of the duration Go without units
# "http_server_request_duration", JavaScript with a view "http_server_request_duration_seconds".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @opentelemetry/exporter-prometheus@0.301.0 @opentelemetry/sdk-metrics@3.1.1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check opentelemetry-exporter-prometheus==0.66b2
cat >go.mod <<'MOD'
module names

go 1.26.0

require (
	github.com/prometheus/client_golang v1.25.0
	go.opentelemetry.io/otel/exporters/prometheus v0.69.0
	go.opentelemetry.io/otel/metric v1.47.0
	go.opentelemetry.io/otel/sdk/metric v1.47.0
)
MOD
cat >main.go <<'GO'
// Prints the names of families, with the text of its argument in front.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func names(title string, options ...exporter.Option) {
	registry, background := prometheus.NewRegistry(), context.Background()
	reader := must(exporter.New(append(options, exporter.WithRegisterer(registry))...))
	meter := sdk.NewMeterProvider(sdk.WithReader(reader)).Meter("mesh")
	must(meter.Float64Histogram("http.server.request.duration", metric.WithUnit("s"))).Record(background, 0.1)
	must(meter.Int64Histogram("http.client.request.body.size", metric.WithUnit("By"))).Record(background, 1)
	must(meter.Float64Gauge("mesh.healthy", metric.WithUnit("1"))).Record(background, 0.5)
	must(meter.Int64Counter("mesh.calls", metric.WithUnit("{call}"))).Add(background, 1)
	for _, family := range must(registry.Gather()) {
		if family.GetName() != "target_info" {
			fmt.Fprintln(os.Stdout, title, family.GetName())
		}
	}
}

func main() {
	names("go:")
	names("go without units:", exporter.WithoutUnits())
}
GO
cat >names.py <<'PY'
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import generate_latest

meter = MeterProvider(metric_readers=[PrometheusMetricReader()]).get_meter("mesh")
meter.create_histogram("http.server.request.duration", unit="s").record(0.1)
meter.create_histogram("http.client.request.body.size", unit="By").record(1)
meter.create_gauge("mesh.healthy", unit="1").set(0.5)
meter.create_counter("mesh.calls", unit="{call}").add(1)
for line in generate_latest().decode().splitlines():
    if line.startswith("# TYPE ") and (" mesh_" in line or " http_" in line):
        print("python:", line.split()[2])
PY
cat >names.mjs <<'JS'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

async function names(title, views) {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const meter = new MeterProvider({ readers: [reader], views }).getMeter('mesh');
  meter.createHistogram('http.server.request.duration', { unit: 's' }).record(0.1);
  meter.createHistogram('http.client.request.body.size', { unit: 'By' }).record(1);
  meter.createGauge('mesh.healthy', { unit: '1' }).record(0.5);
  meter.createCounter('mesh.calls', { unit: '{call}' }).add(1);
  const { resourceMetrics } = await reader.collect();
  for (const [, name] of new PrometheusSerializer().serialize(resourceMetrics).matchAll(/^# TYPE (\S+)/gm)) {
    if (name !== 'target_info') console.log(title, name);
  }
}

await names('javascript:', []);
await names('javascript with a view:', [
  { instrumentName: 'http.server.request.duration', name: 'http.server.request.duration_seconds' },
]);
JS
go mod tidy 2>/dev/null
go build -o names .
{
  ./names
  venv/bin/python names.py
  node names.mjs
} | LC_ALL=C sort | awk -F': ' '{
  if ($1 != title) printf "%s%s:", (NR > 1 ? "\n" : ""), $1
  printf " %s", $2
  title = $1
} END { print "" }' >seen
echo "otel for Go $(go list -m -f '{{.Version}}' go.opentelemetry.io/otel/exporters/prometheus)," \
  "for Python $(venv/bin/pip list 2>/dev/null | awk '$1 == "opentelemetry-exporter-prometheus" { print $2 }')," \
  "for JavaScript $(npm pkg get version --prefix node_modules/@opentelemetry/exporter-prometheus | tr -d '"'):"
cat seen
diff seen - <<'SEEN'
go without units: http_client_request_body_size http_server_request_duration mesh_calls_total mesh_healthy
go: http_client_request_body_size_bytes http_server_request_duration_seconds mesh_calls_total mesh_healthy_ratio
javascript with a view: http_client_request_body_size http_server_request_duration_seconds mesh_calls_total mesh_healthy
javascript: http_client_request_body_size http_server_request_duration mesh_calls_total mesh_healthy
python: http_client_request_body_size_bytes http_server_request_duration_seconds mesh_calls_total mesh_healthy
SEEN
