import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'cdktf';
import { stringify } from 'yaml';
import { type ConfigInput, loadConfig } from '../../config';
import { memberOf } from '../../config/access-plan';
import { effectivePolicy } from '../../config/effective-policy';
import { placedMeshes } from '../../config/placed-meshes';
import { offerOf, offerText } from '../../constructs/federation/plan';
import { yamlMaps } from '../../constructs/kubernetes/yaml-file';
import { MeshCa } from '../../rehearsal/certificates';
import { Processes } from '../../rehearsal/processes';
import { addStacks } from '../../stacks';
import { checkTerraform, isMissing, missingText } from '../../support/programs/prerequisites';
import { isWithoutProviders } from '../../support/terraform/without-providers';
import { undeployed } from '../../support/settings/undeployed';
import type { Attempt } from '../admission';
import { accepted, ApiServer } from '../api-server';
import type { ControlPlaneBinaries } from '../binaries';
import { crds } from '../crds';
import { prepare } from '../objects';
import { type Ended, runTerraform, WITHOUT_PROVIDER } from '../terraform';
import { Controllers } from './controllers';

/*
 * Two organisations deploy their halves by settings, with the real Terraform and the real Kubernetes provider:
 * each with a state, a kubeconfig and a Kubernetes API server of its own. The server of the second is not even
 * there while the first deploys.
 */

type Owner = 'shop' | 'bank';
const OTHER = { shop: 'bank', bank: 'shop' } as const;
const CRDS = { shop: 'istio', bank: 'consul-k8s' } as const;
const KINDS = { shop: 'istio', bank: 'consul' } as const;

/** Lists of the resources of which Terraform waits until the mesh has taken them. */
const SYNCED: Readonly<Record<Owner, readonly string[]>> = {
  shop: [],
  bank: ['servicedefaults', 'serviceintentions', 'ingressgateways'].map(
    (resource) => `/apis/consul.hashicorp.com/v1alpha1/${resource}`,
  ),
};

const CLUSTER_ID = '11111111-2222-4333-8444-555555555555';

/** What is there before the federation comes. */
const NAMESPACES: Readonly<Record<Owner, readonly string[]>> = {
  shop: ['istio-system', 'istio-ingress', 'shop', 'federation-borders'],
  bank: ['consul', 'bank', 'federation-borders'],
};

function settings(owner: Owner, folder: string): ConfigInput {
  const other = OTHER[owner];
  const own = {
    kind: KINDS[owner],
    namespaces: [{ name: owner }],
    gateway: { address: `mesh.${owner}.example.com` },
    ...(owner === 'shop' ? { trustDomain: 'shop.example.com' } : { clusterId: CLUSTER_ID }),
  };
  return {
    state: { kind: 'local', directory: join(folder, 'state') },
    meshes: { [owner]: own, [other]: { kind: KINDS[other], partner: `${other}.offer.yaml` } },
    clusters: { [owner]: { kind: 'kubeconfig', path: 'kubeconfig', context: 'c' } },
    accessPolicy: {
      meshes: {
        shop: { kind: 'istio', services: { checkout: { namespace: 'shop' } } },
        bank: { kind: 'consul', services: { payments: { namespace: 'bank', port: 8080 } } },
      },
      rules: [
        {
          from: 'shop/checkout',
          to: 'bank/payments',
          allow: [{ methods: ['POST'], pathExact: '/payments' }],
        },
        { from: 'bank/payments', to: 'shop/checkout' },
      ],
    },
  };
}

/** One of the two: its folder, and its cluster as soon as it is there. */
class Organisation {
  private server: ApiServer | undefined;
  private controllers: Controllers | undefined;

  public constructor(
    public readonly name: Owner,
    private readonly folder: string,
    private readonly program: string,
    private readonly roots: string,
  ) {
    mkdirSync(folder);
    writeFileSync(join(folder, 'federation.yaml'), stringify(settings(name, folder)));
  }

  /** Writes an offer into the other's folder. */
  public offer(to: Organisation): void {
    const scratch = mkdtempSync(join(this.folder, 'undeployed-'));
    const { config } = loadConfig({
      env: {},
      folder: this.folder,
      undeployed: undeployed(scratch),
    });
    const [placed] = placedMeshes(config);
    if (placed === undefined) throw new Error(`${this.name} has no mesh`);
    const offer = offerOf({
      policy: effectivePolicy(config),
      mesh: this.name,
      member: memberOf(placed, config.aws.region),
      gateway: `mesh.${this.name}.example.com`,
      roots: this.roots,
    });
    writeFileSync(join(to.folder, `${this.name}.offer.yaml`), offerText(offer, 'yaml'));
  }

  /** Starts the cluster, with what the mesh brings. */
  public async start(binaries: ControlPlaneBinaries, processes: Processes): Promise<void> {
    const server = await ApiServer.start(this.name, binaries, processes, this.folder);
    this.server = server;
    writeFileSync(join(this.folder, 'kubeconfig'), server.kubeconfig, { mode: 0o600 });
    await prepare(server, NAMESPACES[this.name], crds(CRDS[this.name]));
    if (this.name === 'bank') {
      const metadata = { name: 'consul-ca-cert', namespace: 'consul' };
      const path = '/api/v1/namespaces/consul/secrets/consul-ca-cert';
      const secret = {
        ...{ apiVersion: 'v1', kind: 'Secret', metadata },
        stringData: { 'tls.crt': this.roots },
      };
      accepted(path, await server.apply(path, secret));
    }
    this.controllers = new Controllers(server, this.roots, SYNCED[this.name]);
  }

  public async end(): Promise<void> {
    await this.controllers?.end();
  }

  /** The stack of the half, as `cdktf synth` writes it. */
  public synthesise(): readonly string[] {
    const { config } = loadConfig({ env: {}, folder: this.folder });
    const app = new App({ outdir: join(this.folder, 'out') });
    addStacks(app, config);
    app.synth();
    return app.node.children.map(({ node }) => node.id);
  }

  public terraform(...args: readonly string[]): Promise<Ended> {
    return runTerraform(this.program, join(this.folder, 'out', 'stacks', 'federation'), args);
  }

  /** Names of the objects in the cluster that the federation has made. */
  public async objects(): Promise<string[]> {
    const lists = [
      '/apis/apps/v1/deployments',
      '/api/v1/configmaps',
      '/apis/batch/v1/cronjobs',
      this.name === 'shop'
        ? '/apis/security.istio.io/v1/authorizationpolicies'
        : '/apis/consul.hashicorp.com/v1alpha1/serviceintentions',
    ];
    const all = await Promise.all(
      lists.map(async (list) => {
        const found = yamlMaps((await this.server?.get(list))?.['items']);
        return found.map(({ metadata }) => {
          const { namespace, name } = metadata as Readonly<Record<string, string>>;
          return `${list} ${namespace ?? ''}/${name ?? ''}`;
        });
      }),
    );
    // Of Kubernetes itself.
    return all.flat().filter((name) => !/kube-root-ca|kube-system|cluster-info/.test(name));
  }
}

/** Deploys, deploys again, and destroys the one while the other stays. */
export async function checkHalves(
  binaries: ControlPlaneBinaries,
): Promise<readonly Attempt[] | { readonly skipped: string }> {
  const terraform = checkTerraform();
  if (isMissing(terraform)) return { skipped: missingText(terraform) };
  const folder = mkdtempSync(join(tmpdir(), 'mesh-halves-'));
  const processes = new Processes(folder);
  const [istio, consul] = await Promise.all([
    MeshCa.istio('shop.example.com'),
    MeshCa.consul(`${CLUSTER_ID}.consul`),
  ]);
  const shop = new Organisation('shop', join(folder, 'shop'), terraform.program, istio.bundle);
  const bank = new Organisation('bank', join(folder, 'bank'), terraform.program, consul.bundle);
  const attempts: Attempt[] = [];
  const tried = (owner: Organisation, what: string, passed: boolean, answer: string) =>
    attempts.push({ cluster: owner.name, what, expected: 'allowed', answer, passed });
  const run = async (owner: Organisation, what: string, ...args: readonly string[]) => {
    const { code, text } = await owner.terraform(...args);
    tried(owner, what, code === 0, code === 0 ? 'done' : text.slice(-2000));
    return code === 0;
  };
  const deploy = async (owner: Organisation) => {
    owner.synthesise();
    return (
      (await run(owner, 'has its providers', 'init', '-input=false')) &&
      (await run(owner, 'deploys its half', 'apply', '-auto-approve', '-input=false')) &&
      // 2 where there is something to do.
      (await run(owner, 'has nothing to do when it deploys again', 'plan', '-detailed-exitcode'))
    );
  };
  try {
    shop.offer(bank);
    bank.offer(shop);
    await shop.start(binaries, processes);
    shop.synthesise();
    const { text } = await shop.terraform('init', '-input=false');
    if (isWithoutProviders(text)) return WITHOUT_PROVIDER;
    if (!(await deploy(shop))) return attempts;
    await bank.start(binaries, processes);
    if (!(await deploy(bank))) return attempts;
    const before = await bank.objects();
    tried(bank, 'has objects of its half', before.length > 8, `${before.length} objects`);
    if (!(await run(shop, 'destroys its half', 'destroy', '-auto-approve'))) return attempts;
    const left = await shop.objects();
    tried(shop, 'has nothing left of it', left.length === 0, left.join(', '));
    const after = await bank.objects();
    tried(
      bank,
      'keeps its half when the other is destroyed',
      JSON.stringify(after) === JSON.stringify(before) &&
        (await run(bank, 'has nothing to do then', 'plan', '-detailed-exitcode')),
      `${after.length} of ${before.length} objects`,
    );
    return attempts;
  } finally {
    try {
      await Promise.all([shop.end(), bank.end()]);
    } finally {
      await processes.end();
    }
  }
}
