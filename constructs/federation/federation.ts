import type { TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import { CustomResources } from './custom-resources';
import { plannedResources } from './planned-resources';
import { compilePolicy } from './policy/compile';
import type { AccessPolicy, MeshMember } from './policy/model';
import type { AccessPlan } from './policy/plan';
import { isCrossing } from './policy/resolve';
import { GatewayAddress } from './routing/gateway-address';

/** A mesh that takes part, and how to reach it. */
export type FederatedMesh = MeshMember & {
  /**
   * The Kubernetes provider of its cluster, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
  /**
   * Host name or IP address by which the other meshes reach its gateway.
   * @default that of the load balancer of the gateway's Service
   */
  readonly gatewayAddress?: string;
};

/** Settings of `Federation`. */
export interface FederationProps {
  readonly policy: AccessPolicy;
  /** Two or more, by the policy's names for them. */
  readonly meshes: Readonly<Record<string, FederatedMesh>>;
  /**
   * Whether the policies on the meshes' own services are part of it, or made by `MeshAccess`, perhaps
   * in a stack that stays when the federation goes.
   * @default 'included'
   */
  readonly ownServices?: 'included' | 'separate';
}

/**
 * Lets services of Istio and Consul meshes call each other as one access policy says, across different
 * roots of trust, and nothing else.
 *
 * The CRDs of both meshes must be in the clusters when the stack is planned.
 *
 * @throws Error listing every mistake in the policy.
 */
export class Federation extends Construct {
  public readonly plan: AccessPlan;
  /** Addresses of the gateways that somebody enters by, by mesh. */
  public readonly gatewayAddresses: ReadonlyMap<string, string>;
  /** By mesh. */
  public readonly customResources: ReadonlyMap<string, CustomResources>;

  public constructor(scope: Construct, id: string, props: FederationProps) {
    super(scope, id);
    const { policy, meshes } = props;
    this.plan = compilePolicy({ policy, meshes });
    const sides = Object.entries(meshes).map(([name, mesh]) => ({
      name,
      mesh,
      scope: new Construct(this, name),
    }));

    const entered = new Set(this.plan.calls.filter(isCrossing).map(({ callee }) => callee.mesh));
    this.gatewayAddresses = new Map(
      sides
        .filter(({ name }) => entered.has(name))
        .map(({ name, mesh, scope }) => [name, mesh.gatewayAddress ?? loadBalancer(scope, mesh)]),
    );

    const resources = plannedResources(this.plan, (mesh) => this.gatewayAddressOf(mesh));
    const separate = props.ownServices === 'separate';
    this.customResources = new Map(
      sides.map(({ name, mesh, scope }) => [
        name,
        new CustomResources(scope, 'resources', {
          resources: resources.filter(
            (resource) => resource.mesh === name && !(separate && resource.layer === 'mesh'),
          ),
          provider: mesh.provider,
        }),
      ]),
    );
  }

  /** Address of a mesh's gateway; a token unless it was given. */
  public gatewayAddressOf(mesh: string): string {
    const address = this.gatewayAddresses.get(mesh);
    if (address === undefined) {
      throw new Error(`${this.node.path}: no rule leads into ${mesh}`);
    }
    return address;
  }
}

function loadBalancer(scope: Construct, member: FederatedMesh): string {
  const { mesh, provider } = member;
  const namespace = member.kind === 'istio' ? member.mesh.gateway.namespace : member.mesh.namespace;
  return new GatewayAddress(scope, 'gateway-address', {
    namespace,
    serviceName: mesh.gateway.serviceName,
    provider,
  }).address;
}
