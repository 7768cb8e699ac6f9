/*
 * The custom resources that the federation writes, with those of their fields that it uses.
 */

/**
 * A custom resource as it would stand in a YAML file. A type alias and not an interface, so that it
 * can be passed on as plain data.
 */
type Resource<ApiVersion extends string, Kind extends string, Spec> = {
  readonly apiVersion: ApiVersion;
  readonly kind: Kind;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Spec;
};

/** The same of a kind that has no namespaces. */
type ClusterResource<ApiVersion extends string, Kind extends string, Spec> = {
  readonly apiVersion: ApiVersion;
  readonly kind: Kind;
  readonly metadata: { readonly name: string; readonly namespace?: undefined };
  readonly spec: Spec;
};

type Labels = Readonly<Record<string, string>>;

/** @see https://istio.io/latest/docs/reference/config/security/authorization-policy/ */
export type AuthorizationPolicy = Resource<
  'security.istio.io/v1',
  'AuthorizationPolicy',
  {
    readonly selector: { readonly matchLabels: Labels };
    readonly action: 'ALLOW';
    readonly rules: readonly AuthorizationRule[];
  }
>;

/** All of its parts must hold; one entry of each is enough. */
export type AuthorizationRule = {
  readonly from?: readonly { readonly source: AuthorizationSource }[];
  readonly to?: readonly { readonly operation: AuthorizationOperation }[];
  readonly when?: readonly { readonly key: 'connection.sni'; readonly values: readonly string[] }[];
};

/** Who calls: one of the first, none of the second. */
export type AuthorizationSource = {
  readonly principals: readonly string[];
  readonly notPrincipals?: readonly string[];
};

/** What is called. A path ending in `*` is a prefix. */
export type AuthorizationOperation = {
  readonly methods?: readonly string[];
  readonly paths?: readonly string[];
  readonly ports?: readonly string[];
};

/** @see https://istio.io/latest/docs/reference/config/networking/service-entry/ */
export type ServiceEntry = Resource<
  'networking.istio.io/v1',
  'ServiceEntry',
  {
    readonly hosts: readonly string[];
    readonly exportTo: readonly string[];
    readonly location: 'MESH_EXTERNAL';
    readonly resolution: 'DNS' | 'STATIC';
    readonly ports: readonly {
      readonly number: number;
      readonly name: string;
      readonly protocol: 'HTTP' | 'HTTP2' | 'GRPC' | 'TCP';
    }[];
    readonly endpoints: readonly {
      readonly address: string;
      readonly ports: Readonly<Record<string, number>>;
      readonly labels: Labels;
    }[];
  }
>;

/** @see https://istio.io/latest/docs/reference/config/networking/destination-rule/ */
export type DestinationRule = Resource<
  'networking.istio.io/v1',
  'DestinationRule',
  {
    readonly host: string;
    readonly exportTo: readonly string[];
    readonly workloadSelector?: { readonly matchLabels: Labels };
    readonly trafficPolicy: {
      readonly connectionPool?: {
        readonly tcp: {
          readonly connectTimeout?: string;
          readonly tcpKeepalive?: { readonly time: string };
          readonly maxConnectionDuration?: string;
        };
      };
      readonly loadBalancer?: { readonly localityLbSetting: { readonly enabled: boolean } };
      readonly outlierDetection?: {
        readonly splitExternalLocalOriginErrors: true;
        readonly consecutiveLocalOriginFailures: number;
        /** 0: answers do not count. */
        readonly consecutive5xxErrors: 0;
        /** 0: answers do not count. */
        readonly consecutiveGatewayErrors: 0;
        readonly interval: string;
        readonly maxEjectionPercent: number;
      };
      readonly tls?: {
        readonly mode: 'SIMPLE' | 'MUTUAL';
        readonly clientCertificate?: string;
        readonly privateKey?: string;
        readonly caCertificates?: string;
        readonly sni: string;
        readonly subjectAltNames: readonly string[];
      };
    };
    readonly subsets?: readonly { readonly name: string; readonly labels: Labels }[];
  }
>;

type Destination = {
  readonly host: string;
  readonly subset?: string;
  readonly port: { readonly number: number };
};

type LabelledRoute = {
  readonly match: readonly { readonly port: number; readonly sourceLabels: Labels }[];
  readonly route: readonly { readonly destination: Destination }[];
};

/** @see https://istio.io/latest/docs/reference/config/networking/virtual-service/ */
export type VirtualService = Resource<
  'networking.istio.io/v1',
  'VirtualService',
  {
    readonly hosts: readonly string[];
    readonly exportTo: readonly string[];
    readonly gateways?: readonly string[];
    readonly http?: readonly LabelledRoute[];
    readonly tcp?: readonly LabelledRoute[];
    readonly tls?: readonly {
      readonly match: readonly { readonly sniHosts: readonly string[] }[];
      readonly route: readonly { readonly destination: Destination }[];
    }[];
  }
>;

/** @see https://istio.io/latest/docs/reference/config/networking/gateway/ */
export type Gateway = Resource<
  'networking.istio.io/v1',
  'Gateway',
  {
    readonly selector: Labels;
    readonly servers: readonly {
      readonly port: { readonly number: number; readonly name: string; readonly protocol: 'TLS' };
      readonly tls: { readonly mode: 'PASSTHROUGH' };
      readonly hosts: readonly string[];
    }[];
  }
>;

/** @see https://developer.hashicorp.com/consul/docs/reference/config-entry/service-defaults */
export type ServiceDefaults = Resource<
  'consul.hashicorp.com/v1alpha1',
  'ServiceDefaults',
  {
    readonly protocol: string;
    /** Of each pod's sidecar, to its application. */
    readonly maxInboundConnections?: number;
    /** Of its sidecar, to each service that it calls. */
    readonly upstreamConfig?: {
      readonly defaults?: {
        readonly limits: {
          readonly maxConnections: number;
          readonly maxPendingRequests: number;
          readonly maxConcurrentRequests: number;
        };
        readonly connectTimeoutMs: number;
        readonly passiveHealthCheck: PassiveHealthCheck;
      };
      readonly overrides?: readonly {
        readonly name: string;
        readonly connectTimeoutMs: number;
        readonly passiveHealthCheck: PassiveHealthCheck;
      }[];
    };
  }
>;

/** When an instance that fails is left out for a while. */
export interface PassiveHealthCheck {
  /** Time between two looks at those that are left out, such as `10s`. */
  readonly interval: string;
  /** Failures in a row after which an instance is left out. */
  readonly maxFailures: number;
  /** Percentage of the instances that may be left out at a time. */
  readonly maxEjectionPercent: number;
}

/** @see https://developer.hashicorp.com/consul/docs/reference/config-entry/service-intentions */
export type ServiceIntentions = Resource<
  'consul.hashicorp.com/v1alpha1',
  'ServiceIntentions',
  {
    readonly destination: { readonly name: string };
    readonly sources: readonly IntentionSource[];
  }
>;

/** Who may call: everything, or what is permitted. */
export type IntentionSource = {
  readonly name: string;
  readonly action?: 'allow' | 'deny';
  readonly permissions?: readonly {
    readonly action: 'allow' | 'deny';
    readonly http: {
      readonly pathPrefix?: string;
      readonly pathExact?: string;
      readonly pathRegex?: string;
      readonly methods?: readonly string[];
    };
  }[];
};

/** @see https://developer.hashicorp.com/consul/docs/reference/config-entry/ingress-gateway */
export type IngressGateway = Resource<
  'consul.hashicorp.com/v1alpha1',
  'IngressGateway',
  {
    readonly listeners: readonly {
      readonly port: number;
      readonly protocol: 'tcp';
      readonly services: readonly {
        readonly name: string;
        readonly maxConnections: number;
        readonly maxPendingRequests: number;
        readonly passiveHealthCheck: PassiveHealthCheck;
      }[];
    }[];
  }
>;

/** @see https://developer.hashicorp.com/consul/docs/reference/k8s/api-gateway/gatewayclassconfig */
export type GatewayClassConfig = ClusterResource<
  'consul.hashicorp.com/v1alpha1',
  'GatewayClassConfig',
  {
    readonly deployment: {
      readonly defaultInstances: number;
      readonly minInstances: number;
      readonly maxInstances: number;
      readonly resources: {
        readonly requests: Readonly<Record<string, string>>;
        readonly limits: Readonly<Record<string, string>>;
      };
    };
    readonly mapPrivilegedContainerPorts: number;
  }
>;

/** A service as Consul knows it, for routes to lead to. */
export type MeshService = Resource<
  'consul.hashicorp.com/v1alpha1',
  'MeshService',
  { readonly name: string }
>;

/** @see https://gateway-api.sigs.k8s.io/reference/spec/#gatewayclass */
export type GatewayClass = ClusterResource<
  'gateway.networking.k8s.io/v1',
  'GatewayClass',
  {
    readonly controllerName: string;
    readonly parametersRef: {
      readonly group: string;
      readonly kind: string;
      readonly name: string;
    };
  }
>;

/** @see https://gateway-api.sigs.k8s.io/reference/spec/#gateway */
export type KubernetesGateway = Resource<
  'gateway.networking.k8s.io/v1',
  'Gateway',
  {
    readonly gatewayClassName: string;
    readonly addresses?: readonly { readonly type: 'Hostname'; readonly value: string }[];
    readonly listeners: readonly {
      readonly name: string;
      readonly port: number;
      readonly protocol: 'TCP' | 'TLS';
      readonly hostname?: string;
      readonly tls?: { readonly mode: 'Passthrough' };
      readonly allowedRoutes: {
        readonly namespaces:
          | { readonly from: 'Same' }
          | {
              readonly from: 'Selector';
              readonly selector: {
                readonly matchExpressions: readonly {
                  readonly key: string;
                  readonly operator: 'In';
                  readonly values: readonly string[];
                }[];
              };
            };
        readonly kinds: readonly {
          readonly group: string;
          readonly kind: 'TCPRoute' | 'TLSRoute';
        }[];
      };
    }[];
  }
> & { readonly metadata: { readonly labels?: Labels } };

/** @see https://gateway-api.sigs.k8s.io/reference/spec/#tlsroute */
export type TlsRoute = Resource<
  'gateway.networking.k8s.io/v1',
  'TLSRoute',
  {
    readonly parentRefs: readonly { readonly name: string; readonly namespace: string }[];
    readonly hostnames: readonly string[];
    readonly rules: readonly {
      readonly backendRefs: readonly { readonly name: string; readonly port: number }[];
    }[];
  }
>;

/** @see https://gateway-api.sigs.k8s.io/reference/spec/#tcproute */
export type TcpRoute = Resource<
  'gateway.networking.k8s.io/v1alpha2',
  'TCPRoute',
  {
    readonly parentRefs: readonly { readonly name: string; readonly sectionName: string }[];
    readonly rules: readonly {
      readonly backendRefs: readonly {
        readonly group: string;
        readonly kind: 'MeshService';
        readonly name: string;
      }[];
    }[];
  }
>;

/** @see https://linkerd.io/docs/reference/authorization-policy/ */
export type LinkerdServer = Resource<
  'policy.linkerd.io/v1beta3',
  'Server',
  {
    readonly podSelector: { readonly matchLabels: Labels };
    /** Number of a port of the pods. */
    readonly port: number;
    readonly proxyProtocol: 'HTTP/1' | 'HTTP/2' | 'opaque';
    readonly accessPolicy: 'deny';
  }
>;

/** Identities, one of which a caller must have. */
export type MeshTlsAuthentication = Resource<
  'policy.linkerd.io/v1alpha1',
  'MeshTLSAuthentication',
  { readonly identities: readonly string[] }
>;

/** Whom a Server or a route is open to. */
export type LinkerdAuthorizationPolicy = Resource<
  'policy.linkerd.io/v1alpha1',
  'AuthorizationPolicy',
  {
    readonly targetRef: {
      readonly group: string;
      readonly kind: 'Server' | 'HTTPRoute';
      readonly name: string;
    };
    /** All of them; where there are none, everybody. */
    readonly requiredAuthenticationRefs: readonly {
      readonly group: string;
      readonly kind: 'MeshTLSAuthentication';
      readonly name: string;
    }[];
  }
>;

/** Requests to a Server. One match is enough. */
export type HttpRoute = Resource<
  'policy.linkerd.io/v1beta3',
  'HTTPRoute',
  {
    readonly parentRefs: readonly {
      readonly group: string;
      readonly kind: 'Server';
      readonly name: string;
    }[];
    readonly rules: readonly {
      readonly matches: readonly {
        readonly path: {
          readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression';
          readonly value: string;
        };
        readonly method?: string;
      }[];
    }[];
  }
>;

/** Any custom resource of the federation. */
export type FederationResource =
  | LinkerdServer
  | MeshTlsAuthentication
  | LinkerdAuthorizationPolicy
  | HttpRoute
  | AuthorizationPolicy
  | ServiceEntry
  | DestinationRule
  | VirtualService
  | Gateway
  | ServiceDefaults
  | ServiceIntentions
  | IngressGateway
  | GatewayClassConfig
  | MeshService
  | GatewayClass
  | KubernetesGateway
  | TcpRoute
  | TlsRoute;

/** A custom resource, and what it is there for. */
export interface PlannedResource<Manifest extends FederationResource = FederationResource> {
  /** The mesh in whose cluster it is. */
  readonly mesh: string;
  /**
   * Unique in its cluster. It says what the resource is about and stays when its name changes, so that
   * Terraform replaces the one by the other and never has both.
   */
  readonly id: string;
  /**
   * `mesh`: it says who may call a service of the mesh itself, and stays when the federation goes;
   * `federation`: it is about borders and the routes to them.
   */
  readonly layer: 'mesh' | 'federation';
  /** As it would stand in a YAML file. */
  readonly manifest: Manifest & {
    /** What the resource's CRD takes as `spec`. */
    readonly spec: Readonly<Record<string, unknown>>;
  };
  /** Ids of the calls that it lets through and limits. None where it only leads the way. */
  readonly enforces: readonly string[];
  /**
   * Ids of the calls that it is about: those that it enforces or leads, and those of borders that it names. What
   * comes later and is about one of them waits for it.
   */
  readonly about: readonly string[];
  /**
   * Whether it is at the gateway, which calls pass that do not enter by a border's own Service.
   * @default false
   */
  readonly atGateway?: boolean;
  /** Ids of resources in the same cluster that must be there first and go last. */
  readonly after: readonly string[];
  /**
   * Whether nobody else would give it this name. What has a name that others may have taken is looked
   * for before it is made, and left alone where it is somebody else's.
   * @default false
   */
  readonly ownName?: boolean;
  /**
   * Whether one of another name is made before this one goes: both may be there for a moment.
   * @default false
   */
  readonly successorFirst?: boolean;
}
