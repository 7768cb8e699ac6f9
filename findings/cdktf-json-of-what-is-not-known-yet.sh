#!/usr/bin/env bash
# cdktf 0.21.0: JSON.stringify of what is known at deploy only is right for numbers and plain texts, and silently wrong
# for all else. A number or a text of a variable comes out as a reference, so one would guess that any value does, or
# that what cannot be written is refused, as a list is. A boolean, and any other value that is a token as a whole,
# becomes the text "<unresolved-token>"; a map becomes an object with one key, which is cdktf's own mark, "&{TfToken[...
# ]}". Both pass synthesis, plan and apply, and end in a ConfigMap or a policy. And a text is put between the quotes as
# it is: with a line end or a quote in it, as every PEM has, what comes out is no JSON. What helps is Fn.jsonencode,
# which writes each of them as it is.
# Seen, after the plan, of a number 3, a text, a text of two lines, a boolean, a map { a: "b" } and a list: 3, "b", no
# JSON, "<unresolved-token>", {"&{TfToken[...]}":"String Map Token Value"}, refused; by Fn.jsonencode all as they are.
# Needs Terraform.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cdktf@0.21.0 constructs@10.6.0
cat >write.js <<'JS'
const { Fn, Testing, TerraformOutput, TerraformStack, TerraformVariable, Token } = require('cdktf');

const stack = new TerraformStack(Testing.app(), 'stack');
const variable = (id, type, initial) => new TerraformVariable(stack, id, { type, default: initial });
const values = {
  number: variable('a-number', 'number', 3).numberValue,
  text: variable('a-text', 'string', 'b').stringValue,
  lines: variable('a-pem', 'string', 'one\ntwo').stringValue,
  boolean: variable('a-boolean', 'bool', true).booleanValue,
  map: Token.asStringMap(variable('a-map', 'map(string)', { a: 'b' }).value),
};
const list = variable('a-list', 'list(string)', ['b']).listValue;
for (const [name, value] of Object.entries(values)) {
  new TerraformOutput(stack, name, { value: JSON.stringify({ value }) });
}
new TerraformOutput(stack, 'encoded', { value: Fn.jsonencode({ ...values, list }) });
const file = Testing.synth(stack);
require('fs').writeFileSync('cdk.tf.json', file);

const refused = new TerraformStack(Testing.app(), 'refused');
const other = new TerraformVariable(refused, 'a-list', { type: 'list(string)', default: ['b'] });
new TerraformOutput(refused, 'list', { value: JSON.stringify({ value: other.listValue }) });
try {
  Testing.synth(refused);
  console.log('list written');
} catch {
  console.log('list refused');
}
JS
node --no-deprecation write.js >seen
terraform plan -input=false -no-color -out plan >/dev/null
terraform show -json plan >plan.json
python3 - >>seen <<'PY'
import json, re

outputs = json.load(open("plan.json"))["planned_values"]["outputs"]
for name in ("number", "text", "lines", "boolean", "map", "encoded"):
    text = outputs[name]["value"]
    try:
        print(name, re.sub(r"\[TOKEN\.\d+\]", "[...]", json.dumps(json.loads(text).get("value", json.loads(text)))))
    except ValueError:
        print(name, "no JSON")
PY
echo "cdktf $(node -p 'require("cdktf/package.json").version'), $(terraform version | sed -n 1p):" \
  "$(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
list refused
number 3
text "b"
lines no JSON
boolean "<unresolved-token>"
map {"&{TfToken[...]}": "String Map Token Value"}
encoded {"boolean": true, "lines": "one\ntwo", "list": ["b"], "map": {"a": "b"}, "number": 3, "text": "b"}
SEEN
