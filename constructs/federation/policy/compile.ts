import { type Problem, refuse } from '../../problems';
import { clashProblems, type KnownGateway } from './clash-problems';
import type { AccessPolicy, MeshMember } from './model';
import { type AccessPlan, JOBS_NAMESPACE, type PlannedMesh } from './plan';
import { borderNamespace, isCrossing, resolvePolicy } from './resolve';
import { ruleProblems } from './rule-problems';
import { serviceProblems } from './service-problems';
import { standInsFor } from './stand-ins';

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
      plannedMesh(member, borderNamespace(policy, name)),
    ]),
  );
  return {
    meshes: planned,
    services: [...services.values()],
    calls,
    standIns: standInsFor(planned, calls.filter(isCrossing)),
    jobsNamespace: jobsNamespace ?? JOBS_NAMESPACE,
  };
}

function plannedMesh(member: MeshMember, namespace: string): PlannedMesh {
  const { defaultDeny } = member;
  return member.kind === 'istio'
    ? { kind: 'istio', mesh: member.mesh, defaultDeny, borderNamespace: namespace }
    : { kind: 'consul', mesh: member.mesh, defaultDeny, borderNamespace: namespace };
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
      caller.kind === 'istio' && callee.mesh === mesh ? [caller.gatewayPort] : [],
    );
  return [...new Set(ports)].sort((one, other) => one - other);
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
  ];
}
