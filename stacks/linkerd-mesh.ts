import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import type { LinkerdMeshSettings } from '../config/meshes';
import { LinkerdAuthority } from '../constructs/federation';
import { LinkerdMesh } from '../constructs/linkerd';
import { MadeWith } from '../constructs/made-with';
import { KubernetesStack } from './kubernetes-stack';
import type { MeshStackProps } from './mesh-stack';

/** Settings of `LinkerdMeshStack`. */
export interface LinkerdMeshStackProps extends Omit<
  MeshStackProps<LinkerdMeshSettings, never>,
  'authority' | 'exposed' | 'privateGateway'
> {
  /**
   * Image of the job that makes trust anchor and issuer.
   * @default NODE_IMAGE
   */
  readonly image?: string;
}

/** Linkerd by its charts, in a cluster that is there. The federation makes what others enter it by. */
export class LinkerdMeshStack extends KubernetesStack {
  public readonly mesh: LinkerdMesh;

  public constructor(scope: Construct, id: string, props: LinkerdMeshStackProps) {
    super(scope, id, props);
    const { settings } = props;
    const { trustDomain } = settings;
    const authority =
      settings.authority === 'own'
        ? new LinkerdAuthority(this, 'authority', { trustDomain, image: props.image })
        : undefined;
    new MadeWith(this, 'made_with', {
      what: 'The Linkerd mesh',
      settings: { authority: settings.authority },
      because:
        'With own the namespace of the control plane, trust anchor and issuer are made here, and would go with it.',
      otherwise: 'For another authority, destroy the mesh with what runs in it, and deploy again.',
    });
    this.mesh = new LinkerdMesh(this, 'linkerd', {
      ...settings,
      clusterDomain: props.clusterDomain,
      workloadNamespaces: props.namespaces ?? settings.namespaces,
      valuesFiles: settings.values,
      dependsOn: authority?.ready,
    });
    new TerraformOutput(this, 'trust_domain', { value: trustDomain });
  }
}
