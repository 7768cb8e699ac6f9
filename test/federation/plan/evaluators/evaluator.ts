import type {
  AccessPlan,
  FederationResource,
  PlannedInboundBorder,
  PlannedMesh,
  Service,
} from '../../../../constructs/federation';
import type { Sent } from '../http';

/**
 * How a kind of mesh reads its own resources, written from its source and without the compiler's code: what
 * the compiler means is judged by what the mesh would do.
 */
export interface Evaluator {
  /** What a service's pods are known by: a service account in Istio, a name in Consul. */
  accountOf(service: Service): string;
  labelsOf(service: Service): Labels;
  /** SPIFFE ID of the pods with an account. */
  identity(member: PlannedMesh, namespace: string, account: string): string;
  /** What the mesh's own construct brings, where it denies by default. */
  readonly denyAll: readonly FederationResource[];
  /** Whether what no rule is about is denied. */
  denies(member: PlannedMesh): boolean;
  /** Whether the proxy of pods lets in what another workload of the mesh sends to a port. */
  admits(one: Mesh, caller: Pods, callee: Pods, port: number, sent: Sent): boolean;
  /** Ports of its gateway that somebody may try. */
  gatewayPorts(one: Mesh): number[];
  /** The border that TLS reaches by a port of the gateway and an SNI. It is not decrypted on the way. */
  entered(one: Mesh, port: number, sni: string): PlannedInboundBorder | undefined;
  /** Where a sidecar sends calls of a foreign service's name; all the places where they may end up. */
  waysOut(one: Mesh, caller: Pods, name: string, port: number): WayOut[];
  /** The service that a border calls for one of its crossings. */
  called(one: Mesh, crossing: PlannedInboundBorder['crossings'][number]): Service | undefined;
}

export type Labels = Readonly<Record<string, string>>;

/** Pods of one identity. */
export interface Pods {
  readonly namespace: string;
  readonly labels: Labels;
  /** Service account in Istio, name in Consul. */
  readonly account: string;
  readonly spiffeId: string;
}

/** A mesh with all that was written for it. */
export interface Mesh {
  readonly name: string;
  readonly member: PlannedMesh;
  readonly plan: AccessPlan;
  readonly resources: readonly FederationResource[];
  /** Whether what no rule is about is denied. */
  readonly denies: boolean;
}

/** Where a sidecar's connection to a foreign host goes, and with what. */
export interface WayOut {
  readonly address: string;
  readonly port: number;
  /** What a route of the caller's own leads to, which goes before the Service of the same name. */
  readonly routed?: 'to a service of the mesh' | 'to an endpoint';
  /** Undefined is plaintext. */
  readonly tls:
    | {
        readonly sni: string;
        /** Whether it shows its own certificate. */
        readonly shows: boolean;
        /** Whether it trusts the roots of this mesh. */
        trusts(mesh: string): boolean;
        readonly accepts: readonly string[];
      }
    | undefined;
}

export function inboundBorders({ plan, name }: Mesh): PlannedInboundBorder[] {
  return plan.borders
    .filter((border) => border.direction === 'in')
    .filter(({ mesh }) => mesh === name);
}
