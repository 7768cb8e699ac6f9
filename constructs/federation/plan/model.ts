import type { IConsulMesh } from '../../consul/interface';
import type { IIstioMesh } from '../../istio/interface';
import type { ILinkerdMesh } from '../../linkerd/interface';
import type { CrossingProtocol, HttpPermission } from './crossing';
import type { PublishedSpire, SpireOptions } from './spire-options';

/**
 * Who may call what, in two or more meshes. This is all that a user of the federation writes; whatever no
 * rule allows is denied.
 */
export interface AccessPolicy {
  /** The meshes, under names of your choice, which rules use: `istio`, `consul`, `consul-berlin`. */
  readonly meshes: Readonly<Record<string, PolicyMesh>>;
  /** Every call that is allowed. */
  readonly rules: readonly AccessRule[];
}

/** How calls leave a mesh: from the caller's own sidecar, or through an outbound border. */
export type WayOut = 'sidecar' | 'border';

/** How calls enter a mesh: through its gateway, or through Services of the inbound borders. */
export type WayIn = 'gateway' | 'service';

/** A mesh, with the services that rules mention. */
export type PolicyMesh = IstioPolicyMesh | ConsulPolicyMesh | LinkerdPolicyMesh;

interface AnyPolicyMesh {
  /**
   * Name of its cluster, if another mesh of the policy is in the same one. Calls between the two then stay
   * inside the cluster and go straight to the inbound border, without a gateway or load balancer. Meshes in
   * one cluster must be of different kinds, and cannot share namespaces.
   * @default a cluster of its own
   */
  readonly cluster?: string;
  /**
   * Kubernetes namespace of the borders, which represent foreign services. Its pods must join the mesh.
   * Anyone who may run pods in it can act as a foreign service, so use it for nothing else.
   * @default DEFAULT_BORDER_NAMESPACE
   */
  readonly borderNamespace?: string;
  /**
   * Where the borders are deployed now, if `borderNamespace` is about to change. The old borders stay beside
   * the new ones, and both are admitted, until you remove this: deploy once with it, then once without it.
   * @default the borders are new, or stay where they are
   */
  readonly bordersMovedFrom?: string;
}

/** Namespace of the borders, unless the policy says otherwise. It is used for nothing else. */
export const DEFAULT_BORDER_NAMESPACE = 'federation-borders';

/** An Istio mesh in the policy. */
export interface IstioPolicyMesh extends AnyPolicyMesh {
  /** Says that it is an Istio mesh. */
  readonly kind: 'istio';
  /** By the name that rules use: the key `backend` in the mesh `istio` is `istio/backend`. */
  readonly services: Readonly<Record<string, IstioService>>;
  /**
   * How calls leave the mesh. `sidecar`: the caller's own sidecar connects to the foreign gateway. The
   * caller's identity is verified end to end, and its pods need annotations (`callerPodAnnotations`).
   * `border`: an outbound border calls on behalf of all callers of a foreign service, whose pods need
   * nothing but their sidecar.
   * @default 'sidecar'
   */
  readonly out?: WayOut;
  /**
   * The former value of `out`, if it is about to change. The former way stays open beside the new one until
   * you remove this, so that no call fails: deploy once with it, then once without it. When changing to
   * `border`, keep the annotations on callers' pods until then; when changing to `sidecar`, add them before.
   * @default none: `out` is the only way
   */
  readonly outFrom?: WayOut;
  /**
   * How calls enter the mesh. `gateway`: through its ingress gateway. `service`: through a Service of the
   * inbound border, bypassing the gateway and the border's sidecar. That saves two proxies on the way, but
   * needs another load balancer unless the caller is in the same cluster. The border terminates the foreign
   * mTLS in both cases.
   * @default 'service' for meshes of the same cluster, 'gateway' for all others
   */
  readonly in?: WayIn;
  /**
   * The former value of `in`, if it is about to change. The former way stays open beside the new one until
   * you remove this, so that no call fails: deploy once with it, then once without it. If the new way takes
   * time to open, such as a load balancer in a cloud, open it first with a deploy in which the two values are
   * swapped.
   * @default none: `in` is the only way
   */
  readonly inFrom?: WayIn;
}

/** A Consul mesh in the policy. */
export interface ConsulPolicyMesh extends AnyPolicyMesh {
  /** Says that it is a Consul mesh. */
  readonly kind: 'consul';
  /** By the name that rules use: the key `info` in the mesh `consul` is `consul/info`. */
  readonly services: Readonly<Record<string, ConsulService>>;
  /**
   * Who writes the gateway's IngressGateway, or the Gateway and routes of an API gateway. Consul allows only
   * one. With `existing` you write it, and add the federation's listeners to it.
   * @default 'create'
   */
  readonly gatewayListeners?: 'create' | 'existing';
  /**
   * How calls enter the mesh. `gateway`: through its ingress gateway. `service`: through a Service of the
   * inbound border, bypassing the gateway and the border's sidecar. That saves two proxies on the way, but
   * needs another load balancer unless the caller is in the same cluster. The border terminates the foreign
   * mTLS in both cases.
   * @default 'service' for meshes of the same cluster, 'gateway' for all others
   */
  readonly in?: WayIn;
  /**
   * The former value of `in`, as in `IstioPolicyMesh`.
   * @default none: `in` is the only way
   */
  readonly inFrom?: WayIn;
}

/** A Linkerd mesh in the policy. Calls leave through outbound borders and enter through Services of inbound ones. */
export interface LinkerdPolicyMesh extends AnyPolicyMesh {
  /** Says that it is a Linkerd mesh. */
  readonly kind: 'linkerd';
  /** By the name that rules use: the key `orders` in the mesh `linkerd` is `linkerd/orders`. */
  readonly services: Readonly<Record<string, LinkerdService>>;
}

interface AnyService {
  /**
   * Name of its Kubernetes Service; in Consul also its Consul name and its service account.
   * @default the key
   */
  readonly name?: string;
  /** @default 'default' */
  readonly namespace?: string;
  /**
   * Port of its Kubernetes Service. Foreign callers use the same one.
   * @default 80
   */
  readonly port?: number;
  /** @default 'http' */
  readonly protocol?: CrossingProtocol;
  /**
   * Its name in foreign meshes: the host name that applications there call, and the identity that policies
   * there refer to.
   * @default the key
   */
  readonly standIn?: string;
  /**
   * Port through which it enters foreign meshes where the port identifies the caller: at a gateway such as
   * Consul's, and at the load balancer of borders (`in: service`). Each calling service needs its own.
   * @default a number from 10000 to 18999, always the same for the same mesh and key
   */
  readonly gatewayPort?: number;
  /**
   * The former value of `gatewayPort`. Both ports lead to the same border until you remove this, so that no
   * call fails: deploy once with it, then once without it.
   * @default none
   */
  readonly previousGatewayPort?: number;
}

/** A service of an Istio mesh. */
export interface IstioService extends AnyService {
  /**
   * Service account of its pods, which is its identity.
   * @default the name
   */
  readonly serviceAccount?: string;
  /**
   * Labels with which policies select its pods.
   * @default `app: <name>`
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * How its calls leave the mesh. Services of one namespace that call the same foreign service must use the
   * same way.
   * @default that of the mesh
   */
  readonly out?: WayOut;
  /**
   * The former value of `out`, as in `IstioPolicyMesh`.
   * @default that of the mesh, where `out` is too
   */
  readonly outFrom?: WayOut;
}

/** A service of a Consul mesh. Its identity is its name, in every namespace. */
export interface ConsulService extends AnyService {
  /**
   * Who writes its ServiceDefaults, which tell Consul the protocol. With `existing` you do.
   * @default 'create'
   */
  readonly serviceDefaults?: 'create' | 'existing';
  /**
   * Who writes its ServiceIntentions, of which a service can have only one. With `existing` you write them,
   * and add its callers yourself: foreign ones under the names of their borders.
   * @default 'create'
   */
  readonly intentions?: 'create' | 'existing';
  /**
   * Name of the ServiceIntentions resource. Changing it replaces the resource, and for a moment nobody may
   * call the service.
   * @default 'callers-of-<name>'
   */
  readonly intentionsName?: string;
}

/** A service of a Linkerd mesh. */
export interface LinkerdService extends AnyService {
  /**
   * Service account of its pods, which is its identity.
   * @default the name
   */
  readonly serviceAccount?: string;
  /**
   * Labels with which its Server selects its pods.
   * @default `app: <name>`
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * The target port of its Kubernetes Service, which its Server is for.
   * @default the port
   */
  readonly podPort?: number;
  /**
   * Paths that the kubelet probes on this port, with GET. Linkerd finds them by itself unless a rule limits
   * requests; then only these are let through, for everybody.
   * @default none
   */
  readonly probePaths?: readonly string[];
  /**
   * Who writes its Server, with the routes and policies that belong to it. Linkerd uses only one Server for
   * each port of a pod, so set `existing` if you, or another federation of the mesh, already have one, and
   * admit its callers there: foreign ones by the identities of their borders.
   * @default 'create'
   */
  readonly server?: 'create' | 'existing';
}

/** Allows one service, or all of one mesh, to call a service. */
export interface AccessRule {
  /** The caller as `<mesh>/<service>`, or `<mesh>/*` together with `anyone`. */
  readonly from: string;
  /** The service called, as `<mesh>/<service>`. */
  readonly to: string;
  /**
   * Requests allowed. Not for `tcp`.
   * @default every request
   */
  readonly allow?: readonly HttpPermission[];
  /**
   * Confirms that `from: '<mesh>/*'` is intended: every workload of the mesh, named in the policy or not. Only
   * within one mesh.
   * @default false
   */
  readonly anyone?: boolean;
  /**
   * Name of the AuthorizationPolicy that admits the caller, if the called service is in Istio. The name of the
   * federation is appended, if it has one. When this changes, the new policy is made before the old one goes.
   * @default 'allow-<mesh>.<caller>.to.<service>'
   */
  readonly policyName?: string;
}

/** A mesh of the policy as it is installed. */
export type MeshMember = IstioMember | ConsulMember | LinkerdMember;

interface AnyMember {
  /**
   * Whether the mesh denies by default, as `IstioMeshPolicy` and `ConsulMeshPolicy` arrange. If it does not,
   * called services still admit only the callers that the policy names, but the Istio gateway stays as open
   * as it is: a policy for the federation would close its other ports.
   * @default true
   */
  readonly defaultDeny?: boolean;
  /**
   * Confirms that another mesh of the federation has the same trust domain on purpose. Borders still tell the
   * two apart, since each trusts the roots of one mesh only; but in `x-federation-caller`, logs and rules of
   * your own, workloads of both have the same identities.
   * @default false: the policy is refused
   */
  readonly sharedTrustDomain?: boolean;
  /**
   * The SPIRE of its cluster, if that issues the identities that its borders present to other meshes.
   * @default none: they present the mesh's identity
   */
  readonly spire?: SpireOptions;
  /**
   * Port at which the other meshes reach its gateway, if a load balancer or firewall of yours in front of it
   * listens on another port than the gateway. It forwards to one port, so only one of the gateway's ports may
   * be in use.
   * @default the gateway's own ports
   */
  readonly addressPort?: number;
}

/** An installed Istio mesh. */
export interface IstioMember extends AnyMember {
  /** Says that it is an Istio mesh. */
  readonly kind: 'istio';
  /** An `IstioMesh`, or the facts about one. */
  readonly mesh: IIstioMesh;
}

/** An installed Consul mesh. */
export interface ConsulMember extends AnyMember {
  /** Says that it is a Consul mesh. */
  readonly kind: 'consul';
  /** A `ConsulMesh`, or the facts about one. */
  readonly mesh: IConsulMesh;
}

/** An installed Linkerd mesh. */
export interface LinkerdMember extends AnyMember {
  /** Says that it is a Linkerd mesh. */
  readonly kind: 'linkerd';
  /** The facts about it. */
  readonly mesh: ILinkerdMesh;
}

/**
 * What the owner of a mesh tells those who federate with it: see `Offer`. It contains nothing that is of use
 * only in the mesh's own cluster.
 */
export type PublishedMesh = PublishedIstioMesh | PublishedConsulMesh | PublishedLinkerdMesh;

interface AnyPublishedMesh {
  /** Trust domain of the mesh. */
  readonly trustDomain: string;
  /**
   * As in the mesh's own `MeshMember`.
   * @default false
   */
  readonly sharedTrustDomain?: boolean;
  /**
   * The SPIRE from which its borders get their identity.
   * @default they have an identity of the mesh
   */
  readonly spire?: PublishedSpire;
  /**
   * Port of the gateway's address, as in `MeshMember`.
   * @default the gateway's own
   */
  readonly addressPort?: number;
}

/** An Istio mesh, as its owner describes it to others. */
export interface PublishedIstioMesh extends AnyPublishedMesh {
  /** Says that it is an Istio mesh. */
  readonly kind: 'istio';
  /**
   * DNS domain of its cluster: requests carry it in their host names.
   * @default 'cluster.local'
   */
  readonly clusterDomain?: string;
  /** Port of its gateway that passes TLS through. */
  readonly tlsPort: number;
}

/** A Consul mesh, as its owner describes it to others. */
export interface PublishedConsulMesh extends AnyPublishedMesh {
  /** Says that it is a Consul mesh. */
  readonly kind: 'consul';
  /** Consul datacenter, a part of every SPIFFE ID. */
  readonly datacenter: string;
}

/** A Linkerd mesh, as its owner describes it to others. */
export interface PublishedLinkerdMesh extends AnyPublishedMesh {
  /** Says that it is a Linkerd mesh. */
  readonly kind: 'linkerd';
  /**
   * DNS domain of its cluster: requests carry it in their host names.
   * @default 'cluster.local'
   */
  readonly clusterDomain?: string;
  /** Namespace of its control plane, a part of every identity. */
  readonly namespace: string;
}
