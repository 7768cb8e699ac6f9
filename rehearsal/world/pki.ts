import { join } from 'node:path';
import type { AccessPlan } from '../../constructs/federation/plan';
import { consulSpiffeId } from '../../constructs/federation/plan/meshes/consul/identity';
import { istioSpiffeId } from '../../constructs/federation/plan/meshes/istio/identity';
import { type Leaf, MeshCa } from '../certificates';
import { BundleFile, CertificateFiles } from '../files';
import { CONSUL_TRUST_DOMAIN, ISTIO_TRUST_DOMAIN, MESHES, PLAN } from '../policy';

/** Which mesh a workload lives in. */
export type MeshName = 'istio' | 'consul';

/** A new CA, as the mesh makes it. */
export function newCa(mesh: MeshName): Promise<MeshCa> {
  return mesh === 'istio' ? MeshCa.istio(ISTIO_TRUST_DOMAIN) : MeshCa.consul(CONSUL_TRUST_DOMAIN);
}

function namespaceIn(plan: AccessPlan, account: string): string {
  const { gateway } = MESHES.istio.mesh;
  if (account === gateway.serviceAccount) return gateway.namespace;
  const border = plan.borders.find(
    ({ mesh, serviceAccount }) => mesh === 'istio' && serviceAccount === account,
  );
  return border?.namespace ?? 'default';
}

/** A mesh's CA with the certificates and roots that it has handed out. */
export class Pki {
  private readonly identities = new Map<string, CertificateFiles>();
  /** What this mesh's own proxies trust. */
  readonly ownRoots: BundleFile;
  /** What the other mesh was given. */
  readonly exported: BundleFile;

  constructor(
    readonly mesh: MeshName,
    public ca: MeshCa,
    private readonly folder: string,
  ) {
    this.ownRoots = new BundleFile(join(folder, mesh, 'own-roots'));
    this.exported = new BundleFile(join(folder, mesh, 'exported-roots'));
    this.ownRoots.write(ca.bundle);
    this.exported.write(ca.bundle);
  }

  /** Identity of a border or a service, by its account; of a stranger, beside the services. */
  spiffeId(workload: string): string {
    if (this.mesh === 'consul') return consulSpiffeId(MESHES.consul.mesh, workload);
    return istioSpiffeId(MESHES.istio.mesh, namespaceIn(PLAN, workload), workload);
  }

  /** The workload's certificate files; issued when first asked for. */
  async files(workload: string): Promise<CertificateFiles> {
    const known = this.identities.get(workload);
    if (known !== undefined) return known;
    const files = new CertificateFiles(join(this.folder, this.mesh, workload));
    this.identities.set(workload, files);
    await this.renew(workload);
    return files;
  }

  /** Issues a workload's certificate anew. */
  async renew(workload: string): Promise<void> {
    (await this.files(workload)).write(await this.ca.issue(this.spiffeId(workload)));
  }

  /**
   * Replaces the root and every certificate. This mesh's own proxies trust both roots meanwhile, as
   * both meshes see to; what the other mesh trusts meanwhile is what `overlap` is about.
   *
   * @param overlap whether the other mesh gets the new root before it is used, or only afterwards
   * @param settle called after each step
   */
  async rotateRoot(overlap: boolean, settle: () => Promise<void>): Promise<void> {
    const [old, next] = [this.ca, await newCa(this.mesh)];
    this.ownRoots.write(old.bundle + next.bundle);
    if (overlap) this.exported.write(old.bundle + next.bundle);
    await settle();
    this.ca = next;
    for (const workload of this.identities.keys()) await this.renew(workload);
    await settle();
    this.exported.write(next.bundle);
    await settle();
    this.ownRoots.write(next.bundle);
  }

  /** A certificate in the hands of an attacker who took over this workload. */
  steal(workload: string): Promise<Leaf> {
    return this.ca.issue(this.spiffeId(workload));
  }
}
