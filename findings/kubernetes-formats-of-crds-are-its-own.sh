#!/usr/bin/env bash
# Kubernetes 1.37's judge of custom resources (k8s.io/apiextensions-apiserver 0.37.2): what a CRD's "format" lets
# through is neither what Go reads, which controllers are written in, nor what JSON Schema says. One would guess that a
# duration is one of Go's, or P1D as in JSON Schema; that an "ip" is looked at, as "ipv4" and "ipv6" are; that uint32
# holds as int32 does; and that a hostname is any name of DNS. But a duration is either of those, and "1 day" or "2w" as
# well, which time.ParseDuration refuses, so the API server takes a resource that its controller cannot read. "ip" and
# uint32 are not known, and so hold nothing (schemars, which makes the CRDs of controllers in Rust, writes both). An
# "ipv4" may be an IPv6 address that holds one. A hostname whose last part is one letter or ends in a figure is refused,
# such as that of a service where the cluster's domain is "cluster1". What helps is a pattern, a maximum, or a rule of
# CEL beside the format.
# Seen, by format, server and Go: duration 90s "ok, ok", P1D, "1 day" and 2w "ok, refused"; date-time without a zone
# "refused, refused"; ip "here" "ok, refused"; ipv4 ::ffff:10.0.0.1 "ok"; 5000000000 as int32 "refused", as uint32 "ok";
# hostname info.weather.svc.cluster.local "ok", info.weather.svc.cluster1 "refused".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >go.mod <<'MOD'
module formats

go 1.26.0

require (
	k8s.io/apiextensions-apiserver v0.37.2
	k8s.io/apimachinery v0.37.2
)
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"net"
	"time"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
)

func verdict(refused bool) string {
	if refused {
		return "refused"
	}
	return "ok"
}

// byServer is what the API server says of a value in a field of that type and format.
func byServer(kind, format string, value any) string {
	validator, _, err := validation.NewSchemaValidator(&apiextensions.JSONSchemaProps{Type: kind, Format: format})
	if err != nil {
		panic(err)
	}
	return verdict(len(validation.ValidateCustomResource(nil, value, validator)) > 0)
}

func main() {
	for _, text := range []string{"90s", "P1D", "1 day", "2w"} {
		_, err := time.ParseDuration(text)
		fmt.Printf("duration %s: %s, %s\n", text, byServer("string", "duration", text), verdict(err != nil))
	}
	for _, text := range []string{"2026-11-30T10:00:00Z", "2026-11-30T10:00:00"} {
		_, err := time.Parse(time.RFC3339, text)
		fmt.Printf("date-time %s: %s, %s\n", text, byServer("string", "date-time", text), verdict(err != nil))
	}
	fmt.Printf("ip here: %s, %s\n", byServer("string", "ip", "here"), verdict(net.ParseIP("here") == nil))
	for _, text := range []string{"here", "::1", "::ffff:10.0.0.1"} {
		fmt.Printf("ipv4 %s: %s\n", text, byServer("string", "ipv4", text))
	}
	for _, format := range []string{"int32", "uint32"} {
		fmt.Printf("%s 5000000000: %s\n", format, byServer("integer", format, int64(5000000000)))
	}
	for _, text := range []string{"info.weather.svc.cluster.local", "info.weather.svc.cluster1", "info.b"} {
		fmt.Printf("hostname %s: %s\n", text, byServer("string", "hostname", text))
	}
}
GO
go mod tidy 2>/dev/null
go build -o formats .
./formats >seen
echo "$(go list -m k8s.io/apiextensions-apiserver): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
duration 90s: ok, ok
duration P1D: ok, refused
duration 1 day: ok, refused
duration 2w: ok, refused
date-time 2026-11-30T10:00:00Z: ok, ok
date-time 2026-11-30T10:00:00: refused, refused
ip here: ok, refused
ipv4 here: refused
ipv4 ::1: refused
ipv4 ::ffff:10.0.0.1: ok
int32 5000000000: refused
uint32 5000000000: ok
hostname info.weather.svc.cluster.local: ok
hostname info.weather.svc.cluster1: refused
hostname info.b: refused
SEEN
