import { createHash } from 'node:crypto';
import { ownEntry } from '../../own-entry';
import type { Problem } from '../../problems';
import { kindOf } from './meshes';
import {
  type AccessPolicy,
  type AccessRule,
  DEFAULT_BORDER_NAMESPACE,
  type PolicyMesh,
  type WayIn,
} from './model';
import { type EnteredBy, shareCluster } from './plan';
import type { Anyone, Call, Service, ServiceFacts } from './services';

/** A policy with its names looked up, and the names that could not be. */
export interface ResolvedPolicy {
  /** All services by `<mesh>/<key>`, as rules write them. */
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
        ...(rule.policyName === undefined ? {} : { policyName: rule.policyName }),
      },
    ];
  });
  return { services, calls, problems };
}

/** How callers of other clusters enter a mesh. */
export function wayIn(settings: PolicyMesh): WayIn {
  // Into a kind that has no gateway there is one way.
  return kindOf(settings).entrance === undefined ? 'service' : (chosenWayIn(settings) ?? 'gateway');
}

/** The way that was written. */
export function chosenWayIn(settings: PolicyMesh): WayIn | undefined {
  return 'in' in settings ? settings.in : undefined;
}

/** A mesh as it was entered before, where that way stays open. */
function asBefore(settings: PolicyMesh): PolicyMesh | undefined {
  return 'inFrom' in settings && settings.inFrom !== undefined
    ? { ...settings, in: settings.inFrom }
    : undefined;
}

/** How calls from one mesh enter another. */
export function enteredBy({ meshes }: AccessPolicy, from: string, to: string): EnteredBy {
  const settings = ownEntry(meshes, to);
  // The policy has it, or is refused.
  return settings === undefined ? 'gateway' : entered(ownEntry(meshes, from), settings);
}

function entered(from: PolicyMesh | undefined, settings: PolicyMesh): EnteredBy {
  if (shareCluster(from, settings) && chosenWayIn(settings) !== 'gateway') return 'service';
  return wayIn(settings) === 'gateway' ? 'gateway' : 'load-balancer';
}

/** How they did before, where that is another way and stays open. */
export function formerlyEnteredBy(
  { meshes }: AccessPolicy,
  from: string,
  to: string,
): EnteredBy | undefined {
  const settings = ownEntry(meshes, to);
  const before = settings && asBefore(settings);
  if (settings === undefined || before === undefined) return undefined;
  const caller = ownEntry(meshes, from);
  const way = entered(caller, before);
  return way === entered(caller, settings) ? undefined : way;
}

/** Every open way from one mesh into another: the one that calls take first. */
export function waysBetween(policy: AccessPolicy, from: string, to: string): EnteredBy[] {
  const former = formerlyEnteredBy(policy, from, to);
  return [enteredBy(policy, from, to), ...(former === undefined ? [] : [former])];
}

/** Whether a port tells the callers of one mesh apart that enter another, on any open way. */
export function isEnteredByPort(policy: AccessPolicy, from: string, to: string): boolean {
  return waysBetween(policy, from, to).some((way) => tellsApartByPort(policy, to, way));
}

/** Whether a port tells callers apart that enter a mesh on this way. */
export function tellsApartByPort({ meshes }: AccessPolicy, to: string, way: EnteredBy): boolean {
  const settings = ownEntry(meshes, to);
  return (
    settings !== undefined &&
    (way === 'load-balancer' || (way === 'gateway' && kindOf(settings).entrance === 'port'))
  );
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
  return kindOf(settings).services(settings, (id): ServiceFacts => {
    const service = settings.services[id] ?? {};
    const ref = `${mesh}/${id}`;
    return {
      ref,
      mesh,
      id,
      name: service.name ?? id,
      namespace: service.namespace ?? 'default',
      port: service.port ?? 80,
      protocol: service.protocol ?? 'http',
      standIn: service.standIn ?? id,
      gatewayPort: service.gatewayPort ?? ports.get(ref) ?? derivedPort(ref),
      previousGatewayPort: service.previousGatewayPort,
    };
  });
}

const FIRST_PORT = 10000;
const PORTS = 9000;

/** Independent of all other services, so that adding one never moves another to a new port. */
function derivedPort(ref: string): number {
  return FIRST_PORT + (createHash('sha256').update(ref).digest().readUInt32BE(0) % PORTS);
}

/**
 * Ports of the services that call into a mesh where a port tells callers apart, and name none.
 * Where several derive the same one, the first by name has it, in whatever order the rules are, and each other
 * takes the next that nobody derives: so a further caller moves no other, but for one on the port that it derives.
 */
function gatewayPorts(policy: AccessPolicy): ReadonlyMap<string, number> {
  const all = Object.entries(policy.meshes).flatMap(([mesh, { services }]) =>
    Object.entries<PolicyMesh['services'][string]>(services).map(([id, service]) => ({
      ref: `${mesh}/${id}`,
      service,
    })),
  );
  const taken = new Set(
    all.flatMap(({ service: { gatewayPort, previousGatewayPort } }) =>
      [gatewayPort, previousGatewayPort].filter((port) => port !== undefined),
    ),
  );
  const deriving = new Set(
    all.filter(({ service }) => service.gatewayPort === undefined).map(({ ref }) => ref),
  );
  const callers = policy.rules
    .filter(
      ({ from, to }) =>
        deriving.has(from) &&
        meshIn(from) !== meshIn(to) &&
        isEnteredByPort(policy, meshIn(from), meshIn(to)),
    )
    .map(({ from }) => from);
  const ports = new Map<string, number>();
  const give = (ref: string, port: number) => {
    taken.add(port);
    ports.set(ref, port);
  };
  const inOrder = [...new Set(callers)].sort();
  for (const ref of inOrder) {
    const port = derivedPort(ref);
    if (!taken.has(port)) give(ref, port);
  }
  for (const ref of inOrder.filter((one) => !ports.has(one))) {
    let port = derivedPort(ref);
    // There are more ports than a gateway has listeners.
    for (let tries = 0; taken.has(port) && tries < PORTS; tries++) {
      port = FIRST_PORT + ((port - FIRST_PORT + 1) % PORTS);
    }
    give(ref, port);
  }
  return ports;
}

/** The mesh that a rule names. */
export function meshIn(ref: string): string {
  return ref.split('/')[0] ?? '';
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
  const settings = ownEntry(policy.meshes, mesh);
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
