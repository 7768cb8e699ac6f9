#!/usr/bin/env bash
# istio.io/api 1.31.4, the types by which Go programs read and write Istio's objects (client-go is made of them): an
# object that is read and written again loses modes that were said outright. One would guess that a field that was
# there stays. But a mode that is the first of its enum is not written, and the first ones are those that one sets on
# purpose: DISABLE, REGISTRY_ONLY, NONE, MESH_EXTERNAL. Istio takes what is left in the same sense, others do not: a
# policy that demands REGISTRY_ONLY finds no mode, people read "outboundTrafficPolicy: {}" as the mesh's default
# (ALLOW_ANY), and what a controller has updated differs from the manifest in Git. So do durations (1m).
# Seen: tls {"mode":"DISABLE"} becomes {}, ISTIO_MUTUAL stays; outboundTrafficPolicy {"mode":"REGISTRY_ONLY"} becomes
# {}, ALLOW_ANY stays; a ServiceEntry loses location MESH_EXTERNAL and resolution NONE; connectTimeout 1m is 60s.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf 'module again\n\ngo 1.24.0\n\nrequire istio.io/api v1.31.4\n' >go.mod
cat >main.go <<'GO'
// Prints objects as they are after they were read and written.
package main

import (
	"encoding/json"
	"fmt"

	"istio.io/api/networking/v1alpha3"
)

func again(text string, object any) {
	if err := json.Unmarshal([]byte(text), object); err != nil {
		panic(err)
	}
	written, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(written))
}

func main() {
	again(`{"host":"a","trafficPolicy":{"tls":{"mode":"DISABLE"}}}`, &v1alpha3.DestinationRule{})
	again(`{"host":"a","trafficPolicy":{"tls":{"mode":"ISTIO_MUTUAL"}}}`, &v1alpha3.DestinationRule{})
	again(`{"outboundTrafficPolicy":{"mode":"REGISTRY_ONLY"}}`, &v1alpha3.Sidecar{})
	again(`{"outboundTrafficPolicy":{"mode":"ALLOW_ANY"}}`, &v1alpha3.Sidecar{})
	again(`{"hosts":["a"],"location":"MESH_EXTERNAL","resolution":"NONE"}`, &v1alpha3.ServiceEntry{})
	again(`{"host":"a","trafficPolicy":{"connectionPool":{"tcp":{"connectTimeout":"1m"}}}}`, &v1alpha3.DestinationRule{})
}
GO
go mod tidy 2>/dev/null
go run . >seen
echo "istio.io/api $(go list -m -f '{{.Version}}' istio.io/api): $(tr '\n' ' ' <seen)"
diff - seen <<'EXPECTED'
{"host":"a","trafficPolicy":{"tls":{}}}
{"host":"a","trafficPolicy":{"tls":{"mode":"ISTIO_MUTUAL"}}}
{"outboundTrafficPolicy":{}}
{"outboundTrafficPolicy":{"mode":"ALLOW_ANY"}}
{"hosts":["a"]}
{"host":"a","trafficPolicy":{"connectionPool":{"tcp":{"connectTimeout":"60s"}}}}
EXPECTED
