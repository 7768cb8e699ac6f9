#!/usr/bin/env bash
# Terraform's AWS provider 5.100.0: each start of it takes several times the CPU time when its block says `endpoints`,
# however few services it names. One would guess that an address costs nothing, and that AWS_ENDPOINT_URL in the
# environment, which leads the same calls to the same place, is only another way to write it. Terraform starts the
# provider for its types, to validate, to plan and to apply, so whoever tests against an emulator (the block is how
# guides for emulators have it) spends most of the run on the validation of that block, which `perf` shows in the
# provider's framework, and takes it for the emulator or for Terraform being slow.
# Seen, CPU seconds of `terraform plan` of one data source that calls nobody, on a busy machine: 9.2 with the block, 3.6
# with AWS_ENDPOINT_URL. Fails when the block takes less than 1.5 times as much.
# Needs Terraform 1.11 or later. TF_PLUGIN_DIR may name a folder that has the provider already.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1

# stack NAME ENDPOINTS: a folder with a configuration that is the same but for the block.
stack() {
  mkdir "$1"
  cat >"$1/main.tf" <<TF
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region                      = "eu-north-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  $2
}

data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::states/*"]
  }
}
TF
  terraform -chdir="$1" init -input=false ${TF_PLUGIN_DIR:+-plugin-dir="$TF_PLUGIN_DIR"} >/dev/null
}

# cpu NAME: CPU seconds of a plan and of what it starts, the least of three.
cpu() {
  local TIMEFORMAT='%U %S'
  for _ in 1 2 3; do
    { time terraform -chdir="$1" plan -input=false >"$1/said" 2>&1; } 2>&1 || exit 1
    grep -q 'No changes' "$1/said" || exit 1
  done | awk '{ sum = $1 + $2; if (least == "" || sum < least) least = sum } END { print least }'
}

stack block 'endpoints {
    ec2 = "http://127.0.0.1:4566"
  }'
stack environment ''
block=$(cpu block)
environment=$(AWS_ENDPOINT_URL=http://127.0.0.1:4566 cpu environment)
echo "hashicorp/aws 5.100.0: CPU seconds of a plan with the block endpoints: $block, with AWS_ENDPOINT_URL: $environment"
awk -v block="$block" -v environment="$environment" 'BEGIN { exit !(environment > 0 && block >= 1.5 * environment) }'
