import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { YamlMap } from '../constructs/kubernetes/yaml-file';
import type { Manifest } from '../support/objects/kinds';
import { GATEWAY_API_CRDS, moduleCrdFiles, MONITORING_CRDS } from '../support/upstream/module-crds';
import { crdFiles } from '../support/upstream/schemas';

/** The CRDs of a mesh, in the pinned version. */
export function crds(mesh: 'istio' | 'consul-k8s' | 'linkerd'): Manifest[] {
  return read(crdFiles(mesh));
}

/** Those of no mesh; none where they were not fetched. */
export function otherCrds(): Manifest[] {
  return [...read(moduleCrdFiles(MONITORING_CRDS) ?? []), ...gatewayApiCrds()];
}

/** Those of the Gateway API; none where they were not fetched. */
export function gatewayApiCrds(): Manifest[] {
  return read(moduleCrdFiles(GATEWAY_API_CRDS) ?? []);
}

/**
 * Linkerd's, or where they were not fetched doubles of them, by which objects can be made and read but not
 * checked.
 */
export function linkerdCrds(): Manifest[] {
  const real = crds('linkerd');
  return real.length > 0 ? real : LINKERD_KINDS.map(double);
}

const LINKERD_KINDS = [
  ['Server', 'servers', 'v1beta3'],
  ['HTTPRoute', 'httproutes', 'v1beta3'],
  ['AuthorizationPolicy', 'authorizationpolicies', 'v1alpha1'],
  ['MeshTLSAuthentication', 'meshtlsauthentications', 'v1alpha1'],
] as const;

function double([kind, plural, version]: (typeof LINKERD_KINDS)[number]): Manifest {
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.policy.linkerd.io` },
    spec: {
      group: 'policy.linkerd.io',
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { ...anything, properties: { spec: anything } } },
        },
      ],
    },
  };
}

function read(files: readonly string[]): Manifest[] {
  return files
    .flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')))
    .map((document) => document.toJS() as YamlMap | null)
    .filter((crd): crd is Manifest => crd !== null);
}
