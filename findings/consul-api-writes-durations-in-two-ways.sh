#!/usr/bin/env bash
# github.com/hashicorp/consul/api 1.34.4, the types by which Go programs read and write Consul's config entries: the
# duration that was read as "30s" is written as "30s" in one place and as 30000000000 in the next. Consul's pages write
# durations as texts, and the types of a resolver and a router have functions of their own to do so; so one would guess
# that all have, or none. Those of passive health checks, of a cookie's life and of a JWT provider's keys have none, and
# come out as nanoseconds, in one entry with texts. What reads the JSON next, a check of settings or a diff against the
# file in Git, finds another value or none. A number is read as nanoseconds everywhere, while the fields whose names end
# in Ms and Seconds stand beside them; 10 for ten seconds is 10ns. What helps is to compare what this package has read,
# not its JSON, and never to write a duration as a number.
# Seen of "30s": resolver ConnectTimeout and router RequestTimeout "30s"; the resolver's CookieConfig.TTL,
# PassiveHealthCheck.Interval, JWKSCluster.ConnectTimeout and Remote.CacheDuration 30000000000; ConnectTimeout 10 is
# "10ns".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf 'module durations\n\ngo 1.26.0\n\nrequire github.com/hashicorp/consul/api v1.34.4\n' >go.mod
cat >main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/consul/api"
)

func main() {
	// Each with the place of its duration.
	for _, one := range [][2]string{
		{"ConnectTimeout", `{"Kind":"service-resolver","Name":"info","ConnectTimeout":"30s"}`},
		{"LoadBalancer.HashPolicies.CookieConfig.TTL", `{"Kind":"service-resolver","Name":"info","LoadBalancer":
			{"HashPolicies":[{"Field":"cookie","FieldValue":"info","CookieConfig":{"TTL":"30s"}}]}}`},
		{"Routes.Destination.RequestTimeout", `{"Kind":"service-router","Name":"info","Routes":
			[{"Destination":{"RequestTimeout":"30s"}}]}`},
		{"UpstreamConfig.Defaults.PassiveHealthCheck.Interval", `{"Kind":"service-defaults","Name":"info","UpstreamConfig":
			{"Defaults":{"PassiveHealthCheck":{"Interval":"30s"}}}}`},
		{"JSONWebKeySet.Remote.CacheDuration", `{"Kind":"jwt-provider","Name":"info","JSONWebKeySet":
			{"Remote":{"URI":"https://issuer.example","CacheDuration":"30s"}}}`},
		{"JSONWebKeySet.Remote.JWKSCluster.ConnectTimeout", `{"Kind":"jwt-provider","Name":"info","JSONWebKeySet":
			{"Remote":{"URI":"https://issuer.example","JWKSCluster":{"ConnectTimeout":"30s"}}}}`},
		{"ConnectTimeout", `{"Kind":"service-resolver","Name":"info","ConnectTimeout":10}`},
	} {
		entry, err := api.DecodeConfigEntryFromJSON([]byte(one[1]))
		if err != nil {
			panic(err)
		}
		written, err := json.Marshal(entry)
		if err != nil {
			panic(err)
		}
		var value any
		decoder := json.NewDecoder(strings.NewReader(string(written)))
		decoder.UseNumber()
		if err := decoder.Decode(&value); err != nil {
			panic(err)
		}
		for _, name := range strings.Split(one[0], ".") {
			if list, ok := value.([]any); ok {
				value = list[0]
			}
			value = value.(map[string]any)[name]
		}
		fmt.Printf("%s %s %v\n", entry.GetKind(), one[0], value)
	}
}
GO
go mod tidy 2>/dev/null
go build -o durations .
./durations >seen
echo "$(go list -m github.com/hashicorp/consul/api): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
service-resolver ConnectTimeout 30s
service-resolver LoadBalancer.HashPolicies.CookieConfig.TTL 30000000000
service-router Routes.Destination.RequestTimeout 30s
service-defaults UpstreamConfig.Defaults.PassiveHealthCheck.Interval 30000000000
jwt-provider JSONWebKeySet.Remote.CacheDuration 30000000000
jwt-provider JSONWebKeySet.Remote.JWKSCluster.ConnectTimeout 30000000000
service-resolver ConnectTimeout 10ns
SEEN
