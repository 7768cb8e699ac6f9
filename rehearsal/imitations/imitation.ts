import type {
  AccessPlan,
  PlannedBorder,
  PlannedInboundBorder,
  PlannedMesh,
  PlannedOutboundBorder,
  Service,
} from '../../constructs/federation/plan';
import type { MeshCa } from '../certificates';
import type { CertificateFiles } from '../files';
import type { Identity, Part, Trust } from './parts';

/**
 * What the proxies of a kind of mesh do with a plan: sidecars and gateways that are told what the plan's own
 * resources say. Written after the mesh's source; see the README for what is left out.
 */
export interface Imitation {
  /** A certificate authority that signs as the mesh's does. */
  newCa(trustDomain: string): Promise<MeshCa>;
  /** SPIFFE ID of its gateway. */
  gatewayId(member: PlannedMesh): string;
  /** SPIFFE ID of a workload that no rule names. */
  strangerId(member: PlannedMesh): string;
  /** Where a border of the mesh has its certificate and its key. */
  certificate(files: CertificateFiles): {
    readonly certificateChain: string;
    readonly privateKey: string;
  };
  /** What a service's sidecar takes from its mesh. */
  service(mesh: ImitatedMesh, callee: Service, sidecar: Sidecar): Part;
  /** What a border's sidecar takes from its mesh. */
  border(mesh: ImitatedMesh, border: PlannedBorder, sidecar: Sidecar): Part;
  /** A sidecar's way to a service of its own mesh. */
  toService(mesh: ImitatedMesh, callee: Service, way: Way): Part;
  /** A sidecar's way to the outbound border to a foreign service. */
  toBorder(mesh: ImitatedMesh, border: PlannedOutboundBorder, way: Way): Part;
  /** A sidecar's own way to a foreign gateway. */
  toForeign(mesh: ImitatedMesh, callee: Service, way: ForeignWay): Part;
  /** The gateway, and by which port it leads to which of the borders behind it. */
  gateway(mesh: ImitatedMesh, identity: Identity, borders: readonly Behind[]): Gateway;
}

/** A mesh of the plan, running. */
export interface ImitatedMesh {
  readonly name: string;
  readonly member: PlannedMesh;
  readonly plan: AccessPlan;
  /** Its own roots. */
  readonly roots: Trust;
}

/** A sidecar's side towards its mesh. */
export interface Sidecar {
  readonly port: number;
  /** Where its application listens. */
  readonly application: number;
  readonly identity: Identity;
}

/** A port of a sidecar that its own application calls. */
export interface Way {
  /** Whose sidecar. */
  readonly from: string;
  readonly identity: Identity;
  readonly port: number;
  /** What it leads to. */
  readonly endpoints: readonly number[];
}

/** The same to a gateway of another mesh. */
interface ForeignWay extends Way {
  /** The other mesh's roots. */
  readonly trust: Trust;
  readonly serverName: string;
  /** SPIFFE ID of the border behind the gateway. */
  readonly peer: string;
}

/** A border behind a gateway. */
export interface Behind {
  readonly border: PlannedInboundBorder;
  /** Port of its sidecar. */
  readonly sidecar: number;
  /** A free port of the gateway, for a gateway that needs one for each border. */
  readonly port: number;
}

interface Gateway {
  readonly parts: readonly Part[];
  /** Port of the gateway by which the border is reached. */
  doorOf(behind: Behind): number;
}

export function isHttp2({ protocol }: Service): boolean {
  return protocol === 'http2' || protocol === 'grpc';
}
