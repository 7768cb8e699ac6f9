#!/usr/bin/env bash
# github.com/hashicorp/consul/api 1.34.4, by which Go programs read Consul's config entries: a key with an underscore is
# dropped, and nothing says so. Consul's entries may be written connect_timeout or ConnectTimeout, the package's types
# have the first form as a tag at each field (alias), and "kind", "name" and "protocol" in small letters are taken; so
# one would guess that DecodeConfigEntry and DecodeConfigEntryFromJSON read either form, or refuse the one that they do
# not know. But they look at no alias, only at the letters without their case: of an entry in small letters each name of
# one word arrives and none of two, so a resolver has no timeout and a service no limit of connections, and the program
# that writes the entry on takes them away. A mistyped key is dropped in the same way. What helps is CamelCase, or to
# compare the entry as it was read with what the file says.
# Seen of service-defaults in small letters: Protocol "http", MaxInboundConnections 0, connect_timeout_ms within
# upstream_config (UpstreamConfig) gone; in CamelCase "http", 5 and 500. Of the fields of eight kinds of entries whose
# alias has an underscore, by the alias none arrives, by its name each does.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf 'module keys\n\ngo 1.26.0\n\nrequire github.com/hashicorp/consul/api v1.34.4\n' >go.mod
cat >main.go <<'GO'
package main

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/hashicorp/consul/api"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// values are what is tried, by the kind of a field.
var values = map[reflect.Kind]any{
	reflect.String: "5s", reflect.Bool: true, reflect.Int: 5, reflect.Int64: 5, reflect.Uint32: 5, reflect.Float32: 0.5,
}

func main() {
	for _, text := range []string{
		`{"kind":"service-defaults","name":"info","protocol":"http","max_inbound_connections":5,
			"upstream_config":{"defaults":{"connect_timeout_ms":500}}}`,
		`{"Kind":"service-defaults","Name":"info","Protocol":"http","MaxInboundConnections":5,
			"UpstreamConfig":{"Defaults":{"ConnectTimeoutMs":500}}}`,
	} {
		entry := must(api.DecodeConfigEntryFromJSON([]byte(text))).(*api.ServiceConfigEntry)
		upstream := "gone"
		if entry.UpstreamConfig != nil {
			upstream = fmt.Sprint(entry.UpstreamConfig.Defaults.ConnectTimeoutMs)
		}
		fmt.Println(entry.Protocol, entry.MaxInboundConnections, upstream)
	}
	aliases, byAlias, byName := 0, 0, 0
	for _, kind := range []string{api.ServiceDefaults, api.ServiceResolver, api.ProxyDefaults, api.MeshConfig, api.JWTProvider,
		api.InlineCertificate, api.SamenessGroup, api.TerminatingGateway} {
		entry := reflect.TypeOf(must(api.MakeConfigEntry(kind, "info"))).Elem()
		for at := range entry.NumField() {
			field := entry.Field(at)
			alias, value := field.Tag.Get("alias"), values[field.Type.Kind()]
			if !strings.Contains(alias, "_") || value == nil {
				continue
			}
			aliases++
			for key, count := range map[string]*int{alias: &byAlias, field.Name: &byName} {
				read := must(api.DecodeConfigEntry(map[string]any{"Kind": kind, "Name": "info", key: value}))
				if !reflect.ValueOf(read).Elem().Field(at).IsZero() {
					*count++
				}
			}
		}
	}
	fmt.Printf("some aliases: %t, by alias: %d, all by name: %t\n", aliases > 0, byAlias, byName == aliases)
	misspelt := must(api.DecodeConfigEntry(map[string]any{"Kind": "service-defaults", "Name": "info", "Protocl": "http"}))
	fmt.Printf("mistyped: %q\n", misspelt.(*api.ServiceConfigEntry).Protocol)
}
GO
go mod tidy 2>/dev/null
go build -o keys .
./keys >seen
echo "$(go list -m github.com/hashicorp/consul/api): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
http 0 gone
http 5 500
some aliases: true, by alias: 0, all by name: true
mistyped: ""
SEEN
