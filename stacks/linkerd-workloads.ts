import type { Construct } from 'constructs';
import { MeshAccess } from '../constructs/federation';
import type { ILinkerdMesh } from '../constructs/linkerd';
import { KubernetesStack } from './kubernetes-stack';
import type { WorkloadsStackProps } from './workloads-stack';

/**
 * Who may call the services of the Linkerd mesh. Everything else is denied by the mesh's own default. A stack
 * of its own, since a custom resource is planned against the CRD that `linkerd-mesh` brings.
 */
export class LinkerdWorkloadsStack extends KubernetesStack {
  public readonly access: MeshAccess;

  public constructor(scope: Construct, id: string, props: WorkloadsStackProps<ILinkerdMesh>) {
    super(scope, id, props, props);
    this.access = new MeshAccess(this, 'access', { plan: props.plan, mesh: props.meshName });
  }
}
