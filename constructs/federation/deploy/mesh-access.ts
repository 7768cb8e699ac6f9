import type { TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import { type Example, filled, refuseUnlike } from '../../example';
import { refuseObjectsMadeTwice } from '../../kubernetes/objects-once';
import { CustomResources } from './custom-resources';
import type { AccessPlan } from '../plan/plan';
import { accessResources } from '../plan/planned-resources';
import { PLAN_EXAMPLE } from '../plan/examples';

/** Settings of `MeshAccess`. */
export interface MeshAccessProps {
  /** The plan that the access policy compiles to. */
  readonly plan: AccessPlan;
  /** The policy's name for the mesh. */
  readonly mesh: string;
  /**
   * The Kubernetes provider of the mesh's cluster, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
}

const EXAMPLE: Example<MeshAccessProps> = { plan: PLAN_EXAMPLE, mesh: filled('bank') };

/**
 * Who may call the services of one mesh, by local and by foreign rules: AuthorizationPolicies in
 * Istio, ServiceDefaults and ServiceIntentions in Consul. In a stack of its own it stays when the
 * federation goes, and local calls go on; a foreign caller then has no border that could use its rule.
 *
 * Local and foreign rules are together since Consul takes one ServiceIntentions for a destination: a
 * second stack with the other half of it would be refused.
 *
 * It denies nobody by itself in a mesh that allows by default, save in front of the services that the
 * policy names: see `IstioMeshPolicy` and `ConsulMeshPolicy`.
 *
 * @example
 * {@includeCode ../../../examples/constructs.ts#MeshAccess}
 */
export class MeshAccess extends Construct {
  /** The policies on the services of the mesh, as resources. */
  public readonly customResources: CustomResources;

  public constructor(scope: Construct, id: string, props: MeshAccessProps) {
    super(scope, id);
    refuseUnlike(`MeshAccess ${this.node.path}`, props, EXAMPLE);
    const { plan, mesh, provider } = props;
    refuseObjectsMadeTwice(this);
    this.customResources = new CustomResources(this, 'resources', {
      resources: accessResources(plan).filter(
        (resource) => resource.mesh === mesh && resource.layer === 'mesh',
      ),
      provider,
      federation: plan.name,
    });
  }
}
