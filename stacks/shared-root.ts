import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { ConsulCertificateAuthority } from '../constructs/consul';
import { SharedRoot, type SharedRootMember } from '../constructs/federation';
import type { MeshMember } from '../constructs/federation/plan';
import type { IstioCertificateAuthority } from '../constructs/istio';

/** Settings of `SharedRootStack`. */
export interface SharedRootStackProps {
  readonly meshes: readonly { readonly name: string; readonly member: MeshMember }[];
}

/**
 * One root above all meshes, in place of one in each. Its private key and those of its intermediates are
 * in this stack's state.
 */
export class SharedRootStack extends TerraformStack {
  /** What each Istio mesh signs with, and what others verify its workloads by. */
  public readonly istio: ReadonlyMap<string, SharedRootMember<IstioCertificateAuthority>>;
  /** The same of each Consul mesh. */
  public readonly consul: ReadonlyMap<string, SharedRootMember<ConsulCertificateAuthority>>;

  public constructor(scope: Construct, id: string, { meshes }: SharedRootStackProps) {
    super(scope, id);
    const root = new SharedRoot(this, 'root');
    const istio = new Map<string, SharedRootMember<IstioCertificateAuthority>>();
    const consul = new Map<string, SharedRootMember<ConsulCertificateAuthority>>();
    for (const { name, member } of meshes) {
      const { trustDomain } = member.mesh;
      if (member.kind === 'istio') istio.set(name, root.istio(name, trustDomain));
      else if (member.kind === 'consul') consul.set(name, root.consul(name, trustDomain));
    }
    this.istio = istio;
    this.consul = consul;
  }

  /** PEM of the roots by which others verify the workloads of a mesh; public. */
  public rootsOf(mesh: string): string | undefined {
    return (this.istio.get(mesh) ?? this.consul.get(mesh))?.roots;
  }
}
