#!/usr/bin/env bash
# @kubernetes/client-node 1.4.0 and kubernetes 34.1.0 for Python merge the files that KUBECONFIG lists otherwise than
# kubectl (client-go 0.35.4) does. In kubectl the first file that says something wins: the current context is that of the
# first file. In both clients it is that of the last. So whoever works on two clusters with KUBECONFIG=one:other, looks
# with kubectl at one and then runs a program, works on the other. Where both files call their cluster "kubernetes", as
# kubeadm does, client-node throws, and Python joins the last file's context with the first file's address and token.
# A file that is not there (yet) is skipped by kubectl and Python; client-node throws ENOENT.
# So a program should be told the file and the context.
# Seen: other names: "one" for kubectl, "other" for both; same names: kubectl "one at https://one.example.com",
# client-node "Duplicate cluster", Python "other at https://one.example.com"; a missing file: only client-node fails.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @kubernetes/client-node@1.4.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check kubernetes==34.1.0
export GOFLAGS=-mod=mod
cat >go.mod <<'MOD'
module merge

go 1.25

require k8s.io/client-go v0.35.4
MOD
cat >main.go <<'GO'
// Prints the current context and the address that client-go's usual rules lead to.
package main

import (
	"fmt"

	"k8s.io/client-go/tools/clientcmd"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	config := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		clientcmd.NewDefaultClientConfigLoadingRules(), &clientcmd.ConfigOverrides{})
	fmt.Printf("%s at %s\n", must(config.RawConfig()).CurrentContext, must(config.ClientConfig()).Host)
}
GO
go build -o kubectl-would . 2>/dev/null
cat >node-would.js <<'JS'
const { KubeConfig } = require('@kubernetes/client-node');
const config = new KubeConfig();
try {
  config.loadFromDefault();
  console.log(`${config.getCurrentContext()} at ${config.getCurrentCluster().server}`);
} catch (error) {
  console.log(error.code ?? error.message.replace(/:.*/, ''));
}
JS
cat >python-would.py <<'PY'
from kubernetes import client, config

config.load_kube_config()
_, current = config.list_kube_config_contexts()
print(f"{current['name']} at {client.Configuration.get_default_copy().host}")
PY

# kubeconfig CONTEXT CLUSTER: a file with one context, whose address has the context's name.
kubeconfig() {
  cat <<YAML
apiVersion: v1
kind: Config
current-context: $1
contexts: [{ name: $1, context: { cluster: $2, user: $2 } }]
clusters: [{ name: $2, cluster: { server: 'https://$1.example.com' } }]
users: [{ name: $2, user: { token: token } }]
YAML
}
kubeconfig one one >one
kubeconfig other other >other
kubeconfig one kubernetes >one-of-kubeadm
kubeconfig other kubernetes >other-of-kubeadm

seen=$(for files in one:other one-of-kubeadm:other-of-kubeadm one:missing; do
  export KUBECONFIG=$files
  echo "$files: kubectl $(./kubectl-would), client-node $(node node-would.js), Python $(venv/bin/python python-would.py)"
done)
echo "$seen"
[ "$seen" = 'one:other: kubectl one at https://one.example.com, client-node other at https://other.example.com, Python other at https://other.example.com
one-of-kubeadm:other-of-kubeadm: kubectl one at https://one.example.com, client-node Duplicate cluster, Python other at https://one.example.com
one:missing: kubectl one at https://one.example.com, client-node ENOENT, Python one at https://one.example.com' ]
