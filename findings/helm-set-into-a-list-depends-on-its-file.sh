#!/usr/bin/env bash
# Helm 3.19.2: setting one entry of a list by --set (or by set of Terraform's helm_release) changes that entry if a
# values file has the list, and throws all others away if the chart has it. One would guess that the place does not
# matter, since maps are merged with the chart's own either way. But --set is merged into what the user gave, before the
# chart's values are looked at, and a list of the user's replaces the chart's: entries in front are null, those behind
# are gone. So a line that works beside a values file breaks a proxy's arguments or takes a gateway's ports away as soon
# as that file stops repeating the list. Neither a warning nor an error says so. What helps is the whole list in values.
# Seen, of args "--log-level debug --json" and --set args[1]=warn: of the chart "null, warn", of a values file
# "--log-level, warn, --json"; of a map (level, format) and --set log.level=warn both times "format: json, level: warn".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >go.mod <<'MOD'
module set

go 1.24.0

require helm.sh/helm/v3 v3.19.2
MOD
cat >main.go <<'GO'
// Merges values in Helm's own steps: the user's files, then --set, then the chart's.
package main

import (
	"encoding/json"
	"fmt"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/strvals"
)

const values = "args: [--log-level, debug, --json]\nlog: { level: debug, format: json }\n"

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func merged(file, set, key string) string {
	own := must(chartutil.ReadValues([]byte(file)))
	if err := strvals.ParseInto(set, own); err != nil {
		panic(err)
	}
	border := &chart.Chart{Metadata: &chart.Metadata{Name: "border"}, Values: must(chartutil.ReadValues([]byte(values)))}
	return string(must(json.Marshal(must(chartutil.CoalesceValues(border, own))[key])))
}

func main() {
	fmt.Println("list of the chart:", merged("", "args[1]=warn", "args"))
	fmt.Println("list of a file:", merged(values, "args[1]=warn", "args"))
	fmt.Println("map of the chart:", merged("", "log.level=warn", "log"))
	fmt.Println("map of a file:", merged(values, "log.level=warn", "log"))
}
GO
go mod tidy 2>/dev/null
go run . >seen
echo "helm $(go list -m -f '{{.Version}}' helm.sh/helm/v3): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
list of the chart: [null,"warn"]
list of a file: ["--log-level","warn","--json"]
map of the chart: {"format":"json","level":"warn"}
map of a file: {"format":"json","level":"warn"}
SEEN
