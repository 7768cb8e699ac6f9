import type { Construct } from 'constructs';
import { IstioMeshPolicy, type IstioMeshReference } from '../constructs/istio';
import { ClusterStack, type ClusterStackProps } from './cluster-stack';

/** Settings of `IstioWorkloadsStack`. */
export interface IstioWorkloadsStackProps extends ClusterStackProps {
  readonly mesh: IstioMeshReference;
}

/**
 * What runs in the Istio mesh: STRICT mutual TLS and default deny. A stack of its own, since a custom
 * resource is planned against the CRD that `istio-mesh` brings.
 */
export class IstioWorkloadsStack extends ClusterStack {
  public readonly policy: IstioMeshPolicy;

  public constructor(scope: Construct, id: string, props: IstioWorkloadsStackProps) {
    super(scope, id, props);
    this.policy = new IstioMeshPolicy(this, 'policy', { mesh: props.mesh });
  }
}
