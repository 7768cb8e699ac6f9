import {
  type AccessPlan,
  type AccessPolicy,
  compilePolicy,
  type FederationResource,
  type MeshMember,
  type PlannedResource,
  plannedResources,
  policyProblems,
} from '../../../constructs/federation';
import { formatProblem } from '../../../constructs/problems';
import { consulMember, istioMember, linkerdMember } from '../../../support/policy/installed-meshes';

/** Installed meshes for those of a policy, each with a trust domain of its own. */
export function membersFor(policy: AccessPolicy): Record<string, MeshMember> {
  return Object.fromEntries(
    Object.entries(policy.meshes).map(([name, { kind }], index) => [
      name,
      kind === 'istio'
        ? istioMember(index === 0 ? 'cluster.local' : `${name}.example.com`)
        : kind === 'linkerd'
          ? linkerdMember(`${name}.example.com`)
          : denyingByItself(
              consulMember(
                `dc${index}`,
                `${String(index).repeat(8)}-2222-4333-8444-555555555555.consul`,
              ),
            ),
    ]),
  );
}

/** A Consul mesh of which it is known that it denies what no intention is about. */
function denyingByItself(member: MeshMember & { kind: 'consul' }): MeshMember {
  return { ...member, mesh: { ...member.mesh, defaultIntentionPolicy: 'deny' } };
}

/** The same, with API servers that pods of the others reach: all that a federation needs to be deployed. */
export function deployableMembersFor(policy: AccessPolicy) {
  return Object.fromEntries(
    Object.entries(membersFor(policy)).map(([name, member]) => [
      name,
      { ...member, apiServer: { address: 'https://api.example.com' } },
    ]),
  );
}

type Members = Readonly<Record<string, MeshMember>>;

function mapped(
  meshes: Members,
  change: (member: MeshMember, name: string) => MeshMember,
): Record<string, MeshMember> {
  return Object.fromEntries(
    Object.entries(meshes).map(([name, member]) => [name, change(member, name)]),
  );
}

/** The same meshes, with or without default deny. */
export function withDefaultDeny(meshes: Members, defaultDeny: boolean): Record<string, MeshMember> {
  return mapped(meshes, (member) => ({ ...member, defaultDeny }));
}

/** The same meshes, the borders of some with the identity of a SPIRE of their own. */
export function withSpire(meshes: Members, some: readonly string[]): Record<string, MeshMember> {
  return mapped(meshes, (member, name) =>
    some.includes(name)
      ? { ...member, spire: { trustDomain: `${name}.spire.example.org` } }
      : member,
  );
}

/** The same meshes, those of Consul without ACLs. */
export function withoutAcls(meshes: Members): Record<string, MeshMember> {
  return mapped(meshes, (member) =>
    member.kind === 'consul'
      ? { ...member, mesh: { ...member.mesh, acls: false, defaultIntentionPolicy: undefined } }
      : member,
  );
}

export function compile(policy: AccessPolicy, meshes: Members = membersFor(policy)): AccessPlan {
  return compilePolicy({ policy, meshes });
}

/** Address of a mesh's gateway, as the load balancer would give it. */
export function gatewayAddress(mesh: string): string {
  return `gateway.${mesh}.example.com`;
}

export function planned(plan: AccessPlan): PlannedResource[] {
  return plannedResources(plan, gatewayAddress);
}

/** The custom resources for one mesh, in their order. */
export function manifests(plan: AccessPlan, mesh: string): FederationResource[] {
  return planned(plan)
    .filter((resource) => resource.mesh === mesh)
    .map(({ manifest }) => manifest);
}

/** The Consul meshes with API gateways, perhaps beside the ingress gateways that they had. */
export function withApiGateways(meshes: Members, beside = false): Record<string, MeshMember> {
  return mapped(meshes, (member) =>
    member.kind === 'consul'
      ? {
          ...member,
          mesh: {
            ...member.mesh,
            gateway: { kind: 'api', name: 'api-gateway', serviceName: 'consul-api-gateway' },
            ...(beside && { besideGateway: member.mesh.gateway }),
          },
        }
      : member,
  );
}

/** The Istio meshes with ways in by the Gateway API. */
export function withTlsRoutes(meshes: Members): Record<string, MeshMember> {
  return mapped(meshes, (member) =>
    member.kind === 'istio'
      ? {
          ...member,
          mesh: { ...member.mesh, gateway: { ...member.mesh.gateway, kind: 'gateway-api' } },
        }
      : member,
  );
}

/** Linkerd has a kind that is called like one of Istio's, and so has the Gateway API. */
type InIstioOrConsul = Exclude<
  FederationResource,
  | { apiVersion: `policy.linkerd.io/${string}`; kind: 'AuthorizationPolicy' }
  | { apiVersion: `gateway.networking.k8s.io/${string}`; kind: 'Gateway' }
>;

/** Those of one kind. */
export function ofKind<Kind extends FederationResource['kind']>(
  resources: readonly FederationResource[],
  kind: Kind,
): Extract<InIstioOrConsul, { kind: Kind }>[] {
  return resources.filter(
    (resource): resource is Extract<InIstioOrConsul, { kind: Kind }> =>
      resource.kind === kind &&
      !(kind === 'AuthorizationPolicy' && resource.apiVersion.startsWith('policy.linkerd.io/')) &&
      !(kind === 'Gateway' && resource.apiVersion.startsWith('gateway.networking.k8s.io/')),
  );
}

/** What is wrong with a policy, as a user reads it. */
export function mistakes(policy: AccessPolicy): string[] {
  return policyProblems(policy).map(formatProblem);
}

/** An Istio and a Consul mesh with these services and rules, and the borders beside the services. */
export function pair(
  istio: (AccessPolicy['meshes'][string] & { kind: 'istio' })['services'],
  consul: (AccessPolicy['meshes'][string] & { kind: 'consul' })['services'],
  ...rules: AccessPolicy['rules']
): AccessPolicy {
  return {
    meshes: {
      istio: { kind: 'istio', borderNamespace: 'default', services: istio },
      consul: { kind: 'consul', borderNamespace: 'default', services: consul },
    },
    rules,
  };
}
