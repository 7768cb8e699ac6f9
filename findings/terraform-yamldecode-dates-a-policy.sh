#!/usr/bin/env bash
# Terraform 1.11: yamldecode makes a time of a date. An IAM policy kept as YAML, whose Version is 2012-10-17, comes out
# of jsonencode(yamldecode(...)) with the Version "2012-10-17T00:00:00Z", which IAM has never had. HCL has no type for
# times, so one would guess that a date is the text that was written, as it is in JSON and by yamlencode; and so it is
# for kubectl and Helm (sigs.k8s.io/yaml). CloudFormation's YAML says the Version without quotes, and is where such files
# come from. So it is with a date among a chart's values, an image's tag or a Vault role's. A month (2012-10) and a time
# of the day stay as they are. The Version in quotes is right for all.
# Seen of 2012-10-17, "2012-10-17" in quotes, 2012-10 and 12:30:45, yamldecode: "2012-10-17T00:00:00Z", "2012-10-17",
# "2012-10", "12:30:45"; sigs.k8s.io/yaml: each as it is written.
# Needs Terraform 1.11 or later.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
cat >policy.yaml <<'YAML'
Version: 2012-10-17
quoted: "2012-10-17"
month: 2012-10
time: 12:30:45
YAML
cat >main.tf <<'TF'
output "policy" { value = jsonencode(yamldecode(file("policy.yaml"))) }
TF
printf 'module dates\n\ngo 1.24.0\n\nrequire sigs.k8s.io/yaml v1.6.0\n' >go.mod
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	text, err := os.ReadFile("policy.yaml")
	if err != nil {
		panic(err)
	}
	json, err := yaml.YAMLToJSON(text)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(json))
}
GO
go mod tidy 2>/dev/null
kubernetes=$(go run .)
terraform plan -input=false -no-color -out plan >/dev/null
terraform show -json plan >plan.json
terraform=$(python3 -c 'import json; print(json.load(open("plan.json"))["planned_values"]["outputs"]["policy"]["value"])')
echo "$(terraform version | sed -n 1p): $terraform; sigs.k8s.io/yaml" \
  "$(go list -m -f '{{.Version}}' sigs.k8s.io/yaml): $kubernetes"
rest='"month":"2012-10","quoted":"2012-10-17","time":"12:30:45"}'
[ "$terraform" = '{"Version":"2012-10-17T00:00:00Z",'"$rest" ]
[ "$kubernetes" = '{"Version":"2012-10-17",'"$rest" ]
