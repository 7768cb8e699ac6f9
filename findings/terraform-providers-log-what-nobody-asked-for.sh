#!/usr/bin/env bash
# Terraform's AWS provider 5.100.0: without any TF_LOG it writes its whole log all the same, from trace on, as JSON, and
# Terraform reads each line to throw it away. TF_LOG is described as what turns logs on and chooses their level, and it
# is Terraform that shows them; so one would guess that without it a provider formats and writes nothing. But the logger
# of providers (terraform-plugin-log) begins at trace where no variable says otherwise, so what a provider logs of each
# resource and request costs time in both processes of every run, and whoever starts a provider by itself, or keeps the
# standard error of one, finds it all there. TF_LOG=off changes nothing, as the provider does not look at it. What helps
# is TF_LOG_SDK=off with TF_LOG_PROVIDER_AWS=off (and the like for other providers), which are documented for plugins'
# authors.
# Seen of a plan of one data source that calls nobody, lines of JSON that the provider wrote: 3884 without a variable
# (3871 of trace) and with TF_LOG=off, 6 with the two; Terraform itself shows no log in either.
# Needs Terraform 1.11 or later. TF_PLUGIN_DIR may name a folder that has the provider already.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset "${!TF_LOG@}"
export TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1
cat >main.tf <<'TF'
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
}

data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::states/*"]
  }
}
TF
terraform init -input=false ${TF_PLUGIN_DIR:+-plugin-dir="$TF_PLUGIN_DIR"} >/dev/null
provider=$(find -L .terraform -type f -name 'terraform-provider-aws_*' | head -1)

# In the provider's place: it, with a copy of its standard error.
mkdir instead
cat >instead/terraform-provider-aws <<SH
#!/usr/bin/env bash
exec "$folder/$provider" 2> >(tee -a "\$WRITTEN" >&2)
SH
chmod +x instead/terraform-provider-aws
cat >rc <<TF
provider_installation {
  dev_overrides {
    "hashicorp/aws" = "$folder/instead"
  }
  direct {}
}
TF

# lines NAME [VARIABLE...]: how many lines of a log the provider writes, and Terraform shows.
lines() {
  touch "$1.written"
  env "${@:2}" TF_CLI_CONFIG_FILE="$folder/rc" WRITTEN="$folder/$1.written" terraform plan -input=false -no-color >"$1.said" 2>"$1.shown"
  grep -q 'No changes' "$1.said"
  sleep 1
  echo "$(grep -c '"@level":' "$1.written" || true) $(grep -c '@level\|\[TRACE\]\|\[DEBUG\]' "$1.shown" || true)"
}

read -r without shown < <(lines without)
read -r none _ < <(lines none TF_LOG=off)
read -r off _ < <(lines off TF_LOG_SDK=off TF_LOG_PROVIDER_AWS=off)
traces=$(grep -c '"@level":"trace"' without.written)
echo "hashicorp/aws 5.100.0, $(terraform version | head -1): lines of log without a variable $without ($traces of trace)," \
  "shown $shown; with TF_LOG=off $none; with TF_LOG_SDK=off TF_LOG_PROVIDER_AWS=off $off"
((without > 500 && traces > 500 && shown == 0 && none > 500 && off * 100 < without))
