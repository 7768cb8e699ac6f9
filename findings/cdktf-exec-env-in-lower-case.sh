#!/usr/bin/env bash
# cdktf 0.21.0 meets the Kubernetes provider (@cdktf/provider-kubernetes 12.1.1): the names of environment variables
# in the provider's exec.env are synthesised in lower case. Maps of a resource keep their keys, so one would guess
# that those of a provider do. But the keys of all that a provider is given are turned into snake_case, at every
# depth (only maps named "tags" and "environment" are spared). AWS_PROFILE becomes aws_profile, which nothing reads:
# "aws eks get-token" uses the default profile without a word, and where each mesh's cluster has a profile of its
# own, the token is one of the wrong account. What helps: --profile in args, addOverride('exec.0.env', ...), or the
# map as a TerraformLocal, whose expression is left alone.
# Seen: exec.env "aws_profile, https_proxy", a ConfigMap's data "AWS_PROFILE, HTTPS_PROXY", exec.env by addOverride
# "AWS_PROFILE, HTTPS_PROXY", as a local "${local.variables}" of "AWS_PROFILE, HTTPS_PROXY".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cdktf@0.21.0 constructs@10.6.0 @cdktf/provider-kubernetes@12.1.1
cat >keys.js <<'JS'
const { Testing, TerraformLocal, TerraformStack } = require('cdktf');
const { ConfigMap } = require('@cdktf/provider-kubernetes/lib/config-map');
const { KubernetesProvider } = require('@cdktf/provider-kubernetes/lib/provider');

const variables = { AWS_PROFILE: 'mesh-b', HTTPS_PROXY: 'http://proxy.example:3128' };
const command = { apiVersion: 'client.authentication.k8s.io/v1', command: 'aws', args: ['eks', 'get-token'] };

const stack = new TerraformStack(Testing.app(), 'stack');
const local = new TerraformLocal(stack, 'variables', variables);
new ConfigMap(stack, 'map', { metadata: { name: 'map' }, data: variables });
new KubernetesProvider(stack, 'plain', { alias: 'plain', exec: [{ ...command, env: variables }] });
new KubernetesProvider(stack, 'whole', { alias: 'whole', exec: [{ ...command, env: local.expression }] });
const overridden = new KubernetesProvider(stack, 'overridden', { alias: 'overridden', exec: [command] });
overridden.addOverride('exec.0.env', variables);

const { locals, provider, resource } = JSON.parse(Testing.synth(stack));
const env = (alias) => provider.kubernetes.find((one) => one.alias === alias).exec[0].env;
const names = (map) => Object.keys(map).sort().join(', ');
console.log(
  `exec.env ${names(env('plain'))}; ConfigMap ${names(resource.kubernetes_config_map.map.data)};` +
    ` by addOverride ${names(env('overridden'))}; as a local ${env('whole')} of ${names(locals.variables)}`,
);
JS
seen=$(node --no-deprecation keys.js)
echo "cdktf $(node -p 'require("cdktf/package.json").version'): $seen"
expected='exec.env aws_profile, https_proxy; ConfigMap AWS_PROFILE, HTTPS_PROXY;'
# shellcheck disable=SC2016 # Terraform's expression, not the shell's.
expected+=' by addOverride AWS_PROFILE, HTTPS_PROXY; as a local ${local.variables} of AWS_PROFILE, HTTPS_PROXY'
[ "$seen" = "$expected" ]
