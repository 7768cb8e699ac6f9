#!/usr/bin/env bash
# Helm 3.22.0 meets Helm 4.3.2: null in an umbrella chart's values.yaml takes a subchart's default away in Helm 3, and
# is passed over in Helm 4. Helm's page says that null removes a default, it is how a limit of CPU, a probe or a node
# selector of another's chart is got rid of, and where the user says null (--values, --set), Helm 4 still does so; so
# one would guess that the place does not matter. But since Helm 4.2 the nulls of a chart's own values are dropped
# before the subchart's are looked at. The same chart with the same values, rendered anew by the new Helm, has the
# gateway's limits back, and neither a warning nor an error says so. What helps is the null in what the user gives, or a
# value that the subchart's template takes for nothing.
# coalesceValues of pkg/chart/common/util/coalesce.go (cleanNilValues); https://github.com/helm/helm/issues/32132 is
# open.
# Seen of a subchart's limits { cpu, memory } with null for cpu, in Helm's own steps: of the umbrella chart Helm 3
# {"memory":"200Mi"}, Helm 4 {"cpu":"200m","memory":"200Mi"}, whether the subchart is named in Chart.yaml or not; of the
# user {"memory":"200Mi"} in both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# rendered VERSION IMPORTS FILES PROCESS: a program that renders charts by the steps of "helm template".
rendered() {
  local major=${1%%.*}
  mkdir "$1"
  cd "$1"
  printf 'module rendered\n\ngo 1.26.0\n\nrequire helm.sh/helm/v%s v%s\n' "$major" "$1" >go.mod
  cat >main.go <<GO
package main

import (
	"fmt"

$2
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func limits(umbrella, user string, named bool) string {
	gateway := &chart.Chart{
		Metadata:  &chart.Metadata{APIVersion: "v2", Name: "gateway", Version: "1.0.0"},
		Values:    must(common.ReadValues([]byte("resources: { limits: { cpu: 200m, memory: 200Mi } }"))),
		Templates: []*$3.File{{Name: "templates/limits", Data: []byte("{{ toJson .Values.resources.limits }}")}},
	}
	mesh := &chart.Chart{
		Metadata: &chart.Metadata{APIVersion: "v2", Name: "mesh", Version: "1.0.0"},
		Values:   must(common.ReadValues([]byte(umbrella))),
	}
	if named {
		mesh.Metadata.Dependencies = []*chart.Dependency{{Name: "gateway", Version: "1.0.0"}}
	}
	mesh.AddDependency(gateway)
	given := must(common.ReadValues([]byte(user)))
	if err := $4(mesh, given); err != nil {
		panic(err)
	}
	values := must(render.ToRenderValues(mesh, given, common.ReleaseOptions{}, nil))
	return must(engine.Render(mesh, values))["mesh/charts/gateway/templates/limits"]
}

func main() {
	const null = "gateway: { resources: { limits: { cpu: null } } }"
	fmt.Println("without a null:", limits("{}", "{}", true))
	fmt.Println("null of the umbrella chart:", limits(null, "{}", true))
	fmt.Println("null of the umbrella chart, not named:", limits(null, "{}", false))
	fmt.Println("null of the user:", limits("{}", null, true))
}
GO
  go mod tidy 2>/dev/null
  go build -o rendered .
  echo "helm $(go list -m -f '{{.Version}}' "helm.sh/helm/v$major")"
  ./rendered
  cd ..
}
{
  rendered 3.22.0 '
	"helm.sh/helm/v3/pkg/chart"
	common "helm.sh/helm/v3/pkg/chartutil"
	render "helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"' chart render.ProcessDependenciesWithMerge
  rendered 4.3.2 '
	"helm.sh/helm/v4/pkg/chart/common"
	render "helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"' common util.ProcessDependencies
} >seen
cat seen
diff seen - <<'SEEN'
helm v3.22.0
without a null: {"cpu":"200m","memory":"200Mi"}
null of the umbrella chart: {"memory":"200Mi"}
null of the umbrella chart, not named: {"memory":"200Mi"}
null of the user: {"memory":"200Mi"}
helm v4.3.2
without a null: {"cpu":"200m","memory":"200Mi"}
null of the umbrella chart: {"cpu":"200m","memory":"200Mi"}
null of the umbrella chart, not named: {"cpu":"200m","memory":"200Mi"}
null of the user: {"memory":"200Mi"}
SEEN
