#!/usr/bin/env bash
# cdktf 0.21.0: two resources of one type with the same logical id are not refused: their arguments are merged into one
# resource, and the app has one less than its author wrote. `overrideLogicalId` is what one uses to keep the addresses
# of what is deployed already, so a copied line is all it takes; constructs with one id in one scope are refused, and
# CloudFormation templates of the AWS CDK with one logical id too, so one would guess that this is.
# Seen: of { one } and { two } comes a single resource with { one, two }, and the later one's `three`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cdktf@0.21.0 constructs@10.6.0
cat >merge.js <<'JS'
const { App, DataResource, TerraformStack } = require('cdktf');
const fs = require('fs');
const outdir = fs.mkdtempSync('out-');
const app = new App({ outdir });
const stack = new TerraformStack(app, 'stack');
const first = new DataResource(stack, 'first', { input: { one: 1, three: 'first' } });
const second = new DataResource(stack, 'second', { input: { two: 2, three: 'second' } });
first.overrideLogicalId('deployed');
second.overrideLogicalId('deployed');
app.synth();
const { resource } = JSON.parse(fs.readFileSync(`${outdir}/stacks/stack/cdk.tf.json`, 'utf8'));
console.log(JSON.stringify(resource, (key, value) => (key === '//' ? undefined : value)));
JS
seen=$(node --no-deprecation merge.js)
echo "cdktf $(node -p 'require("cdktf/package.json").version'): $seen"
[ "$seen" = '{"terraform_data":{"deployed":{"input":{"one":1,"three":"second","two":2}}}}' ]
