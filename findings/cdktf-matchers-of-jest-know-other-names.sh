#!/usr/bin/env bash
# cdktf 0.21.0: toHaveResourceWithProperties is two functions of one name. The static one of Testing takes properties as
# TypeScript writes them (waitForLoadBalancer) or as Terraform does, and what is named of a block is enough. The matcher
# of Jest, which setupJest makes, compares with the synthesised JSON: it knows Terraform's names only, and below the
# first level everything has to be said. One would guess that they judge alike, and that a name that no property has is
# no proof of anything. But "not" turns it into one: expect(stack).not.toHaveResourceWithProperties(Service, {
# waitForLoadBalancer: true }) passes whatever the construct does, and so guards nothing, no more than one of a part of
# a block does. What helps is Terraform's names, expect.objectContaining for each block, and to see a "not" fail once.
# lib/testing/adapters/jest.js compares by Jest's own matchers, lib/testing/matchers.js by a function of its own.
# Seen of a Service that has all of them, Testing, Jest and Jest's "not": waitForLoadBalancer "true, false, true",
# wait_for_load_balancer "true, true, false"; of metadata the name only "true, false, true", by objectContaining for
# Jest "true, false".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cdktf@0.21.0 constructs@10.6.0 @cdktf/provider-kubernetes@12.1.1 expect@30.5.2
cat >match.js <<'JS'
const { expect } = require('expect');
const { Testing } = require('cdktf');
const { Service } = require('@cdktf/provider-kubernetes/lib/service');

global.expect = expect;
Testing.setupJest();
const stack = Testing.synthScope((scope) => {
  new Service(scope, 'gateway', {
    metadata: { name: 'gateway', namespace: 'mesh-b' },
    spec: { type: 'LoadBalancer', port: [{ port: 15443 }] },
    waitForLoadBalancer: true,
  });
});

const passes = (assertion) => {
  try {
    assertion();
    return true;
  } catch {
    return false;
  }
};
const jest = (properties) => [
  passes(() => expect(stack).toHaveResourceWithProperties(Service, properties)),
  passes(() => expect(stack).not.toHaveResourceWithProperties(Service, properties)),
];
const both = (properties) => [
  Testing.toHaveResourceWithProperties(stack, Service.tfResourceType, properties),
  ...jest(properties),
];
console.log('waitForLoadBalancer', both({ waitForLoadBalancer: true }).join(', '));
console.log('wait_for_load_balancer', both({ wait_for_load_balancer: true }).join(', '));
console.log('wait_for_load_balancer, which differs', both({ wait_for_load_balancer: false }).join(', '));
console.log('part of a block', both({ metadata: { name: 'gateway' } }).join(', '));
console.log('part by objectContaining', jest({ metadata: expect.objectContaining({ name: 'gateway' }) }).join(', '));
JS
node --no-deprecation match.js >seen
echo "cdktf $(node -p 'require("cdktf/package.json").version'): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
waitForLoadBalancer true, false, true
wait_for_load_balancer true, true, false
wait_for_load_balancer, which differs false, false, true
part of a block true, false, true
part by objectContaining true, false
SEEN
