#!/usr/bin/env bash
# kubernetes 37.0.2 for Python and @kubernetes/client-node 2.0.1 meet kubectl (client-go 0.37.2): a kubeconfig that says
# as whom to act (as, as-groups, as-uid, as-user-extra) is three identities. The fields are part of the file's format,
# so one would guess that each client of Kubernetes reads them, or refuses what it cannot do. kubectl sends all four.
# client-node sends the name and leaves groups, uid and extra out, so who has their rights by a group has none. Python
# sends nothing of it: the program acts as the administrator whose credentials are in the file, and does what kubectl is
# refused in the reader's name. What helps is credentials of the other identity, or for Python the headers as defaults
# of its ApiClient (set_default_header).
# Seen of the headers Impersonate-User, -Group, -Uid and -Extra-Reason: kubectl "reader, auditors, 7, look", client-node
# "reader, none, none, none", Python "none, none, none, none", with two default headers "reader, auditors, none, none".
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; wait; rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @kubernetes/client-node@2.0.1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check kubernetes==37.0.2
cat >go.mod <<'MOD'
module impersonate

go 1.26.0

require k8s.io/client-go v0.37.2
MOD
cat >main.go <<'GO'
// Asks for a raw path, as "kubectl get --raw" does.
package main

import (
	"context"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/tools/clientcmd"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	config := must(clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		clientcmd.NewDefaultClientConfigLoadingRules(), &clientcmd.ConfigOverrides{}).ClientConfig())
	client := discovery.NewDiscoveryClientForConfigOrDie(config).RESTClient()
	must(client.Get().AbsPath("/api/v1/namespaces").DoRaw(context.Background()))
}
GO
cat >by-client-node.mjs <<'JS'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';

const config = new KubeConfig();
config.loadFromDefault();
await config.makeApiClient(CoreV1Api).listNamespace();
JS
cat >by-python.py <<'PY'
from kubernetes import client, config

config.load_kube_config()
client.CoreV1Api().list_namespace()
with_headers = client.ApiClient()
with_headers.set_default_header("Impersonate-User", "reader")
with_headers.set_default_header("Impersonate-Group", "auditors")
client.CoreV1Api(with_headers).list_namespace()
PY
go mod tidy 2>/dev/null
go build -o by-kubectl .

# An API server that has no namespaces, and writes down as whom it was asked.
cat >server.py <<'PY'
import http.server, json, os

names = ("User", "Group", "Uid", "Extra-Reason")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print(", ".join(self.headers.get(f"Impersonate-{name}", "none") for name in names), flush=True)
        body = json.dumps({"kind": "NamespaceList", "apiVersion": "v1", "metadata": {}, "items": []}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
open("port.new", "w").write(str(server.server_port))
os.rename("port.new", "port")
server.serve_forever()
PY
python3 server.py >asked &
server=$!
for _ in $(seq 300); do
  [ -e port ] && break
  sleep 0.1
done
cat >config <<YAML
apiVersion: v1
kind: Config
current-context: mesh-b
contexts: [{ name: mesh-b, context: { cluster: mesh-b, user: admin } }]
clusters: [{ name: mesh-b, cluster: { server: 'http://127.0.0.1:$(cat port)', insecure-skip-tls-verify: true } }]
users:
  - name: admin
    user: { token: token, as: reader, as-groups: [auditors], as-uid: '7', as-user-extra: { reason: [look] } }
YAML
export KUBECONFIG=$folder/config
./by-kubectl
node by-client-node.mjs
venv/bin/python by-python.py
echo "client-go $(go list -m -f '{{.Version}}' k8s.io/client-go)," \
  "client-node $(npm pkg get version --prefix node_modules/@kubernetes/client-node | tr -d '"')," \
  "Python's $(venv/bin/pip list 2>/dev/null | awk '$1 == "kubernetes" { print $2 }'):" \
  "$(paste -sd';' asked | sed 's/;/; /g')"
diff asked - <<'SEEN'
reader, auditors, 7, look
reader, none, none, none
none, none, none, none
reader, auditors, none, none
SEEN
