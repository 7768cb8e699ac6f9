import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { ConsulCertificateAuthority } from '../constructs/consul';
import { SharedRoot } from '../constructs/federation';
import type { IstioCertificateAuthority } from '../constructs/istio';

/** What a mesh signs with, and what others verify its workloads by. */
export interface MeshAuthority<Authority> {
  readonly authority: Authority;
  /** PEM; public. */
  readonly roots: string;
}

/** Settings of `SharedRootStack`. */
export interface SharedRootStackProps {
  readonly istioTrustDomain: string;
  readonly consulTrustDomain: string;
}

/**
 * One root above both meshes, in place of one in each. Its private key and those of its intermediates are
 * in this stack's state.
 */
export class SharedRootStack extends TerraformStack {
  public readonly istio: MeshAuthority<IstioCertificateAuthority>;
  public readonly consul: MeshAuthority<ConsulCertificateAuthority>;

  public constructor(scope: Construct, id: string, props: SharedRootStackProps) {
    super(scope, id);
    const root = new SharedRoot(this, 'root');
    this.istio = root.istio('istio', props.istioTrustDomain);
    this.consul = root.consul('consul', props.consulTrustDomain);
  }
}
