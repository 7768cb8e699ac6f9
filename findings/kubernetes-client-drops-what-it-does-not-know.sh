#!/usr/bin/env bash
# @kubernetes/client-node 2.0.1 and 1.4.0: loadYaml and loadAllYaml drop each field that the package does not know,
# while 1.0.0 gives what the file says. A reader of YAML, one would guess, reads YAML, and whether a field is known is
# for the API server to say, which refuses it or warns, or knows it, since it is of a later version than the client. Now
# nobody says so: what is sent to the server has no such field. A mistyped one, and one of a newer Kubernetes, is gone,
# in the metadata of a custom resource, too, whose spec stays as it is. A check of manifests that reads them with this
# package finds nothing wrong. What helps is to compare what was read with what js-yaml reads.
# Seen of laterField, which none of them knows: 1.0.0 has it in all places; 1.4.0 and 2.0.1 have it in the spec of a
# Gateway of Istio, and neither in the Gateway's metadata nor in a Service, its spec and its ports.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >manifest.yaml <<'YAML'
apiVersion: v1
kind: Service
metadata: { name: info }
laterField: service
spec:
  laterField: spec
  ports: [{ port: 80, laterField: port }]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: info, laterField: metadata }
spec: { laterField: gateway }
YAML
cat >read.js <<'JS'
const { readFileSync } = require('fs');

import('@kubernetes/client-node').then(({ loadAllYaml }) => {
  const kept = [];
  JSON.stringify(loadAllYaml(readFileSync('../manifest.yaml', 'utf8')), (key, value) => {
    if (key === 'laterField') kept.push(value);
    return value;
  });
  console.log(...kept.sort());
});
JS
for version in 1.0.0 1.4.0 2.0.1; do
  mkdir "$version"
  cp read.js "$version"
  cd "$version"
  npm init --yes >/dev/null
  npm install --silent --no-audit --no-fund "@kubernetes/client-node@$version"
  echo "$(npm ls --depth 0 | grep -o '@kubernetes/client-node.*'): $(node --no-deprecation read.js)"
  cd ..
done | tee seen
diff seen - <<'SEEN'
@kubernetes/client-node@1.0.0: gateway metadata port service spec
@kubernetes/client-node@1.4.0: gateway
@kubernetes/client-node@2.0.1: gateway
SEEN
