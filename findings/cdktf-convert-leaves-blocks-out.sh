#!/usr/bin/env bash
# cdktf-cli 0.21.0: `cdktf convert` leaves whole blocks out, without a word, and exits with 0. What it translates includes
# the young parts of the language (import blocks, postconditions, replace_triggered_by, validations of variables), so one
# would guess that what it cannot say it reports. `moved` and `removed` are gone: whoever deploys what came out destroys
# what "removed, destroy = false" was to keep. So are `check`, the preconditions of outputs, and the block `terraform`
# with its required_version and its backend.
# Seen: of eight things that the file says, three come out: the resource, its postcondition and the output.
# Needs Terraform.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export CI=true CHECKPOINT_DISABLE=1
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cdktf-cli@0.21.0
cat >main.tf <<'TF'
terraform {
  required_version = ">= 1.9"
}

resource "terraform_data" "kept" {
  input = "text"
  lifecycle {
    postcondition {
      condition     = self.output == "text"
      error_message = "said by the postcondition"
    }
  }
}

moved {
  from = terraform_data.former
  to   = terraform_data.kept
}

removed {
  from = terraform_data.given_away
  lifecycle {
    destroy = false
  }
}

check "answers" {
  assert {
    condition     = terraform_data.kept.id != ""
    error_message = "said by the check"
  }
}

output "text" {
  value = terraform_data.kept.output
  precondition {
    condition     = terraform_data.kept.output != ""
    error_message = "said by the precondition"
  }
}
TF
cat main.tf | npx cdktf convert --language typescript >main.ts
grep -q 'class MyConvertedCode' main.ts
seen=$(for part in 'new DataResource' 'said by the postcondition' 'new TerraformOutput' \
  'former' 'given_away' 'said by the check' 'said by the precondition' '1.9'; do
  echo "$part: $(grep -q "$part" main.ts && echo there || echo gone)"
done)
echo "cdktf-cli $(node -p 'require("cdktf-cli/package.json").version')
$seen"
[ "$seen" = 'new DataResource: there
said by the postcondition: there
new TerraformOutput: there
former: gone
given_away: gone
said by the check: gone
said by the precondition: gone
1.9: gone' ]
