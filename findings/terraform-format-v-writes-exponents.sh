#!/usr/bin/env bash
# Terraform 1.11: format("%v", ...) writes a number from a million on with an exponent, 1.048576e+06. In a text,
# "${1048576}", in jsonencode and by %s it is written in full; so one would guess that %v, the verb for any value,
# writes what tostring does. It does so for ports, which are too small to show it, and within a list or an object,
# which %v writes as JSON. A buffer's limit that goes through format into a proxy's argument or an annotation is then
# no integer for what reads it, and a number in a name or an ARN names something else. So it is with formatlist. What
# helps is %s or %d.
# Seen of 8443, 1048576 and 123456789012: %v "8443", "1.048576e+06", "1.23456789012e+11"; %v of a list, %s, %d, a
# template and jsonencode the digits each.
# Needs Terraform 1.11 or later.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
cat >main.tf <<'TF'
locals { numbers = [8443, 1048576, 123456789012] }
output "seen" {
  value = [for name, texts in {
    "%v"       = [for number in local.numbers : format("%v", number)]
    formatlist = formatlist("%v", local.numbers)
    "%v, list" = [format("%v", local.numbers)]
    "%s"       = [for number in local.numbers : format("%s", number)]
    "%d"       = [for number in local.numbers : format("%d", number)]
    template   = [for number in local.numbers : " ${number}"]
    jsonencode = [jsonencode(local.numbers)]
  } : "${name}: ${join(" ", [for text in texts : trimspace(text)])}"]
}
TF
terraform plan -input=false -no-color -out plan >/dev/null
terraform show -json plan >plan.json
python3 - >seen <<'PY'
import json

print(*json.load(open("plan.json"))["planned_values"]["outputs"]["seen"]["value"], sep="\n")
PY
echo "$(terraform version | sed -n 1p): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
%d: 8443 1048576 123456789012
%s: 8443 1048576 123456789012
%v: 8443 1.048576e+06 1.23456789012e+11
%v, list: [8443,1048576,123456789012]
formatlist: 8443 1.048576e+06 1.23456789012e+11
jsonencode: [8443,1048576,123456789012]
template: 8443 1048576 123456789012
SEEN
