#!/usr/bin/env bash
# Terraform 1.11: a variable without a type is not one of `type = any`. Values of any type are accepted without one, say
# the pages of Terraform and cdktf, and so one would guess that the two are one, and take the same value from the same
# place. But from the environment (TF_VAR_) and by -var, a variable without a type takes the text as it is, whatever its
# default is; one of `any` reads it as an expression. So a port is "8443" for one and 8443 for the other, a list of
# roots is a single text, and false is "false". From a .tfvars file both are alike, so what was tried with a file fails
# in a pipeline: a `for` over the text is refused, but jsonencode and yamlencode, and so the values of a chart or a
# manifest, take it. cdktf's TerraformVariable writes no type unless it is told to. What helps is the type, said
# outright.
# Seen of 8443, ["a"] and false by jsonencode, TF_VAR_ and -var: without a type "8443", "[\"a\"]", "false"; with `any`
# 8443, ["a"], false; by a .tfvars file the latter for both.
# Needs Terraform 1.11 or later.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
cat >main.tf <<'TF'
variable "none" { default = 8080 }
variable "any" {
  type    = any
  default = 8080
}
output "seen" { value = "none ${jsonencode(var.none)} any ${jsonencode(var.any)}" }
TF
# plan OPTIONS: what both variables are.
plan() {
  terraform plan -input=false -no-color -out plan "$@" >/dev/null
  terraform show -json plan | python3 -c 'import json, sys; print(json.load(sys.stdin)["planned_values"]["outputs"]["seen"]["value"])'
}
for value in 8443 '["a"]' false; do
  printf 'none = %s\nany = %s\n' "$value" "$value" >value.tfvars
  echo "TF_VAR_: $(TF_VAR_none=$value TF_VAR_any=$value plan)"
  echo "-var: $(plan -var "none=$value" -var "any=$value")"
  echo "file: $(plan -var-file value.tfvars)"
done >seen
echo "$(terraform version | sed -n 1p): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
TF_VAR_: none "8443" any 8443
-var: none "8443" any 8443
file: none 8443 any 8443
TF_VAR_: none "[\"a\"]" any ["a"]
-var: none "[\"a\"]" any ["a"]
file: none ["a"] any ["a"]
TF_VAR_: none "false" any false
-var: none "false" any false
file: none false any false
SEEN
