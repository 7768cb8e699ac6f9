#!/usr/bin/env bash
# Istio's API 1.31.4 meets Gateway API 1.5.0: each refuses durations that the other takes, for the same timeout of a
# request. Both write "10s", so one would guess that a timeout can be copied from a VirtualService to an HTTPRoute and
# back, and that "0s" means none in both, as it does in Envoy. Istio's CRD refuses "0s" (there, none is said by leaving
# the field out). Gateway API takes "0s", and no fractions ("1.5s" is how Go prints 1500ms), and no number of six
# digits. Good for both are whole numbers of up to five digits, from 1ms on. Judged by Kubernetes' own library
# (k8s.io/apiextensions-apiserver 0.37.2) with the CRDs of both.
# Seen, VirtualService and HTTPRoute: 10s and 1m30s "ok, ok"; 0s "refused, ok"; 1.5s "ok, refused"; 1500ms "ok, ok";
# 100000s "ok, refused".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >go.mod <<'MOD'
module durations

go 1.26.0

require (
	istio.io/api v1.31.4
	k8s.io/apiextensions-apiserver v0.37.2
	k8s.io/apimachinery v0.37.2
	k8s.io/apiserver v0.37.2
	sigs.k8s.io/gateway-api v1.5.0
)
MOD
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	// Whose CRDs are read from their modules.
	_ "istio.io/api/networking/v1"
	_ "sigs.k8s.io/gateway-api/apis/v1"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/yaml"
	limits "k8s.io/apiserver/pkg/apis/cel"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// crd is the definition of that kind in a file of several.
func crd(file, kind string) (definition v1.CustomResourceDefinition) {
	documents := yaml.NewYAMLOrJSONDecoder(must(os.Open(file)), 4096)
	for definition.Spec.Names.Kind != kind {
		definition = v1.CustomResourceDefinition{}
		if err := documents.Decode(&definition); err == io.EOF {
			panic("no " + kind)
		} else if err != nil {
			panic(err)
		}
	}
	return definition
}

// judge is "ok" or "refused", for an object of version v1.
func judge(definition v1.CustomResourceDefinition, object map[string]any) string {
	for _, version := range definition.Spec.Versions {
		if version.Name != "v1" {
			continue
		}
		var props apiextensions.JSONSchemaProps
		if err := v1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(version.Schema.OpenAPIV3Schema, &props, nil); err != nil {
			panic(err)
		}
		structural := must(schema.NewStructural(&props))
		bySchema, _, err := validation.NewSchemaValidator(&props)
		if err != nil {
			panic(err)
		}
		defaulting.Default(object, structural)
		errs := validation.ValidateCustomResource(nil, object, bySchema)
		byRules := cel.NewValidator(structural, true, limits.PerCallLimit)
		more, _ := byRules.Validate(context.Background(), nil, structural, object, nil, limits.RuntimeCELCostBudget)
		if errs = append(errs, more...); len(errs) > 0 {
			return "refused"
		}
		return "ok"
	}
	panic("no v1")
}

func main() {
	istio, gateway := crd(os.Args[1], "VirtualService"), crd(os.Args[2], "HTTPRoute")
	for _, duration := range []string{"10s", "1m30s", "0s", "1.5s", "1500ms", "100000s"} {
		route := []any{map[string]any{"destination": map[string]any{"host": "info"}}}
		http := []any{map[string]any{"timeout": duration, "route": route}}
		rules := []any{map[string]any{"timeouts": map[string]any{"request": duration}}}
		fmt.Printf("%s: %s, %s\n", duration,
			judge(istio, map[string]any{"spec": map[string]any{"hosts": []any{"info"}, "http": http}}),
			judge(gateway, map[string]any{"spec": map[string]any{"rules": rules}}))
	}
}
GO
go mod tidy 2>/dev/null
go build -o judge .
where() { go list -m -f '{{.Dir}}' "$1"; }
./judge "$(where istio.io/api)/kubernetes/customresourcedefinitions.gen.yaml" \
  "$(where sigs.k8s.io/gateway-api)/config/crd/standard/gateway.networking.k8s.io_httproutes.yaml" >seen
for module in istio.io/api sigs.k8s.io/gateway-api k8s.io/apiextensions-apiserver; do
  go list -m -f '{{.Path}} {{.Version}}' "$module"
done | paste -sd' '
paste -sd';' seen | sed 's/;/; /g'
diff seen - <<'EXPECTED'
10s: ok, ok
1m30s: ok, ok
0s: refused, ok
1.5s: ok, refused
1500ms: ok, ok
100000s: ok, refused
EXPECTED
