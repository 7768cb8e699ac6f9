#!/usr/bin/env bash
# cdktf 0.21.0: of two resources of one type right in a stack whose ids differ only in a character that Terraform has
# not in names, such as "." or a space, the first is gone. Ids become names of Terraform by dropping such characters;
# constructs with one id in one scope are refused, and ids of constructs within constructs get a hash of the whole path,
# so one would guess that different ids stay different resources, or are refused where they cannot. Right in a stack no
# hash is added, and what has the same name is merged: the later value wins, and nothing says so. A loop over host names
# or versions ("v1.11", "v11.1") is enough, and so are letters outside ASCII. The same holds of an id within a construct
# "Default", which is left out of the path. What helps is a construct around them, of any other id.
# Seen of "info.bank", "infobank" and "info bank": right in a stack "infobank = info bank"; within a construct three
# resources; "x" within "Default" and "x" in the stack "x = stack"; twice "x" in the stack "There is already a Construct
# with name 'x'".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cdktf@0.21.0 constructs@10.6.0
cat >ids.js <<'JS'
const { App, DataResource, TerraformStack, Testing } = require('cdktf');
const { Construct } = require('constructs');
const ids = ['info.bank', 'infobank', 'info bank'];

function synthesised(fill) {
  const stack = new TerraformStack(new App(), 'stack');
  fill(stack);
  const { terraform_data: made } = JSON.parse(Testing.synth(stack)).resource;
  return Object.entries(made).map(([name, { input }]) => `${name} = ${input}`);
}

function add(scope, id, input = id) {
  new DataResource(scope, id, { input });
}

console.log(synthesised((stack) => ids.forEach((id) => add(stack, id))).join(', '));
const within = synthesised((stack) => {
  const group = new Construct(stack, 'group');
  ids.forEach((id) => add(group, id));
});
console.log(within.length);
const hidden = synthesised((stack) => {
  add(new Construct(stack, 'Default'), 'x', 'Default');
  add(stack, 'x', 'stack');
});
console.log(hidden.join(', '));
try {
  synthesised((stack) => ['x', 'x'].forEach((id) => add(stack, id)));
} catch ({ message }) {
  console.log(/^There is already a Construct with name 'x'/.exec(message)?.[0]);
}
JS
node --no-deprecation ids.js >seen
echo "cdktf $(node -p 'require("cdktf/package.json").version'): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
infobank = info bank
3
x = stack
There is already a Construct with name 'x'
SEEN
