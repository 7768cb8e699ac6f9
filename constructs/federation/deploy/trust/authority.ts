import { CertRequest } from '@cdktf/provider-tls/lib/cert-request';
import { LocallySignedCert } from '@cdktf/provider-tls/lib/locally-signed-cert';
import { PrivateKey } from '@cdktf/provider-tls/lib/private-key';
import { TlsProvider } from '@cdktf/provider-tls/lib/provider';
import { SelfSignedCert } from '@cdktf/provider-tls/lib/self-signed-cert';
import { TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { type Example, refuseUnlike, unlikeProblems } from '../../../example';
import type { ConsulCertificateAuthority } from '../../../consul';
import type { IstioCertificateAuthority } from '../../../istio';
import { refuse } from '../../../problems';
import { trustDomainProblems } from '../../../trust-domain';

/*
 * Certificate authorities that Terraform makes, in place of those that the meshes make for themselves.
 *
 * THEIR PRIVATE KEYS ARE IN TERRAFORM'S STATE. Who can read the state can sign any identity of the
 * mesh: keep it encrypted, and let few read it. The default is another one: each mesh makes its own
 * root, and its key never leaves the cluster.
 */

/** Ten years, as both meshes' own roots have. */
const HOURS = 10 * 365 * 24;

const AUTHORITY = {
  allowedUses: ['cert_signing', 'crl_signing'],
  isCaCertificate: true,
  setSubjectKeyId: true,
  validityPeriodHours: HOURS,
};

/** Settings of `GeneratedRoot`. */
export interface GeneratedRootProps {
  /** SPIFFE trust domain of the mesh. The certificate names it. */
  readonly trustDomain: string;
}

const EXAMPLE: Example<GeneratedRootProps> = { trustDomain: 'shop.example.com' };

/**
 * A root for one mesh that signs its workloads. **Its private key is in Terraform's state.**
 *
 * For a mesh that must have the same root wherever it is made again, or that nobody can read the roots
 * from. A mesh takes it when it is made; to change it later is a rotation by the mesh's own means.
 *
 * @throws Error when the trust domain cannot be one.
 *
 * @example
 * {@includeCode ../../../../examples/constructs.ts#GeneratedRoot}
 */
export class GeneratedRoot extends Construct {
  /** PEM of the root: public. */
  public readonly certificate: string;
  /** What `IstioMesh` takes as its `certificateAuthority`. */
  public readonly istio: IstioCertificateAuthority;
  /** What `ConsulMesh` takes as its `certificateAuthority`. */
  public readonly consul: ConsulCertificateAuthority;

  public constructor(scope: Construct, id: string, props: GeneratedRootProps) {
    super(scope, id);
    refuseUnlike(`GeneratedRoot ${this.node.path}`, props, EXAMPLE);
    const { trustDomain } = props;
    refuse(`GeneratedRoot ${this.node.path}`, trustDomainProblems(['trustDomain'], trustDomain));
    ensureProvider(this);
    const key = newKey(this);
    const { certPem: certificate } = new SelfSignedCert(this, 'certificate', {
      ...AUTHORITY,
      privateKeyPem: key.privateKeyPem,
      subject: [{ commonName: `${trustDomain} root` }],
      uris: [`spiffe://${trustDomain}`],
    });
    this.certificate = certificate;
    const privateKey = key.privateKeyPem;
    this.istio = { certificate, privateKey, chain: certificate, root: certificate };
    this.consul = { certificate, privateKey };
  }
}

/** What a mesh below a shared root is given, and what others trust of it. */
export interface SharedRootMember<Authority> {
  /** What the mesh's own construct takes as `authority`. */
  readonly authority: Authority;
  /** PEM by which others verify its workloads: public. */
  readonly roots: string;
}

/**
 * One root above several meshes, and an intermediate for each. **All of their private keys are in
 * Terraform's state.**
 *
 * It makes one security domain of them: each intermediate can sign the identities of the others, since
 * certificates of the `tls` provider cannot be limited to a name. Borders still admit the SPIFFE IDs of
 * their crossings only. Take it where all meshes are yours.
 *
 * @example
 * {@includeCode ../../../../examples/constructs.ts#SharedRoot}
 */
export class SharedRoot extends Construct {
  /** PEM of the root: public. */
  public readonly certificate: string;
  private readonly key: PrivateKey;

  public constructor(scope: Construct, id: string) {
    super(scope, id);
    ensureProvider(this);
    this.key = newKey(this);
    this.certificate = new SelfSignedCert(this, 'certificate', {
      ...AUTHORITY,
      privateKeyPem: this.key.privateKeyPem,
      subject: [{ commonName: 'mesh-federation root' }],
    }).certPem;
  }

  /** The authority of an Istio mesh, and the roots by which others verify its workloads. */
  public istio(id: string, trustDomain: string): SharedRootMember<IstioCertificateAuthority> {
    const { certificate, privateKey } = this.intermediate(id, trustDomain);
    const authority: IstioCertificateAuthority = {
      certificate,
      privateKey,
      chain: certificate,
      root: this.certificate,
    };
    // A workload shows the intermediate with its certificate.
    return { authority, roots: this.certificate };
  }

  /**
   * The authority of a Consul mesh, and the roots by which others verify its workloads.
   *
   * Consul signs with the first certificate of its root and shows a workload's certificate alone. So
   * whoever verifies it needs both: Consul's own sidecars, which get its whole root, and the others.
   *
   * @see https://github.com/hashicorp/consul/blob/v1.22.7/agent/connect/ca/provider_consul.go
   */
  public consul(id: string, trustDomain: string): SharedRootMember<ConsulCertificateAuthority> {
    const { certificate, privateKey } = this.intermediate(id, trustDomain);
    const roots = `${certificate}${this.certificate}`;
    const authority: ConsulCertificateAuthority = { certificate: roots, privateKey };
    return { authority, roots };
  }

  private intermediate(id: string, trustDomain: string) {
    refuse(`The authority ${id}`, unlikeProblems(['trustDomain'], trustDomain, 'shop.example.com'));
    refuse(`The authority ${id}`, trustDomainProblems(['trustDomain'], trustDomain));
    const scope = new Construct(this, id);
    const { privateKeyPem: privateKey } = newKey(scope);
    const request = new CertRequest(scope, 'request', {
      privateKeyPem: privateKey,
      subject: [{ commonName: `${trustDomain} intermediate` }],
      uris: [`spiffe://${trustDomain}`],
    });
    const { certPem: certificate } = new LocallySignedCert(scope, 'certificate', {
      ...AUTHORITY,
      certRequestPem: request.certRequestPem,
      caCertPem: this.certificate,
      caPrivateKeyPem: this.key.privateKeyPem,
    });
    return { certificate, privateKey };
  }
}

function newKey(scope: Construct): PrivateKey {
  return new PrivateKey(scope, 'key', { algorithm: 'ECDSA', ecdsaCurve: 'P256' });
}

/** The provider has no settings, so the first that needs it adds it. */
function ensureProvider(scope: Construct): void {
  const stack = TerraformStack.of(scope);
  if (!stack.node.children.some((child) => child instanceof TlsProvider)) {
    new TlsProvider(stack, 'tls');
  }
}
