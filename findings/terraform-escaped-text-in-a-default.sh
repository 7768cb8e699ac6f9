#!/usr/bin/env bash
# Terraform 1.11: a text whose "${" is escaped, "$${POD_IP}", loses the second dollar wherever it is written, except in
# JSON as a variable's default and in a .tfvars.json, where it stays. One would guess that a text means the same in all
# places of one file, or at least that a default and a resource's argument do. In the native syntax they do, and so do
# .tfvars; but a default in JSON, which is what cdktf writes, is taken as it is, and so is a string by TF_VAR_. An
# Envoy or a shell that is to expand ${POD_IP} itself then gets $${POD_IP}, in which a shell reads its process id.
# Nothing warns. Who moves a text from a construct into a TerraformVariable's default has to take the escape out.
# Seen of "$${POD_IP}", dollars: a local in JSON 1, a default in JSON 2, one within a map in JSON 2, a default in .tf 1,
# .tfvars 1, .tfvars.json 2, TF_VAR_ 2.
# Needs Terraform 1.11 or later.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
cat >main.tf.json <<'JSON'
{
  "locals": { "json_local": "$${POD_IP}" },
  "variable": {
    "json_default": { "default": "$${POD_IP}" },
    "json_map": { "default": { "ip": "$${POD_IP}" } }
  }
}
JSON
cat >main.tf <<'TF'
variable "native_default" { default = "$${POD_IP}" }
variable "tfvars" { type = string }
variable "tfvars_json" { type = string }
variable "environment" { type = string }
output "texts" {
  value = [local.json_local, var.json_default, var.json_map.ip, var.native_default, var.tfvars, var.tfvars_json, var.environment]
}
TF
echo 'tfvars = "$${POD_IP}"' >a.auto.tfvars
echo '{ "tfvars_json": "$${POD_IP}" }' >b.auto.tfvars.json
export TF_VAR_environment='$${POD_IP}'
terraform plan -input=false -no-color -out plan >/dev/null
terraform show -json plan >plan.json
seen=$(
  python3 - <<'PY'
import json

texts = json.load(open("plan.json"))["planned_values"]["outputs"]["texts"]["value"]
assert all(text.lstrip("$") == "{POD_IP}" for text in texts), texts
print(*(text.count("$") for text in texts))
PY
)
echo "$(terraform version | sed -n 1p), dollars of a local in JSON, defaults in JSON, of a map in JSON and in .tf, .tfvars," \
  ".tfvars.json, TF_VAR_: $seen"
[ "$seen" = '1 2 2 1 1 2 2' ]
