#!/usr/bin/env bash
# OpenTelemetry's serialisers for JavaScript (@opentelemetry/otlp-transformer 0.301.1): what arrives of a number depends
# on whether the exporter writes JSON or protobuf. Both are OTLP, of the same span, and one would guess that they say
# the same, as they do for most. But a number from 2^63 on, such as half of all hashes of 64 bits, is a double in
# protobuf and an integer in JSON, where it fits no integer: the receiver refuses the request, with all other spans in
# it. What is no number (NaN, infinity) keeps its value in protobuf and has none in JSON. And in both, a share is a
# double at 0.5 and an integer at 1, so that a backend that has one type for each attribute drops one or the other. What
# helps is the hash as a text, and no share that may be no number. The receiver here is protobuf 7.36.2 for Python.
# Seen: 0.5 "double_value" and 1 "int_value" in both; 2^63 protobuf "double_value", JSON "out of range"; NaN and
# infinity protobuf "double_value", JSON "None".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @opentelemetry/otlp-transformer@0.301.1 @opentelemetry/sdk-trace@3.1.1 \
  @opentelemetry/api@1.10.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check opentelemetry-proto==1.45.2 protobuf==7.36.2
cat >write.js <<'JS'
const { writeFileSync } = require('fs');
const { JsonTraceSerializer, ProtobufTraceSerializer } = require('@opentelemetry/otlp-transformer');
const { TracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace');

const values = { half: 0.5, whole: 1, hash: 2 ** 63, nan: NaN, infinity: Infinity };
for (const [name, value] of Object.entries(values)) {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  provider.getTracer('mesh').startSpan('call', { attributes: { value } }).end();
  writeFileSync(`${name}.json`, JsonTraceSerializer.serializeRequest(exporter.getFinishedSpans()));
  writeFileSync(`${name}.pb`, ProtobufTraceSerializer.serializeRequest(exporter.getFinishedSpans()));
}
JS
node write.js
cat >read.py <<'PY'
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def kind(read, file):
    try:
        request = read(open(file, "rb").read())
    except json_format.ParseError as error:
        return "out of range" if "out of range" in str(error) else str(error)
    return request.resource_spans[0].scope_spans[0].spans[0].attributes[0].value.WhichOneof("value")


for name in "half", "whole", "hash", "nan", "infinity":
    by_protobuf = kind(ExportTraceServiceRequest.FromString, f"{name}.pb")
    by_json = kind(lambda text: json_format.Parse(text, ExportTraceServiceRequest()), f"{name}.json")
    print(f"{name}: {by_protobuf}, {by_json}")
PY
venv/bin/python read.py >seen
echo "$(npm ls --depth 0 | grep -o '@opentelemetry/otlp-transformer.*')," \
  "protobuf and JSON: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
half: double_value, double_value
whole: int_value, int_value
hash: double_value, out of range
nan: double_value, None
infinity: double_value, None
SEEN
