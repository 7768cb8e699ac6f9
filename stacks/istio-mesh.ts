import type { Construct } from 'constructs';
import type { IstioMeshSettings } from '../config/meshes';
import { GeneratedRoot } from '../constructs/federation';
import { type IstioCertificateAuthority, IstioMesh } from '../constructs/istio';
import { MadeWith } from '../constructs/made-with';
import { KubernetesStack } from './kubernetes-stack';
import {
  addPrivateGateway,
  authorityOf,
  gatewayService,
  keepGateway,
  meshOutputs,
  type MeshStackProps,
} from './mesh-stack';

/** Settings of `IstioMeshStack`. */
export interface IstioMeshStackProps extends MeshStackProps<
  IstioMeshSettings,
  IstioCertificateAuthority
> {
  /**
   * Whether other meshes enter by the gateway. Then by which resources it leads on stays as it is.
   * @default false
   */
  readonly enteredByGateway?: boolean;
}

/** Istio by its charts, in a cluster that is there. */
export class IstioMeshStack extends KubernetesStack {
  public readonly mesh: IstioMesh;

  public constructor(scope: Construct, id: string, props: IstioMeshStackProps) {
    super(scope, id, props);
    const { settings } = props;
    if (props.enteredByGateway === true) this.refuseOtherRoutes(settings);
    this.mesh = new IstioMesh(this, 'istio', {
      ...settings,
      clusterDomain: props.clusterDomain,
      ipFamily: props.ipFamily,
      certificateAuthority: authorityOf(props, () => {
        const { trustDomain } = settings;
        return new GeneratedRoot(this, 'root', { trustDomain }).istio;
      }),
      workloadNamespaces: props.namespaces ?? settings.namespaces,
      gateway: { ...settings.gateway, ...gatewayService(props) },
      valuesFiles: settings.values,
    });
    keepGateway(this, props, this.mesh.gateway);
    meshOutputs(this, this.mesh.trustDomain, this.mesh.gateway);
    addPrivateGateway(this, props, {
      ...this.mesh.gateway,
      dependsOn: [this.mesh.releases.gateway.release],
    });
  }

  /** Between the one and the other no call would get through; both at once Envoy would not take. */
  private refuseOtherRoutes({ gateway: { kind } }: IstioMeshSettings): void {
    new MadeWith(this, 'entered_by', {
      what: 'The way into the mesh',
      settings: { 'gateway.kind': kind },
      because:
        'The routes of one kind would go before those of the other are there, and calls would fail meanwhile.',
      otherwise:
        'To change it, let others enter past the gateway meanwhile. In accessPolicy.meshes.<name> set in: service ' +
        'and inFrom: gateway, deploy; set the kind and take inFrom out, deploy; set in: gateway and inFrom: ' +
        'service, deploy; take both out, deploy.',
    });
  }
}
