import { mkdtempSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import {
  connect as connectTo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Testing, type TerraformStack } from 'cdktf';
import { type ConfigInput, defineConfig } from '../../config';
import {
  type AccessPlan,
  callerPodAnnotations,
  foreignBundle,
  type PlannedBorder,
  type PlannedResource,
  plannedResources,
} from '../../constructs/federation/plan';
import {
  configurationFiles,
  inboundBorderEnvoy,
  outboundBorderEnvoy,
  type BorderPlacement,
  entranceOf,
} from '../../constructs/federation/plan/internal';
import { textIn, type YamlMap, yamlMap, yamlMaps } from '../../constructs/kubernetes/yaml-file';
import { MeshCa } from '../../rehearsal/certificates';
import { get } from '../../rehearsal/clients';
import { Envoy } from '../../rehearsal/envoy';
import { BundleFile, CertificateFiles } from '../../rehearsal/files';
import { freePorts } from '../../rehearsal/ports';
import { Processes } from '../../rehearsal/processes';
import type { LoggedContainer, Ref } from '../../support/cluster/cluster';
import { type Deployed, rootNamespaceOf, type WantedObject } from '../../support/doctor/deployed';
import { kindOf } from '../../support/doctor/kinds';
import { configured } from '../../support/doctor/load';
import { UNKNOWN } from '../../support/objects/expressions';
import { kindSchema, type Manifest } from '../../support/objects/kinds';
import { sources } from '../../support/objects/sources';
import { typedKind, typedManifest } from '../../support/objects/typed-resources';
import { ApiServer } from '../api-server';
import type { ControlPlaneBinaries } from '../binaries';
import { crds, linkerdCrds } from '../crds';
import { servedWith } from '../objects';
import { Clusters } from './clusters';
import { Logged, opener, readLog } from './doubles';
import {
  CONTROL_PLANES,
  gatewayName,
  gatewayPort,
  isMesh,
  LINKERD_TRUST_DOMAIN,
  LOOPBACK,
  type Mesh,
  type Place,
  PLACE,
  PLACES,
} from './meshes';
import { endpoints, runningPod, token } from './objects';

/** Types whose objects the doctor reads. Others would only take time. */
const MADE =
  /^kubernetes_(config_map|deployment|service|service_account|network_policy|pod_disruption_budget|cron_job)_v1$/;

/** Settings of the pair, which others are added to. */
const PAIR: ConfigInput = {
  eks: { endpoint: { publicCidrs: ['192.0.2.0/24'] } },
  clusters: { istio: { name: 'mesh-istio' }, consul: { name: 'mesh-consul' } },
};

/** What the doctor must know of settings; every gateway admits this machine. */
function settingsOf(input: ConfigInput): Omit<Deployed, 'clusters'> {
  const { gateways = {}, ...settings } = configured(defineConfig({ ...PAIR, ...input }).config);
  const open = Object.entries(gateways).flatMap(([mesh, one]) =>
    one === undefined ? [] : [[mesh, { ...one, closed: false, private: false }] as const],
  );
  return { ...settings, gateways: Object.fromEntries(open) };
}

/**
 * The default pair as it is when it works: both clusters' objects in real API servers, and the borders as
 * real Envoys. No kubelet runs, so Pods are objects whose state is written by hand, and a port-forward
 * leads to the Envoy that stands for the pod; nor does a mesh's control plane, so that nobody but a fault
 * writes into the status of its resources. The gateways, which only pass TLS on, are left out: a name
 * leads to the border itself.
 */
export class World extends Clusters {
  private readonly names = new Map<string, string | undefined>();
  /** Ports of the borders that lead out, for their sidecars. */
  private readonly listening = new Map<string, number>();
  /** By `namespace/name`, the borders that run. */
  private readonly running = new Set<string>();

  private constructor(
    private current: Deployed,
    servers: Clusters['servers'],
    kinds: Clusters['kinds'],
    private readonly processes: Processes,
    public readonly cas: Readonly<Record<Mesh, MeshCa>>,
    /** By `namespace/name` of a border, the port of its Envoy's admin interface. */
    private readonly admins: Map<string, number>,
    private readonly envoy: string,
    private readonly folder: string,
  ) {
    super(servers, kinds);
    for (const [mesh, address] of Object.entries(LOOPBACK)) {
      this.names.set(gatewayName(mesh), address);
    }
  }

  public static async start(binaries: ControlPlaneBinaries, envoy: string): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'mesh-doctor-'));
    const processes = new Processes(folder);
    try {
      const settings = settingsOf({});
      const [istio, consul, istioCa, consulCa, linkerdCa] = await Promise.all([
        ApiServer.start('doctor-istio', binaries, processes, folder),
        ApiServer.start('doctor-consul', binaries, processes, folder),
        MeshCa.istio(settings.plan.meshes['istio']?.mesh.trustDomain),
        MeshCa.consul(settings.plan.meshes['consul']?.mesh.trustDomain ?? ''),
        MeshCa.linkerd(LINKERD_TRUST_DOMAIN),
      ]);
      const servers = { istio, consul };
      const kinds = {
        istio: await servedWith(istio, [...crds('istio'), ...linkerdCrds()]),
        consul: await servedWith(consul, crds('consul-k8s')),
      };
      const admins = new Map<string, number>();
      const cas = { istio: istioCa, consul: consulCa, linkerd: linkerdCa };
      const forward = opener(admins);
      const logs = (container: LoggedContainer) => readLog(processes, container);
      const { KubeConfig } = await import('@kubernetes/client-node');
      const cluster = (mesh: Mesh) => {
        const kubeconfig = new KubeConfig();
        kubeconfig.loadFromString(servers[PLACE[mesh]].kubeconfig);
        return new Logged(kubeconfig, `kubectl --context mesh-${mesh}`, forward, logs);
      };
      const world: World = new World(
        {
          ...settings,
          clusters: {
            istio: cluster('istio'),
            consul: cluster('consul'),
            linkerd: cluster('linkerd'),
          },
          lookup: (hostname, options, callback) => {
            const address = world.names.get(hostname);
            if (address === undefined) {
              const error: NodeJS.ErrnoException = new Error(`getaddrinfo ENOTFOUND ${hostname}`);
              error.code = 'ENOTFOUND';
              callback(error, '', 4);
            } else if (options.all === true) callback(null, [{ address, family: 4 }]);
            else callback(null, address, 4);
          },
        },
        servers,
        kinds,
        processes,
        cas,
        admins,
        envoy,
        folder,
      );
      await world.fill();
      await world.startBorders();
      return world;
    } catch (error) {
      await processes.end();
      throw error;
    }
  }

  /** What the doctor is asked about. */
  public get deployed(): Deployed {
    return this.current;
  }

  public get plan(): AccessPlan {
    return this.current.plan;
  }

  public end(): Promise<void> {
    return this.processes.end();
  }

  /**
   * As a deploy with other settings would leave it, until the world is mended. What only the former ones had
   * stays, as nobody asks for it.
   *
   * @param addresses By which callers reach the gateways.
   */
  public async deploy(input: ConfigInput, addresses: (mesh: string) => string): Promise<void> {
    const before = this.current;
    this.undo.push(() => Promise.resolve((this.current = before)));
    this.current = { ...before, ...settingsOf(input) };
    for (const mesh of this.meshes) {
      await this.fillFederation(mesh, addresses);
      await this.fillServices(mesh);
      await this.fillRoots(mesh);
    }
    await this.startBorders();
  }

  /** The meshes that are federated now. */
  private get meshes(): readonly Mesh[] {
    return Object.keys(this.plan.meshes).filter(isMesh);
  }

  private foreignOf(mesh: Mesh): Mesh {
    return this.meshes.find((one) => one !== mesh) ?? mesh;
  }

  // ------------------------------------------------------------------------------------- to break things

  /** Sends a request by a border that leads out, as its sidecar would; the status of the answer. */
  public async send(
    border: string,
    caller: string,
    request: { readonly method: string; readonly path: string; readonly id: string },
  ): Promise<number> {
    const port = this.listening.get(border) ?? 0;
    const headers = {
      'x-request-id': request.id,
      'x-forwarded-client-cert': `By=spiffe://mesh/border;URI=${caller}`,
    };
    return new Promise((resolve, reject) => {
      httpRequest({ port, host: '127.0.0.1', method: request.method, path: request.path, headers })
        .on('response', (answer) => {
          answer.resume();
          answer.on('end', () => resolve(answer.statusCode ?? 0));
        })
        .on('error', reject)
        .end();
    });
  }

  /** The intentions of a Consul service, as they are planned. */
  public intentionsOf(service: string): Ref {
    return this.planned(
      ({ manifest }) =>
        manifest.kind === 'ServiceIntentions' && manifest.spec.destination.name === service,
    );
  }

  /** A resource of the plan. */
  public planned(isIt: (resource: PlannedResource) => boolean): Ref {
    const planned = plannedResources(this.plan, gatewayName).find(isIt);
    if (planned === undefined) throw new Error(`the plan has no such resource: ${isIt.toString()}`);
    const { apiVersion, kind, metadata } = planned.manifest;
    return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
  }

  /** Admin port of another border than this one: always of the same one, whichever started first. */
  public otherAdmin(name: string): number {
    const [, port] = [...this.admins].sort().find(([key]) => !key.includes(name)) ?? [];
    if (port === undefined) throw new Error('there is no other border');
    return port;
  }

  /** What a border's own word would be in time, until the world is mended. */
  public async serveCerts(pod: string, state: 'ending' | 'expired' | 'old-roots'): Promise<void> {
    const real = await get(this.admins.get(pod) ?? 0, '/certs');
    const hours = (count: number) => new Date(Date.now() + count * 3600_000).toISOString();
    const { certificates } = JSON.parse(real.body) as { certificates: YamlMap[] };
    const leaf = { ending: [-23, 1], expired: [-24, -1], 'old-roots': [-1, 23] }[state];
    const answer = JSON.stringify({
      certificates: certificates.map((one) => ({
        ca_cert: yamlMaps(one['ca_cert']).map((ca) =>
          state === 'old-roots' ? { ...ca, serial_number: 'abcdef' } : ca,
        ),
        cert_chain: yamlMaps(one['cert_chain']).map((own) => ({
          ...own,
          valid_from: hours(leaf[0] ?? 0),
          expiration_time: hours(leaf[1] ?? 0),
        })),
      })),
    });
    const server = createServer((_, response) => response.end(answer));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    this.undo.push(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    this.forward(pod, typeof address === 'object' ? (address?.port ?? 0) : 0);
  }

  /** What a stack of Terraform makes, of Kubernetes' own kinds; it stays. */
  public async addStack(mesh: Mesh, stack: TerraformStack): Promise<void> {
    for (const { content } of sources(JSON.parse(Testing.synth(stack)) as YamlMap)) {
      if (content.kind === 'typed' && MADE.test(content.type)) {
        await this.makeWanted(mesh, content, UNKNOWN);
      }
    }
  }

  /** Where a gateway's name leads, until the world is mended. */
  public redirect(mesh: Mesh, address: string | undefined): void {
    this.name(gatewayName(mesh), address);
  }

  /** Where a name leads, until the world is mended. */
  public name(name: string, address: string | undefined): void {
    const before = this.names.get(name);
    this.names.set(name, address);
    this.undo.push(() => Promise.resolve(this.names.set(name, before)));
  }

  /** A port that leads to another one, as that of a load balancer does, until the world is mended. */
  public async balance(host: string, port: number, to: number): Promise<void> {
    const server = createTcpServer((socket) => {
      const onward = connectTo(to, host);
      const end = () => [socket, onward].forEach((one) => one.destroy());
      socket.on('error', end).on('close', end).pipe(onward);
      onward.on('error', end).on('close', end).pipe(socket);
    });
    await this.listen(server, host, port);
  }

  /** A server in the place of a gateway, until the world is mended. */
  public async impersonate(mesh: Mesh, server: Server, port: number): Promise<void> {
    await this.listen(server, '127.0.0.31', port);
    this.redirect(mesh, '127.0.0.31');
  }

  private async listen(server: Server, host: string, port: number): Promise<void> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(port, host, resolve));
    this.undo.push(async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    });
  }

  /** A port of a pod leads elsewhere, until the world is mended. */
  public forward(pod: string, port: number): void {
    const before = this.admins.get(pod);
    this.admins.set(pod, port);
    this.undo.push(() =>
      Promise.resolve(
        before === undefined ? this.admins.delete(pod) : this.admins.set(pod, before),
      ),
    );
  }

  // ------------------------------------------------------------------------------------- to set it up

  private async fill(): Promise<void> {
    await Promise.all(
      PLACES.map(async (mesh) => {
        const namespaces = new Set([
          'weather',
          'shop',
          'federation-borders',
          this.plan.jobsNamespace,
          ...(mesh === 'istio' ? ['istio-system', 'istio-ingress', 'linkerd'] : ['consul']),
        ]);
        for (const name of namespaces) {
          await this.make(mesh, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
        }
        await this.fillFederation(mesh, gatewayName);
        await this.fillControlPlanes(mesh);
        await this.fillGateway(mesh);
        await this.fillServices(mesh);
        await this.fillRoots(mesh);
      }),
    );
  }

  /** What the stack of the federation, and those of the workloads, make in a cluster. */
  private async fillFederation(mesh: Mesh, addresses: (mesh: string) => string): Promise<void> {
    const own = this.current.wanted.filter(({ mesh: of }) => of === mesh);
    // An account must be there before a pod that runs with it.
    const accounts = own.filter(({ type }) => type === 'kubernetes_service_account_v1');
    for (const wanted of [...accounts, ...own.filter((one) => !accounts.includes(one))]) {
      if (
        MADE.test(wanted.type) &&
        !/^federation-roots|^roots-|^sync-/.test(configMapName(wanted))
      ) {
        await this.makeWanted(mesh, wanted, addresses(this.foreignOf(mesh)));
      }
    }
    const { gateways = {} } = this.current;
    const called = (to: string) => {
      const { by, hosts } = gateways[to] ?? { by: '', hosts: [] };
      return by === 'given' ? hosts : addresses(to);
    };
    for (const { mesh: of, manifest } of plannedResources(this.plan, called)) {
      if (of === mesh) await this.put(mesh, manifest);
    }
  }

  private async makeWanted(
    mesh: Mesh,
    { type, block }: Pick<WantedObject, 'type' | 'block'>,
    address: string,
  ): Promise<void> {
    const kind = typedKind(type, this.kinds[PLACE[mesh]]);
    if (kind === undefined) throw new Error(`no kind for ${type}`);
    const schema = await kindSchema(this.servers[PLACE[mesh]], kind);
    const text = JSON.stringify(typedManifest(kind, schema, block));
    const object = JSON.parse(text.replaceAll(UNKNOWN, address)) as Manifest;
    const isNew = await this.put(mesh, object);
    if (isNew && kind.kind === 'Deployment') await this.makePodOf(mesh, object);
  }

  /** Stands for what the controllers and the kubelet make of a Deployment. */
  private async makePodOf(mesh: Mesh, { metadata, spec }: Manifest): Promise<void> {
    const template = yamlMap(yamlMap(spec)['template']);
    const { serviceAccountName, containers } = yamlMap(template['spec']);
    await this.make(
      mesh,
      runningPod(mesh, {
        namespace: metadata.namespace ?? '',
        name: `${metadata.name}-1`,
        labels: yamlMap(yamlMap(template['metadata'])['labels']),
        serviceAccount: String(serviceAccountName),
        containers: yamlMaps(containers).map((one) => ({
          name: String(one['name']),
          ports: yamlMaps(one['ports']),
        })),
      }),
    );
    for (const service of this.plan.borders.filter(
      (one) => one.mesh === mesh && one.name === metadata.name,
    )) {
      const { namespace, kubernetesService } = service;
      const wanted = this.current.wanted.find(
        (one) =>
          one.mesh === mesh &&
          one.type === 'kubernetes_service_v1' &&
          one.namespace === namespace &&
          one.name === kubernetesService,
      );
      const [first] = yamlMaps(yamlMap(yamlMap(wanted?.block)['spec'])['port']);
      const name = textIn(yamlMap(first), 'name');
      const port = Number(yamlMap(first)['target_port']);
      await this.make(
        mesh,
        endpoints(namespace, kubernetesService, `${metadata.name}-1`, { name, port }),
      );
    }
  }

  /** What others ask of the meshes that are at a place. */
  private async fillControlPlanes(place: Place): Promise<void> {
    const all = Object.entries(CONTROL_PLANES).filter(
      ([mesh]) => isMesh(mesh) && PLACE[mesh] === place,
    );
    for (const { namespace, name, labels } of all.flatMap(([, services]) => services)) {
      const port = 443;
      await this.make(place, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace, name, ...{ labels } },
        spec: { selector: labels, ports: [{ name: 'https', port }] },
      });
      await this.make(place, endpoints(namespace, name, `${name}-1`, { name: 'https', port }));
    }
  }

  private async fillGateway(mesh: Mesh): Promise<void> {
    const member = this.plan.meshes[mesh];
    if (member === undefined) throw new Error(`no mesh ${mesh}`);
    const { namespace, serviceName: name } = entranceOf(member, this.plan.name);
    const port = gatewayPort(this.plan, mesh);
    await this.make(mesh, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name },
      spec: {
        type: 'LoadBalancer',
        selector: { gateway: name },
        ports: [{ name: `p${port}`, port }],
      },
      status: { loadBalancer: { ingress: [{ hostname: gatewayName(mesh) }] } },
    });
    await this.make(mesh, endpoints(namespace, name, 'gateway-1', { name: `p${port}`, port }));
  }

  /** The services of the policy with their pods, those that are not there. */
  private async fillServices(mesh: Mesh): Promise<void> {
    for (const service of this.plan.services.filter((one) => one.mesh === mesh)) {
      const account = service.kind === 'consul' ? service.name : service.serviceAccount;
      const isNew = await this.makeOnce(mesh, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { namespace: service.namespace, name: account },
      });
      if (!isNew) continue;
      const annotations = callerPodAnnotations(this.plan, service.ref);
      await this.make(
        mesh,
        runningPod(mesh, {
          namespace: service.namespace,
          name: `${service.name}-1`,
          labels: service.kind === 'consul' ? { app: service.name } : service.labels,
          serviceAccount: account,
          containers: [
            {
              name: 'application',
              ports: [
                { containerPort: service.kind === 'linkerd' ? service.podPort : service.port },
              ],
            },
          ],
          annotations,
          configMaps:
            Object.keys(annotations).length === 0 ? [] : [foreignBundle('consul').configMap],
        }),
      );
      await this.make(mesh, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: service.namespace, name: service.name },
        spec: { selector: { app: service.name }, ports: [{ port: service.port }] },
      });
      await this.make(
        mesh,
        endpoints(service.namespace, service.name, `${service.name}-1`, { port: service.port }),
      );
    }
  }

  /** What the jobs keep, after a run that went well. */
  private async fillRoots(mesh: Mesh): Promise<void> {
    const foreign = this.foreignOf(mesh);
    const { jobsNamespace } = this.plan;
    const success = new Date().toISOString();
    const configMap = (namespace: string, name: string, data: YamlMap) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name },
      data,
    });
    const { configMap: name, key } = foreignBundle(foreign);
    for (const namespace of mesh === 'istio'
      ? ['weather', 'federation-borders']
      : ['federation-borders']) {
      await this.makeOnce(mesh, configMap(namespace, name, { [key]: this.cas[foreign].bundle }));
    }
    const { bundle } = this.cas[mesh];
    const member = this.plan.meshes[mesh];
    const source = member && kindOf(member).roots;
    if (member !== undefined && source !== undefined) {
      await this.makeOnce(
        mesh,
        configMap(rootNamespaceOf(member), source.configMap, { [source.key]: bundle }),
      );
    }
    await this.makeOnce(
      mesh,
      configMap(jobsNamespace, `roots-${mesh}`, { 'roots.pem': bundle, success }),
    );
    await this.makeOnce(mesh, configMap(jobsNamespace, `sync-${foreign}`, { success }));
    await this.makeOnce(mesh, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: jobsNamespace, name: `sync-${foreign}` },
      stringData: { token: token(3600) },
    });
  }

  private async startBorders(): Promise<void> {
    const { folder, envoy: program } = this;
    const key = ({ mesh, namespace, name }: PlannedBorder) => `${mesh} ${namespace}/${name}`;
    const borders = this.plan.borders.filter((border) => !this.running.has(key(border)));
    const envoys = await Promise.all(
      borders.map(async (border) => {
        this.running.add(key(border));
        const { mesh, foreignMesh: foreign } = border;
        if (!isMesh(mesh) || !isMesh(foreign)) throw new Error(`no mesh ${mesh} or ${foreign}`);
        const home = join(folder, mesh, border.name);
        const files = new CertificateFiles(join(home, 'certificate'));
        files.write(await this.cas[mesh].issue(border.crossingIdentity));
        const roots = new BundleFile(join(home, 'roots'));
        roots.write(this.cas[foreign].bundle);
        const [status = 0, metrics = 0, admin = 0, listen = 0] = await freePorts(4);
        const host = '127.0.0.1';
        const placement: BorderPlacement = {
          configDirectory: join(home, 'configuration'),
          listen:
            border.direction === 'out'
              ? { host, port: listen }
              : { host: LOOPBACK[mesh], port: gatewayPort(this.plan, mesh) },
          status: { host, port: status },
          metrics: { host, port: metrics },
          admin: { host, port: admin },
          certificate: {
            source: 'files',
            certificateChain: files.chain,
            privateKey: files.key,
            watchedDirectory: files.directory,
          },
          foreignBundle: { source: 'files', path: roots.path, watchedDirectory: roots.directory },
        };
        const { name } = border;
        const configuration =
          border.direction === 'out'
            ? outboundBorderEnvoy({
                name,
                placement,
                callerHeader: border.callerHeader,
                crossings: border.crossings.map((one) => ({
                  ...one,
                  gateway: { host: LOOPBACK[foreign], port: one.gatewayPort },
                })),
              })
            : inboundBorderEnvoy({ name, placement, crossings: border.crossings });
        const envoy = new Envoy(
          name,
          program,
          this.processes,
          placement.configDirectory,
          admin,
          status,
        );
        envoy.write(configurationFiles(configuration));
        envoy.start();
        if (border.direction === 'out') this.listening.set(name, listen);
        this.admins.set(`${border.namespace}/${name}-1`, admin);
        return envoy;
      }),
    );
    await Promise.all(envoys.map((envoy) => envoy.ready()));
  }
}

function configMapName({ type, name }: WantedObject): string {
  return type === 'kubernetes_config_map_v1' ? name : '';
}
