#!/usr/bin/env bash
# Asks for the weather page of a deployed pair until it shows that backend in Istio and info in Consul
# both got an answer from the other mesh; the page says so itself. KUBECONFIG and CONTEXT say where the
# Istio side is; the kind cluster unless they are set.
set -euo pipefail
export KUBECONFIG=${KUBECONFIG:-.cache/kind/kubeconfig}
kubectl=(kubectl --context "${CONTEXT:-kind-mesh-istio}")
port=${PORT:-18080}
page=$(mktemp)

namespace=$("${kubectl[@]}" get service --all-namespaces \
  --field-selector metadata.name=frontend --output 'jsonpath={.items[0].metadata.namespace}')
"${kubectl[@]}" -n "$namespace" port-forward service/frontend "$port:80" >/dev/null &
forward=$!
trap 'kill "$forward" 2>/dev/null; rm -f "$page"' EXIT

works() {
  curl --silent --max-time 20 --output "$page" "http://127.0.0.1:$port/" &&
    grep -q 'class="ok" data-call="backend-info"' "$page" &&
    grep -q 'class="ok" data-call="info-backend"' "$page"
}

for attempt in $(seq 1 30); do
  if works; then
    echo "backend and info call each other (attempt $attempt)"
    exit 0
  fi
  sleep 4
done
echo 'backend and info do not call each other; the page says:' >&2
sed 's/<[^>]*>/ /g' "$page" | tr -s ' \n' | tail -n 60 >&2
exit 1
