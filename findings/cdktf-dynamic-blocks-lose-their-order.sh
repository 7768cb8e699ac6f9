#!/usr/bin/env bash
# cdktf 0.21.0: the blocks that TerraformIterator.fromList makes (dynamic) stand in the order of the alphabet, and two
# alike are one. The list has an order, and so have blocks: rules that the first match of wins, ports of which the first
# is the default, containers. In Terraform a dynamic block over a list keeps both the order and what is there twice, and
# so one would guess that this does, as only for_each of a resource needs a set. But the iterator of a list is a set
# wherever it is used, toset([...]), and synthesis and plan say nothing. fromComplexList makes a map of the list, by the
# attribute that it is told, with the same effect. What helps is a list in TypeScript where it is known, and for one
# that is known at deploy only, addOverride with a dynamic block over the list.
# Seen of ["web", "api", "web"], as Terraform reads what the block is made for: by fromList "api, web", by a dynamic
# block over the list itself "web, api, web"; of objects of these names in fromComplexList "api, web".
# Needs Terraform.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cdktf@0.21.0 constructs@10.6.0 @cdktf/provider-kubernetes@12.1.1
cat >dynamic.js <<'JS'
const { TerraformIterator, TerraformStack, TerraformVariable, Testing } = require('cdktf');
const { ServiceV1 } = require('@cdktf/provider-kubernetes/lib/service-v1');

const stack = new TerraformStack(Testing.app(), 'stack');
const plain = TerraformIterator.fromList(new TerraformVariable(stack, 'names', {}).listValue);
const complex = TerraformIterator.fromComplexList(new TerraformVariable(stack, 'ports', {}).value, 'name');
const ways = {
  plain: plain.dynamic({ name: plain.value, port: 80 }),
  complex: complex.dynamic({ name: complex.getString('name'), port: 80 }),
};
for (const [id, port] of Object.entries(ways)) {
  new ServiceV1(stack, id, { metadata: { name: id }, spec: { port } });
}
const services = JSON.parse(Testing.synth(stack)).resource.kubernetes_service_v1;
// A dynamic block's for_each is read by Terraform as it is in a `for`.
const names = (each, name) => ({ value: `\${join(", ", [for one in ${each} : ${name}])}` });
const each = (id) => services[id].spec.dynamic.port.for_each.slice(2, -1);
const configuration = {
  variable: {
    names: { type: 'list(string)', default: ['web', 'api', 'web'] },
    ports: { type: 'list(object({ name = string }))', default: [{ name: 'web' }, { name: 'api' }] },
  },
  output: {
    fromList: names(each('plain'), 'one'),
    list: names('var.names', 'one'),
    fromComplexList: names(each('complex'), 'one.name'),
  },
};
require('fs').writeFileSync('main.tf.json', JSON.stringify(configuration));
JS
node --no-deprecation dynamic.js
terraform plan -input=false -no-color -out plan >/dev/null
terraform show -json plan >plan.json
python3 - >seen <<'PY'
import json

outputs = json.load(open("plan.json"))["planned_values"]["outputs"]
for name in "fromList", "list", "fromComplexList":
    print(f"{name}: {outputs[name]['value']}")
PY
echo "cdktf $(node -p 'require("cdktf/package.json").version'), $(terraform version | sed -n 1p):" \
  "$(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
fromList: api, web
list: web, api, web
fromComplexList: api, web
SEEN
