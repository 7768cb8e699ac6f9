#!/usr/bin/env bash
# cdktf 0.21.0: a validation that is added to a construct between the App and its stacks is never run, and nothing says
# so. Validations of the App run, so do those of each stack and of whatever is in a stack, so one would guess that the
# whole tree is asked, as in the AWS CDK and cdk8s. App.synth asks its own node and then each stack, which asks what is
# below it. A construct that groups stacks (a team, a mesh with its cluster and its workloads) belongs to neither:
# a rule that it holds for its stacks, such as an allowed region, holds nothing back.
# Seen: each of the four refuses alone, and only the group's does not stop the synthesis.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cdktf@0.21.0 constructs@10.6.0
cat >validate.js <<'JS'
const { App, TerraformStack } = require('cdktf');
const { Construct } = require('constructs');

// Makes app/group/stack/inner, of which the one refuses, and says whether the synthesis was refused.
function refused(place) {
  const app = new App({ outdir: require('fs').mkdtempSync('out-') });
  const group = new Construct(app, 'group');
  const stack = new TerraformStack(group, 'stack');
  const inner = new Construct(stack, 'inner');
  ({ app, group, stack, inner })[place].node.addValidation({ validate: () => ['not this way'] });
  try {
    app.synth();
    return 'passed';
  } catch (error) {
    if (!error.message.includes('not this way')) throw error;
    return 'refused';
  }
}

console.log(['app', 'group', 'stack', 'inner'].map((place) => `${place} ${refused(place)}`).join(', '));
JS
seen=$(node --no-deprecation validate.js)
echo "cdktf $(node -p 'require("cdktf/package.json").version'): $seen"
[ "$seen" = 'app refused, group passed, stack refused, inner refused' ]
