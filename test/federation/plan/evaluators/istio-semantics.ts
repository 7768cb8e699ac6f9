/**
 * Istio's own reading of its resources, as far as the federation uses them. Written from upstream and
 * without the compiler's code: what the compiler means is judged by what Istio would do.
 *
 * @see https://istio.io/latest/docs/reference/config/security/authorization-policy/
 * @see https://istio.io/latest/docs/concepts/security/#implicit-enablement
 * @see https://github.com/istio/istio/blob/1.30.3/pilot/pkg/security/authz/model/model.go
 * @see https://github.com/istio/istio/blob/1.30.3/pilot/pkg/security/authz/matcher/string.go
 * @see https://github.com/istio/istio/blob/1.30.3/pilot/pkg/model/destination_rule.go
 */
import type {
  AuthorizationPolicy,
  AuthorizationRule,
  DestinationRule,
  FederationResource,
  Gateway,
  ServiceEntry,
  VirtualService,
} from '../../../../constructs/federation/plan/resources';
import { ofKind } from '../fixtures';
import type { Sent } from '../http';

type Labels = Readonly<Record<string, string>>;

/** A pod, as Istio's control plane knows it. */
export interface IstioPod {
  readonly namespace: string;
  readonly labels: Labels;
}

// ------------------------------------------------------------------------------------- authorization

/** A connection or request that arrives at a pod. */
export interface Arrival {
  /** SPIFFE ID in the client's certificate. None when TLS passes through undecrypted. */
  readonly spiffeId?: string;
  readonly sni?: string;
  readonly port: number;
  readonly sent: Sent;
}

/**
 * Whether the pod's proxy lets it in. Policies of the pod's namespace and of the root namespace apply
 * together; with one ALLOW policy or more a rule of any of them must match.
 *
 * @param deniesByDefault Whether the mesh has the policy of `IstioMeshPolicy` that allows nothing.
 */
export function istioAdmits(
  resources: readonly FederationResource[],
  pod: IstioPod,
  arrival: Arrival,
  deniesByDefault = true,
): boolean {
  const policies = ofKind(resources, 'AuthorizationPolicy').filter(
    ({ metadata, spec }) =>
      metadata.namespace === pod.namespace && subset(spec.selector.matchLabels, pod.labels),
  );
  if (policies.length === 0 && !deniesByDefault) {
    return true;
  }
  return policies.some(({ spec }: AuthorizationPolicy) =>
    spec.rules.some((rule) => ruleMatches(rule, arrival)),
  );
}

function ruleMatches({ from, to, when }: AuthorizationRule, arrival: Arrival): boolean {
  const principal = (value: string) =>
    arrival.spiffeId !== undefined &&
    textMatches(value, arrival.spiffeId.replace(/^spiffe:\/\//, ''));
  return (
    (from === undefined ||
      from.some(
        ({ source }) =>
          source.principals.some(principal) && !(source.notPrincipals ?? []).some(principal),
      )) &&
    (to === undefined ||
      to.some(({ operation: { methods, paths, ports } }) => {
        const { sent } = arrival;
        // A rule about HTTP is dropped from the policy of a TCP port, and then matches nothing.
        if (sent === 'bytes' && (methods !== undefined || paths !== undefined)) return false;
        return (
          (methods?.some((value) => sent !== 'bytes' && textMatches(value, sent.method)) ?? true) &&
          (paths?.some((value) => sent !== 'bytes' && textMatches(value, sent.path)) ?? true) &&
          (ports?.includes(String(arrival.port)) ?? true)
        );
      })) &&
    (when === undefined ||
      when.every(({ values }) =>
        values.some((value) => arrival.sni !== undefined && textMatches(value, arrival.sni)),
      ))
  );
}

/** Exact, prefix, suffix or, as a lone `*`, anything at all. */
function textMatches(value: string, text: string): boolean {
  if (value === '*') return text !== '';
  if (value.startsWith('*')) return text.endsWith(value.slice(1));
  if (value.endsWith('*')) return text.startsWith(value.slice(0, -1));
  return value === text;
}

function subset(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

// ------------------------------------------------------------------------------------ TLS to a host

type Tls = DestinationRule['spec']['trafficPolicy']['tls'];

/** One of a host's rules after merging. */
interface Merged {
  readonly exportTo: ReadonlySet<string>;
  readonly rule: DestinationRule;
}

/**
 * The rule that governs a pod's connections to a host, after Istio has merged and dropped rules.
 *
 * @param rules Of one namespace, the pod's own, in the order of their creation.
 */
function destinationRuleFor(
  rules: readonly DestinationRule[],
  pod: IstioPod,
  host: string,
): DestinationRule | undefined {
  const merged = merge(
    rules.filter(
      ({ metadata, spec }) => metadata.namespace === pod.namespace && spec.host === host,
    ),
  );
  return (
    merged.find(
      ({ rule: { spec } }) =>
        spec.workloadSelector !== undefined &&
        subset(spec.workloadSelector.matchLabels, pod.labels),
    ) ?? merged.findLast(({ rule: { spec } }) => spec.workloadSelector === undefined)
  )?.rule;
}

/** `setDestinationRules` and `mergeDestinationRule` with their features' defaults. */
function merge(rules: readonly DestinationRule[]): Merged[] {
  const hasSelector = (rule: DestinationRule) => rule.spec.workloadSelector !== undefined;
  const sorted = [...rules.filter(hasSelector), ...rules.filter((rule) => !hasSelector(rule))];
  const merged: Merged[] = [];
  for (const rule of sorted) {
    const exportTo = new Set(hasSelector(rule) ? ['.'] : rule.spec.exportTo);
    let separately = true;
    for (const [index, existing] of [...merged.entries()]) {
      if (equal(exportTo, existing.exportTo)) {
        separately = false;
      } else if ([...existing.exportTo].every((place) => exportTo.has(place))) {
        separately = true;
      } else {
        separately = true;
        continue;
      }
      const both = hasSelector(rule) && hasSelector(existing.rule);
      const same = JSON.stringify(selector(rule)) === JSON.stringify(selector(existing.rule));
      if (both && !same) {
        separately = true;
        continue;
      }
      if (both || (!hasSelector(rule) && !hasSelector(existing.rule))) {
        separately = false;
      }
      // Of the later rule, nothing but further subsets comes through.
      merged[index] = { ...existing, rule: withSubsets(existing.rule, rule) };
    }
    if (separately) {
      merged.push({ exportTo, rule });
    }
  }
  return merged;
}

function selector(rule: DestinationRule): [string, string][] {
  return Object.entries(rule.spec.workloadSelector?.matchLabels ?? {}).sort();
}

function withSubsets(rule: DestinationRule, other: DestinationRule): DestinationRule {
  const own = rule.spec.subsets ?? [];
  const further = (other.spec.subsets ?? []).filter(
    ({ name }) => !own.some((subset) => subset.name === name),
  );
  return { ...rule, spec: { ...rule.spec, subsets: [...own, ...further] } };
}

function equal(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((item) => other.has(item));
}

// ---------------------------------------------------------------------------------------- way out

/** Where a pod's connection to a host goes, and with what. */
export interface WayOut {
  readonly address: string;
  readonly port: number;
  /** Where a route says so. */
  readonly routed?: 'to a service of the mesh' | 'to an endpoint';
  /** Undefined is plaintext. */
  readonly tls: Tls | undefined;
}

/**
 * What a pod's sidecar does with a call to a host: all the places where it may end up, of which Envoy
 * takes any; none when the host does not exist for the pod.
 */
export function waysOut(
  resources: readonly FederationResource[],
  pod: IstioPod,
  name: string,
  port: number,
): WayOut[] {
  // By the search domain of the pod's namespace, as its DNS proxy resolves the short name.
  const host = `${name}.${pod.namespace}.svc.cluster.local`;
  const visible = ({ metadata, spec }: ServiceEntry | VirtualService) =>
    spec.exportTo.includes('*') || metadata.namespace === pod.namespace;
  const entry = ofKind(resources, 'ServiceEntry')
    .filter(visible)
    .find(({ spec }) => spec.hosts.includes(host));
  const servicePort = entry?.spec.ports.find(({ number }) => number === port);
  if (entry === undefined || servicePort === undefined) {
    return [];
  }
  const rule = destinationRuleFor(ofKind(resources, 'DestinationRule'), pod, host);
  const routes = ofKind(resources, 'VirtualService')
    .filter(visible)
    .filter(({ spec }) => spec.hosts.includes(host) && spec.gateways === undefined)
    .flatMap(({ spec }) => (servicePort.protocol === 'TCP' ? (spec.tcp ?? []) : (spec.http ?? [])));
  const route = routes.find(({ match }) =>
    match.some((one) => one.port === port && subset(one.sourceLabels, pod.labels)),
  );
  // A service whose routes match nothing has the default route of every service.
  const destinations = route?.route.map(({ destination }) => destination) ?? [
    { host, port: { number: port } },
  ];
  return destinations.flatMap((destination): WayOut[] => {
    const { subset: subsetName } = { subset: undefined, ...destination };
    if (destination.host !== host) {
      const { host: address, port: to } = destination;
      return [{ address, port: to.number, tls: undefined, routed: 'to a service of the mesh' }];
    }
    const labels =
      subsetName === undefined
        ? {}
        : rule?.spec.subsets?.find((one) => one.name === subsetName)?.labels;
    // A subset that the rule does not have is a cluster that does not exist.
    return labels === undefined
      ? []
      : entry.spec.endpoints
          .filter((endpoint) => subset(labels, endpoint.labels))
          .map((endpoint) => ({
            address: endpoint.address,
            port: endpoint.ports[servicePort.name] ?? port,
            tls: rule?.spec.trafficPolicy.tls,
            ...(route && { routed: 'to an endpoint' as const }),
          }));
  });
}

// ----------------------------------------------------------------------------------------- way in

/**
 * The same by the Gateway API: a Gateway of Istio's class that names the Service of the gateway's pods, a
 * listener that passes TLS on, and a TLSRoute of a namespace that it takes routes from.
 *
 * @see https://github.com/istio/istio/blob/1.31.0/pilot/pkg/config/kube/gateway/conversion.go
 * @see https://github.com/istio/istio/blob/1.31.0/pilot/pkg/model/gateway.go
 */
function byTlsRoute(
  resources: readonly FederationResource[],
  gatewayPod: IstioPod,
  port: number,
  sni: string,
) {
  const gateways = resources.flatMap((one) =>
    one.kind === 'Gateway' && one.apiVersion === 'gateway.networking.k8s.io/v1' ? [one] : [],
  );
  const taken = new Set<string>();
  for (const { metadata, spec } of gateways) {
    const isOfPod = spec.addresses?.some(({ type, value }) => {
      const [service, namespace, kind] = value.split('.');
      return (
        type === 'Hostname' &&
        namespace === gatewayPod.namespace &&
        kind === 'svc' &&
        // As the chart names it after its pods' label.
        service?.endsWith(gatewayPod.labels['istio'] ?? service)
      );
    });
    if (spec.gatewayClassName !== 'istio' || isOfPod !== true) continue;
    for (const listener of spec.listeners) {
      const { hostname = '*' } = listener;
      if (listener.port !== port || listener.tls?.mode !== 'Passthrough') continue;
      const { namespaces } = listener.allowedRoutes;
      const from =
        namespaces.from === 'Selector'
          ? namespaces.selector.matchExpressions.flatMap(({ values }) => values)
          : [metadata.namespace];
      // All of a Gateway's listener is left out, if another's has one of its hosts already.
      const hosts = from.map((namespace) => `${namespace}/${hostname}`);
      if (hosts.some((host) => taken.has(host))) continue;
      hosts.forEach((host) => taken.add(host));
      if (!(hostname.startsWith('*') ? sni.endsWith(hostname.slice(1)) : sni === hostname))
        continue;
      const route = ofKind(resources, 'TLSRoute').find(
        (one) =>
          from.includes(one.metadata.namespace) &&
          one.spec.hostnames.includes(sni) &&
          one.spec.parentRefs.some(
            (parent) => parent.name === metadata.name && parent.namespace === metadata.namespace,
          ),
      );
      const [backend] = route?.spec.rules.flatMap(({ backendRefs }) => backendRefs) ?? [];
      if (route !== undefined && backend !== undefined) {
        return {
          host: `${backend.name}.${route.metadata.namespace}.svc.cluster.local`,
          port: backend.port,
        };
      }
    }
  }
  return undefined;
}

/** Host and port to which an ingress gateway passes TLS with this SNI on, undecrypted. */
export function wayIn(
  resources: readonly FederationResource[],
  gatewayPod: IstioPod,
  port: number,
  sni: string,
): { readonly host: string; readonly port: number } | undefined {
  const selects = ({ metadata, spec }: Gateway) =>
    metadata.namespace === gatewayPod.namespace && subset(spec.selector, gatewayPod.labels);
  const open = ofKind(resources, 'Gateway')
    .filter(selects)
    .filter(({ spec }) =>
      spec.servers.some((server) => server.port.number === port && server.hosts.includes(sni)),
    )
    .map(({ metadata }) => metadata.name);
  const byRoute = byTlsRoute(resources, gatewayPod, port, sni);
  if (byRoute !== undefined) return byRoute;
  const route = ofKind(resources, 'VirtualService')
    .filter(({ metadata }) => metadata.namespace === gatewayPod.namespace)
    .filter(({ spec }) => spec.hosts.includes(sni))
    .filter(({ spec }) => spec.gateways?.some((gateway) => open.includes(gateway)))
    .flatMap(({ spec }) => spec.tls ?? [])
    .find(({ match }) => match.some((one) => one.sniHosts.includes(sni)));
  const [first] = route?.route ?? [];
  return first && { host: first.destination.host, port: first.destination.port.number };
}
