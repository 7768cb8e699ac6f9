import type { BorderLimits } from './border-limits';
import type { RequestOptions } from './request-options';

/*
 * What a border is told: the crossings it carries. The policy compiler fills these in, the Envoy
 * builder turns them into a bootstrap, the rehearsal runs the same bootstrap on loopback.
 */

/** HTTP requests that a rule admits. Fields that are absent restrict nothing. */
export interface HttpPermission {
  /**
   * Methods in capitals, such as GET.
   * @default every method
   */
  readonly methods?: readonly string[];
  /**
   * The path must be exactly this one (without the query). Excludes `pathPrefix`.
   * @default any path
   */
  readonly pathExact?: string;
  /**
   * The path must start with this text, like Consul's `pathPrefix`. Excludes `pathExact`.
   * @default any path
   */
  readonly pathPrefix?: string;
  /**
   * What the request may be upgraded to. `websocket` makes it a tunnel whose content is no longer checked.
   * Works over HTTP/1.1 and so only for the protocol `http`.
   * @default nothing
   */
  readonly upgrades?: readonly 'websocket'[];
}

/** The protocol inside the TLS of a crossing; the values are those of `protocol` in Consul's ServiceDefaults. */
export type CrossingProtocol = 'http' | 'http2' | 'grpc' | 'tcp';

/** A host name or IP address, and a port. */
export interface SocketAddress {
  /** Host name or IP address. */
  readonly host: string;
  /** Number of the port. */
  readonly port: number;
}

/**
 * Where to reach the gateway of a mesh: a host name or IP address, or several that all lead to it. May be a
 * token.
 */
export type GatewayHosts = string | readonly string[];

interface Crossing {
  /** Stable name, used in Envoy's clusters, statistics and log: `backend-to-info`. */
  readonly id: string;
  /**
   * Server name (SNI) of this crossing, one for each pair of caller and callee. With it the receiving border
   * selects its filter chain, and so the one identity that it admits.
   */
  readonly serverName: string;
  /**
   * Identity of the calling workload: a SPIFFE ID, or a DNS name (Linkerd). The callee receives it in the
   * header `x-federation-caller`.
   */
  readonly caller: string;
  /** The protocol inside the TLS. */
  readonly protocol: CrossingProtocol;
  /** Admitted requests; empty means every request. Only for protocols other than `tcp`. */
  readonly allow: readonly HttpPermission[];
  /** The exact identity that the other end must present. */
  readonly peer: string;
  /**
   * Former identities, which are also admitted while a border moves or calls change their way.
   * @default none
   */
  readonly formerPeers?: readonly string[];
}

/** From the foreign mesh into the local one. Foreign mTLS ends here. */
export interface InboundCrossing extends Crossing {
  /**
   * The exact identity that the TLS client must present: that of the calling workload, if its sidecar connects
   * directly, or that of the outbound border that calls on its behalf.
   */
  readonly peer: string;
  /** The local service, reached through the border's own sidecar. */
  readonly callee: {
    /** `Host`/`:authority` that the callee's mesh expects. */
    readonly authority: string;
    /** Where the border's sidecar takes the call. */
    readonly address: SocketAddress;
  };
}

/** From the local mesh to the foreign one. Foreign mTLS starts here. */
export interface OutboundCrossing extends Crossing {
  /** The exact identity that the far border must present. */
  readonly peer: string;
  /** `Host`/`:authority` that the far side expects. */
  readonly authority: string;
  /** The far mesh's gateway. */
  readonly gateway: {
    /** Host name or IP address of the gateway, or several of them. */
    readonly host: GatewayHosts;
    /** Number of the port. */
    readonly port: number;
  };
}

/** Where a border's own certificate comes from, renewed without a restart in either case. */
export type BorderCertificate =
  | {
      readonly source: 'files';
      /** PEM, leaf first, then intermediates. */
      readonly certificateChain: string;
      readonly privateKey: string;
      /** Directory in which the files are replaced by rename. */
      readonly watchedDirectory: string;
    }
  | AgentSecret;

/** A secret from an agent on the same node, by Envoy's secret discovery service. */
export interface AgentSecret {
  readonly source: 'sds';
  /** The agent's Unix socket: Istio's, `/var/run/secrets/workload-spiffe-uds/socket`, or SPIRE's. */
  readonly socketPath: string;
  /**
   * Istio's agent calls the workload's own certificate `default`. SPIRE's has it by its SPIFFE ID, whatever
   * other entries there are for the workload, and the roots of all trust domains by `ALL`.
   */
  readonly resourceName: string;
}

/** Where a border has the roots of the foreign mesh from. */
export type ForeignRoots =
  | {
      /** PEM, the only trust anchor of the border. */
      readonly source: 'files';
      readonly path: string;
      /** Directory whose renames announce a new bundle (the ConfigMap's mount). */
      readonly watchedDirectory: string;
    }
  /**
   * SPIRE's, by the agent that the certificate is from: each root is bound to its trust domain, by Envoy's
   * SPIFFE validator, and the one identity that a crossing admits is of the foreign one.
   */
  | AgentSecret;

/** Everything that differs between a border in a cluster and the same border on loopback. */
export interface BorderPlacement {
  /**
   * Directory in which Envoy finds the builder's files, absolute. The bootstrap names the secret files
   * beside it by this path.
   */
  readonly configDirectory: string;
  /**
   * Where the local sidecar hands connections to the border. Loopback for an outbound border, which
   * takes its callers' identity from a header that only the sidecar may set.
   */
  readonly listen: SocketAddress;
  /** `/ready` and `/live`, for the kubelet. */
  readonly status: SocketAddress;
  /** `/stats/prometheus`, and nothing else of the admin interface. */
  readonly metrics: SocketAddress;
  /**
   * Where a request takes `drainSeconds` to be answered, for the preStop hook of a pod.
   * @default nowhere
   */
  readonly drain?: SocketAddress;
  /**
   * Where Envoy tries for itself whether its certificate and the foreign roots are loaded, which
   * `/ready` then waits for. Loopback only.
   * @default nowhere: `/ready` says only that Envoy runs
   */
  readonly check?: SocketAddress;
  /** Envoy's admin interface. Loopback only. */
  readonly admin: SocketAddress;
  readonly certificate: BorderCertificate;
  readonly foreignBundle: ForeignRoots;
}

/**
 * The header by which the sidecar of an outbound border says who calls, and that nobody else can set:
 * `x-forwarded-client-cert`, whose last element ends with the caller's SPIFFE ID, or `l5d-client-id`, which
 * is the caller's DNS name.
 */
export type CallerHeader = 'x-forwarded-client-cert' | 'l5d-client-id';

/** A border that ends foreign mTLS and speaks to the local mesh. */
export interface InboundBorder {
  /** Name of the border, e.g. `backend-inbound`. */
  readonly name: string;
  readonly placement: BorderPlacement;
  readonly crossings: readonly InboundCrossing[];
  readonly limits?: BorderLimits;
  /**
   * Labels of all its metrics, beside `border` and `direction`.
   * @default none
   */
  readonly statLabels?: Readonly<Record<string, string>>;
  /** @default no spans */
  readonly tracing?: TracingOptions;
  /** @default see `RequestOptions` */
  readonly requests?: RequestOptions;
}

/** A border that takes calls from the local mesh and starts foreign mTLS. */
export interface OutboundBorder {
  readonly name: string;
  readonly placement: BorderPlacement;
  /**
   * One for each caller. HTTP tells callers apart by a header of the sidecar; a border with a `tcp` crossing
   * carries that one only.
   */
  readonly crossings: readonly OutboundCrossing[];
  /** @default 'x-forwarded-client-cert' */
  readonly callerHeader?: CallerHeader;
  readonly limits?: BorderLimits;
  /**
   * Labels of all its metrics, beside `border` and `direction`.
   * @default none
   */
  readonly statLabels?: Readonly<Record<string, string>>;
  /** @default no spans */
  readonly tracing?: TracingOptions;
  /** @default see `RequestOptions` */
  readonly requests?: RequestOptions;
}

/** Where borders send their spans, with OpenTelemetry's protocol OTLP over gRPC. */
export interface TracingOptions {
  /** Host name of the collector, in each cluster. */
  readonly host: string;
  /**
   * Port that takes OTLP over gRPC.
   * @default 4317
   */
  readonly port?: number;
  /**
   * Namespace of the collector, if its pods are in the cluster: borders may then connect to those pods only.
   * @default none: they may connect to this port on any address
   */
  readonly namespace?: string;
  /**
   * Percentage of requests for which a border starts a trace, 0 to 100. It does not apply to requests that
   * already belong to a trace: where that started, it was decided whether to record them.
   * @default 1
   */
  readonly percent?: number;
}
