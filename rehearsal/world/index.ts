import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OutboundCrossing } from '../../constructs/federation/plan/crossing';
import type { PlannedOutboundBorder } from '../../constructs/federation/plan';
import type { Envoy } from '../envoy';
import { NameServer } from '../name-server';
import { Processes } from '../processes';
import { Service } from '../services';
import { Wire } from '../wire';
import {
  BARE_BORDER,
  type BorderPorts,
  BY_SERVICE,
  CONSUL_INBOUND,
  CONSUL_OUTBOUND,
  FRESH_BORDER,
  GRPC_BORDER,
  ISTIO_INBOUND,
  MAPS_BORDER,
  NAMING_BORDER,
  SHORT_SECONDS,
  type SpareBorder,
  TCP_BORDER,
} from './borders';
import { addConsul } from './consul';
import {
  BACKEND_BY_SERVICE,
  BACKEND_IN_CONSUL,
  INFO_BY_SERVICE,
  TO_BACKEND_BY_SERVICE,
  INFO_IN_ISTIO,
  led,
  MAPS_IN_ISTIO,
  TO_BACKEND,
  TO_BACKEND_GRPC,
  TO_QUEUE,
} from './crossings';
import { addIstio } from './istio';
import { type MeshName, newCa, Pki } from './pki';
import { Programs } from './programs';
import { Secrets } from './secrets';
import { type Entrances, type Wiring, wiring } from './wiring';

export {
  BARE_BORDER,
  BY_SERVICE,
  CONNECTION_LIMIT,
  NAMING_BORDER,
  SHORT_SECONDS,
  SIDECARS,
  type SpareBorder,
  TCP_BORDER,
} from './borders';
export { SNI } from './crossings';
export type { MeshName } from './pki';

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
    private readonly programs: Programs,
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
      await Promise.all([...world.envoys.values()].map((envoy) => envoy.ready()));
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

  get envoys(): ReadonlyMap<string, Envoy> {
    return this.programs.envoys;
  }

  get borders(): ReadonlyMap<string, BorderPorts> {
    return this.programs.borders;
  }

  envoy(name: string): Envoy {
    const envoy = this.envoys.get(name);
    if (envoy === undefined) throw new Error(`no Envoy ${name}`);
    return envoy;
  }

  border(name: string): BorderPorts {
    return this.programs.border(name);
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
    const istio = new Pki('istio', await newCa('istio'), join(folder, 'pki'));
    const consul = new Pki('consul', await newCa('consul'), join(folder, 'pki'));
    const programs = await Programs.in(folder, program, processes);
    const port = () => programs.port();
    const wired = wiring(port);
    const { at, apps, cable } = wired;
    const services = {
      info: await opened(Service.http1('info', apps.info)),
      maps: await opened(Service.http2('maps', apps.maps)),
      backend: await opened(Service.http1('backend', apps.backend)),
      backendHttp2: await opened(Service.http2('backend', apps.backendHttp2)),
    };
    const wires = {
      toConsul: await opened(Wire.open(cable.toConsul, at.consulGateway)),
      toIstio: await opened(Wire.open(cable.toIstio, at.istioGateway)),
    };
    const nameServerPort = port();
    const nameServer = await opened(NameServer.start(nameServerPort, LOOPBACK));

    await addBordersOfConsul(programs, wired, consul, istio, nameServerPort);
    await addBordersOfIstio(programs, wired, istio, consul);
    await addBordersByService(programs, wired, consul, istio);
    const secrets = new Secrets(join(folder, 'secrets'));
    await addConsul(programs, wired, consul, secrets);
    await addIstio(programs, wired, istio, consul, secrets);
    return new World(
      folder,
      processes,
      istio,
      consul,
      programs,
      at,
      { info: apps.info, backend: apps.backend },
      services,
      wires,
      nameServer,
      sparesOf(programs, wired),
      servers,
    );
  }
}

const LOOPBACK = '127.0.0.1';

async function addBordersOfConsul(
  programs: Programs,
  { apps, cable, consul: { calls } }: Wiring,
  pki: Pki,
  foreign: Pki,
  nameServerPort: number,
): Promise<void> {
  const meshes = [pki, foreign] as const;
  const { serviceAccount } = BACKEND_IN_CONSUL;
  for (const name of CONSUL_INBOUND) {
    const crossings = led(BACKEND_IN_CONSUL, calls);
    await programs.addInboundBorder(name, meshes, serviceAccount, crossings);
  }
  // Straight to the applications: stock is played by info's.
  const bare = led(BACKEND_IN_CONSUL, { info: apps.info, maps: apps.maps, stock: apps.info });
  await programs.addInboundBorder(BARE_BORDER, meshes, serviceAccount, bare);

  const out = (
    { crossings }: Pick<PlannedOutboundBorder, 'crossings'>,
    host = LOOPBACK,
  ): OutboundCrossing[] =>
    crossings.map((one) => ({ ...one, gateway: { host, port: cable.toIstio } }));
  for (const name of CONSUL_OUTBOUND) {
    await programs.addOutboundBorder(name, meshes, 'backend-outbound', out(TO_BACKEND));
  }
  await programs.addOutboundBorder(FRESH_BORDER, meshes, 'backend-outbound', out(TO_BACKEND), {
    limits: { connectionSeconds: SHORT_SECONDS },
  });
  for (const [name, border] of [
    [GRPC_BORDER, TO_BACKEND_GRPC],
    [TCP_BORDER, TO_QUEUE],
  ] as const) {
    await programs.addOutboundBorder(name, meshes, border.serviceAccount, out(border));
  }
  await programs.addOutboundBorder(
    NAMING_BORDER,
    meshes,
    TO_QUEUE.serviceAccount,
    out(TO_QUEUE, 'gateway.istio.example'),
    { limits: {}, nameServerPort },
  );
}

/** What is entered past gateways and sidecars: Envoy listens where those would lead to. */
async function addBordersByService(
  programs: Programs,
  wired: Wiring,
  consul: Pki,
  istio: Pki,
): Promise<void> {
  await programs.addInboundBorder(
    BY_SERVICE.backend,
    [consul, istio],
    BACKEND_BY_SERVICE.serviceAccount,
    led(BACKEND_BY_SERVICE, wired.consul.calls),
  );
  await programs.addInboundBorder(
    BY_SERVICE.info,
    [istio, consul],
    INFO_BY_SERVICE.serviceAccount,
    led(INFO_BY_SERVICE, { backend: wired.istio.calls.info }),
  );
  const { listen: port } = programs.border(BY_SERVICE.info);
  await programs.addOutboundBorder(
    BY_SERVICE.toBackend,
    [consul, istio],
    TO_BACKEND_BY_SERVICE.serviceAccount,
    TO_BACKEND_BY_SERVICE.crossings.map((one) => ({ ...one, gateway: { host: LOOPBACK, port } })),
  );
}

async function addBordersOfIstio(
  programs: Programs,
  { istio: { calls } }: Wiring,
  pki: Pki,
  foreign: Pki,
): Promise<void> {
  for (const name of ISTIO_INBOUND) {
    await programs.addInboundBorder(
      name,
      [pki, foreign],
      INFO_IN_ISTIO.serviceAccount,
      led(INFO_IN_ISTIO, { backend: calls.info }),
    );
  }
  await programs.addInboundBorder(
    MAPS_BORDER,
    [pki, foreign],
    MAPS_IN_ISTIO.serviceAccount,
    led(MAPS_IN_ISTIO, {
      backend: calls.maps,
      'backend-grpc': calls.mapsGrpc,
      queue: calls.queue,
    }),
  );
}

function sparesOf(
  programs: Programs,
  { consul: { calls } }: Wiring,
): Readonly<Record<SpareName, SpareBorder>> {
  const crossings = led(BACKEND_IN_CONSUL, calls).slice(0, 1);
  const spare = (id: SpareName, special?: Parameters<Programs['spare']>[2]) =>
    programs.spare(id, crossings, special);
  return {
    late: spare('late'),
    empty: spare('empty'),
    garbled: spare('garbled'),
    cut: spare('cut'),
    aging: spare('aging', { limits: { connectionSeconds: SHORT_SECONDS } }),
    refusing: spare('refusing', { requests: { headersWithUnderscores: 'refuse' } }),
    passing: spare('passing', { requests: { headersWithUnderscores: 'pass' } }),
  };
}
