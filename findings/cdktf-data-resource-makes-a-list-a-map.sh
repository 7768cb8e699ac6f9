#!/usr/bin/env bash
# cdktf 0.21.0: DataResource (terraform_data) writes a list that is its `input` or `triggersReplace` as a map, from the
# numbers of the places. Both take any value, and a list within a map stays a list, as it does in an output or a local;
# so one would guess that what `output` gives back is what went in. A `for` over it, `join` or `toset` of it take
# another way or fail, an empty list comes back as an empty map, and from ten elements on their order is that of the
# texts: 0, 1, 10, 2. A list in a map, { list: [...] }, is the way out.
# Seen: ["a", "b"] is {"0":"a","1":"b"} for both, [] is {}; { list: ["a", "b"] } and an output keep theirs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cdktf@0.21.0 constructs@10.6.0
cat >list.js <<'JS'
const { App, DataResource, TerraformOutput, TerraformStack } = require('cdktf');
const fs = require('fs');
const app = new App({ outdir: 'out' });
const stack = new TerraformStack(app, 'stack');
const list = ['a', 'b'];
new DataResource(stack, 'direct', { input: list, triggersReplace: list });
new DataResource(stack, 'empty', { input: [] });
new DataResource(stack, 'within', { input: { list } });
new TerraformOutput(stack, 'output', { value: list });
app.synth();
const { resource, output } = JSON.parse(fs.readFileSync('out/stacks/stack/cdk.tf.json', 'utf8'));
const { direct, empty, within } = resource.terraform_data;
console.log(
  [direct.input, direct.triggers_replace, empty.input, within.input, output.output.value]
    .map((value) => JSON.stringify(value))
    .join(' '),
);
JS
seen=$(node --no-deprecation list.js)
echo "cdktf $(node -p 'require("cdktf/package.json").version'): $seen"
[ "$seen" = '{"0":"a","1":"b"} {"0":"a","1":"b"} {} {"list":["a","b"]} ["a","b"]' ]
