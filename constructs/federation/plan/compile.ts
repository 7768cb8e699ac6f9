import { ownEntry } from '../../own-entry';
import { Each, type Example, refuseUnlike } from '../../example';
import { type Problem, refuse } from '../../problems';
import { bordersFor } from './borders';
import { clashProblems } from './clash-problems';
import { clusterProblems } from './cluster-problems';
import { kindOf } from './meshes';
import type { KnownGateway } from './meshes/kind';
import type { AccessPolicy, MeshMember } from './model';
import { labelProblems } from '../../kubernetes/name-problems';
import { memberProblems } from './member-problems';
import {
  type AccessPlan,
  JOBS_NAMESPACE,
  jobsNamespaceOf,
  named,
  neighboursOf,
  type PlannedBorder,
  type PlannedMesh,
} from './plan';
import {
  borderNamespace,
  borderNamespaces,
  type ResolvedPolicy,
  resolvePolicy,
  wayIn,
  waysBetween,
} from './resolve';
import { ruleProblems } from './rule-problems';
import { serviceProblems } from './service-problems';
import {
  type CrossCall,
  gatewayPortsOf,
  isCrossing,
  leavesBy,
  outboundName,
  type Service,
} from './services';
import { wayProblems } from './way-problems';
import { MEMBER_EXAMPLE, POLICY_EXAMPLE } from './examples';

/** Settings of `compilePolicy`. */
export interface CompileProps {
  /** The access policy to compile. */
  readonly policy: AccessPolicy;
  /** Every mesh of the policy as it is installed, by the policy's name for it. */
  readonly meshes: Readonly<Record<string, MeshMember>>;
  /**
   * Namespace of the jobs that exchange roots, in each cluster. The exchange makes it.
   * @default 'mesh-federation', followed by the name of the federation if it has one
   */
  readonly jobsNamespace?: string;
  /**
   * Name of the federation: at most 20 lower-case letters, digits and "-". Needed if one of its meshes is in
   * several federations that are deployed separately. It becomes part of the names that would otherwise clash.
   * @default none: for a single federation, or for one of several
   */
  readonly name?: string;
}

const EXAMPLE: Example<CompileProps> = {
  policy: POLICY_EXAMPLE,
  meshes: new Each<MeshMember>(MEMBER_EXAMPLE),
};

/** All mistakes in what a plan is made of, each with its place in the policy. */
export function planProblems(
  { policy, meshes, jobsNamespace, name }: CompileProps,
  resolved = resolvePolicy(policy),
): Problem[] {
  const ofName = name === undefined ? [] : labelProblems(['name'], name, NAME_LENGTH);
  return [
    ...problemsOf(policy, resolved, knownGateways(meshes)),
    ...memberProblems(policy, meshes, resolved.calls.filter(isCrossing)),
    ...ofName,
    // Of one that follows from a name that is none there is nothing to say.
    ...(jobsNamespace === undefined && ofName.length > 0
      ? []
      : jobsNamespaceProblems(
          { policy, meshes },
          resolved.services,
          jobsNamespace ?? named(JOBS_NAMESPACE, name),
        )),
  ];
}

/**
 * Turns an access policy into a plan.
 *
 * @throws Error listing every mistake, each with its place in the policy.
 */
export function compilePolicy(props: CompileProps): AccessPlan {
  refuseUnlike('The plan of the access policy', props, EXAMPLE);
  const { policy, meshes, jobsNamespace, name } = props;
  const resolved = resolvePolicy(policy);
  refuse('The plan of the access policy', planProblems(props, resolved));
  const { services, calls } = resolved;
  const crossings = calls.filter(isCrossing);
  const jobs = jobsNamespace ?? named(JOBS_NAMESPACE, name);
  const planned = Object.fromEntries(
    Object.entries(meshes).map(([name, member]): [string, PlannedMesh] => [
      name,
      plannedMesh(name, member, policy),
    ]),
  );
  return {
    meshes: planned,
    services: [...services.values()],
    calls,
    borders: ofFederation(bordersFor(policy, planned, crossings), name),
    formerBorders: ofFederation(formerBorders(policy, planned, crossings), name),
    jobsNamespace: jobs,
    ...(name === undefined ? {} : { name }),
  };
}

/**
 * The jobs have a namespace to themselves: its label lets pods reach Consul's servers, and accounts there read
 * roots. Where meshes share a cluster, its name ends with the mesh's.
 */
function jobsNamespaceProblems(
  { policy, meshes: members }: Pick<CompileProps, 'policy' | 'meshes'>,
  services: ReadonlyMap<string, Service>,
  jobsNamespace: string,
): Problem[] {
  const { meshes } = policy;
  const path = ['jobsNamespace'];
  /** Why it cannot be the jobs' in the cluster of these meshes. */
  const holderOf = (namespace: string, inCluster: readonly string[]): string | undefined => {
    const ofBorders = inCluster.find((mesh) => borderNamespaces(policy, mesh).includes(namespace));
    if (ofBorders !== undefined) return `where the borders of ${ofBorders} are`;
    const service = [...services.values()].find(
      (one) => one.namespace === namespace && inCluster.includes(one.mesh),
    );
    if (service !== undefined) return `where the service ${service.ref} is`;
    const installed = inCluster.find((mesh) => {
      const member = ownEntry(members, mesh);
      return member !== undefined && kindOf(member).namespaces(member).includes(namespace);
    });
    if (installed !== undefined) return `where ${installed} itself is installed`;
    return EVERYWHERE.includes(namespace) ? 'which each cluster has anyhow' : undefined;
  };
  const holders = new Map<string, string | undefined>();
  for (const mesh of Object.keys(meshes)) {
    const namespace = jobsNamespaceOf({ meshes, jobsNamespace }, mesh);
    const holder = holderOf(namespace, [mesh, ...neighboursOf({ meshes }, mesh)]);
    holders.set(namespace, holders.get(namespace) ?? holder);
  }
  return [...holders].flatMap(([namespace, holder]) => [
    ...labelProblems(path, namespace),
    ...(holder === undefined
      ? []
      : [{ path, message: `is ${namespace}, ${holder}; jobs need one of their own` }]),
  ]);
}

/** Namespaces that nobody makes. */
const EVERYWHERE = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

function ofFederation(
  borders: readonly PlannedBorder[],
  federation: string | undefined,
): readonly PlannedBorder[] {
  return federation === undefined ? borders : borders.map((one) => ({ ...one, federation }));
}

/** Names that it is a part of have 63 characters at most. */
const NAME_LENGTH = 20;

function plannedMesh(name: string, member: MeshMember, policy: AccessPolicy): PlannedMesh {
  const settings = policy.meshes[name];
  return kindOf(member).plan(member, settings, {
    cluster: settings?.cluster,
    in: settings === undefined ? 'gateway' : wayIn(settings),
    borderNamespace: borderNamespace(policy, name),
    bordersMovedFrom: settings?.bordersMovedFrom,
    ...(member.spire === undefined ? {} : { spire: member.spire }),
    addressPort: member.addressPort,
  });
}

/** What a mesh whose borders move has deployed already, as it is told to go on meanwhile. */
function formerBorders(
  policy: AccessPolicy,
  meshes: Readonly<Record<string, PlannedMesh>>,
  crossings: readonly CrossCall[],
): PlannedBorder[] {
  return Object.entries(meshes).flatMap(([name, mesh]) => {
    const { bordersMovedFrom: from } = mesh;
    return from === undefined
      ? []
      : bordersFor(policy, { ...meshes, [name]: { ...mesh, borderNamespace: from } }, crossings)
          .filter((border) => border.mesh === name)
          // Other namespaces call the new ones already.
          .map((border) =>
            border.direction === 'out' ? { ...border, aliasNamespaces: [] } : border,
          );
  });
}

/**
 * Everything that is wrong with a policy by itself.
 *
 * @param gateways What is known about the ingress gateways of Consul meshes, by mesh. A border must not have
 * the name of one, nor use a port that the gateway needs for something else.
 */
export function policyProblems(
  policy: AccessPolicy,
  gateways: Readonly<Record<string, KnownGateway>> = {},
): Problem[] {
  return problemsOf(policy, resolvePolicy(policy), gateways);
}

function problemsOf(
  policy: AccessPolicy,
  { services, calls, problems }: ResolvedPolicy,
  gateways: Readonly<Record<string, KnownGateway>>,
): Problem[] {
  return [
    ...serviceProblems(policy, services),
    ...problems,
    ...ruleProblems(policy, calls),
    ...clashProblems(policy, services, calls, gateways),
    ...clusterProblems(policy, services),
    ...wayProblems(policy, services, calls),
  ];
}

function knownGateways(meshes: CompileProps['meshes']): Record<string, KnownGateway> {
  return Object.fromEntries(
    Object.entries(meshes).flatMap(([name, member]) => {
      const gateway = kindOf(member).knownGateway(member);
      return gateway === undefined ? [] : [[name, gateway]];
    }),
  );
}

/**
 * Ports that a Consul mesh's ingress gateway must open for the policy: `federationPorts` of
 * `ConsulMesh`.
 */
export function consulGatewayPorts(policy: AccessPolicy, mesh: string): number[] {
  const ports = resolvePolicy(policy)
    .calls.filter(isCrossing)
    .flatMap(({ caller, callee }) =>
      callee.mesh === mesh &&
      waysBetween(policy, caller.mesh, mesh).includes('gateway') &&
      kindOf(callee).entrance === 'port'
        ? gatewayPortsOf(caller)
        : [],
    );
  return [...new Set(ports)].sort((one, other) => one - other);
}

/**
 * The service accounts of a Consul mesh that the policy knows, with the namespaces in which each may be used:
 * `serviceAccounts` of `ConsulMesh`. Consul identifies a service by the name of its account alone, so an
 * account of the same name in another namespace would be the same service, or the same border.
 */
export function consulServiceAccounts(
  policy: AccessPolicy,
  mesh: string,
): Record<string, readonly string[]> {
  const { services, calls } = resolvePolicy(policy);
  const borders = borderNamespaces(policy, mesh);
  const accounts = calls
    .filter(isCrossing)
    .flatMap(({ caller, callee }) => [
      ...(callee.mesh === mesh ? [caller.standIn] : []),
      ...(caller.mesh === mesh && leavesBy(caller, 'border') ? [outboundName(callee)] : []),
    ]);
  return Object.fromEntries<readonly string[]>([
    ...[...services.values()]
      .filter((service) => service.mesh === mesh)
      .map(({ name, namespace }): [string, string[]] => [name, [namespace]]),
    ...accounts.map((name): [string, string[]] => [name, borders]),
  ]);
}
