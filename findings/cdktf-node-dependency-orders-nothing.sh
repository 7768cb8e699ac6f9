#!/usr/bin/env bash
# cdktf 0.21.0: node.addDependency, by which the AWS CDK and cdk8s say that one construct comes after another, does
# nothing, between resources and between stacks. The method is part of every construct (it comes from the package
# constructs), and what it was told is kept in node.dependencies; so one would guess that it becomes depends_on, and
# the order of stacks. CDK for Terraform never reads it, and nothing says so: a policy that must be there before a
# gateway is made beside it, and the stacks have no order. What helps is dependsOn of the resource, and addDependency
# of the stack itself, which looks much the same.
# Seen of a ConfigMap after another, and a stack after another: by node.addDependency "kept 1 and 1, depends_on none,
# stacks none"; by dependsOn and stack.addDependency "depends_on kubernetes_config_map.first, stacks first".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cdktf@0.21.0 constructs@10.6.0 @cdktf/provider-kubernetes@12.1.1
cat >order.js <<'JS'
const { mkdtempSync, readFileSync } = require('fs');
const { App, TerraformStack } = require('cdktf');
const { ConfigMap } = require('@cdktf/provider-kubernetes/lib/config-map');
const { KubernetesProvider } = require('@cdktf/provider-kubernetes/lib/provider');

// What is synthesised of a stack with two resources that comes after another stack.
function synthesised(byNode) {
  const app = new App({ outdir: mkdtempSync('out-') });
  const [before, stack] = ['first', 'second'].map((id) => new TerraformStack(app, id));
  new KubernetesProvider(stack, 'kubernetes', {});
  const first = new ConfigMap(stack, 'first', { metadata: { name: 'first' } });
  const dependsOn = byNode ? undefined : [first];
  const second = new ConfigMap(stack, 'second', { metadata: { name: 'second' }, dependsOn });
  if (byNode) {
    second.node.addDependency(first);
    stack.node.addDependency(before);
  } else {
    stack.addDependency(before);
  }
  const kept = [second, stack].map(({ node }) => node.dependencies.length);
  app.synth();
  const read = (path) => JSON.parse(readFileSync(`${app.outdir}/${path}`));
  const resources = read('stacks/second/cdk.tf.json').resource.kubernetes_config_map;
  const { dependencies } = read('manifest.json').stacks.second;
  const said = (list = []) => list.join() || 'none';
  return `kept ${kept.join(' and ')}, depends_on ${said(resources.second.depends_on)}, stacks ${said(dependencies)}`;
}

console.log(`node.addDependency: ${synthesised(true)}`);
console.log(`dependsOn and stack.addDependency: ${synthesised(false)}`);
JS
node --no-deprecation order.js >seen
echo "cdktf $(node -p 'require("cdktf/package.json").version'): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'EXPECTED'
node.addDependency: kept 1 and 1, depends_on none, stacks none
dependsOn and stack.addDependency: kept 0 and 0, depends_on kubernetes_config_map.first, stacks first
EXPECTED
