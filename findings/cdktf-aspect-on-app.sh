#!/usr/bin/env bash
# cdktf 0.21.0: an aspect that is added to an App is never called, and nothing says so. In the AWS CDK,
# where Aspects come from, the scope of an aspect may be the App, and all stacks below it are visited.
# In CDK for Terraform each stack calls the aspects from itself downwards, those of its parents not.
# Seen: added to the App, 0 constructs visited, synthesis succeeds; added to the stack, 3 visited.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cdktf@0.21.0 constructs@10.6.0
cat >count.js <<'JS'
const { App, Aspects, TerraformOutput, TerraformStack } = require('cdktf');

function visited(scopeOf) {
  const app = new App({ outdir: require('fs').mkdtempSync('out-') });
  const stack = new TerraformStack(app, 'stack');
  new TerraformOutput(stack, 'output', { value: 'x' });
  let count = 0;
  Aspects.of(scopeOf(app, stack)).add({ visit: () => void count++ });
  app.synth();
  return count;
}

console.log(`app ${visited((app) => app)}, stack ${visited((_, stack) => stack)}`);
JS
seen=$(node --no-deprecation count.js)
echo "cdktf $(node -p 'require("cdktf/package.json").version'): visited by an aspect of the $seen"
[ "$seen" = 'app 0, stack 3' ]
