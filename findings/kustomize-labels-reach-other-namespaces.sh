#!/usr/bin/env bash
# kustomize 5.7.1: a label that is added with includeSelectors (or by commonLabels) is also added to the peers of a
# NetworkPolicy, those in other namespaces, too. One would guess that it goes into selectors of what the kustomization
# makes, whose pods get the label as well. A peer that names kube-dns or another mesh's gateway, with a
# namespaceSelector beside it, is asked for the label all the same, and its pods have none. So a label for the cost
# centre ends all DNS and all calls from the gateway, and the build succeeds. A peer without labels ({}) and one by
# matchExpressions stay as they are, and so do the selectors of Istio's resources. What helps is includeSelectors: false
# with includeTemplates: true, or the peer as a matchExpression.
# Seen with team: weather: kube-dns in kube-system "k8s-app: kube-dns, team: weather"; the gateway by matchLabels "app:
# gateway, team: weather", by matchExpressions without; an AuthorizationPolicy's selector "app: info"; with
# includeTemplates "k8s-app: kube-dns", "app: gateway", and "app: info, team: weather" on the pods.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
GOBIN="$folder" go install sigs.k8s.io/kustomize/kustomize/v5@v5.7.1 2>/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check PyYAML==6.0.3

cat >objects.yaml <<'YAML'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: info }
spec:
  podSelector: { matchLabels: { app: info } }
  ingress:
    - from:
        - namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: gateways } }
          podSelector: { matchLabels: { app: gateway } }
        - namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: gateways } }
          podSelector: { matchExpressions: [{ key: app, operator: In, values: [gateway] }] }
  egress:
    - to:
        - namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: kube-system } }
          podSelector: { matchLabels: { k8s-app: kube-dns } }
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: info }
spec: { selector: { matchLabels: { app: info } } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: info }
spec:
  selector: { matchLabels: { app: info } }
  template:
    metadata: { labels: { app: info } }
    spec: { containers: [{ name: info, image: info }] }
YAML
# build OPTION: what becomes of the selectors and of the pods' labels.
build() {
  printf 'resources: [objects.yaml]\nlabels: [{ pairs: { team: weather }, %s: true }]\n' "$1" >kustomization.yaml
  ./kustomize build . | venv/bin/python -c '
import sys, yaml
objects = {object["kind"]: object["spec"] for object in yaml.safe_load_all(sys.stdin)}

def text(labels):
    return ", ".join(f"{key}: {value}" for key, value in labels.items())

policy = objects["NetworkPolicy"]
by_labels, by_expressions = (peer["podSelector"] for peer in policy["ingress"][0]["from"])
print("dns:", text(policy["egress"][0]["to"][0]["podSelector"]["matchLabels"]))
print("gateway:", text(by_labels["matchLabels"]))
print("gateway by expressions:", text(by_expressions.get("matchLabels", {})) or "none")
print("authorization policy:", text(objects["AuthorizationPolicy"]["selector"]["matchLabels"]))
print("pods:", text(objects["Deployment"]["template"]["metadata"]["labels"]))'
}
build includeSelectors >selectors
build includeTemplates >templates
echo "kustomize $(./kustomize version): includeSelectors $(paste -sd';' selectors | sed 's/;/; /g'); includeTemplates" \
  "$(paste -sd';' templates | sed 's/;/; /g')"
diff selectors - <<'SEEN'
dns: k8s-app: kube-dns, team: weather
gateway: app: gateway, team: weather
gateway by expressions: none
authorization policy: app: info
pods: app: info, team: weather
SEEN
diff templates - <<'SEEN'
dns: k8s-app: kube-dns
gateway: app: gateway
gateway by expressions: none
authorization policy: app: info
pods: app: info, team: weather
SEEN
