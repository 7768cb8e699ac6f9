import { join } from 'node:path';
import type { BorderLimits } from '../../constructs/federation/plan/border-limits';
import type {
  BorderPlacement,
  InboundBorder,
  InboundCrossing,
  OutboundCrossing,
} from '../../constructs/federation/plan/crossing';
import {
  BOOTSTRAP_FILE,
  configurationFiles,
  inboundBorderEnvoy,
  outboundBorderEnvoy,
} from '../../constructs/federation/plan/envoy';
import { Envoy } from '../envoy';
import { BundleFile, CertificateFiles } from '../files';
import { freePorts } from '../ports';
import { type Processes } from '../processes';
import { bootstrap, type Part } from '../imitations/parts';
import {
  type BorderPorts,
  certificateOf,
  CONNECTION_LIMIT,
  local,
  SIDECARS,
  type SpareBorder,
  withNameServer,
} from './borders';
import type { MeshName, Pki } from './pki';

/** An outbound border that is other than most. */
interface OwnWay {
  /** @default as many connections as any border of the rehearsal */
  readonly limits?: BorderLimits;
  /**
   * Port of the name server that it asks.
   * @default the machine's
   */
  readonly nameServerPort?: number;
}

/** The Envoys of the meshes: borders, and the imitations of sidecars and gateways. */
export class Programs {
  readonly envoys = new Map<string, Envoy>();
  readonly borders = new Map<string, BorderPorts>();

  private constructor(
    private readonly program: string,
    private readonly folder: string,
    private readonly processes: Processes,
    private readonly ports: number[],
  ) {}

  static async in(folder: string, program: string, processes: Processes): Promise<Programs> {
    return new Programs(program, folder, processes, await freePorts(220));
  }

  /** A port that nobody has. */
  port(): number {
    const next = this.ports.pop();
    if (next === undefined) throw new Error('too few ports');
    return next;
  }

  /** Ports of a border. */
  border(name: string): BorderPorts {
    const border = this.borders.get(name);
    if (border === undefined) throw new Error(`no border ${name}`);
    return border;
  }

  /**
   * The sidecars of a mesh: one Envoy for all calls into them, one for all calls out. So a call from pod to pod
   * goes from one process to another, as it does in a mesh, which takes longer than within one.
   */
  addSidecars(
    mesh: MeshName,
    parts: Readonly<Record<'inbound' | 'outbound', readonly Part[]>>,
  ): void {
    this.addStandins(SIDECARS[mesh].inbound, parts.inbound);
    this.addStandins(SIDECARS[mesh].outbound, parts.outbound);
  }

  /** One Envoy for several sidecars or gateways. */
  addStandins(name: string, parts: readonly Part[]): void {
    const admin = this.port();
    const files = { [BOOTSTRAP_FILE]: JSON.stringify(bootstrap(name, admin, parts)) };
    this.start(this.envoy(name, admin), files);
  }

  async addInboundBorder(
    name: string,
    [pki, foreign]: readonly [own: Pki, foreign: Pki],
    workload: string,
    crossings: readonly InboundCrossing[],
  ): Promise<void> {
    await this.addBorder(name, [pki, foreign], workload, (common) =>
      configurationFiles(
        inboundBorderEnvoy({ ...common, crossings, limits: { connections: CONNECTION_LIMIT } }),
      ),
    );
  }

  async addOutboundBorder(
    name: string,
    [pki, foreign]: readonly [own: Pki, foreign: Pki],
    workload: string,
    crossings: readonly OutboundCrossing[],
    { limits = { connections: CONNECTION_LIMIT }, nameServerPort }: OwnWay = {},
  ): Promise<void> {
    await this.addBorder(name, [pki, foreign], workload, (common) =>
      withNameServer(
        nameServerPort,
        configurationFiles(outboundBorderEnvoy({ ...common, crossings, limits })),
      ),
    );
  }

  /** An inbound border in Consul that is not started, and has neither a certificate nor roots. */
  spare(
    id: string,
    crossings: readonly InboundCrossing[],
    special: Pick<InboundBorder, 'limits' | 'requests'> = {},
  ): SpareBorder {
    const name = `consul inbound backend, spare: ${id}`;
    const ports = this.newBorder(name);
    const spare = join(this.folder, 'pki', 'spare', id);
    const certificate = new CertificateFiles(join(spare, 'certificate'));
    const bundle = new BundleFile(join(spare, 'bundle'));
    const envoy = this.envoy(name, ports.admin, ports.status);
    const configuration = inboundBorderEnvoy({
      name,
      crossings,
      ...special,
      placement: {
        ...local(ports),
        configDirectory: this.directory(name),
        certificate: certificateOf(certificate, 'consul'),
        foreignBundle: { source: 'files', path: bundle.path, watchedDirectory: bundle.directory },
      },
    });
    envoy.write(configurationFiles(configuration));
    return { envoy, ports, certificate, bundle };
  }

  private async addBorder(
    name: string,
    [pki, { mesh: foreignMesh, exported }]: readonly [own: Pki, foreign: Pki],
    workload: string,
    files: (
      common: Pick<InboundBorder, 'name' | 'statLabels' | 'placement'>,
    ) => Record<string, string>,
  ): Promise<void> {
    const ports = this.newBorder(name);
    const placement: BorderPlacement = {
      ...local(ports),
      configDirectory: this.directory(name),
      certificate: certificateOf(await pki.files(workload), pki.mesh),
      foreignBundle: { source: 'files', path: exported.path, watchedDirectory: exported.directory },
    };
    const statLabels = { mesh: pki.mesh, foreign_mesh: foreignMesh };
    this.start(this.envoy(name, ports.admin, ports.status), files({ name, statLabels, placement }));
  }

  private newBorder(name: string): BorderPorts {
    const ports = {
      listen: this.port(),
      status: this.port(),
      metrics: this.port(),
      admin: this.port(),
      check: this.port(),
    };
    this.borders.set(name, ports);
    return ports;
  }

  private directory(name: string): string {
    return join(this.folder, 'envoys', name);
  }

  private envoy(name: string, admin: number, status?: number): Envoy {
    return new Envoy(name, this.program, this.processes, this.directory(name), admin, status);
  }

  private start(envoy: Envoy, files: Record<string, string>): void {
    envoy.write(files);
    envoy.start();
    this.envoys.set(envoy.name, envoy);
  }
}
