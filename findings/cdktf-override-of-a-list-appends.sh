#!/usr/bin/env bash
# cdktf 0.21.0: addOverride with a list adds to the list that is there, while any other value takes the place of the
# old one. The method comes from the AWS CDK, where a list is replaced too, so one would guess that a shorter list is
# the new list. Who takes a port, a subnet or an argument away by an override has taken nothing away, and nothing
# says so; an override with the same list doubles it. Entries by number (args.0) are replaced, undefined removes the
# list, and a list as a lazy value replaces it.
# Seen, of a container with the args "--log-level debug" overridden by ["--log-level", "warn"]: "--log-level debug
# --log-level warn"; by numbers and as a lazy value "--log-level warn"; by undefined none; its image is replaced.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cdktf@0.21.0 constructs@10.6.0 @cdktf/provider-kubernetes@12.1.1
cat >override.js <<'JS'
const { Lazy, TerraformStack, Testing } = require('cdktf');
const { PodV1 } = require('@cdktf/provider-kubernetes/lib/pod-v1');

const path = 'spec.container.0';
const wanted = ['--log-level', 'warn'];

function container(override) {
  const stack = new TerraformStack(Testing.app(), 'stack');
  const own = { name: 'border', image: 'envoy', args: ['--log-level', 'debug'] };
  override(new PodV1(stack, 'pod', { metadata: { name: 'pod' }, spec: { container: [own] } }));
  return JSON.parse(Testing.synth(stack)).resource.kubernetes_pod_v1.pod.spec.container[0];
}
const args = (override) => container(override).args?.join(' ') ?? 'none';

const said = {
  string: container((pod) => pod.addOverride(`${path}.image`, 'other')).image,
  list: args((pod) => pod.addOverride(`${path}.args`, wanted)),
  numbers: args((pod) => wanted.forEach((value, index) => pod.addOverride(`${path}.args.${index}`, value))),
  undefined: args((pod) => pod.addOverride(`${path}.args`, undefined)),
  lazy: args((pod) => pod.addOverride(`${path}.args`, Lazy.anyValue({ produce: () => wanted }))),
};
console.log(
  Object.entries(said)
    .map(([how, value]) => `${how}: ${value}`)
    .join('; '),
);
JS
seen=$(node --no-deprecation override.js)
echo "cdktf $(node -p 'require("cdktf/package.json").version'): $seen"
expected='string: other; list: --log-level debug --log-level warn; numbers: --log-level warn; undefined: none;'
expected+=' lazy: --log-level warn'
[ "$seen" = "$expected" ]
