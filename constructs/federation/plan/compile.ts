import { type Problem, refuse } from '../../problems';
import { clashProblems, type KnownGateway } from './clash-problems';
import type { AccessPolicy, MeshMember } from './model';
import { type AccessPlan, JOBS_NAMESPACE, type PlannedMesh, type StandIn } from './plan';
import {
  borderNamespace,
  borderNamespaces,
  type CrossCall,
  gatewayPortsOf,
  isCrossing,
  pairs,
  resolvePolicy,
} from './resolve';
import { ruleProblems } from './rule-problems';
import { serviceProblems } from './service-problems';
import { outboundName, standInsFor } from './stand-ins';

/** Settings of `compilePolicy`. */
export interface CompileProps {
  /** Who may call what. */
  readonly policy: AccessPolicy;
  /** Every mesh of the policy as it is installed, by the policy's name for it. */
  readonly meshes: Readonly<Record<string, MeshMember>>;
  /**
   * Namespace of the jobs that exchange roots, in each cluster. It is made by the exchange.
   * @default 'mesh-federation'
   */
  readonly jobsNamespace?: string;
}

/**
 * Turns an access policy into a plan.
 *
 * @throws Error listing every mistake, each with its place in the policy.
 */
export function compilePolicy({ policy, meshes, jobsNamespace }: CompileProps): AccessPlan {
  refuse('The plan of the access policy', [
    ...policyProblems(policy, consulGateways(meshes)),
    ...memberProblems(policy, meshes),
  ]);
  const { services, calls } = resolvePolicy(policy);
  const planned = Object.fromEntries(
    Object.entries(meshes).map(([name, member]): [string, PlannedMesh] => [
      name,
      plannedMesh(name, member, policy),
    ]),
  );
  const crossings = calls.filter(isCrossing);
  return {
    meshes: planned,
    services: [...services.values()],
    calls,
    standIns: standInsFor(planned, crossings),
    formerStandIns: formerStandIns(planned, crossings),
    jobsNamespace: jobsNamespace ?? JOBS_NAMESPACE,
  };
}

/** Datacenters of one Consul share a trust domain, and each identity names its datacenter. */
function areDatacenters(one: MeshMember, two: MeshMember): boolean {
  return (
    one.kind === 'consul' && two.kind === 'consul' && one.mesh.datacenter !== two.mesh.datacenter
  );
}

function plannedMesh(name: string, member: MeshMember, policy: AccessPolicy): PlannedMesh {
  const { defaultDeny } = member;
  const settings = policy.meshes[name];
  const own = {
    defaultDeny,
    borderNamespace: borderNamespace(policy, name),
    bordersMovedFrom: settings?.bordersMovedFrom,
    gatewayListeners: (settings?.kind === 'consul' && settings.gatewayListeners) || 'create',
  } as const;
  return member.kind === 'istio'
    ? { kind: 'istio', mesh: member.mesh, ...own }
    : { kind: 'consul', mesh: member.mesh, ...own };
}

/** What a mesh whose borders move has deployed already, as it is told to go on meanwhile. */
function formerStandIns(
  meshes: Readonly<Record<string, PlannedMesh>>,
  crossings: readonly CrossCall[],
): StandIn[] {
  return Object.entries(meshes).flatMap(([name, mesh]) => {
    const { bordersMovedFrom: from } = mesh;
    return from === undefined
      ? []
      : standInsFor({ ...meshes, [name]: { ...mesh, borderNamespace: from } }, crossings)
          .filter((standIn) => standIn.mesh === name)
          // Other namespaces call the new ones already.
          .map((standIn) =>
            standIn.kind === 'consul-outbound' ? { ...standIn, aliasNamespaces: [] } : standIn,
          );
  });
}

/**
 * Everything that is wrong with a policy in itself.
 *
 * @param gateways What is known already of the ingress gateways of Consul meshes, by mesh: a stand-in
 * must not be called like one, nor enter by a port that it has for something else.
 */
export function policyProblems(
  policy: AccessPolicy,
  gateways: Readonly<Record<string, KnownGateway>> = {},
): Problem[] {
  const { services, calls, problems } = resolvePolicy(policy);
  return [
    ...serviceProblems(policy, services),
    ...problems,
    ...ruleProblems(policy, calls),
    ...clashProblems(policy, services, calls, gateways),
  ];
}

function consulGateways(meshes: CompileProps['meshes']): Record<string, KnownGateway> {
  return Object.fromEntries(
    Object.entries(meshes).flatMap(([name, member]) =>
      member.kind === 'consul' ? [[name, { name: member.mesh.gateway.name }]] : [],
    ),
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
      caller.kind === 'istio' && callee.mesh === mesh ? gatewayPortsOf(caller) : [],
    );
  return [...new Set(ports)].sort((one, other) => one - other);
}

/**
 * The service accounts of a Consul mesh that the policy knows, and where each may be: `serviceAccounts`
 * of `ConsulMesh`. An account is a service by its name alone, so that one of the same name in another
 * namespace would be the service, or the border, too.
 */
export function consulServiceAccounts(
  policy: AccessPolicy,
  mesh: string,
): Record<string, readonly string[]> {
  const { services, calls } = resolvePolicy(policy);
  const borders = borderNamespaces(policy, mesh);
  const standIns = calls
    .filter(isCrossing)
    .flatMap(({ caller, callee }) => [
      ...(callee.kind === 'consul' && callee.mesh === mesh ? [caller.standIn] : []),
      ...(caller.kind === 'consul' && caller.mesh === mesh ? [outboundName(callee)] : []),
    ]);
  return Object.fromEntries<readonly string[]>([
    ...[...services.values()]
      .filter((service) => service.mesh === mesh)
      .map(({ name, namespace }): [string, string[]] => [name, [namespace]]),
    ...standIns.map((name): [string, string[]] => [name, borders]),
  ]);
}

/** What is wrong between the policy and the meshes that it is meant for. */
function memberProblems(
  policy: AccessPolicy,
  meshes: Readonly<Record<string, MeshMember>>,
): Problem[] {
  return [
    ...Object.entries(policy.meshes).flatMap(([name, { kind }]): Problem[] => {
      const member = Object.hasOwn(meshes, name) ? meshes[name] : undefined;
      if (member === undefined) {
        return [
          {
            path: ['meshes', name],
            message: 'is in the policy, but no such mesh was given; pass it, or take it out',
          },
        ];
      }
      return member.kind === kind
        ? []
        : [
            {
              path: ['meshes', name, 'kind'],
              message: `is ${kind}, but the mesh given is ${member.kind}; change one of them`,
            },
          ];
    }),
    ...Object.keys(meshes)
      .filter((name) => !Object.hasOwn(policy.meshes, name))
      .map((name) => ({
        path: ['meshes'],
        message: `has no "${name}", but such a mesh was given; name it, or leave it out`,
      })),
    ...trustDomainProblems(meshes),
  ];
}

/**
 * A SPIFFE ID names a workload by its trust domain. With one domain for two meshes, a callee that is
 * told `spiffe://cluster.local/ns/default/sa/pay` does not know whose it is.
 */
function trustDomainProblems(meshes: Readonly<Record<string, MeshMember>>): Problem[] {
  return pairs(Object.entries(meshes)).flatMap(([[name, one], [other, two]]) =>
    one.mesh.trustDomain !== two.mesh.trustDomain ||
    areDatacenters(one, two) ||
    (one.sharedTrustDomain === true && two.sharedTrustDomain === true)
      ? []
      : [
          {
            path: ['meshes', other],
            message:
              `has the trust domain ${two.mesh.trustDomain}, which ${name} has too, so identities of ` +
              'the two could not be told apart; give one of the meshes another trust domain, or set ' +
              'sharedTrustDomain: true for both if you know what follows',
          },
        ],
  );
}
