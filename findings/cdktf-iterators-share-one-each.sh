#!/usr/bin/env bash
# cdktf 0.21.0: within the block that one iterator makes (dynamic), the value of another iterator is that of the first.
# A resource with forEach over services, whose ports are a second iterator's blocks, may use both, as in Terraform,
# where a dynamic block's value has the block's name (port.value) beside each.value; and TypeScript tells the two
# objects apart. So one would guess that outer.value within the block is the outer one. But every iterator writes
# "each.value", and the block is told to call its own value "each" as well, which hides the other. Terraform takes it,
# and plans the ports "web-web" and "api-api" for each service. What helps is addOverride with a dynamic block that has
# a name of its own for its value.
# Seen of a Service for each of info and mail, with ports for web and api named outer-inner: the port's name is
# "${each.value}-${each.value}", the block's iterator "each"; a name outside of the block is "${each.value}", too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cdktf@0.21.0 constructs@10.6.0 @cdktf/provider-kubernetes@12.1.1
cat >iterators.js <<'JS'
const { TerraformIterator, TerraformStack, Testing } = require('cdktf');
const { ServiceV1 } = require('@cdktf/provider-kubernetes/lib/service-v1');

const stack = new TerraformStack(Testing.app(), 'stack');
const outer = TerraformIterator.fromList(['info', 'mail']);
const inner = TerraformIterator.fromList(['web', 'api']);
new ServiceV1(stack, 'service', {
  forEach: outer,
  metadata: { name: outer.value },
  spec: { port: inner.dynamic({ name: `${outer.value}-${inner.value}`, port: 80 }) },
});
const { metadata, spec } = JSON.parse(Testing.synth(stack)).resource.kubernetes_service_v1.service;
const { content, iterator } = spec.dynamic.port;
console.log(`name of the service ${metadata.name}, name of the port ${content.name}, iterator ${iterator}`);
JS
seen=$(node --no-deprecation iterators.js)
echo "cdktf $(node -p 'require("cdktf/package.json").version'): $seen"
# shellcheck disable=SC2016 # They are Terraform's.
[ "$seen" = 'name of the service ${each.value}, name of the port ${each.value}-${each.value}, iterator each' ]
