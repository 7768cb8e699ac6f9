import type { AccessPlan, PlannedInboundBorder } from '../constructs/federation/plan';
import type {
  KubernetesGateway,
  MeshService,
  TcpRoute,
  TlsRoute,
} from '../constructs/federation/plan/resources';
import { manifestsOf } from './policies';

/*
 * What gateways of the Kubernetes Gateway API lead to, read from the very resources that a deploy writes, for
 * the imitated gateways to follow.
 */

/** The server names that the TLSRoutes of an Istio mesh lead to a border. */
export function serverNamesTo(
  plan: AccessPlan,
  mesh: string,
  border: Pick<PlannedInboundBorder, 'kubernetesService' | 'namespace'>,
): string[] {
  const manifests = manifestsOf(plan, mesh);
  const gateways = manifests.filter(isGateway);
  return manifests
    .filter((one): one is TlsRoute => one.kind === 'TLSRoute')
    .filter(({ metadata, spec }) =>
      gateways.some(
        (gateway) =>
          spec.parentRefs.some(
            ({ name, namespace }) =>
              name === gateway.metadata.name && namespace === gateway.metadata.namespace,
          ) && gateway.spec.listeners.some((one) => admits(one, 'TLSRoute', metadata.namespace)),
      ),
    )
    .filter(
      ({ metadata, spec }) =>
        metadata.namespace === border.namespace &&
        spec.rules.some(({ backendRefs }) =>
          backendRefs.some(({ name }) => name === border.kubernetesService),
        ),
    )
    .flatMap(({ spec }) => spec.hostnames);
}

/** Ports of a Consul mesh's API gateway that its TCPRoutes lead to a service. */
export function portsTo(
  plan: AccessPlan,
  mesh: string,
  gateway: string,
  service: string,
): number[] {
  const manifests = manifestsOf(plan, mesh);
  const behind = manifests
    .filter((one): one is MeshService => one.kind === 'MeshService')
    .filter(({ spec }) => spec.name === service)
    .map(({ metadata }) => metadata.name);
  return manifests
    .filter(isGateway)
    .filter(({ metadata }) => metadata.name === gateway)
    .flatMap(({ metadata, spec }) =>
      spec.listeners.filter((listener) =>
        manifests
          .filter((one): one is TcpRoute => one.kind === 'TCPRoute')
          .some(
            (route) =>
              admits(listener, 'TCPRoute', route.metadata.namespace, metadata.namespace) &&
              route.spec.parentRefs.some(
                ({ name, sectionName }) => name === gateway && sectionName === listener.name,
              ) &&
              route.spec.rules.some(({ backendRefs }) =>
                backendRefs.some(({ name }) => behind.includes(name)),
              ),
          ),
      ),
    )
    .map(({ port }) => port);
}

function isGateway(
  manifest: ReturnType<typeof manifestsOf>[number],
): manifest is KubernetesGateway {
  return manifest.kind === 'Gateway' && manifest.apiVersion === 'gateway.networking.k8s.io/v1';
}

/** Whether routes of a kind in a namespace may attach, and the TLS that comes is not ended. */
function admits(
  { protocol, tls, allowedRoutes }: KubernetesGateway['spec']['listeners'][number],
  kind: 'TCPRoute' | 'TLSRoute',
  namespace: string,
  own = namespace,
): boolean {
  const passes =
    kind === 'TLSRoute' ? protocol === 'TLS' && tls?.mode === 'Passthrough' : protocol === 'TCP';
  const { namespaces, kinds } = allowedRoutes;
  return (
    passes &&
    kinds.some((one) => one.kind === kind) &&
    (namespaces.from === 'Same'
      ? namespace === own
      : namespaces.selector.matchExpressions.every(
          ({ key, values }) => key === 'kubernetes.io/metadata.name' && values.includes(namespace),
        ))
  );
}
