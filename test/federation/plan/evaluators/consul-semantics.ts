/**
 * Consul's own reading of its resources, as far as the federation uses them. Written from upstream and
 * without the compiler's code: what the compiler means is judged by what Consul would do.
 *
 * @see https://developer.hashicorp.com/consul/docs/secure-mesh/intention#precedence-and-match-order
 * @see https://github.com/hashicorp/consul/blob/v1.22.7/agent/xds/rbac.go
 * @see https://github.com/hashicorp/consul/blob/v1.22.7/agent/structs/config_entry_intentions.go
 */
import type {
  FederationResource,
  IntentionSource,
} from '../../../../constructs/federation/plan/resources';
import { ofKind } from '../fixtures';
import type { Sent } from '../http';

/** What Consul takes a service to speak. */
function consulProtocol(resources: readonly FederationResource[], service: string): string {
  const defaults = ofKind(resources, 'ServiceDefaults').find(
    ({ metadata }) => metadata.name === service,
  );
  return defaults?.spec.protocol ?? 'tcp';
}

/**
 * Whether a service's sidecar lets in what another service sends. An exact destination goes before
 * `*`, and an exact source before `*`; the first that fits decides alone: of its permissions the first
 * that fits, or the default.
 *
 * @param deniesByDefault Whether what no intention is about is denied, as ACLs have it.
 */
export function consulAdmits(
  resources: readonly FederationResource[],
  source: string,
  destination: string,
  sent: Sent,
  deniesByDefault = true,
): boolean {
  const sources = [destination, '*'].flatMap((name) =>
    ofKind(resources, 'ServiceIntentions')
      .filter(({ spec }) => spec.destination.name === name)
      .flatMap(({ spec }) => [
        ...spec.sources.filter((one) => one.name === source),
        ...spec.sources.filter((one) => one.name === '*'),
      ]),
  );
  const [found] = sources;
  if (found === undefined) {
    return !deniesByDefault;
  }
  if (found.permissions === undefined) {
    return found.action === 'allow';
  }
  // Permissions for a service that is not known to speak HTTP deny everything.
  if (sent === 'bytes' || consulProtocol(resources, destination) === 'tcp') {
    return false;
  }
  const permission = found.permissions.find(({ http }) => httpMatches(http, sent));
  return permission === undefined ? !deniesByDefault : permission.action === 'allow';
}

type Http = NonNullable<IntentionSource['permissions']>[number]['http'];

function httpMatches(
  { pathExact, pathPrefix, pathRegex, methods }: Http,
  { method, path }: Exclude<Sent, 'bytes'>,
): boolean {
  return (
    (pathExact === undefined || path === pathExact) &&
    (pathPrefix === undefined || path.startsWith(pathPrefix)) &&
    (pathRegex === undefined || new RegExp(`^(?:${pathRegex})$`).test(path)) &&
    (methods === undefined || methods.includes(method))
  );
}

/** Ports of a gateway. */
export function consulListeners(
  resources: readonly FederationResource[],
  gateway: string,
): number[] {
  const ofIngress = ofKind(resources, 'IngressGateway')
    .filter(({ metadata }) => metadata.name === gateway)
    .flatMap(({ spec }) => spec.listeners.map(({ port }) => port));
  const ofApi = apiListeners(resources, gateway).map(({ port }) => port);
  return [...ofIngress, ...ofApi];
}

/**
 * Listeners of an API gateway: of a Gateway that Consul's controller looks at, whose class is the
 * controller's and names settings that are there.
 *
 * @see https://github.com/hashicorp/consul-k8s/blob/v2.0.3/control-plane/api-gateway/controllers/gateway_controller.go
 */
function apiListeners(resources: readonly FederationResource[], name: string) {
  const gateways = resources.flatMap((one) =>
    one.kind === 'Gateway' && one.apiVersion === 'gateway.networking.k8s.io/v1' ? [one] : [],
  );
  return gateways
    .filter(({ metadata }) => metadata.name === name)
    .filter(({ metadata }) => metadata.labels?.['component'] === 'api-gateway')
    .filter(({ spec }) =>
      ofKind(resources, 'GatewayClass').some(
        (gatewayClass) =>
          gatewayClass.metadata.name === spec.gatewayClassName &&
          gatewayClass.spec.controllerName === 'consul.hashicorp.com/gateway-controller' &&
          ofKind(resources, 'GatewayClassConfig').some(
            ({ metadata }) => metadata.name === gatewayClass.spec.parametersRef.name,
          ),
      ),
    )
    .flatMap(({ spec }) => spec.listeners);
}

/**
 * The services to which an API gateway's port leads: by TCPRoutes that name its listener, to MeshServices in
 * their own namespace.
 */
function routed(resources: readonly FederationResource[], gateway: string, port: number) {
  const listeners = apiListeners(resources, gateway)
    .filter((one) => one.port === port)
    .map((one) => one.name);
  return ofKind(resources, 'TCPRoute')
    .filter(({ spec }) =>
      spec.parentRefs.some(
        ({ name, sectionName }) => name === gateway && listeners.includes(sectionName),
      ),
    )
    .flatMap(({ metadata, spec }) =>
      spec.rules.flatMap(({ backendRefs }) =>
        backendRefs.flatMap((ref) =>
          ofKind(resources, 'MeshService')
            .filter((one) => one.metadata.name === ref.name)
            .filter((one) => one.metadata.namespace === metadata.namespace)
            .map((one) => ({ name: one.spec.name })),
        ),
      ),
    );
}

/** The service to which a gateway's port passes everything on. */
export function consulListener(
  resources: readonly FederationResource[],
  gateway: string,
  port: number,
): string | undefined {
  const listener = ofKind(resources, 'IngressGateway')
    .filter(({ metadata }) => metadata.name === gateway)
    .flatMap(({ spec }) => spec.listeners)
    .find((one) => one.port === port);
  const [service, ...others] = listener?.services ?? routed(resources, gateway, port);
  // Refused when it is written: a tcp listener has one service, which speaks tcp.
  return service === undefined ||
    others.length > 0 ||
    consulProtocol(resources, service.name) !== 'tcp'
    ? undefined
    : service.name;
}
