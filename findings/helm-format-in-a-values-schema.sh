#!/usr/bin/env bash
# Helm 3.17.4 meets Helm 3.22.0: "format" in a chart's values.schema.json is a rule for one and a remark for the other.
# A schema says of an address that it is an "ipv4" or a "uri", Helm refuses what is not, and so one would guess that
# every later Helm does, or none. But 3.22.0 judges by another library (santhosh-tekuri/jsonschema), and that by the
# schema's "$schema": with draft-07 formats count as before, more of them even ("duration", which is to be P1D); with
# 2019-09, with 2020-12 and without "$schema" none is looked at, as those drafts allow. So a partner's gateway "10.0.0",
# which was refused, is installed after the upgrade of Helm, and a "5 minutes" that was taken is refused. What helps is
# a pattern beside the format, or draft-07 said outright.
# Seen of a wrong ipv4, uri, hostname and duration: 3.17.4 "refused, refused, refused, ok" whatever "$schema" says;
# 3.22.0 with draft-07 "refused, refused, refused, refused", with 2019-09, with 2020-12 and without "ok, ok, ok, ok".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# judge VERSION: a program with Helm's own function for a chart's schema.
judge() {
  mkdir "$1"
  cd "$1"
  printf 'module judge\n\ngo 1.26.0\n\nrequire helm.sh/helm/v3 v%s\n' "$1" >go.mod
  cat >main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"helm.sh/helm/v3/pkg/chartutil"
)

func main() {
	wrong := [][2]string{{"ipv4", "10.0.0"}, {"uri", "no uri"}, {"hostname", "-a b"}, {"duration", "5 minutes"}}
	for _, draft := range []string{
		"", "http://json-schema.org/draft-07/schema#",
		"https://json-schema.org/draft/2019-09/schema", "https://json-schema.org/draft/2020-12/schema",
	} {
		var said []string
		for _, one := range wrong {
			property := map[string]any{"type": "string", "format": one[0]}
			schema := map[string]any{"type": "object", "properties": map[string]any{"gateway": property}}
			if draft != "" {
				schema["$schema"] = draft
			}
			text, err := json.Marshal(schema)
			if err != nil {
				panic(err)
			}
			if chartutil.ValidateAgainstSingleSchema(chartutil.Values{"gateway": one[1]}, text) != nil {
				said = append(said, "refused")
			} else {
				said = append(said, "ok")
			}
		}
		fmt.Printf("'%s': %s\n", draft, strings.Join(said, ", "))
	}
}
GO
  go mod tidy 2>/dev/null
  go build -o judge .
  echo "helm $(go list -m -f '{{.Version}}' helm.sh/helm/v3)"
  ./judge
  cd ..
}
{
  judge 3.17.4
  judge 3.22.0
} >seen
cat seen
diff seen - <<'SEEN'
helm v3.17.4
'': refused, refused, refused, ok
'http://json-schema.org/draft-07/schema#': refused, refused, refused, ok
'https://json-schema.org/draft/2019-09/schema': refused, refused, refused, ok
'https://json-schema.org/draft/2020-12/schema': refused, refused, refused, ok
helm v3.22.0
'': ok, ok, ok, ok
'http://json-schema.org/draft-07/schema#': refused, refused, refused, refused
'https://json-schema.org/draft/2019-09/schema': ok, ok, ok, ok
'https://json-schema.org/draft/2020-12/schema': ok, ok, ok, ok
SEEN
