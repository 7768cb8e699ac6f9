#!/usr/bin/env bash
# Helm 4.3.2 and 3.22.0: --set sampling=0.5 is a text, while --set sampling=5 is a number, and so is 0.5 in a values
# file or by --set-json. Helm's page says that --set knows integers, booleans and null as such, and --set-string is
# there for those who want texts; so one would guess that a number is a number. Only integers are looked for. A template
# that writes the value as it is hides it; toYaml and toJson write "0.5" in quotes, which Kubernetes refuses where a
# number is due (randomSamplingPercentage of Istio's Telemetry, say), and a values.schema.json that asks for a number
# refuses the installation. So a share that was tried with 1 or 100 cannot be halved. `set` of Terraform's helm_release
# reads values by the same function. What helps is --set-json, or values.
# pkg/strvals/parser.go (typedVal) parses integers alone.
# Seen of 5 and 0.5, as toYaml writes them, and for a schema that says number: --set '5, ok' and '"0.5", refused';
# --set-json and a values file '5, ok' and '0.5, ok', in both versions.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# judged VERSION IMPORTS: a program with Helm's own functions for --set, for a chart's schema and for its templates.
judged() {
  local major=${1%%.*}
  mkdir "$1"
  cd "$1"
  printf 'module judged\n\ngo 1.26.0\n\nrequire helm.sh/helm/v%s v%s\n' "$major" "$1" >go.mod
  cat >main.go <<GO
package main

import (
	"fmt"

$2
	"helm.sh/helm/v$major/pkg/strvals"
	"sigs.k8s.io/yaml"
)

const schema = \`{"type":"object","properties":{"sampling":{"type":"number"}}}\`

func main() {
	ways := []struct {
		name string
		read func(text string, values map[string]any) error
	}{
		{"set", func(text string, values map[string]any) error { return strvals.ParseInto("sampling="+text, values) }},
		{"set-json", func(text string, values map[string]any) error { return strvals.ParseJSON("sampling="+text, values) }},
		{"file", func(text string, values map[string]any) error { return yaml.Unmarshal([]byte("sampling: "+text), &values) }},
	}
	for _, way := range ways {
		for _, text := range []string{"5", "0.5"} {
			values := map[string]any{}
			if err := way.read(text, values); err != nil {
				panic(err)
			}
			// The template function toYaml is this one.
			written, err := yaml.Marshal(values["sampling"])
			if err != nil {
				panic(err)
			}
			said := "ok"
			if util.ValidateAgainstSingleSchema(values, []byte(schema)) != nil {
				said = "refused"
			}
			fmt.Printf("%s %s: %.*s, %s\n", way.name, text, len(written)-1, written, said)
		}
	}
}
GO
  go mod tidy 2>/dev/null
  go build -o judged .
  echo "helm $(go list -m -f '{{.Version}}' "helm.sh/helm/v$major")"
  ./judged
  cd ..
}
{
  judged 3.22.0 '	util "helm.sh/helm/v3/pkg/chartutil"'
  judged 4.3.2 '	"helm.sh/helm/v4/pkg/chart/common/util"'
} >seen
cat seen
diff seen - <<'SEEN'
helm v3.22.0
set 5: 5, ok
set 0.5: "0.5", refused
set-json 5: 5, ok
set-json 0.5: 0.5, ok
file 5: 5, ok
file 0.5: 0.5, ok
helm v4.3.2
set 5: 5, ok
set 0.5: "0.5", refused
set-json 5: 5, ok
set-json 0.5: 0.5, ok
file 5: 5, ok
file 0.5: 0.5, ok
SEEN
