import { NAMESPACE_NAME } from '../../kubernetes/metadata';
import {
  type AccessPlan,
  allBordersOf,
  exchangesWith,
  type LabelExpression,
  named,
  ownedBy,
} from './plan';
import { crossingTrustDomain, hasRootsOfSpire, spireId } from './spire';
import { type SpireOptions, SPIRE_DEFAULTS } from './spire-options';

/** The container of a border that asks the agent. */
export const ENVOY_CONTAINER = 'envoy';

/** Which pods or namespaces are meant, by their labels. */
interface LabelSelector {
  readonly matchExpressions: readonly LabelExpression[];
}

/** @see https://github.com/spiffe/spire-controller-manager/blob/v0.6.3/docs/clusterspiffeid-crd.md */
export interface ClusterSpiffeId {
  readonly apiVersion: 'spire.spiffe.io/v1alpha1';
  readonly kind: 'ClusterSPIFFEID';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly spiffeIDTemplate: string;
    readonly namespaceSelector: LabelSelector;
    readonly podSelector: LabelSelector;
    readonly workloadSelectorTemplates: readonly string[];
    readonly federatesWith?: readonly string[];
    readonly className?: string;
  };
}

/**
 * What registers the borders of a mesh with its SPIRE server, for the spire-controller-manager: each pod by
 * its namespace and service account, and of its containers Envoy only. The trust domain is written out, so
 * that a server of another one gives nobody an identity.
 *
 * @returns nothing where there is nothing to register, or somebody else does.
 */
export function spireEntry(plan: AccessPlan, mesh: string): ClusterSpiffeId | undefined {
  const spire = plan.meshes[mesh]?.spire;
  const borders = allBordersOf(plan, mesh);
  if (spire === undefined || borders.length === 0) return undefined;
  const { entries = SPIRE_DEFAULTS.entries, className } = spire;
  if (entries === 'existing') return undefined;
  const federatesWith = trustDomainsOf(plan, mesh, spire);
  return {
    apiVersion: 'spire.spiffe.io/v1alpha1',
    kind: 'ClusterSPIFFEID',
    metadata: { name: named(`mesh-federation-${mesh}`, plan.name) },
    spec: {
      spiffeIDTemplate: spireId(
        spire,
        '{{ .PodMeta.Namespace }}',
        '{{ .PodSpec.ServiceAccountName }}',
      ),
      namespaceSelector: among(
        NAMESPACE_NAME,
        borders.map(({ namespace }) => namespace),
      ),
      podSelector: { matchExpressions: ownedBy(mesh, plan.name) },
      workloadSelectorTemplates: [`k8s:container-name:${ENVOY_CONTAINER}`],
      ...(federatesWith.length === 0 ? {} : { federatesWith }),
      ...(className === undefined ? {} : { className }),
    },
  };
}

/** Those whose roots the borders ask the agent for. */
function trustDomainsOf(plan: AccessPlan, mesh: string, spire: SpireOptions): string[] {
  if (!hasRootsOfSpire({ spire })) return [];
  const others = exchangesWith(plan, mesh).flatMap((name) => {
    const other = plan.meshes[name];
    return other === undefined ? [] : [crossingTrustDomain(other)];
  });
  return [...new Set(others)].filter((domain) => domain !== spire.trustDomain).sort();
}

function among(key: string, values: readonly string[]): LabelSelector {
  return { matchExpressions: [{ key, operator: 'In', values: [...new Set(values)].sort() }] };
}
