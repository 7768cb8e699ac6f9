import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BOOTSTRAP_FILE,
  configurationFiles,
  inboundBorderEnvoy,
  outboundBorderEnvoy,
} from '../constructs/federation/plan/envoy';
import type { BorderPlacement } from '../constructs/federation/plan/crossing';
import type {
  AccessPlan,
  Call,
  PlannedBorder,
  PlannedInboundBorder,
} from '../constructs/federation/plan';
import { borderProtocol } from '../constructs/federation/plan/meshes/consul/access';
import { consulSpiffeId } from '../constructs/federation/plan/meshes/consul/identity';
import { istioSpiffeId } from '../constructs/federation/plan/meshes/istio/identity';
import { serverNameOf } from '../constructs/federation/plan/server-name';
import { isCrossing, type Service as PolicyService } from '../constructs/federation/plan/services';
import { type Leaf, MeshCa } from './certificates';
import { Envoy } from './envoy';
import { BundleFile, CertificateFiles } from './files';
import { type Admission, authorizationOf, intentionsOf } from './policies';
import { borderOf } from './policy';
import { UserError } from '../scripts/support/user-error';
import { freePorts, Processes } from './processes';
import { watches, watchesProblem } from './watches';
import { Service } from './services';
import {
  type ConsulMesh,
  ingressListener,
  publicListener,
  upstreamListener,
} from './standins/consul';
import {
  foreignDestination,
  gatewayListener,
  inboundListener,
  inboundTcpListener,
  type IstioMesh,
  meshDestination,
} from './standins/istio';
import {
  bootstrap,
  certificateSecret,
  type Identity,
  type Part,
  trustSecret,
} from './standins/parts';

type MeshName = 'istio' | 'consul';
type Crossed = Call & { readonly caller: PolicyService };

/** A call of the policy, as somebody can make it here. */
export interface Entrance {
  readonly call: Crossed;
  /** SPIFFE ID of the caller, of which a callee in the other mesh is told. */
  readonly callerId: string;
  /** Where the calling application calls. */
  readonly port: number;
  /** The gateway of the other mesh, for a call that leaves its mesh. */
  readonly gateway?: {
    readonly port: number;
    readonly serverName: string;
    /** SPIFFE ID that the border behind it admits. */
    readonly peer: string;
    /** The mesh whose CA signs for it. */
    readonly signer: MeshName;
  };
  /** What is spoken. */
  readonly http2: boolean;
  readonly callee: Service;
}

/** A service that every workload of its mesh may call, but no border. */
export interface OpenEntrance {
  readonly call: Call;
  /** Where a workload calls that no rule names. */
  readonly strangerPort: number;
  /** The same for a border of that mesh that no rule lets call it, if there is one. */
  readonly border?: { readonly name: string; readonly port: number };
  readonly http2: boolean;
  readonly callee: Service;
}

/**
 * Both meshes with the services, borders and rules of any policy between one Istio and one Consul mesh,
 * running: one process for each border, one for all sidecars of a mesh, one for each gateway.
 */
export class PolicyWorld {
  readonly envoys = new Map<string, Envoy>();
  readonly entrances: Entrance[] = [];
  readonly openEntrances: OpenEntrance[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'mesh-rehearsal-'));
  private readonly processes = new Processes(this.folder);
  private readonly services = new Map<string, Service>();
  private readonly parts: Readonly<Record<string, Part[]>> = {
    'istio sidecars': [],
    'istio gateway': [],
    'consul sidecars': [],
    'consul gateway': [],
  };
  private readonly leafs = new Map<string, Promise<CertificateFiles>>();
  private ports: number[] = [];
  /** What is started when all of it is known. */
  private readonly programs: { readonly envoy: Envoy; readonly secrets: number }[] = [];

  private constructor(
    private readonly program: string,
    private readonly plan: AccessPlan,
    private readonly cas: Readonly<Record<MeshName, MeshCa>>,
  ) {}

  /**
   * @param program Envoy
   * @throws Error when an Envoy does not start, with its last words
   */
  static async start(program: string, plan: AccessPlan): Promise<PolicyWorld> {
    const { istio, consul } = membersOf(plan);
    const world = new PolicyWorld(program, plan, {
      istio: await MeshCa.istio(istio.mesh.trustDomain),
      consul: await MeshCa.consul(consul.mesh.trustDomain),
    });
    try {
      await world.build();
      const watched = world.programs.reduce((sum, { secrets }) => sum + 2 * secrets, 0);
      const tooFew = watchesProblem(watches(), watched);
      if (tooFew !== undefined) throw new UserError(tooFew);
      for (const { envoy } of world.programs) envoy.start();
      await Promise.all([...world.envoys.values()].map((envoy) => envoy.ready(30)));
      return world;
    } catch (error) {
      await world.end();
      throw error;
    }
  }

  /** Ends every process and removes every file. */
  async end(): Promise<void> {
    for (const service of this.services.values()) service.close();
    await this.processes.end();
  }

  /** A certificate for an identity, from the CA of a mesh, in an attacker's hands. */
  issue(mesh: MeshName, spiffeId: string): Promise<Leaf> {
    return this.cas[mesh].issue(spiffeId);
  }

  /** Identity of a workload of a mesh that no rule names. */
  stranger(mesh: MeshName): string {
    const { istio, consul } = membersOf(this.plan);
    return mesh === 'istio'
      ? istioSpiffeId(istio.mesh, 'default', 'stranger')
      : consulSpiffeId(consul.mesh, 'stranger');
  }

  /** Identities of a mesh that the policy knows, by what they belong to. */
  identities(mesh: MeshName): ReadonlyMap<string, string> {
    const { services, borders } = this.plan;
    return new Map([
      ...services
        .filter(({ kind }) => kind === mesh)
        .map((one) => [one.ref, this.idOf(one)] as const),
      ...borders
        .filter((one) => one.mesh === mesh)
        .map(({ name, identity }) => [`border ${name}`, identity] as const),
    ]);
  }

  private async build(): Promise<void> {
    const { plan } = this;
    this.ports = await freePorts(40 + plan.borders.length * 10 + plan.calls.length * 8);
    const roots = {
      istio: this.bundle('istio'),
      consul: this.bundle('consul'),
    };
    const { istio, consul } = membersOf(plan);
    const meshes = {
      istio: {
        trustDomain: istio.mesh.trustDomain,
        roots: this.secret('roots-istio', trustSecret(roots.istio)),
      } satisfies IstioMesh,
      consul: {
        trustDomain: consul.mesh.trustDomain,
        datacenter: consul.mesh.datacenter,
        roots: this.secret('roots-consul', trustSecret(roots.consul)),
      } satisfies ConsulMesh,
    };
    const calls = plan.calls.filter((call): call is Crossed => call.caller.kind !== 'anyone');

    // The services that are called, each behind its sidecar.
    const sidecars = new Map<string, number>();
    for (const callee of new Set(plan.calls.map((call) => call.callee))) {
      const application = this.port();
      const http2 = isHttp2(callee);
      this.services.set(
        callee.ref,
        await (http2
          ? Service.http2(callee.id, application)
          : Service.http1(callee.id, application)),
      );
      const port = this.port();
      sidecars.set(callee.ref, port);
      const identity = await this.identity(callee.kind, this.idOf(callee));
      const own = { port, application, identity };
      if (callee.kind === 'consul') {
        this.add(
          'consul sidecars',
          publicListener(meshes.consul, {
            ...own,
            service: callee.name,
            protocol: spoken(callee),
            intentions: this.intentions(callee),
          }),
        );
      } else {
        const inbound = {
          ...own,
          workload: callee.id,
          http2,
          admissions: authorizationOf(plan, callee),
        };
        this.add(
          'istio sidecars',
          callee.protocol === 'tcp'
            ? inboundTcpListener(meshes.istio, inbound)
            : inboundListener(meshes.istio, inbound),
        );
      }
    }
    /** A port of somebody's sidecar that leads to a service of its own mesh. */
    const enter = async (
      from: string,
      spiffeId: string,
      callee: PolicyService,
    ): Promise<number> => {
      const port = this.port();
      const own = { from, port, identity: await this.identity(callee.kind, spiffeId) };
      const endpoints = [sidecars.get(callee.ref) ?? 0];
      this.add(
        `${callee.kind} sidecars`,
        callee.kind === 'consul'
          ? upstreamListener(meshes.consul, {
              ...own,
              to: callee.name,
              protocol: spoken(callee),
              endpoints,
            })
          : meshDestination(meshes.istio, {
              ...own,
              to: callee.id,
              peer: this.idOf(callee),
              endpoints,
              http2: isHttp2(callee),
              tcp: callee.protocol === 'tcp',
            }),
      );
      return port;
    };
    /** The crossings of a border, each on to the callee by the border's sidecar here. */
    const led = (border: PlannedInboundBorder) =>
      Promise.all(
        border.crossings.map(async (crossing, index) => {
          const port = await enter(border.name, border.identity, calleeOf(border, index));
          const address = { host: LOOPBACK, port };
          return { ...crossing, callee: { ...crossing.callee, address } };
        }),
      );

    // The ways into Consul, each by a port of its gateway.
    const doors = new Map<string, number>();
    for (const border of bordersOf(plan, 'consul', 'in')) {
      const identity = await this.identity('consul', border.identity);
      const [listen, sidecar, door] = [this.port(), this.port(), this.port()];
      const crossings = await led(border);
      await this.border(
        border,
        listen,
        roots[border.foreignMesh === 'istio' ? 'istio' : 'consul'],
        (placement) => inboundBorderEnvoy({ name: border.name, crossings, placement }),
      );
      this.add(
        'consul sidecars',
        publicListener(meshes.consul, {
          service: border.serviceAccount,
          port: sidecar,
          application: listen,
          protocol: 'tcp',
          identity,
          intentions: intentionsOf(plan, border.serviceAccount),
        }),
      );
      this.add(
        'consul gateway',
        ingressListener(meshes.consul, {
          identity: await this.identity(
            'consul',
            consulSpiffeId(consul.mesh, consul.mesh.gateway.name),
          ),
          to: border.serviceAccount,
          port: door,
          endpoints: [sidecar],
        }),
      );
      doors.set(border.foreign.ref, door);
    }

    // The way into Istio, by SNI.
    const gatewayPort = this.port();
    const routes = [];
    for (const border of bordersOf(plan, 'istio', 'in')) {
      const identity = await this.identity('istio', border.identity);
      const [listen, sidecar] = [this.port(), this.port()];
      const crossings = await led(border);
      await this.border(border, listen, roots.consul, (placement) =>
        inboundBorderEnvoy({ name: border.name, crossings, placement }),
      );
      this.add(
        'istio sidecars',
        inboundTcpListener(meshes.istio, {
          workload: border.name,
          port: sidecar,
          application: listen,
          identity,
          admissions: authorizationOf(plan, {
            namespace: border.namespace,
            labels: border.podLabels,
          }),
        }),
      );
      routes.push(
        ...crossings.map(({ serverName, id }) => ({
          sni: serverName,
          to: id,
          peer: border.identity,
          endpoints: [sidecar],
        })),
      );
    }
    if (routes.length > 0) {
      const { namespace, serviceAccount } = istio.mesh.gateway;
      const identity = await this.identity(
        'istio',
        istioSpiffeId(istio.mesh, namespace, serviceAccount),
      );
      this.add('istio gateway', gatewayListener(meshes.istio, gatewayPort, identity, routes));
    }

    // The ways out of Consul.
    const outbound = new Map<string, number>();
    for (const border of bordersOf(plan, 'consul', 'out')) {
      const [listen, sidecar] = [this.port(), this.port()];
      const gateway = { host: LOOPBACK, port: gatewayPort };
      await this.border(border, listen, roots.istio, (placement) =>
        outboundBorderEnvoy({
          name: border.name,
          crossings: border.crossings.map((one) => ({ ...one, gateway })),
          placement,
        }),
      );
      this.add(
        'consul sidecars',
        publicListener(meshes.consul, {
          service: border.serviceAccount,
          port: sidecar,
          application: listen,
          protocol: borderProtocol(border),
          identity: await this.identity('consul', border.identity),
          intentions: intentionsOf(plan, border.serviceAccount),
        }),
      );
      outbound.set(border.foreign.ref, sidecar);
    }

    // The callers.
    for (const call of calls) {
      const { caller, callee } = call;
      const callerId = this.idOf(caller);
      const port = isCrossing(call) ? this.port() : await enter(caller.id, callerId, callee);
      const identity = await this.identity(caller.kind, callerId);
      const own = { from: caller.id, identity, port };
      const shape = { http2: isHttp2(callee), tcp: callee.protocol === 'tcp' };
      const service = this.services.get(callee.ref);
      if (service === undefined) throw new Error(`no service ${callee.ref}`);
      const entrance = { call, callerId, port, http2: shape.http2, callee: service };
      if (!isCrossing(call)) {
        this.entrances.push(entrance);
      } else if (caller.kind === 'istio') {
        const border = borderOf(plan, 'consul', 'in', caller.ref);
        const door = doors.get(caller.ref) ?? 0;
        const sni = serverNameOf(caller, callee);
        this.entrances.push({
          ...entrance,
          gateway: { port: door, serverName: sni, peer: this.idOf(caller), signer: 'istio' },
        });
        this.add(
          'istio sidecars',
          foreignDestination({
            ...own,
            ...shape,
            to: callee.id,
            endpoints: [door],
            trust: meshes.consul.roots,
            sni,
            peer: border.identity,
          }),
        );
      } else {
        const border = borderOf(plan, 'consul', 'out', callee.ref);
        this.entrances.push({
          ...entrance,
          gateway: {
            port: gatewayPort,
            serverName: serverNameOf(caller, callee),
            peer: border.identity,
            signer: 'consul',
          },
        });
        const protocol = borderProtocol(border);
        this.add(
          'consul sidecars',
          upstreamListener(meshes.consul, {
            ...own,
            to: border.serviceAccount,
            protocol,
            endpoints: [outbound.get(callee.ref) ?? 0],
          }),
        );
      }
    }

    // Everybody, where a rule says so.
    for (const call of plan.calls.filter(({ caller }) => caller.kind === 'anyone')) {
      const { callee } = call;
      const service = this.services.get(callee.ref);
      if (service === undefined) throw new Error(`no service ${callee.ref}`);
      const border = plan.borders.find(
        ({ mesh, calls: own }) => mesh === callee.mesh && !own.some((one) => one.callee === callee),
      );
      this.openEntrances.push({
        call,
        strangerPort: await enter('stranger', this.stranger(callee.kind), callee),
        border: border && {
          name: border.name,
          port: await enter(border.name, border.identity, callee),
        },
        http2: isHttp2(callee),
        callee: service,
      });
    }

    for (const [name, parts] of Object.entries(this.parts)) {
      if (parts.length === 0) continue;
      const admin = this.port();
      const secrets = new Set(JSON.stringify(parts).match(/(?<="path":")[^"]+/g));
      this.prepare(name, admin, undefined, secrets.size, () => ({
        [BOOTSTRAP_FILE]: JSON.stringify(bootstrap(name, admin, parts)),
      }));
    }
  }

  private async border(
    { mesh, name, identity: spiffeId }: PlannedBorder,
    listen: number,
    foreign: BundleFile,
    configuration: (placement: BorderPlacement) => ReturnType<typeof inboundBorderEnvoy>,
  ): Promise<void> {
    const signer = mesh === 'istio' ? 'istio' : 'consul';
    const files = await this.files(signer, spiffeId);
    const [status, metrics, admin, check] = [this.port(), this.port(), this.port(), this.port()];
    const at = (port: number) => ({ host: LOOPBACK, port });
    // In Consul chain and key are one file.
    const [certificateChain, privateKey] =
      signer === 'consul' ? [files.whole, files.whole] : [files.chain, files.key];
    this.prepare(`${mesh} ${name}`, admin, status, 2, (configDirectory) =>
      configurationFiles(
        configuration({
          configDirectory,
          listen: at(listen),
          status: at(status),
          metrics: at(metrics),
          admin: at(admin),
          check: at(check),
          certificate: {
            source: 'files',
            certificateChain,
            privateKey,
            watchedDirectory: files.directory,
          },
          foreignBundle: { path: foreign.path, watchedDirectory: foreign.directory },
        }),
      ),
    );
  }

  private prepare(
    name: string,
    admin: number,
    status: number | undefined,
    /** Secrets that it watches, each by two instances of inotify. */
    secrets: number,
    files: (directory: string) => Record<string, string>,
  ): void {
    const directory = join(this.folder, 'envoys', name);
    const envoy = new Envoy(name, this.program, this.processes, directory, admin, status);
    envoy.write(files(directory));
    this.programs.push({ envoy, secrets });
    this.envoys.set(name, envoy);
  }

  private add(envoy: string, part: Part): void {
    this.parts[envoy]?.push(part);
  }

  private port(): number {
    const port = this.ports.pop();
    if (port === undefined) throw new Error('too few ports');
    return port;
  }

  private bundle(mesh: MeshName): BundleFile {
    const file = new BundleFile(join(this.folder, 'roots', mesh));
    file.write(this.cas[mesh].bundle);
    return file;
  }

  private secret(name: string, content: object): Identity {
    const folder = join(this.folder, 'secrets');
    mkdirSync(folder, { recursive: true });
    const secretFile = join(folder, `${name}.json`);
    writeFileSync(secretFile, JSON.stringify(content));
    return { secretFile };
  }

  private files(mesh: MeshName, spiffeId: string): Promise<CertificateFiles> {
    const made =
      this.leafs.get(spiffeId) ??
      this.issue(mesh, spiffeId).then((leaf) => {
        const files = new CertificateFiles(join(this.folder, 'certificates', nameOf(spiffeId)));
        files.write(leaf);
        return files;
      });
    this.leafs.set(spiffeId, made);
    return made;
  }

  private async identity(mesh: MeshName, spiffeId: string): Promise<Identity> {
    return this.secret(nameOf(spiffeId), certificateSecret(await this.files(mesh, spiffeId)));
  }

  private idOf(service: PolicyService): string {
    const { istio, consul } = membersOf(this.plan);
    return service.kind === 'istio'
      ? istioSpiffeId(istio.mesh, service.namespace, service.serviceAccount)
      : consulSpiffeId(consul.mesh, service.name);
  }

  /** An owner's own intentions are taken to admit what the policy says. */
  private intentions(callee: PolicyService & { readonly kind: 'consul' }): Admission[] {
    if (callee.intentions === 'create') return intentionsOf(this.plan, callee.name);
    return this.plan.calls
      .filter((call) => call.callee === callee)
      .map(({ caller, allow }) => ({
        source:
          caller.kind === 'anyone' ? '*' : caller.kind === 'consul' ? caller.name : caller.standIn,
        except: [],
        allow,
      }));
  }
}

const LOOPBACK = '127.0.0.1';

function bordersOf<Direction extends PlannedBorder['direction']>(
  { borders }: AccessPlan,
  mesh: string,
  direction: Direction,
) {
  return borders.filter(
    (border): border is Extract<PlannedBorder, { direction: Direction }> =>
      border.mesh === mesh && border.direction === direction,
  );
}

/** Of one of its crossings: they are in the order of its calls. */
function calleeOf({ calls, crossings }: PlannedBorder, index: number): PolicyService {
  const callee = calls[index]?.callee;
  if (callee === undefined) throw new Error(`no callee of ${crossings[index]?.id}`);
  return callee;
}

function nameOf(spiffeId: string): string {
  return spiffeId.replace('spiffe://', '').replaceAll('/', '.');
}

function membersOf({ meshes }: AccessPlan) {
  const { istio, consul } = meshes;
  if (istio?.kind !== 'istio' || consul?.kind !== 'consul') {
    throw new Error('the rehearsal is for a mesh "istio" and a mesh "consul"');
  }
  return { istio, consul };
}

function isHttp2({ protocol }: PolicyService): boolean {
  return protocol === 'http2' || protocol === 'grpc';
}

function spoken(service: PolicyService): 'http' | 'http2' | 'tcp' {
  return isHttp2(service) ? 'http2' : service.protocol === 'tcp' ? 'tcp' : 'http';
}
