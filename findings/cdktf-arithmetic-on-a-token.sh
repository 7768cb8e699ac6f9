#!/usr/bin/env bash
# cdktf 0.21.0: adding to a number that is known at deploy only changes nothing, and comparing it says false. A variable
# or an attribute of another resource is a number in TypeScript, so "port + 1" compiles, and one would guess that it is
# refused, or becomes an expression of Terraform. The number stands for a token, and is so large that adding one does
# not change it: two listeners get the same port, and nothing says so. Math.max and a comparison take the number at its
# word, so a check of a range passes or fails for reasons of its own. What helps is Op.add (an expression), and to look
# with Token.isUnresolved before a comparison.
# Seen, of a Service's port by a variable: port + 1 "${var.port}", port + 1000 "${var.port}", Op.add "${(var.port +
# 1)}", Math.max(port, 1024) "1024", "port > 1023 ? port : 8443" "8443".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cdktf@0.21.0 constructs@10.6.0 @cdktf/provider-kubernetes@12.1.1
cat >port.js <<'JS'
const { Op, TerraformStack, TerraformVariable, Testing, Token } = require('cdktf');
const { ServiceV1 } = require('@cdktf/provider-kubernetes/lib/service-v1');

function synthesised(numberOf) {
  const stack = new TerraformStack(Testing.app(), 'stack');
  const port = new TerraformVariable(stack, 'port', { type: 'number' }).numberValue;
  new ServiceV1(stack, 'service', { metadata: { name: 'info' }, spec: { port: [{ port: numberOf(port) }] } });
  return JSON.parse(Testing.synth(stack)).resource.kubernetes_service_v1.service.spec.port[0].port;
}

console.log('plus 1:', synthesised((port) => port + 1));
console.log('plus 1000:', synthesised((port) => port + 1000));
console.log('Op.add:', synthesised((port) => Token.asNumber(Op.add(port, 1))));
console.log('Math.max:', synthesised((port) => Math.max(port, 1024)));
console.log('comparison:', synthesised((port) => (port > 1023 ? port : 8443)));
JS
node --no-deprecation port.js >seen
echo "cdktf $(node -p 'require("cdktf/package.json").version'): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
plus 1: ${var.port}
plus 1000: ${var.port}
Op.add: ${(var.port + 1)}
Math.max: 1024
comparison: 8443
SEEN
