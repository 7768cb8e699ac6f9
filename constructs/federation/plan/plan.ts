import type { InboundCrossing, OutboundCrossing } from './crossing';
import type { ConsulMember, IstioMember } from './model';
import type { Call, ConsulServiceFacts, CrossCall, IstioServiceFacts, Service } from './resolve';

/**
 * What an access policy comes to: which borders stand where, what each lets through, and by which
 * names and ports. Plain data, complete but for what only a running cluster knows (the addresses of
 * the gateways).
 */
export interface AccessPlan {
  /** By the policy's names for them. */
  readonly meshes: Readonly<Record<string, PlannedMesh>>;
  /** Every service of the policy, in its order. */
  readonly services: readonly Service[];
  /** Every rule, in the policy's order. */
  readonly calls: readonly Call[];
  /** Every border. */
  readonly standIns: readonly StandIn[];
  /** The same borders where they were before, as long as they are there too. */
  readonly formerStandIns: readonly StandIn[];
  /**
   * Namespace, in each cluster, of the jobs that exchange roots. "Every workload" of a mesh does not mean
   * them: a token for one of their accounts is with another cluster.
   */
  readonly jobsNamespace: string;
}

/** Namespace of the jobs that exchange roots, unless told otherwise. */
export const JOBS_NAMESPACE = 'mesh-federation';

/** Service accounts of these jobs in the cluster of a mesh, for each mesh that it exchanges roots with. */
export function jobAccounts(plan: AccessPlan, mesh: string): string[] {
  const others = plan.standIns.flatMap((standIn) =>
    standIn.mesh === mesh
      ? [standIn.foreignMesh]
      : standIn.foreignMesh === mesh
        ? [standIn.mesh]
        : [],
  );
  return others.length === 0
    ? []
    : [
        `roots-${mesh}`,
        ...[...new Set(others)].flatMap((other) => [
          `roots-reader-${other}`,
          `issue-${other}`,
          `sync-${other}`,
          `renew-${other}`,
        ]),
      ];
}

/** A mesh of the plan. */
export type PlannedMesh = (IstioMember | ConsulMember) & {
  /** Namespace of its borders. */
  readonly borderNamespace: string;
  /** Namespace of its borders before, as long as they are there too. */
  readonly bordersMovedFrom: string | undefined;
  /** Who writes the IngressGateway resource of a Consul mesh. */
  readonly gatewayListeners: 'create' | 'existing';
};

/**
 * A border: the local stand-in of one foreign service. One workload each, in the cluster of `mesh`.
 */
export type StandIn = IstioInboundStandIn | ConsulInboundStandIn | ConsulOutboundStandIn;

interface AnyStandIn {
  /** The mesh that it is part of. */
  readonly mesh: string;
  /** Namespace of its pods. */
  readonly namespace: string;
  /** Name of its Deployment and of all that belongs to it. */
  readonly name: string;
  /** Service account of its pods. It runs with this identity. */
  readonly serviceAccount: string;
  /** Its own identity, by which the other mesh knows it. */
  readonly spiffeId: string;
  /** Name of the one Kubernetes Service that selects its pods. */
  readonly kubernetesService: string;
  /** Port of that Service. */
  readonly port: number;
  /** Labels that its pods have and no others. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** The mesh at the other end, whose roots it trusts. */
  readonly foreignMesh: string;
  /** The calls that go through it, in the order of its crossings. */
  readonly calls: readonly CrossCall[];
}

/** In Istio: a Consul service that calls. It ends the foreign mTLS behind the ingress gateway. */
export interface IstioInboundStandIn extends AnyStandIn {
  /** In Istio, for calls that come in. */
  readonly kind: 'istio-inbound';
  /** The service that calls. */
  readonly foreign: ConsulServiceFacts;
  /** What its Envoy lets through. */
  readonly crossings: readonly InboundCrossing[];
}

/** A service that a border calls through its own sidecar. */
export interface Upstream {
  /** Name of the Consul service. */
  readonly service: string;
  /** Port of the sidecar on loopback. */
  readonly port: number;
}

/** In Consul: an Istio service that calls. It ends the foreign mTLS behind the ingress gateway. */
export interface ConsulInboundStandIn extends AnyStandIn {
  /** In Consul, for calls that come in. */
  readonly kind: 'consul-inbound';
  /** The service that calls. */
  readonly foreign: IstioServiceFacts;
  /** Its name in Consul, the source of intentions. */
  readonly consulService: string;
  /** Ports of the ingress gateway that lead to it and to nothing else: the one that callers use first. */
  readonly gatewayPorts: readonly [number, ...number[]];
  /** Services that it calls, each through a port of its own sidecar on loopback. */
  readonly upstreams: readonly Upstream[];
  /** What its Envoy lets through. */
  readonly crossings: readonly InboundCrossing[];
}

/** In Consul: an Istio service that is called. It starts the foreign mTLS. */
export interface ConsulOutboundStandIn extends AnyStandIn {
  /** In Consul, for calls that go out. */
  readonly kind: 'consul-outbound';
  /** The service that is called. */
  readonly foreign: IstioServiceFacts;
  /** Its name in Consul, the destination of intentions. */
  readonly consulService: string;
  /** What Consul is told that it speaks. */
  readonly consulProtocol: 'tcp' | 'http' | 'http2';
  /** Further namespaces whose services call it by the same short name. */
  readonly aliasNamespaces: readonly string[];
  /** Port of the foreign gateway. */
  readonly gatewayPort: number;
  /** Complete but for the foreign gateway's address. */
  readonly crossings: readonly Omit<OutboundCrossing, 'gateway'>[];
}

/** Port on which an inbound border takes TLS. */
export const BORDER_PORT = 8443;

/** Label of a border's pods; its value is the border's name. */
export const BORDER_LABEL = 'mesh-federation/border';

/** Where a cluster has the roots of a foreign mesh. */
export interface ForeignBundle {
  /** Name of the ConfigMap, in each namespace that needs it. */
  readonly configMap: string;
  /** Key in the ConfigMap; its value is PEM. */
  readonly key: string;
}

/** A foreign mesh's roots in a cluster: the ConfigMap in each namespace that needs them. */
export function foreignBundle(foreignMesh: string): ForeignBundle {
  return { configMap: `federation-roots-${foreignMesh}`, key: 'roots.pem' };
}
