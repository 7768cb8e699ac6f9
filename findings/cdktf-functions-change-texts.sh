#!/usr/bin/env bash
# cdktf 0.21.0: Fn's functions change the texts that they are given. A double quote within a text is written as it is,
# which ends the text for Terraform: a syntax error. Quotes around a whole text are taken away. An element of a list that
# is null is written as nothing: a syntax error again. One would guess that a function's arguments are escaped as those
# of a resource are, and that `Fn.jsonencode` of a value is what `JSON.stringify` says of it. `Fn.rawString` around each
# text, or JSON.stringify where no token is in it, is the way out.
# Seen: Terraform refuses the join of 'say "yes"' and jsonencode of [null, 1]; with rawString it is right; jsonencode of
# { quoted: '"yes"' } is {"quoted":"yes"}.
# Needs Terraform.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cdktf@0.21.0 constructs@10.6.0
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
cat >texts.js <<'JS'
const { App, Fn, TerraformOutput, TerraformStack } = require('cdktf');
const app = new App({ outdir: 'out' });
for (const [name, value] of Object.entries({
  join: Fn.join(', ', ['say "yes"', 'twice']),
  raw: Fn.join(', ', [Fn.rawString('say "yes"'), 'twice']),
  quoted: Fn.jsonencode({ quoted: '"yes"' }),
  none: Fn.jsonencode([null, 1]),
})) {
  const stack = new TerraformStack(app, name);
  new TerraformOutput(stack, 'text', { value });
}
app.synth();
JS
node --no-deprecation texts.js

# text STACK: what Terraform makes of a stack's output, or of its configuration.
text() {
  (
    cd "out/stacks/$1"
    if said=$(terraform init -input=false 2>&1 && terraform apply -auto-approve -input=false 2>&1); then
      terraform output -raw text
    else
      grep -qiE 'invalid|missing|expected' <<<"$said" && echo 'syntax error'
    fi
  )
}
seen="join $(text join); raw $(text raw); quoted $(text quoted); none $(text none)"
echo "cdktf $(node -p 'require("cdktf/package.json").version'): $seen"
[ "$seen" = 'join syntax error; raw say "yes", twice; quoted {"quoted":"yes"}; none syntax error' ]
