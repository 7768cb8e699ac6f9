import type { Construct } from 'constructs';
import type { IstioMeshSettings } from '../config/meshes';
import { GeneratedRoot } from '../constructs/federation';
import { type IstioCertificateAuthority, IstioMesh } from '../constructs/istio';
import { KubernetesStack } from './kubernetes-stack';
import {
  addPrivateGateway,
  authorityOf,
  gatewayService,
  meshOutputs,
  type MeshStackProps,
} from './mesh-stack';

/** Settings of `IstioMeshStack`. */
export type IstioMeshStackProps = MeshStackProps<IstioMeshSettings, IstioCertificateAuthority>;

/** Istio by its charts, in a cluster that is there. */
export class IstioMeshStack extends KubernetesStack {
  public readonly mesh: IstioMesh;

  public constructor(scope: Construct, id: string, props: IstioMeshStackProps) {
    super(scope, id, props);
    const { settings } = props;
    this.mesh = new IstioMesh(this, 'istio', {
      ...settings,
      clusterDomain: props.clusterDomain,
      certificateAuthority: authorityOf(props, () => {
        const { trustDomain } = settings;
        return new GeneratedRoot(this, 'root', { trustDomain }).istio;
      }),
      workloadNamespaces: props.namespaces ?? settings.namespaces,
      gateway: { ...settings.gateway, ...gatewayService(props) },
      valuesFiles: settings.values,
    });
    meshOutputs(this, props, this.mesh.trustDomain, this.mesh.gateway);
    addPrivateGateway(this, props, {
      ...this.mesh.gateway,
      dependsOn: [this.mesh.releases.gateway.release],
    });
  }
}
