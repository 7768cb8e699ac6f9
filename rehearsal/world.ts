import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BOOTSTRAP_FILE,
  configurationFiles,
  inboundBorderEnvoy,
  outboundBorderEnvoy,
} from '../constructs/federation/border/envoy';
import type {
  BorderLimits,
  BorderPlacement,
  InboundCrossing,
  OutboundCrossing,
} from '../constructs/federation/border/model';
import { MeshCa, type Leaf } from './certificates';
import { Envoy } from './envoy';
import { BundleFile, CertificateFiles } from './files';
import { NameServer } from './name-server';
import { freePorts, Processes } from './processes';
import { Service } from './services';
import {
  consulId,
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
  istioId,
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

export const ISTIO_TRUST_DOMAIN = 'cluster.local';
export const CONSUL_TRUST_DOMAIN = '11111111-2222-4333-8444-555555555555.consul';

/** Which mesh a workload lives in. */
export type MeshName = 'istio' | 'consul';

/** SNI of each crossing. */
export const SNI = {
  backendToInfo: 'info.backend.federation',
  backendToMaps: 'maps.backend.federation',
  infoToBackend: 'backend.info.federation',
  mapsToBackend: 'backend.maps.federation',
  mapsToBackendGrpc: 'backend-grpc.maps.federation',
  backendToQueue: 'queue.backend.federation',
  mapsToQueue: 'queue.maps.federation',
} as const;

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

  spiffeId(workload: string): string {
    return this.mesh === 'istio'
      ? istioId({ trustDomain: ISTIO_TRUST_DOMAIN, roots: { secretFile: '' } }, workload)
      : consulId({ trustDomain: CONSUL_TRUST_DOMAIN, roots: { secretFile: '' } }, workload);
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
  readonly admin: number;
  readonly check: number;
}

/** The addresses of a border that runs here. */
function local({
  listen,
  status,
  admin,
  check,
}: BorderPorts): Pick<BorderPlacement, 'listen' | 'status' | 'admin' | 'check'> {
  const host = '127.0.0.1';
  return {
    listen: { host, port: listen },
    status: { host, port: status },
    admin: { host, port: admin },
    check: { host, port: check },
  };
}

function certificateOf(files: CertificateFiles): BorderPlacement['certificate'] {
  return {
    source: 'files',
    certificateChain: files.chain,
    privateKey: files.key,
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
type SpareName = 'late' | 'empty' | 'garbled' | 'cut';

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
  ) {}

  /** @param program Envoy */
  static async start(program: string): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'mesh-rehearsal-'));
    const processes = new Processes(folder);
    let world: World | undefined;
    try {
      world = await World.build(program, folder, processes);
      await Promise.all([...world.envoys.values()].map((envoy) => envoy.ready(30)));
      return world;
    } catch (error) {
      await (world ?? processes).end();
      throw error;
    }
  }

  /** Ends every process and removes every file. */
  async end(): Promise<void> {
    for (const wire of Object.values(this.wires)) wire.close();
    this.nameServer.close();
    for (const service of Object.values(this.services)) service.close();
    await this.processes.end();
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
  ): Promise<World> {
    const pkiFolder = join(folder, 'pki');
    const istio = new Pki('istio', await newCa('istio'), pkiFolder);
    const consul = new Pki('consul', await newCa('consul'), pkiFolder);

    const ports = await freePorts(130);
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
      const own = { listen: port(), status: port(), admin: port(), check: port() };
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
        certificate: certificateOf(await pki.files(workload)),
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
      info: await Service.http1('info', apps.info),
      maps: await Service.http2('maps', apps.maps),
      backend: await Service.http1('backend', apps.backend),
      backendHttp2: await Service.http2('backend', apps.backendHttp2),
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
      toConsul: await Wire.open(port(), at.consulGateway),
      toIstio: await Wire.open(port(), at.istioGateway),
    };
    const cable = { toConsul: wires.toConsul.port, toIstio: wires.toIstio.port };

    // ------------------------------------------------------------------------- backend to info, maps
    const consulBorders = ['consul inbound backend 1', 'consul inbound backend 2'];
    const borderCalls = { info: port(), maps: port() };
    const backendId = istio.spiffeId('backend');
    const backendAsPeer = { caller: backendId, peer: backendId } as const;
    const backendToInfo: InboundCrossing = {
      ...backendAsPeer,
      id: 'backend-to-info',
      serverName: SNI.backendToInfo,
      protocol: 'http',
      // The thesis's rule: GET only.
      allow: [{ methods: ['GET'], pathPrefix: '/', upgrades: ['websocket'] }],
      callee: { authority: 'info', address: { host: '127.0.0.1', port: borderCalls.info } },
    };
    for (const name of consulBorders) {
      await addInboundBorder(name, consul, 'backend', [
        backendToInfo,
        {
          ...backendAsPeer,
          id: 'backend-to-maps',
          serverName: SNI.backendToMaps,
          protocol: 'http2',
          allow: [{ pathPrefix: '/api' }, { pathPrefix: '/rehearsal.Echo/' }],
          callee: { authority: 'maps', address: { host: '127.0.0.1', port: borderCalls.maps } },
        },
      ]);
    }
    await addInboundBorder(BARE_BORDER, consul, 'backend', [
      {
        ...backendToInfo,
        callee: { authority: 'info', address: { host: '127.0.0.1', port: apps.info } },
      },
      {
        ...backendAsPeer,
        id: 'backend-to-queue',
        serverName: SNI.backendToQueue,
        protocol: 'tcp',
        allow: [],
        callee: { authority: 'queue', address: { host: '127.0.0.1', port: apps.info } },
      },
    ]);
    const sidecar = { info: port(), maps: port(), borders: [port(), port()] };

    // ---------------------------------------------------------------------- info and maps to backend
    const outboundBorders = ['consul outbound backend 1', 'consul outbound backend 2'];
    const freshBorder = 'consul outbound backend, short-lived connections';
    const gateway = { host: '127.0.0.1', port: cable.toIstio };
    const toBackend: OutboundCrossing[] = [
      {
        id: 'info-to-backend',
        serverName: SNI.infoToBackend,
        caller: consul.spiffeId('info'),
        peer: istio.spiffeId('info'),
        protocol: 'http',
        allow: [{ methods: ['GET'], pathExact: '/weather', upgrades: ['websocket'] }],
        authority: 'backend',
        gateway,
      },
      {
        id: 'maps-to-backend',
        serverName: SNI.mapsToBackend,
        caller: consul.spiffeId('maps'),
        peer: istio.spiffeId('maps'),
        protocol: 'http',
        allow: [],
        authority: 'backend',
        gateway,
      },
    ];
    const grpcBorder = 'consul outbound backend-grpc';
    for (const name of outboundBorders) {
      await addOutboundBorder(name, 'backend-outbound', toBackend);
    }
    await addOutboundBorder(freshBorder, 'backend-outbound', toBackend, { connectionSeconds: 1 });
    await addOutboundBorder(grpcBorder, 'backend-grpc-outbound', [
      {
        id: 'maps-to-backend-grpc',
        serverName: SNI.mapsToBackendGrpc,
        caller: consul.spiffeId('maps'),
        peer: istio.spiffeId('maps'),
        protocol: 'http2',
        allow: [],
        authority: 'backend',
        gateway,
      },
    ]);
    const mapsToQueue: OutboundCrossing = {
      id: 'maps-to-queue',
      serverName: SNI.mapsToQueue,
      caller: consul.spiffeId('maps'),
      peer: istio.spiffeId('maps'),
      protocol: 'tcp',
      allow: [],
      authority: 'queue',
      gateway,
    };
    await addOutboundBorder(TCP_BORDER, 'queue-outbound', [mapsToQueue]);
    const nameServerPort = port();
    const nameServer = await NameServer.start(nameServerPort, gateway.host);
    await addOutboundBorder(
      NAMING_BORDER,
      'queue-outbound',
      [{ ...mapsToQueue, gateway: { ...gateway, host: 'gateway.istio.example' } }],
      {},
      nameServerPort,
    );
    const outboundSidecars = [at.outboundSidecar, port()];
    const freshSidecar = port();
    const grpcSidecar = port();

    const istioBorders = ['istio inbound info 1', 'istio inbound info 2'];
    const mapsBorder = 'istio inbound maps';
    const istioBorderCalls = { info: port(), maps: port(), mapsGrpc: port() };
    const peer = consul.spiffeId('backend-outbound');
    for (const name of istioBorders) {
      await addInboundBorder(name, istio, 'info', [
        {
          id: 'info-to-backend',
          serverName: SNI.infoToBackend,
          caller: consul.spiffeId('info'),
          peer,
          protocol: 'http',
          allow: [{ methods: ['GET'], pathExact: '/weather', upgrades: ['websocket'] }],
          callee: {
            authority: 'backend',
            address: { host: '127.0.0.1', port: istioBorderCalls.info },
          },
        },
      ]);
    }
    await addInboundBorder(mapsBorder, istio, 'maps', [
      {
        id: 'maps-to-backend',
        serverName: SNI.mapsToBackend,
        caller: consul.spiffeId('maps'),
        peer,
        protocol: 'http',
        allow: [],
        callee: {
          authority: 'backend',
          address: { host: '127.0.0.1', port: istioBorderCalls.maps },
        },
      },
      {
        id: 'maps-to-backend-grpc',
        serverName: SNI.mapsToBackendGrpc,
        caller: consul.spiffeId('maps'),
        peer: consul.spiffeId('backend-grpc-outbound'),
        protocol: 'http2',
        allow: [],
        callee: {
          authority: 'backend',
          address: { host: '127.0.0.1', port: istioBorderCalls.mapsGrpc },
        },
      },
      {
        id: 'maps-to-queue',
        serverName: SNI.mapsToQueue,
        caller: consul.spiffeId('maps'),
        peer: consul.spiffeId('queue-outbound'),
        protocol: 'tcp',
        allow: [],
        callee: { authority: 'queue', address: { host: '127.0.0.1', port: apps.backend } },
      },
    ]);
    const istioSidecar = {
      backend: port(),
      backendHttp2: port(),
      info: [port(), port()],
      maps: port(),
    };

    // ------------------------------------------------------------------------------------- stand-ins
    const consulBorderId = await identity(consul, 'backend');
    const outboundId = await identity(consul, 'backend-outbound');
    const infoId = await identity(consul, 'info');
    const mapsId = await identity(consul, 'maps');
    const fromInfo = { source: 'info', allow: [{ methods: ['GET'], pathExact: '/weather' }] };
    addStandins('consul sidecars', [
      ...sidecar.borders.map((own, index) =>
        publicListener(consulMesh, {
          service: 'backend',
          port: own,
          application: listenPort(consulBorders[index] ?? ''),
          protocol: 'tcp',
          identity: consulBorderId,
          intentions: [{ source: 'ingress-gateway', allow: [] }],
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
        intentions: [
          // The thesis's allow-backend, and maps for a call within one mesh to compare with.
          { source: 'backend', allow: [{ methods: ['GET'], pathPrefix: '/' }] },
          { source: 'maps', allow: [] },
        ],
      }),
      publicListener(consulMesh, {
        service: 'maps',
        port: sidecar.maps,
        application: apps.maps,
        protocol: 'http2',
        identity: mapsId,
        intentions: [{ source: 'backend', allow: [] }],
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
          intentions: [fromInfo, { source: 'maps', allow: [] }],
        }),
      ),
      publicListener(consulMesh, {
        service: 'backend-grpc-outbound',
        port: grpcSidecar,
        application: listenPort(grpcBorder),
        protocol: 'http2',
        identity: await identity(consul, 'backend-grpc-outbound'),
        intentions: [{ source: 'maps', allow: [] }],
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
        // The thesis's allow-info, and one for maps.
        principals: ['info', 'maps'],
      }),
      inboundListener(istioMesh, {
        workload: 'backend',
        port: istioSidecar.backendHttp2,
        application: apps.backendHttp2,
        identity: istioBackendId,
        http2: true,
        principals: ['maps'],
      }),
      meshDestination(istioMesh, {
        from: 'info',
        identity: istioInfoId,
        to: 'backend',
        peer: 'backend',
        port: istioBorderCalls.info,
        endpoints: [istioSidecar.backend],
      }),
      meshDestination(istioMesh, {
        from: 'maps',
        identity: istioMapsId,
        to: 'backend',
        peer: 'backend',
        port: istioBorderCalls.maps,
        endpoints: [istioSidecar.backend],
      }),
      meshDestination(istioMesh, {
        from: 'maps',
        identity: istioMapsId,
        to: 'backend',
        peer: 'backend',
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
        }),
      ),
      inboundTcpListener(istioMesh, {
        workload: 'maps',
        port: istioSidecar.maps,
        application: listenPort(mapsBorder),
        identity: istioMapsId,
      }),
    ]);
    addStandins('istio gateway', [
      gatewayListener(istioMesh, at.istioGateway, await identity(istio, 'istio-ingress'), [
        { sni: SNI.infoToBackend, to: 'info', peer: 'info', endpoints: istioSidecar.info },
        { sni: SNI.mapsToBackend, to: 'maps', peer: 'maps', endpoints: [istioSidecar.maps] },
        {
          sni: SNI.mapsToBackendGrpc,
          to: 'maps, for gRPC',
          peer: 'maps',
          endpoints: [istioSidecar.maps],
        },
        {
          sni: SNI.mapsToQueue,
          to: 'maps, for tcp',
          peer: 'maps',
          endpoints: [istioSidecar.maps],
        },
      ]),
    ]);

    // ----------------------------------------------------------------------------------- spare border
    const spare = (id: string): SpareBorder => {
      const name = `consul inbound backend, spare: ${id}`;
      const own = borderPorts(name);
      const certificate = new CertificateFiles(join(pkiFolder, 'spare', id, 'certificate'));
      const bundle = new BundleFile(join(pkiFolder, 'spare', id, 'bundle'));
      const directory = join(folder, 'envoys', name);
      const envoy = new Envoy(name, program, processes, directory, own.admin, own.status);
      const configuration = inboundBorderEnvoy({
        name,
        crossings: [backendToInfo],
        placement: {
          ...local(own),
          configDirectory: directory,
          certificate: certificateOf(certificate),
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
    );
  }
}
