import { createHash } from 'node:crypto';
import type { Problem } from '../../problems';
import type { CrossingProtocol, HttpPermission } from './crossing';
import {
  type AccessPolicy,
  type AccessRule,
  type ConsulService,
  DEFAULT_BORDER_NAMESPACE,
  type IstioService,
  type PolicyMesh,
} from './model';

/** A service of the policy with every default filled in. */
export type Service = IstioServiceFacts | ConsulServiceFacts;

interface ServiceFacts {
  /** As rules write it: `istio/backend`. */
  readonly ref: string;
  /** The policy's name for its mesh. */
  readonly mesh: string;
  /** Its key in the policy, unique in the mesh. */
  readonly id: string;
  /** Name of its Kubernetes Service. */
  readonly name: string;
  /** Namespace of its pods. */
  readonly namespace: string;
  /** Port of its Kubernetes Service. */
  readonly port: number;
  /** What is spoken. */
  readonly protocol: CrossingProtocol;
  /** Its name in the foreign meshes. */
  readonly standIn: string;
}

/** A service of an Istio mesh with every default filled in. */
export interface IstioServiceFacts extends ServiceFacts {
  /** Of an Istio mesh. */
  readonly kind: 'istio';
  /** Service account of its pods. */
  readonly serviceAccount: string;
  /** Labels of its pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** Port by which it enters foreign Consul meshes. */
  readonly gatewayPort: number;
  /** The port by which it entered them before, while both are open. */
  readonly previousGatewayPort: number | undefined;
}

/** A service of a Consul mesh with every default filled in. */
export interface ConsulServiceFacts extends ServiceFacts {
  /** Of a Consul mesh. */
  readonly kind: 'consul';
  /** Who writes its ServiceDefaults. */
  readonly serviceDefaults: 'create' | 'existing';
  /** Who writes its ServiceIntentions. */
  readonly intentions: 'create' | 'existing';
  /** Name of that resource. */
  readonly intentionsName: string;
}

/** Every workload of a mesh. */
export interface Anyone {
  /** Every workload. */
  readonly kind: 'anyone';
  /** As rules write it: `istio/*`. */
  readonly ref: string;
  /** The policy's name for the mesh. */
  readonly mesh: string;
}

/** One rule, its names looked up. */
export interface Call {
  /** `istio/backend -> consul/info`; no two rules have the same. */
  readonly id: string;
  /** Position of the rule in the policy. */
  readonly rule: number;
  /** Who calls. */
  readonly caller: Service | Anyone;
  /** Who is called. */
  readonly callee: Service;
  /** Requests admitted; empty means every request. */
  readonly allow: readonly HttpPermission[];
}

/** A call from one mesh to another. */
export type CrossCall = Call & {
  /** A service of another mesh. */
  readonly caller: Service;
};

/** A policy with its names looked up, and the names that could not be. */
export interface ResolvedPolicy {
  /** By `<mesh>/<key>`. */
  readonly services: ReadonlyMap<string, Service>;
  readonly calls: readonly Call[];
  readonly problems: readonly Problem[];
}

/** Fills in the defaults of the services and looks up the names in the rules. */
export function resolvePolicy(policy: AccessPolicy): ResolvedPolicy {
  const ports = gatewayPorts(policy);
  const services = new Map(
    Object.entries(policy.meshes).flatMap(([mesh, settings]) =>
      servicesOf(mesh, settings, ports).map((service) => [service.ref, service]),
    ),
  );
  const problems: Problem[] = [];
  const calls = policy.rules.flatMap((rule, index): Call[] => {
    const report = (key: keyof AccessRule, message: string) =>
      problems.push({ path: ['rules', index, key], message });
    const callee = lookUp(policy, services, rule.to, (message) => report('to', message));
    const caller = lookUp(policy, services, rule.from, (message) => report('from', message));
    if (callee?.kind === 'anyone') {
      report('to', `is "${rule.to}", which is no service; write a rule for each service called`);
      return [];
    }
    if (callee === undefined || caller === undefined) {
      return [];
    }
    return [
      {
        id: `${caller.ref} -> ${callee.ref}`,
        rule: index,
        caller,
        callee,
        allow: rule.allow ?? [],
      },
    ];
  });
  return { services, calls, problems };
}

/** Whether the call leaves its mesh. */
export function isCrossing(call: Call): call is CrossCall {
  return call.caller.kind !== 'anyone' && call.caller.mesh !== call.callee.mesh;
}

/** Ports by which a service enters foreign Consul meshes: the one that it uses first. */
export function gatewayPortsOf(caller: IstioServiceFacts): readonly [number, ...number[]] {
  const { gatewayPort, previousGatewayPort } = caller;
  return previousGatewayPort === undefined || previousGatewayPort === gatewayPort
    ? [gatewayPort]
    : [gatewayPort, previousGatewayPort];
}

/** Namespace of a mesh's borders. */
export function borderNamespace(policy: AccessPolicy, mesh: string): string {
  return policy.meshes[mesh]?.borderNamespace ?? DEFAULT_BORDER_NAMESPACE;
}

/** The namespaces in which a mesh has borders: while they move, two. */
export function borderNamespaces(policy: AccessPolicy, mesh: string): string[] {
  const from = policy.meshes[mesh]?.bordersMovedFrom;
  return [...new Set([borderNamespace(policy, mesh), ...(from === undefined ? [] : [from])])];
}

function servicesOf(
  mesh: string,
  settings: PolicyMesh,
  ports: ReadonlyMap<string, number>,
): Service[] {
  return settings.kind === 'istio'
    ? Object.entries(settings.services).map(([id, service]) => ({
        kind: 'istio',
        ...facts(mesh, id, service),
        serviceAccount: service.serviceAccount ?? service.name ?? id,
        labels: service.labels ?? { app: service.name ?? id },
        gatewayPort:
          service.gatewayPort ?? ports.get(`${mesh}/${id}`) ?? derivedPort(`${mesh}/${id}`),
        previousGatewayPort: service.previousGatewayPort,
      }))
    : Object.entries(settings.services).map(([id, service]) => ({
        kind: 'consul',
        ...facts(mesh, id, service),
        serviceDefaults: service.serviceDefaults ?? 'create',
        intentions: service.intentions ?? 'create',
        intentionsName: service.intentionsName ?? `callers-of-${service.name ?? id}`,
      }));
}

function facts(mesh: string, id: string, service: IstioService | ConsulService): ServiceFacts {
  return {
    ref: `${mesh}/${id}`,
    mesh,
    id,
    name: service.name ?? id,
    namespace: service.namespace ?? 'default',
    port: service.port ?? 80,
    protocol: service.protocol ?? 'http',
    standIn: service.standIn ?? id,
  };
}

const FIRST_PORT = 10000;
const PORTS = 9000;

/** Independent of all other services, so that adding one never moves another to a new port. */
function derivedPort(ref: string): number {
  return FIRST_PORT + (createHash('sha256').update(ref).digest().readUInt32BE(0) % PORTS);
}

/**
 * Ports of the services that call into a Consul mesh and name none. Where two derive the same one, that
 * of the later rule takes the next free one: so a rule added at the end moves nobody.
 */
function gatewayPorts(policy: AccessPolicy): ReadonlyMap<string, number> {
  const kindOf = (ref: string) => {
    const [mesh = ''] = ref.split('/');
    return Object.hasOwn(policy.meshes, mesh) ? policy.meshes[mesh]?.kind : undefined;
  };
  const istio = Object.entries(policy.meshes).flatMap(([mesh, settings]) =>
    settings.kind === 'istio'
      ? Object.entries(settings.services).map(([id, service]) => ({
          ref: `${mesh}/${id}`,
          service,
        }))
      : [],
  );
  const taken = new Set(
    istio.flatMap(({ service: { gatewayPort, previousGatewayPort } }) =>
      [gatewayPort, previousGatewayPort].filter((port) => port !== undefined),
    ),
  );
  const deriving = new Set(
    istio.filter(({ service }) => service.gatewayPort === undefined).map(({ ref }) => ref),
  );
  const callers = policy.rules
    .filter(({ from, to }) => deriving.has(from) && kindOf(to) === 'consul')
    .map(({ from }) => from);
  return new Map(
    [...new Set(callers)].map((ref) => {
      let port = derivedPort(ref);
      // There are more ports than a gateway has listeners.
      for (let tries = 0; taken.has(port) && tries < PORTS; tries++) {
        port = FIRST_PORT + ((port - FIRST_PORT + 1) % PORTS);
      }
      taken.add(port);
      return [ref, port];
    }),
  );
}

function lookUp(
  policy: AccessPolicy,
  services: ReadonlyMap<string, Service>,
  ref: string,
  report: (message: string) => void,
): Service | Anyone | undefined {
  const [mesh = '', id, ...rest] = ref.split('/');
  if (id === undefined || id === '' || rest.length > 0) {
    report(`is "${ref}"; must be <mesh>/<service>`);
    return undefined;
  }
  const settings = Object.hasOwn(policy.meshes, mesh) ? policy.meshes[mesh] : undefined;
  if (settings === undefined) {
    report(`is "${ref}", but there is no mesh "${mesh}"; ${known(Object.keys(policy.meshes))}`);
    return undefined;
  }
  if (id === '*') {
    return { kind: 'anyone', ref, mesh };
  }
  const service = services.get(ref);
  if (service === undefined) {
    report(
      `is "${ref}", but ${mesh} has no service "${id}"; ${known(Object.keys(settings.services))}`,
    );
  }
  return service;
}

function known(names: readonly string[]): string {
  return names.length === 0 ? 'add it to the policy' : `there are: ${names.join(', ')}`;
}

/** Place of a service's setting in the policy. */
export function pathOf(service: Service, ...keys: string[]): Problem['path'] {
  return ['meshes', service.mesh, 'services', service.id, ...keys];
}

/** Each two of them, once. */
export function pairs<Item>(items: readonly Item[]): [Item, Item][] {
  return items.flatMap((one, index) =>
    items.slice(index + 1).map((other): [Item, Item] => [one, other]),
  );
}

/** What the meshes' own rules can say of the requests of a call: nothing of upgrades. Empty means all. */
export function limitsOfMesh({ allow }: Call): readonly HttpPermission[] {
  return allow.some(
    ({ methods, pathExact, pathPrefix }) =>
      methods === undefined && pathExact === undefined && pathPrefix === undefined,
  )
    ? []
    : allow;
}
