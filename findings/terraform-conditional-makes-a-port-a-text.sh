#!/usr/bin/env bash
# Terraform 1.11: a condition that adds a port or leaves it out, tls ? { name = "tls", port = 8443 } : {}, makes the
# number a text, "8443". One would guess that a branch is given back as it stands, or that two objects of different
# attributes are refused. They are refused where no attribute is a text; with one that is, both branches become a map of
# texts, and so do numbers and booleans in it. With null in place of {} they stay, within a list too, and one level
# down. What the value goes to decides what happens: an argument of a resource takes the text for a number, while
# jsonencode, yamlencode and so the values of a chart or a manifest have "8443" and "true", which Kubernetes refuses for
# a port, and which is true for a template whatever it says ("false" too). What helps is null, or a list of none or one:
# merge([for one in tls ? [{ ... }] : [] : one]...).
# Seen of jsonencode: with {} {"name":"tls","port":"8443"}, and {"on":"false"} beside a name; with null and in a list
# 8443; of a number, a boolean and {} "Inconsistent conditional result types".
# Needs Terraform 1.11 or later.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
mkdir refused
cat >refused/main.tf <<'TF'
locals { tls = true }
output "refused" { value = local.tls ? { port = 8443, on = true } : {} }
TF
cat >main.tf <<'TF'
locals { tls = true }
output "empty" { value = jsonencode(local.tls ? { name = "tls", port = 8443 } : {}) }
output "boolean" { value = jsonencode(local.tls ? { name = "tls", on = false } : {}) }
output "none" { value = jsonencode(local.tls ? { name = "tls", port = 8443 } : null) }
output "list" { value = jsonencode(local.tls ? [{ name = "tls", port = 8443 }] : []) }
output "merged" { value = jsonencode(merge([for one in local.tls ? [{ name = "tls", port = 8443 }] : [] : one]...)) }
TF
terraform plan -input=false -no-color -out plan >/dev/null
terraform show -json plan >plan.json
python3 - >seen <<'PY'
import json

outputs = json.load(open("plan.json"))["planned_values"]["outputs"]
for name in ["empty", "boolean", "none", "list", "merged"]:
    print(name, outputs[name]["value"])
PY
if terraform -chdir=refused plan -input=false -no-color >said 2>&1; then exit 1; fi
sed -n 's/^.*Error: /refused /p' said >>seen
echo "$(terraform version | sed -n 1p): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
empty {"name":"tls","port":"8443"}
boolean {"name":"tls","on":"false"}
none {"name":"tls","port":8443}
list [{"name":"tls","port":8443}]
merged {"name":"tls","port":8443}
refused Inconsistent conditional result types
SEEN
