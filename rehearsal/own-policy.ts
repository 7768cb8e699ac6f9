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
import { kindOf } from '../constructs/federation/plan/meshes';
import { serverNameOf } from '../constructs/federation/plan/server-name';
import { isCrossing, type Service as PolicyService } from '../constructs/federation/plan/services';
import { UserError } from '../support/terminal/user-error';
import type { Leaf, MeshCa } from './certificates';
import { Envoy } from './envoy';
import { BundleFile, CertificateFiles } from './files';
import { borderOf } from './policy';
import { freePorts } from './ports';
import { Processes } from './processes';
import { Service } from './services';
import { imitationOf } from './imitations';
import { type Behind, type ImitatedMesh, isHttp2 } from './imitations/imitation';
import {
  bootstrap,
  certificateSecret,
  type Identity,
  type Part,
  trustSecret,
} from './imitations/parts';
import { watches, watchesProblem } from './watches';

type Crossed = Call & { readonly caller: PolicyService };

/** A mesh of the policy, with what signs in it. */
interface RunningMesh extends ImitatedMesh {
  readonly ca: MeshCa;
  /** Its roots, as borders of other meshes have them. */
  readonly bundle: BundleFile;
}

/** A call of the policy, as somebody can make it here. */
export interface Entrance {
  readonly call: Crossed;
  /** SPIFFE ID of the caller, of which a callee in the other mesh is told. */
  readonly callerId: string;
  /** Where the calling application calls. */
  readonly port: number;
  /** Where a call enters the other mesh, when it leaves its own. */
  readonly gateway?: {
    /** What is there: the mesh's gateway, or the Service of the border itself. */
    readonly by: PlannedInboundBorder['enteredBy'];
    readonly port: number;
    readonly serverName: string;
    /** SPIFFE ID that the border behind it admits. */
    readonly peer: string;
    /** The mesh whose CA signs for it. */
    readonly signer: string;
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
 * The meshes of any policy with its services, borders and rules, running: one process for each border, one
 * for all sidecars of a mesh, one for each gateway.
 */
export class PolicyWorld {
  readonly envoys = new Map<string, Envoy>();
  readonly entrances: Entrance[] = [];
  readonly openEntrances: OpenEntrance[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'mesh-rehearsal-'));
  private readonly processes = new Processes(this.folder);
  private readonly services = new Map<string, Service>();
  /** By the name of the process that they are in. */
  private readonly parts = new Map<string, Part[]>();
  private readonly meshes = new Map<string, RunningMesh>();
  private readonly leafs = new Map<string, Promise<CertificateFiles>>();
  private ports: number[] = [];
  /** What is started when all of it is known. */
  private readonly programs: { readonly envoy: Envoy; readonly secrets: number }[] = [];

  private constructor(
    private readonly program: string,
    private readonly plan: AccessPlan,
  ) {}

  /**
   * @param program Envoy
   * @throws Error when an Envoy does not start, with its last words
   */
  static async start(program: string, plan: AccessPlan): Promise<PolicyWorld> {
    const world = new PolicyWorld(program, plan);
    try {
      await world.found();
      await world.build();
      const watched = world.programs.reduce((sum, { secrets }) => sum + 2 * secrets, 0);
      const tooFew = watchesProblem(watches(), watched);
      if (tooFew !== undefined) throw new UserError(tooFew);
      for (const { envoy } of world.programs) envoy.start();
      await Promise.all([...world.envoys.values()].map((envoy) => envoy.ready()));
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
  issue(mesh: string, spiffeId: string): Promise<Leaf> {
    return this.mesh(mesh).ca.issue(spiffeId);
  }

  /** Identity of a workload of a mesh that no rule names. */
  stranger(mesh: string): string {
    const { member } = this.mesh(mesh);
    return imitationOf(member).strangerId(member);
  }

  /** Identities of a mesh that the policy knows, by what they belong to. */
  identities(mesh: string): ReadonlyMap<string, string> {
    const { services, borders } = this.plan;
    return new Map([
      ...services
        .filter((one) => one.mesh === mesh)
        .map((one) => [one.ref, this.idOf(one)] as const),
      ...borders
        .filter((one) => one.mesh === mesh)
        .map(({ name, identity }) => [`border ${name}`, identity] as const),
    ]);
  }

  /** The meshes' authorities. */
  private async found(): Promise<void> {
    for (const [name, member] of Object.entries(this.plan.meshes)) {
      const ca = await imitationOf(member).newCa(member.mesh.trustDomain);
      const bundle = new BundleFile(join(this.folder, 'roots', name));
      bundle.write(ca.bundle);
      const roots = this.secret(`roots-${name}`, trustSecret(bundle));
      this.meshes.set(name, { name, member, plan: this.plan, roots, ca, bundle });
    }
  }

  private async build(): Promise<void> {
    const { plan } = this;
    this.ports = await freePorts(40 + plan.borders.length * 12 + plan.calls.length * 8);
    const sidecars = await this.startServices();
    const doors = await this.startInboundBorders(sidecars);
    const outbound = await this.startOutboundBorders(doors);
    for (const call of plan.calls) {
      await (call.caller.kind === 'anyone'
        ? this.openTo(call, sidecars)
        : this.letCall({ ...call, caller: call.caller }, { sidecars, doors, outbound }));
    }
    for (const [name, parts] of this.parts) {
      if (parts.length === 0) continue;
      const admin = this.port();
      const secrets = new Set(JSON.stringify(parts).match(/(?<="path":")[^"]+/g));
      this.prepare(name, admin, undefined, secrets.size, () => ({
        [BOOTSTRAP_FILE]: JSON.stringify(bootstrap(name, admin, parts)),
      }));
    }
  }

  /** The services that are called, each behind its sidecar, whose port is told. */
  private async startServices(): Promise<Ports<string>> {
    const sidecars = new Map<string, number>();
    for (const callee of new Set(this.plan.calls.map((call) => call.callee))) {
      const mesh = this.mesh(callee.mesh);
      const [application, port] = [this.port(), this.port()];
      const service = isHttp2(callee)
        ? Service.http2(callee.id, application)
        : Service.http1(callee.id, application);
      this.services.set(callee.ref, await service);
      sidecars.set(callee.ref, port);
      const identity = await this.identity(callee.mesh, this.idOf(callee));
      const sidecar = { port, application, identity };
      this.add(`${callee.mesh} sidecars`, imitationOf(callee).service(mesh, callee, sidecar));
    }
    return sidecars;
  }

  /** Each behind its sidecar and its mesh's gateway, or entered past both; the port there is told. */
  private async startInboundBorders(sidecars: Ports<string>): Promise<Ports<PlannedBorder>> {
    const doors = new Map<PlannedBorder, number>();
    for (const mesh of this.meshes.values()) {
      const imitation = imitationOf(mesh.member);
      const behind: Behind[] = [];
      for (const border of this.plan.borders.filter((one) => one.direction === 'in')) {
        if (border.mesh !== mesh.name) continue;
        // On to the callee by the border's sidecar here.
        const crossings = await Promise.all(
          border.crossings.map(async (crossing, index) => {
            const callee = calleeOf(border, index);
            const port = await this.enter(border.name, border.identity, callee, sidecars);
            const address = { host: LOOPBACK, port };
            return { ...crossing, callee: { ...crossing.callee, address } };
          }),
        );
        const envoy = (placement: BorderPlacement) =>
          inboundBorderEnvoy({ name: border.name, crossings, placement });
        if (border.enteredBy !== 'gateway') {
          doors.set(border, this.port());
          await this.border(border, doors.get(border) ?? 0, envoy);
          continue;
        }
        const sidecar = await this.startBorder(border, envoy);
        behind.push({ border, sidecar, port: this.port() });
      }
      if (behind.length === 0) continue;
      const identity = await this.identity(mesh.name, imitation.gatewayId(mesh.member));
      const gateway = imitation.gateway(mesh, identity, behind);
      gateway.parts.forEach((part) => this.add(`${mesh.name} gateway`, part));
      behind.forEach((one) => doors.set(one.border, gateway.doorOf(one)));
    }
    return doors;
  }

  /** Each behind its sidecar, whose port is told. */
  private async startOutboundBorders(doors: Ports<PlannedBorder>): Promise<Ports<PlannedBorder>> {
    const sidecars = new Map<PlannedBorder, number>();
    for (const border of this.plan.borders.filter((one) => one.direction === 'out')) {
      const crossings = border.crossings.map((crossing, index) => ({
        ...crossing,
        gateway: { host: LOOPBACK, port: this.door(border.calls[index], doors) },
      }));
      const sidecar = await this.startBorder(border, (placement) =>
        outboundBorderEnvoy({
          name: border.name,
          crossings,
          callerHeader: border.callerHeader,
          placement,
        }),
      );
      sidecars.set(border, sidecar);
    }
    return sidecars;
  }

  private async startBorder(
    border: PlannedBorder,
    configuration: (placement: BorderPlacement) => ReturnType<typeof inboundBorderEnvoy>,
  ): Promise<number> {
    const mesh = this.mesh(border.mesh);
    const [listen, port] = [this.port(), this.port()];
    await this.border(border, listen, configuration);
    const identity = await this.identity(border.mesh, border.identity);
    const sidecar = { port, application: listen, identity };
    this.add(`${border.mesh} sidecars`, imitationOf(mesh.member).border(mesh, border, sidecar));
    return port;
  }

  /** A port of somebody's sidecar that leads to a service of its own mesh. */
  private async enter(
    from: string,
    spiffeId: string,
    callee: PolicyService,
    sidecars: Ports<string>,
  ): Promise<number> {
    const port = this.port();
    const identity = await this.identity(callee.mesh, spiffeId);
    const way = { from, port, identity, endpoints: [sidecars.get(callee.ref) ?? 0] };
    const mesh = this.mesh(callee.mesh);
    this.add(`${callee.mesh} sidecars`, imitationOf(callee).toService(mesh, callee, way));
    return port;
  }

  /** Port by which a call enters the other mesh. */
  private door(call: Call | undefined, doors: Ports<PlannedBorder>): number {
    if (call === undefined) return 0;
    return doors.get(borderOf(this.plan, call.callee.mesh, 'in', call.caller.ref)) ?? 0;
  }

  private async letCall(
    call: Crossed,
    {
      sidecars,
      doors,
      outbound,
    }: {
      readonly sidecars: Ports<string>;
      readonly doors: Ports<PlannedBorder>;
      readonly outbound: Ports<PlannedBorder>;
    },
  ): Promise<void> {
    const { caller, callee } = call;
    const callerId = this.idOf(caller);
    const common = { call, callerId, http2: isHttp2(callee), callee: this.running(callee) };
    if (!isCrossing(call)) {
      const port = await this.enter(caller.id, callerId, callee, sidecars);
      this.entrances.push({ ...common, port });
      return;
    }
    const mesh = this.mesh(caller.mesh);
    const imitation = imitationOf(caller);
    const identity = await this.identity(caller.mesh, callerId);
    const way = { from: caller.id, port: this.port(), identity };
    const door = this.door(call, doors);
    const serverName = serverNameOf(caller, callee);
    const entered = borderOf(this.plan, callee.mesh, 'in', caller.ref);
    const border =
      caller.out === 'border' ? borderOf(this.plan, caller.mesh, 'out', callee.ref) : undefined;
    this.entrances.push({
      ...common,
      port: way.port,
      gateway: {
        by: entered.enteredBy,
        port: door,
        serverName,
        peer: border?.identity ?? callerId,
        signer: caller.mesh,
      },
    });
    this.add(
      `${caller.mesh} sidecars`,
      border === undefined
        ? imitation.toForeign(mesh, callee, {
            ...way,
            endpoints: [door],
            trust: this.mesh(callee.mesh).roots,
            serverName,
            peer: entered.identity,
          })
        : imitation.toBorder(mesh, border, { ...way, endpoints: [outbound.get(border) ?? 0] }),
    );
  }

  /** Everybody, where a rule says so. */
  private async openTo(call: Call, sidecars: Ports<string>): Promise<void> {
    const { callee } = call;
    const border = this.plan.borders.find(
      ({ mesh, calls }) => mesh === callee.mesh && !calls.some((one) => one.callee === callee),
    );
    this.openEntrances.push({
      call,
      strangerPort: await this.enter('stranger', this.stranger(callee.mesh), callee, sidecars),
      border: border && {
        name: border.name,
        port: await this.enter(border.name, border.identity, callee, sidecars),
      },
      http2: isHttp2(callee),
      callee: this.running(callee),
    });
  }

  private running({ ref }: PolicyService): Service {
    const service = this.services.get(ref);
    if (service === undefined) throw new Error(`no service ${ref}`);
    return service;
  }

  private async border(
    { mesh, foreignMesh, name, identity }: PlannedBorder,
    listen: number,
    configuration: (placement: BorderPlacement) => ReturnType<typeof inboundBorderEnvoy>,
  ): Promise<void> {
    const files = await this.files(mesh, identity);
    const [status, metrics, admin, check] = [this.port(), this.port(), this.port(), this.port()];
    const at = (port: number) => ({ host: LOOPBACK, port });
    const { bundle } = this.mesh(foreignMesh);
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
            ...imitationOf(this.mesh(mesh).member).certificate(files),
            watchedDirectory: files.directory,
          },
          foreignBundle: { source: 'files', path: bundle.path, watchedDirectory: bundle.directory },
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
    this.parts.set(envoy, [...(this.parts.get(envoy) ?? []), part]);
  }

  private port(): number {
    const port = this.ports.pop();
    if (port === undefined) throw new Error('too few ports');
    return port;
  }

  private mesh(name: string): RunningMesh {
    const mesh = this.meshes.get(name);
    if (mesh === undefined) throw new Error(`no mesh ${name}`);
    return mesh;
  }

  private secret(name: string, content: object): Identity {
    const folder = join(this.folder, 'secrets');
    mkdirSync(folder, { recursive: true });
    const secretFile = join(folder, `${name}.json`);
    writeFileSync(secretFile, JSON.stringify(content));
    return { secretFile };
  }

  private files(mesh: string, spiffeId: string): Promise<CertificateFiles> {
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

  private async identity(mesh: string, spiffeId: string): Promise<Identity> {
    return this.secret(nameOf(spiffeId), certificateSecret(await this.files(mesh, spiffeId)));
  }

  private idOf(service: PolicyService): string {
    return kindOf(service).identity(this.mesh(service.mesh).member, service);
  }
}

/** Ports by what they lead to. */
type Ports<Key> = ReadonlyMap<Key, number>;

const LOOPBACK = '127.0.0.1';

/** Of one of its crossings: they are in the order of its calls. */
function calleeOf({ calls, crossings }: PlannedBorder, index: number): PolicyService {
  const callee = calls[index]?.callee;
  if (callee === undefined) throw new Error(`no callee of ${crossings[index]?.id}`);
  return callee;
}

function nameOf(spiffeId: string): string {
  return spiffeId.replace('spiffe://', '').replaceAll('/', '.');
}
