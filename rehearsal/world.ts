import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BOOTSTRAP_FILE,
  configurationFiles,
  inboundBorderEnvoy,
  outboundBorderEnvoy,
} from '../constructs/federation/plan/envoy';
import type { BorderLimits } from '../constructs/federation/plan/border-limits';
import type {
  BorderPlacement,
  InboundBorder,
  InboundCrossing,
  OutboundCrossing,
} from '../constructs/federation/plan/crossing';
import { MeshCa, type Leaf } from './certificates';
import { Envoy } from './envoy';
import { BundleFile, CertificateFiles } from './files';
import { NameServer } from './name-server';
import { freePorts, Processes } from './processes';
import { Service } from './services';
import { consulSpiffeId } from '../constructs/federation/plan/meshes/consul/identity';
import { istioSpiffeId } from '../constructs/federation/plan/meshes/istio/identity';
import type {
  AccessPlan,
  PlannedBorder,
  PlannedInboundBorder,
} from '../constructs/federation/plan';
import { authorizationOf, intentionsOf } from './policies';
import {
  borderOf,
  CONSUL_TRUST_DOMAIN,
  crossing,
  ISTIO_TRUST_DOMAIN,
  MESHES,
  PLAN,
} from './policy';
import {
  ingressListener,
  publicListener,
  upstreamListener,
  type ConsulMesh,
} from './standins/consul';
import {
  foreignDestination,
  gatewayListener,
  inboundListener,
  inboundTcpListener,
  meshDestination,
  type IstioMesh,
} from './standins/istio';
import {
  bootstrap,
  certificateSecret,
  trustSecret,
  type Identity,
  type Part,
  type Trust,
} from './standins/parts';
import { Wire } from './wire';

/** Which mesh a workload lives in. */
export type MeshName = 'istio' | 'consul';

/** The borders, as the compiler makes them. */
const BACKEND_IN_CONSUL = borderOf(PLAN, 'consul', 'in', 'istio/backend');
const TO_BACKEND = borderOf(PLAN, 'consul', 'out', 'istio/backend');
const TO_BACKEND_GRPC = borderOf(PLAN, 'consul', 'out', 'istio/backend-grpc');
const TO_QUEUE = borderOf(PLAN, 'consul', 'out', 'istio/queue');
const INFO_IN_ISTIO = borderOf(PLAN, 'istio', 'in', 'consul/info');
const MAPS_IN_ISTIO = borderOf(PLAN, 'istio', 'in', 'consul/maps');

/** SNI of each crossing. */
export const SNI = {
  backendToInfo: crossing(BACKEND_IN_CONSUL, 'backend-to-info').serverName,
  backendToMaps: crossing(BACKEND_IN_CONSUL, 'backend-to-maps').serverName,
  infoToBackend: crossing(INFO_IN_ISTIO, 'info-to-backend').serverName,
  mapsToBackend: crossing(MAPS_IN_ISTIO, 'maps-to-backend').serverName,
  mapsToBackendGrpc: crossing(MAPS_IN_ISTIO, 'maps-to-backend-grpc').serverName,
  backendToStock: crossing(BACKEND_IN_CONSUL, 'backend-to-stock').serverName,
  mapsToQueue: crossing(MAPS_IN_ISTIO, 'maps-to-queue').serverName,
} as const;

/** Each crossing of an inbound border leads to the port of its sidecar here, not in a pod. */
function led<Border extends PlannedInboundBorder>(
  border: Border,
  ports: Readonly<Record<string, number>>,
): InboundCrossing[] {
  return border.crossings.map((one, index): InboundCrossing => {
    const callee = border.calls[index]?.callee.id ?? '';
    const port = ports[callee];
    if (port === undefined) throw new Error(`no port for ${one.id}`);
    return { ...one, callee: { ...one.callee, address: { host: '127.0.0.1', port } } };
  });
}

/** Connections that a border of the rehearsal takes at most; few, so that a flood stays small. */
export const CONNECTION_LIMIT = 150;

function newCa(mesh: MeshName): Promise<MeshCa> {
  return mesh === 'istio' ? MeshCa.istio(ISTIO_TRUST_DOMAIN) : MeshCa.consul(CONSUL_TRUST_DOMAIN);
}

/** An inbound border that calls info without a sidecar in between, to see what leaves a border. */
export const BARE_BORDER = 'inbound border without a sidecar';

/** The border whose status port is flooded, by which it grows. */
export const FLOODED_BORDER = BARE_BORDER;

/** An outbound border for a tcp service, without a sidecar in front. */
export const TCP_BORDER = 'consul outbound queue, tcp';

/** The same, which knows the far gateway by a name, as that of a load balancer. */
export const NAMING_BORDER = 'consul outbound queue, by name';

function namespaceIn(plan: AccessPlan, account: string): string {
  const { gateway } = MESHES.istio.mesh;
  if (account === gateway.serviceAccount) return gateway.namespace;
  const border = plan.borders.find(
    ({ mesh, serviceAccount }) => mesh === 'istio' && serviceAccount === account,
  );
  return border?.namespace ?? 'default';
}

/** A mesh's CA with the certificates and roots that it has handed out. */
class Pki {
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

function istioService(ref: string) {
  const service = PLAN.services.find((one) => one.ref === ref);
  if (service?.kind !== 'istio') throw new Error(`no service ${ref}`);
  return service;
}

function podOf({ namespace, podLabels }: PlannedBorder) {
  return { namespace, labels: podLabels };
}

/** Where the calling applications call. */
interface Entrances {
  /** backend calls `http://info`. */
  readonly info: number;
  /** The same with a new connection, so a new handshake, for each request. */
  readonly infoFresh: number;
  /** backend calls maps by HTTP/2. */
  readonly maps: number;
  /** info calls `http://backend`. */
  readonly backend: number;
  /** The same through a border whose connections live for a second. */
  readonly backendFresh: number;
  /** maps calls backend too, and may do more than info. */
  readonly backendByMaps: number;
  /** maps calls backend's other port, by HTTP/2. */
  readonly backendGrpc: number;
  /** maps calls info inside one mesh: one plain mTLS hop, to compare with. */
  readonly oneMesh: number;
  /** Consul's ingress gateway, straight from outside. */
  readonly consulGateway: number;
  /** Istio's ingress gateway, straight from outside. */
  readonly istioGateway: number;
  /** The sidecar of Consul's outbound border, as a workload reaches it that bypasses its own. */
  readonly outboundSidecar: number;
}

/** Ports of one border. */
interface BorderPorts {
  readonly listen: number;
  readonly status: number;
  readonly metrics: number;
  readonly admin: number;
  readonly check: number;
}

/** The addresses of a border that runs here. */
function local({
  listen,
  status,
  metrics,
  admin,
  check,
}: BorderPorts): Pick<BorderPlacement, 'listen' | 'status' | 'metrics' | 'admin' | 'check'> {
  const host = '127.0.0.1';
  return {
    listen: { host, port: listen },
    status: { host, port: status },
    metrics: { host, port: metrics },
    admin: { host, port: admin },
    check: { host, port: check },
  };
}

/**
 * In Consul chain and key are one file, as in a pod. In Istio a pod's Envoy asks the agent over a socket,
 * which nothing plays here: files take its place.
 */
function certificateOf(files: CertificateFiles, mesh: MeshName): BorderPlacement['certificate'] {
  return {
    source: 'files',
    certificateChain: mesh === 'consul' ? files.whole : files.chain,
    privateKey: mesh === 'consul' ? files.whole : files.key,
    watchedDirectory: files.directory,
  };
}

/** Stands for a pod's `/etc/resolv.conf`: the rest of the configuration is what is deployed. */
function withNameServer(
  port: number | undefined,
  files: Readonly<Record<string, string>>,
): Record<string, string> {
  if (port === undefined) return files;
  const resolver = {
    name: 'envoy.network.dns_resolver.cares',
    typed_config: {
      '@type':
        'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
      resolvers: [{ socket_address: { address: '127.0.0.1', port_value: port } }],
      // A lost answer is noticed sooner than after the usual 5 s.
      query_timeout_seconds: 1,
    },
  };
  const own = JSON.parse(files[BOOTSTRAP_FILE] ?? '') as object;
  return {
    ...files,
    [BOOTSTRAP_FILE]: JSON.stringify({ ...own, typed_dns_resolver_config: resolver }),
  };
}

/** An inbound border like Consul's for backend that has not been started and has no files yet. */
export interface SpareBorder {
  readonly envoy: Envoy;
  readonly ports: BorderPorts;
  readonly certificate: CertificateFiles;
  readonly bundle: BundleFile;
}

/** Spare borders, one for each case that starts one. */
type SpareName = 'late' | 'empty' | 'garbled' | 'cut' | 'aging' | 'refusing' | 'passing';

/** What listens in this process, and would keep it from ending. */
interface Server {
  close(): void;
}

async function end(processes: Processes, servers: readonly Server[]): Promise<void> {
  for (const server of servers) server.close();
  await processes.end();
}

/** Both meshes, running. */
export class World {
  private constructor(
    readonly folder: string,
    readonly processes: Processes,
    readonly istio: Pki,
    readonly consul: Pki,
    readonly envoys: ReadonlyMap<string, Envoy>,
    readonly borders: ReadonlyMap<string, BorderPorts>,
    readonly at: Entrances,
    readonly apps: { readonly info: number; readonly backend: number },
    readonly services: {
      readonly info: Service;
      readonly maps: Service;
      readonly backend: Service;
      readonly backendHttp2: Service;
    },
    readonly wires: { readonly toConsul: Wire; readonly toIstio: Wire },
    /** What {@link NAMING_BORDER} asks. */
    readonly nameServer: NameServer,
    readonly spares: Readonly<Record<SpareName, SpareBorder>>,
    private readonly servers: readonly Server[],
  ) {}

  /** @param program Envoy */
  static async start(program: string): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'mesh-rehearsal-'));
    const processes = new Processes(folder);
    const servers: Server[] = [];
    try {
      const world = await World.build(program, folder, processes, servers);
      await Promise.all([...world.envoys.values()].map((envoy) => envoy.ready(30)));
      return world;
    } catch (error) {
      await end(processes, servers);
      throw error;
    }
  }

  /** Ends every process and removes every file. */
  end(): Promise<void> {
    return end(this.processes, this.servers);
  }

  envoy(name: string): Envoy {
    const envoy = this.envoys.get(name);
    if (envoy === undefined) throw new Error(`no Envoy ${name}`);
    return envoy;
  }

  border(name: string): BorderPorts {
    const border = this.borders.get(name);
    if (border === undefined) throw new Error(`no border ${name}`);
    return border;
  }

  pki(mesh: MeshName): Pki {
    return mesh === 'istio' ? this.istio : this.consul;
  }

  private static async build(
    program: string,
    folder: string,
    processes: Processes,
    servers: Server[],
  ): Promise<World> {
    const opened = async <One extends Server>(server: Promise<One>): Promise<One> => {
      const one = await server;
      servers.push(one);
      return one;
    };
    const pkiFolder = join(folder, 'pki');
    const istio = new Pki('istio', await newCa('istio'), pkiFolder);
    const consul = new Pki('consul', await newCa('consul'), pkiFolder);

    const ports = await freePorts(180);
    const port = (): number => {
      const next = ports.pop();
      if (next === undefined) throw new Error('too few ports');
      return next;
    };

    // ------------------------------------------------------------------------ secrets for stand-ins
    const secretFolder = join(folder, 'secrets');
    mkdirSync(secretFolder);
    const secret = (name: string, content: object): Identity => {
      const secretFile = join(secretFolder, `${name}.json`);
      writeFileSync(secretFile, JSON.stringify(content));
      return { secretFile };
    };
    const identity = async (pki: Pki, workload: string): Promise<Identity> =>
      secret(`${pki.mesh}-${workload}`, certificateSecret(await pki.files(workload)));
    const trust = (name: string, bundle: BundleFile): Trust => secret(name, trustSecret(bundle));
    const istioMesh: IstioMesh = {
      trustDomain: ISTIO_TRUST_DOMAIN,
      roots: trust('istio-own-roots', istio.ownRoots),
    };
    const consulMesh: ConsulMesh = {
      trustDomain: CONSUL_TRUST_DOMAIN,
      roots: trust('consul-own-roots', consul.ownRoots),
    };
    const consulRootsInIstio = trust('consul-roots-in-istio', consul.exported);

    // ------------------------------------------------------------------------------------- processes
    const envoys = new Map<string, Envoy>();
    const borders = new Map<string, BorderPorts>();
    const add = (
      name: string,
      files: (directory: string) => Record<string, string>,
      adminPort: number,
      statusPort?: number,
    ): void => {
      const directory = join(folder, 'envoys', name);
      const envoy = new Envoy(name, program, processes, directory, adminPort, statusPort);
      envoy.write(files(directory));
      envoy.start();
      envoys.set(name, envoy);
    };
    const addStandins = (name: string, parts: readonly Part[]): void => {
      const admin = port();
      const files = { [BOOTSTRAP_FILE]: JSON.stringify(bootstrap(name, admin, parts)) };
      add(name, () => files, admin);
    };
    const borderPorts = (name: string): BorderPorts => {
      const own = {
        listen: port(),
        status: port(),
        metrics: port(),
        admin: port(),
        check: port(),
      };
      borders.set(name, own);
      return own;
    };
    const placement = async (
      own: BorderPorts,
      pki: Pki,
      workload: string,
      foreign: Pki,
    ): Promise<Omit<BorderPlacement, 'configDirectory'>> => {
      return {
        ...local(own),
        certificate: certificateOf(await pki.files(workload), pki.mesh),
        foreignBundle: {
          path: foreign.exported.path,
          watchedDirectory: foreign.exported.directory,
        },
      };
    };
    const addInboundBorder = async (
      name: string,
      pki: Pki,
      workload: string,
      crossings: readonly InboundCrossing[],
    ): Promise<void> => {
      const own = borderPorts(name);
      const foreign = pki === istio ? consul : istio;
      const rest = await placement(own, pki, workload, foreign);
      add(
        name,
        (configDirectory) =>
          configurationFiles(
            inboundBorderEnvoy({
              name,
              crossings,
              statLabels: { mesh: pki.mesh, foreign_mesh: foreign.mesh },
              limits: { connections: CONNECTION_LIMIT },
              placement: { ...rest, configDirectory },
            }),
          ),
        own.admin,
        own.status,
      );
    };
    const addOutboundBorder = async (
      name: string,
      workload: string,
      crossings: readonly OutboundCrossing[],
      limits: BorderLimits = { connections: CONNECTION_LIMIT },
      nameServerPort?: number,
    ): Promise<void> => {
      const own = borderPorts(name);
      const rest = await placement(own, consul, workload, istio);
      add(
        name,
        (configDirectory) =>
          withNameServer(
            nameServerPort,
            configurationFiles(
              outboundBorderEnvoy({
                name,
                crossings,
                statLabels: { mesh: 'consul', foreign_mesh: 'istio' },
                limits,
                placement: { ...rest, configDirectory },
              }),
            ),
          ),
        own.admin,
        own.status,
      );
    };
    const listenPort = (name: string): number => {
      const own = borders.get(name);
      if (own === undefined) throw new Error(`no border ${name}`);
      return own.listen;
    };

    // ----------------------------------------------------------------------------------------- ports
    const apps = { info: port(), maps: port(), backend: port(), backendHttp2: port() };
    const services = {
      info: await opened(Service.http1('info', apps.info)),
      maps: await opened(Service.http2('maps', apps.maps)),
      backend: await opened(Service.http1('backend', apps.backend)),
      backendHttp2: await opened(Service.http2('backend', apps.backendHttp2)),
    };
    const at: Entrances = {
      info: port(),
      infoFresh: port(),
      maps: port(),
      backend: port(),
      backendFresh: port(),
      backendByMaps: port(),
      backendGrpc: port(),
      oneMesh: port(),
      consulGateway: port(),
      istioGateway: port(),
      outboundSidecar: port(),
    };
    const wires = {
      toConsul: await opened(Wire.open(port(), at.consulGateway)),
      toIstio: await opened(Wire.open(port(), at.istioGateway)),
    };
    const cable = { toConsul: wires.toConsul.port, toIstio: wires.toIstio.port };

    // ------------------------------------------------------------------------- backend to info, maps
    const consulBorders = ['consul inbound backend 1', 'consul inbound backend 2'];
    const borderCalls = { info: port(), maps: port(), stock: port() };
    const fromBackend = led(BACKEND_IN_CONSUL, borderCalls);
    for (const name of consulBorders) {
      await addInboundBorder(name, consul, BACKEND_IN_CONSUL.serviceAccount, fromBackend);
    }
    // Straight to the applications: stock is played by info's.
    const bare = { info: apps.info, maps: apps.maps, stock: apps.info };
    await addInboundBorder(
      BARE_BORDER,
      consul,
      BACKEND_IN_CONSUL.serviceAccount,
      led(BACKEND_IN_CONSUL, bare),
    );
    const sidecar = { info: port(), maps: port(), stock: port(), borders: [port(), port()] };

    // ---------------------------------------------------------------------- info and maps to backend
    const outboundBorders = ['consul outbound backend 1', 'consul outbound backend 2'];
    const freshBorder = 'consul outbound backend, short-lived connections';
    const gateway = { host: '127.0.0.1', port: cable.toIstio };
    const out = ({ crossings }: typeof TO_BACKEND): OutboundCrossing[] =>
      crossings.map((one) => ({ ...one, gateway }));
    const toBackend = out(TO_BACKEND);
    const grpcBorder = 'consul outbound backend-grpc';
    for (const name of outboundBorders) {
      await addOutboundBorder(name, 'backend-outbound', toBackend);
    }
    await addOutboundBorder(freshBorder, 'backend-outbound', toBackend, { connectionSeconds: 1 });
    await addOutboundBorder(grpcBorder, TO_BACKEND_GRPC.serviceAccount, out(TO_BACKEND_GRPC));
    await addOutboundBorder(TCP_BORDER, TO_QUEUE.serviceAccount, out(TO_QUEUE));
    const nameServerPort = port();
    const nameServer = await opened(NameServer.start(nameServerPort, gateway.host));
    await addOutboundBorder(
      NAMING_BORDER,
      TO_QUEUE.serviceAccount,
      TO_QUEUE.crossings.map((one) => ({
        ...one,
        gateway: { ...gateway, host: 'gateway.istio.example' },
      })),
      {},
      nameServerPort,
    );
    const outboundSidecars = [at.outboundSidecar, port()];
    const freshSidecar = port();
    const grpcSidecar = port();

    const istioBorders = ['istio inbound info 1', 'istio inbound info 2'];
    const mapsBorder = 'istio inbound maps';
    const istioBorderCalls = { info: port(), maps: port(), mapsGrpc: port(), queue: port() };
    for (const name of istioBorders) {
      await addInboundBorder(
        name,
        istio,
        INFO_IN_ISTIO.serviceAccount,
        led(INFO_IN_ISTIO, { backend: istioBorderCalls.info }),
      );
    }
    await addInboundBorder(
      mapsBorder,
      istio,
      MAPS_IN_ISTIO.serviceAccount,
      led(MAPS_IN_ISTIO, {
        backend: istioBorderCalls.maps,
        'backend-grpc': istioBorderCalls.mapsGrpc,
        queue: istioBorderCalls.queue,
      }),
    );
    const istioSidecar = {
      backend: port(),
      backendHttp2: port(),
      queue: port(),
      info: [port(), port()],
      maps: port(),
    };

    // ------------------------------------------------------------------------------------- stand-ins
    const consulBorderId = await identity(consul, 'backend');
    const outboundId = await identity(consul, 'backend-outbound');
    const infoId = await identity(consul, 'info');
    const mapsId = await identity(consul, 'maps');
    addStandins('consul sidecars', [
      ...sidecar.borders.map((own, index) =>
        publicListener(consulMesh, {
          service: 'backend',
          port: own,
          application: listenPort(consulBorders[index] ?? ''),
          protocol: 'tcp',
          identity: consulBorderId,
          intentions: intentionsOf(PLAN, 'consul', BACKEND_IN_CONSUL.serviceAccount),
        }),
      ),
      upstreamListener(consulMesh, {
        from: 'backend',
        identity: consulBorderId,
        to: 'info',
        protocol: 'http',
        port: borderCalls.info,
        endpoints: [sidecar.info],
      }),
      upstreamListener(consulMesh, {
        from: 'backend',
        identity: consulBorderId,
        to: 'maps',
        protocol: 'http2',
        port: borderCalls.maps,
        endpoints: [sidecar.maps],
      }),
      publicListener(consulMesh, {
        service: 'info',
        port: sidecar.info,
        application: apps.info,
        protocol: 'http',
        identity: infoId,
        intentions: intentionsOf(PLAN, 'consul', 'info'),
      }),
      upstreamListener(consulMesh, {
        from: 'backend',
        identity: consulBorderId,
        to: 'stock',
        protocol: 'tcp',
        port: borderCalls.stock,
        endpoints: [sidecar.stock],
      }),
      publicListener(consulMesh, {
        service: 'stock',
        port: sidecar.stock,
        application: apps.info,
        protocol: 'tcp',
        identity: await identity(consul, 'stock'),
        intentions: intentionsOf(PLAN, 'consul', 'stock'),
      }),
      publicListener(consulMesh, {
        service: 'maps',
        port: sidecar.maps,
        application: apps.maps,
        protocol: 'http2',
        identity: mapsId,
        intentions: intentionsOf(PLAN, 'consul', 'maps'),
      }),
      upstreamListener(consulMesh, {
        from: 'maps',
        identity: mapsId,
        to: 'info',
        protocol: 'http',
        port: at.oneMesh,
        endpoints: [sidecar.info],
      }),
      upstreamListener(consulMesh, {
        from: 'info',
        identity: infoId,
        to: 'backend-outbound',
        protocol: 'http',
        port: at.backend,
        endpoints: outboundSidecars,
      }),
      upstreamListener(consulMesh, {
        from: 'info',
        identity: infoId,
        to: 'backend-outbound',
        protocol: 'http',
        port: at.backendFresh,
        endpoints: [freshSidecar],
      }),
      upstreamListener(consulMesh, {
        from: 'maps',
        identity: mapsId,
        to: 'backend-outbound',
        protocol: 'http',
        port: at.backendByMaps,
        endpoints: outboundSidecars,
      }),
      upstreamListener(consulMesh, {
        from: 'maps',
        identity: mapsId,
        to: 'backend-grpc-outbound',
        protocol: 'http2',
        port: at.backendGrpc,
        endpoints: [grpcSidecar],
      }),
      ...[...outboundSidecars, freshSidecar].map((own, index) =>
        publicListener(consulMesh, {
          service: 'backend-outbound',
          port: own,
          application: listenPort([...outboundBorders, freshBorder][index] ?? ''),
          protocol: 'http',
          identity: outboundId,
          intentions: intentionsOf(PLAN, 'consul', TO_BACKEND.serviceAccount),
        }),
      ),
      publicListener(consulMesh, {
        service: 'backend-grpc-outbound',
        port: grpcSidecar,
        application: listenPort(grpcBorder),
        protocol: 'http2',
        identity: await identity(consul, 'backend-grpc-outbound'),
        intentions: intentionsOf(PLAN, 'consul', TO_BACKEND_GRPC.serviceAccount),
      }),
    ]);
    addStandins('consul gateway', [
      ingressListener(consulMesh, {
        identity: await identity(consul, 'ingress-gateway'),
        to: 'backend',
        port: at.consulGateway,
        endpoints: sidecar.borders,
      }),
    ]);

    const istioBackendId = await identity(istio, 'backend');
    const istioInfoId = await identity(istio, 'info');
    const istioMapsId = await identity(istio, 'maps');
    const toConsul = {
      from: 'backend',
      identity: istioBackendId,
      trust: consulRootsInIstio,
      peer: consul.spiffeId('backend'),
      endpoints: [cable.toConsul],
    };
    addStandins('istio sidecars', [
      foreignDestination({ ...toConsul, to: 'info', port: at.info, sni: SNI.backendToInfo }),
      foreignDestination({
        ...toConsul,
        to: 'info',
        port: at.infoFresh,
        sni: SNI.backendToInfo,
        requestsPerConnection: 1,
      }),
      foreignDestination({
        ...toConsul,
        to: 'maps',
        port: at.maps,
        sni: SNI.backendToMaps,
        http2: true,
      }),
      inboundListener(istioMesh, {
        workload: 'backend',
        port: istioSidecar.backend,
        application: apps.backend,
        identity: istioBackendId,
        admissions: authorizationOf(PLAN, 'istio', istioService('istio/backend')),
      }),
      inboundListener(istioMesh, {
        workload: 'backend-grpc',
        port: istioSidecar.backendHttp2,
        application: apps.backendHttp2,
        identity: await identity(istio, 'backend-grpc'),
        http2: true,
        admissions: authorizationOf(PLAN, 'istio', istioService('istio/backend-grpc')),
      }),
      inboundTcpListener(istioMesh, {
        workload: 'queue',
        port: istioSidecar.queue,
        application: apps.backend,
        identity: await identity(istio, 'queue'),
        admissions: authorizationOf(PLAN, 'istio', istioService('istio/queue')),
      }),
      meshDestination(istioMesh, {
        from: 'maps',
        identity: istioMapsId,
        to: 'queue',
        peer: istio.spiffeId('queue'),
        port: istioBorderCalls.queue,
        endpoints: [istioSidecar.queue],
        tcp: true,
      }),
      meshDestination(istioMesh, {
        from: 'info',
        identity: istioInfoId,
        to: 'backend',
        peer: istio.spiffeId('backend'),
        port: istioBorderCalls.info,
        endpoints: [istioSidecar.backend],
      }),
      meshDestination(istioMesh, {
        from: 'maps',
        identity: istioMapsId,
        to: 'backend',
        peer: istio.spiffeId('backend'),
        port: istioBorderCalls.maps,
        endpoints: [istioSidecar.backend],
      }),
      meshDestination(istioMesh, {
        from: 'maps',
        identity: istioMapsId,
        to: 'backend-grpc',
        peer: istio.spiffeId('backend-grpc'),
        port: istioBorderCalls.mapsGrpc,
        endpoints: [istioSidecar.backendHttp2],
        http2: true,
      }),
      ...istioSidecar.info.map((own, index) =>
        inboundTcpListener(istioMesh, {
          workload: 'info',
          port: own,
          application: listenPort(istioBorders[index] ?? ''),
          identity: istioInfoId,
          admissions: authorizationOf(PLAN, 'istio', podOf(INFO_IN_ISTIO)),
        }),
      ),
      inboundTcpListener(istioMesh, {
        workload: 'maps',
        port: istioSidecar.maps,
        application: listenPort(mapsBorder),
        identity: istioMapsId,
        admissions: authorizationOf(PLAN, 'istio', podOf(MAPS_IN_ISTIO)),
      }),
    ]);
    addStandins('istio gateway', [
      gatewayListener(
        istioMesh,
        at.istioGateway,
        await identity(istio, MESHES.istio.mesh.gateway.serviceAccount),
        [
          {
            sni: SNI.infoToBackend,
            to: 'info',
            peer: INFO_IN_ISTIO.identity,
            endpoints: istioSidecar.info,
          },
          {
            sni: SNI.mapsToBackend,
            to: 'maps',
            peer: MAPS_IN_ISTIO.identity,
            endpoints: [istioSidecar.maps],
          },
          {
            sni: SNI.mapsToBackendGrpc,
            to: 'maps, for gRPC',
            peer: MAPS_IN_ISTIO.identity,
            endpoints: [istioSidecar.maps],
          },
          {
            sni: SNI.mapsToQueue,
            to: 'maps, for tcp',
            peer: MAPS_IN_ISTIO.identity,
            endpoints: [istioSidecar.maps],
          },
        ],
      ),
    ]);

    // ----------------------------------------------------------------------------------- spare border
    const spare = (
      id: string,
      special: Pick<InboundBorder, 'limits' | 'requests'> = {},
    ): SpareBorder => {
      const name = `consul inbound backend, spare: ${id}`;
      const own = borderPorts(name);
      const certificate = new CertificateFiles(join(pkiFolder, 'spare', id, 'certificate'));
      const bundle = new BundleFile(join(pkiFolder, 'spare', id, 'bundle'));
      const directory = join(folder, 'envoys', name);
      const envoy = new Envoy(name, program, processes, directory, own.admin, own.status);
      const configuration = inboundBorderEnvoy({
        name,
        crossings: fromBackend.slice(0, 1),
        ...special,
        placement: {
          ...local(own),
          configDirectory: directory,
          certificate: certificateOf(certificate, 'consul'),
          foreignBundle: { path: bundle.path, watchedDirectory: bundle.directory },
        },
      });
      envoy.write(configurationFiles(configuration));
      return { envoy, ports: own, certificate, bundle };
    };
    const spares = {
      late: spare('late'),
      empty: spare('empty'),
      garbled: spare('garbled'),
      cut: spare('cut'),
      aging: spare('aging', { limits: { connectionSeconds: 1 } }),
      refusing: spare('refusing', { requests: { headersWithUnderscores: 'refuse' } }),
      passing: spare('passing', { requests: { headersWithUnderscores: 'pass' } }),
    };

    return new World(
      folder,
      processes,
      istio,
      consul,
      envoys,
      borders,
      at,
      { info: apps.info, backend: apps.backend },
      services,
      wires,
      nameServer,
      spares,
      servers,
    );
  }
}
