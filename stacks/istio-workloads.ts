import type { Construct } from 'constructs';
import { IstioMeshPolicy, type IstioMeshReference } from '../constructs/istio';
import { type AccessPlan, MeshAccess } from '../constructs/federation/policy';
import { ClusterStack, type ClusterStackProps } from './cluster-stack';

/** Settings of `IstioWorkloadsStack`. */
export interface IstioWorkloadsStackProps extends ClusterStackProps {
  readonly mesh: IstioMeshReference;
  /** Who may call what. Its name for the mesh is `istio`. */
  readonly plan: AccessPlan;
}

/**
 * What runs in the Istio mesh: STRICT mutual TLS and default deny. A stack of its own, since a custom
 * resource is planned against the CRD that `istio-mesh` brings.
 */
export class IstioWorkloadsStack extends ClusterStack {
  public readonly policy: IstioMeshPolicy;
  public readonly access: MeshAccess;

  public constructor(scope: Construct, id: string, props: IstioWorkloadsStackProps) {
    super(scope, id, props);
    this.policy = new IstioMeshPolicy(this, 'policy', { mesh: props.mesh });
    this.access = new MeshAccess(this, 'access', { plan: props.plan, mesh: 'istio' });
  }
}
