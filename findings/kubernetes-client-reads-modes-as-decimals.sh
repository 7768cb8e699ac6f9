#!/usr/bin/env bash
# @kubernetes/client-node 1.4.0 and go-cty-yaml 1.2.0 (yamldecode of Terraform and OpenTofu) meet sigs.k8s.io/yaml 1.6.0
# (kubectl, Helm): the mode of a mounted key, "defaultMode: 0400", is the number 400 for the first two, which is the
# mode 0620. Kubernetes' documents write modes like this, and one would guess that Kubernetes' own client for JavaScript
# reads manifests as kubectl does. kubectl reads YAML 1.1, where a leading zero says octal; these two read 1.2, where it
# says nothing. Kubernetes allows modes up to 511, so 400 is taken: the group may write the key, and programs that look
# at a key's mode refuse it. The octal numbers of YAML 1.2 are no way out: 0o400 is a text for PyYAML (Kubernetes'
# client for Python) and for cdk8s. Good for all is the decimal number, 256. So it is with an unquoted account id:
# 012345670123 is another number for kubectl.
# Seen for 0400, 0o400 and 256: kubectl "256, 256, 256", client-node and yamldecode each "400, 256, 256", PyYAML and
# cdk8s each "256, text, 256".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @kubernetes/client-node@1.4.0 js-yaml@4.1.1 cdk8s@2.70.106 constructs@10.6.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check PyYAML==6.0.3
cat >secret.yaml <<'YAML'
apiVersion: v1
kind: Pod
metadata: { name: border }
spec:
  containers: []
  volumes:
    - { name: one, secret: { secretName: key, defaultMode: 0400 } }
    - { name: two, secret: { secretName: key, defaultMode: 0o400 } }
    - { name: three, secret: { secretName: key, defaultMode: 256 } }
YAML

cat >go.mod <<'MOD'
module modes

go 1.26

require (
	github.com/zclconf/go-cty v1.16.4
	github.com/zclconf/go-cty-yaml v1.2.0
	sigs.k8s.io/yaml v1.6.0
)
MOD
cat >main.go <<'GO'
// Prints a file as JSON, as kubectl reads it, then as yamldecode does.
package main

import (
	"fmt"
	"os"

	decode "github.com/zclconf/go-cty-yaml"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	"sigs.k8s.io/yaml"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	text := must(os.ReadFile(os.Args[1]))
	fmt.Println(string(must(yaml.YAMLToJSON(text))))
	kind := must(decode.Standard.ImpliedType(text))
	value := must(decode.Standard.Unmarshal(text, kind))
	fmt.Println(string(must(ctyjson.Marshal(value, kind))))
}
GO
go mod tidy 2>/dev/null
go run . secret.yaml >by-go
cat >read.js <<'JS'
const { readFileSync } = require('fs');
const { loadYaml } = require('@kubernetes/client-node');
const { Yaml } = require('cdk8s');

console.log(JSON.stringify(loadYaml(readFileSync('secret.yaml', 'utf8'))));
console.log(JSON.stringify(Yaml.load('secret.yaml')[0]));
JS
node --no-deprecation read.js >by-node
venv/bin/python -c 'import json, yaml; print(json.dumps(yaml.safe_load(open("secret.yaml"))))' >by-python

python3 - >seen <<'PY'
import json
read = [json.loads(line) for name in ("go", "node", "python") for line in open(f"by-{name}")]
for name, pod in zip(("kubectl", "yamldecode", "client-node", "cdk8s", "PyYAML"), read, strict=True):
    modes = [volume["secret"]["defaultMode"] for volume in pod["spec"]["volumes"]]
    print(f"{name}:", *(mode if isinstance(mode, int) else "text" for mode in modes))
PY
echo "@kubernetes/client-node $(node -p 'require("@kubernetes/client-node/package.json").version')," \
  "$(go list -m sigs.k8s.io/yaml), $(go list -m github.com/zclconf/go-cty-yaml):" \
  "0400, 0o400 and 256 are $(paste -sd';' seen | sed 's/;/; /g'); 400 is the mode $(printf '%04o' 400)"
diff seen - <<'SEEN'
kubectl: 256 256 256
yamldecode: 400 256 256
client-node: 400 256 256
cdk8s: 256 text 256
PyYAML: 256 text 256
SEEN
