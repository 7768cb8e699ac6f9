import type { IConsulMesh } from '../../consul/interface';
import type { IIstioMesh } from '../../istio/interface';
import type { ILinkerdMesh } from '../../linkerd/interface';
import type { CrossingProtocol, HttpPermission } from './crossing';
import type { PublishedSpire, SpireOptions } from './spire-options';

/**
 * Who may call what, in two or more meshes: the one thing that a user of the federation writes.
 * Whatever no rule allows is denied.
 */
export interface AccessPolicy {
  /** By a name of your own, that rules use: `istio`, `consul`, `consul-berlin`. */
  readonly meshes: Readonly<Record<string, PolicyMesh>>;
  /** Every call that is allowed. */
  readonly rules: readonly AccessRule[];
}

/** How calls leave a mesh: from the caller's own sidecar, or through an outbound border. */
export type WayOut = 'sidecar' | 'border';

/** How calls enter a mesh: through its gateway, or by Services of the inbound borders. */
export type WayIn = 'gateway' | 'service';

/** One mesh and those of its services that rules speak of. */
export type PolicyMesh = IstioPolicyMesh | ConsulPolicyMesh | LinkerdPolicyMesh;

interface AnyPolicyMesh {
  /**
   * Name of its cluster, where another mesh of the policy is there too. Calls between the two then stay in
   * the cluster: they go straight to the inbound border, past gateways and load balancers. Meshes of
   * one cluster differ in their kinds, and each has namespaces of its own.
   * @default a cluster of its own
   */
  readonly cluster?: string;
  /**
   * Kubernetes namespace of the borders, which represent foreign services. It must be one whose
   * pods join the mesh. Whoever may run pods in it can speak for the foreign services: let nothing else
   * live there.
   * @default DEFAULT_BORDER_NAMESPACE
   */
  readonly borderNamespace?: string;
  /**
   * The namespace in which deployed borders are, when `borderNamespace` is changed. Those stay until it
   * is taken out again, beside the new ones, and both are admitted: deploy with it, then without it.
   * @default the borders are new, or stay where they are
   */
  readonly bordersMovedFrom?: string;
}

/** Where borders are, unless the policy says otherwise: a namespace that is theirs alone. */
export const DEFAULT_BORDER_NAMESPACE = 'federation-borders';

/** What the policy says of an Istio mesh. */
export interface IstioPolicyMesh extends AnyPolicyMesh {
  /** Says that it is an Istio mesh. */
  readonly kind: 'istio';
  /** By the name that rules use: the key `backend` in the mesh `istio` is `istio/backend`. */
  readonly services: Readonly<Record<string, IstioService>>;
  /**
   * How calls leave the mesh. `sidecar`: the caller's own sidecar speaks to the foreign gateway, so its
   * identity crosses from end to end, and its pods need annotations (`callerPodAnnotations`). `border`: an
   * outbound border speaks for all callers of a foreign service, whose pods need nothing but their
   * sidecar.
   * @default 'sidecar'
   */
  readonly out?: WayOut;
  /**
   * How calls left before, when `out` is changed: that way stays open until this is taken out again, beside the
   * new one, by which they leave then. So the way changes without a failed call: deploy with it, then without it.
   * To `border`, callers' pods keep their annotations until then; to `sidecar`, they have them before.
   * @default none: `out` is the only way
   */
  readonly outFrom?: WayOut;
  /**
   * How calls enter the mesh. `gateway`: through its ingress gateway. `service`: by a Service of the
   * inbound border, past the gateway and the border's sidecar: two proxies fewer on the way, and another load
   * balancer, unless the caller is in the same cluster. The border ends the foreign mTLS either way.
   * @default 'service' for meshes of the same cluster, 'gateway' for all others
   */
  readonly in?: WayIn;
  /**
   * How calls entered before, when `in` is changed: that way stays open until this is taken out again, beside
   * the new one, by which they come then. So the way changes without a failed call: deploy with it, then
   * without it. Where the new way takes time to open, such as a load balancer in a cloud, open it before that: by
   * a deploy that names the two the other way round.
   * @default none: `in` is the only way
   */
  readonly inFrom?: WayIn;
}

/** What the policy says of a Consul mesh. */
export interface ConsulPolicyMesh extends AnyPolicyMesh {
  /** Says that it is a Consul mesh. */
  readonly kind: 'consul';
  /** By the name that rules use: the key `info` in the mesh `consul` is `consul/info`. */
  readonly services: Readonly<Record<string, ConsulService>>;
  /**
   * Who writes the gateway's IngressGateway, or the Gateway and the routes of an API gateway. Consul allows only
   * one: with `existing` it is yours, and you add the federation's listeners to it.
   * @default 'create'
   */
  readonly gatewayListeners?: 'create' | 'existing';
  /**
   * How calls enter the mesh. `gateway`: through its ingress gateway. `service`: by a Service of the
   * inbound border, past the gateway and the border's sidecar: two proxies fewer on the way, and another load
   * balancer, unless the caller is in the same cluster. The border ends the foreign mTLS either way.
   * @default 'service' for meshes of the same cluster, 'gateway' for all others
   */
  readonly in?: WayIn;
  /**
   * How calls entered before, as in `IstioPolicyMesh`.
   * @default none: `in` is the only way
   */
  readonly inFrom?: WayIn;
}

/** A Linkerd mesh. Calls leave it through outbound borders, and enter by Services of inbound ones. */
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
   * Its name in the foreign meshes: the host that foreign applications call and the identity by which
   * foreign policies know it.
   * @default the key
   */
  readonly standIn?: string;
  /**
   * Port by which it enters foreign meshes where a port tells callers apart, if it calls a service there:
   * at a gateway such as Consul's, and at the load balancer of borders (`in: service`). Each calling service
   * needs one.
   * @default a number from 10000 to 18999, always the same for the same mesh and key
   */
  readonly gatewayPort?: number;
  /**
   * The port that `gatewayPort` was before: it leads to the same border until this is taken out. So a
   * port changes without a failed call: deploy with it, then without it.
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
   * Labels of its pods, by which policies find them.
   * @default `app: <name>`
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * How its calls leave the mesh. Services of one namespace that call the same foreign service do so in
   * the same way.
   * @default that of the mesh
   */
  readonly out?: WayOut;
  /**
   * How its calls left before, as in `IstioPolicyMesh`.
   * @default that of the mesh, where `out` is too
   */
  readonly outFrom?: WayOut;
}

/** A service of a Consul mesh. Its identity is its name, in every namespace. */
export interface ConsulService extends AnyService {
  /**
   * Who writes its ServiceDefaults, which tell Consul the protocol: `existing` when you have them.
   * @default 'create'
   */
  readonly serviceDefaults?: 'create' | 'existing';
  /**
   * Who writes its ServiceIntentions, of which there can be one for each service: `existing` when you
   * have them. Then its callers are for you to add to yours, foreign ones by the names of their borders.
   * @default 'create'
   */
  readonly intentions?: 'create' | 'existing';
  /**
   * Name of the ServiceIntentions resource. Another name replaces it, and for that moment nobody may call
   * the service.
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
   * Labels of its pods, by which its Server finds them.
   * @default `app: <name>`
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Port of its pods that its Kubernetes Service leads to: a Server is about that one.
   * @default the port
   */
  readonly podPort?: number;
  /**
   * Paths that the kubelet asks for on this port, by GET. Linkerd knows them by itself, unless a rule limits
   * requests: then only these are let through, to everybody.
   * @default none
   */
  readonly probePaths?: readonly string[];
  /**
   * Who writes its Server, with the routes and policies that belong to it: `existing` when you, or another
   * federation of the mesh, have one. Linkerd goes by one Server for a port of a pod. Then its callers are for
   * you to admit there, foreign ones by the identities of their borders.
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
   * Says that `from: '<mesh>/*'` is meant: every workload of the mesh, whether the policy names it or
   * not. Only within one mesh.
   * @default false
   */
  readonly anyone?: boolean;
  /**
   * Name of the AuthorizationPolicy that admits the caller, where the service called is in Istio. Of a federation
   * with a name it ends in that. Another name replaces it: the new one is there before the old one goes.
   * @default 'allow-<mesh>.<caller>.to.<service>'
   */
  readonly policyName?: string;
}

/** What the policy calls a mesh, as it is installed. */
export type MeshMember = IstioMember | ConsulMember | LinkerdMember;

interface AnyMember {
  /**
   * Whether the mesh denies by default, as `IstioMeshPolicy` and `ConsulMeshPolicy` make it. Where it
   * does not, callees still admit nobody but whom the policy names; the Istio gateway is then left as
   * open as it is, since a policy for the federation would close its other ports.
   * @default true
   */
  readonly defaultDeny?: boolean;
  /**
   * Says that another mesh of the federation has the same trust domain, and that it is meant. Borders
   * still tell the two apart, since each trusts the roots of one mesh only; but `x-federation-caller`,
   * logs and rules of your own name both by the same identities.
   * @default false: the policy is refused
   */
  readonly sharedTrustDomain?: boolean;
  /**
   * The SPIRE of its cluster, which gives its borders the identity that they present to other meshes.
   * @default none: they present the mesh's identity
   */
  readonly spire?: SpireOptions;
  /**
   * Port at which the other meshes call its gateway, where what stands before that has another than the
   * gateway: a load balancer or a firewall of yours that leads from it to the gateway's own. One port leads to
   * one, so no more than one of the gateway's ports may be called.
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
 * What those who federate with a mesh of somebody else must know of it, and its owner tells them: see
 * `Offer`. Nothing that is of use in its own cluster only.
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
   * Where its borders have the identity of SPIRE.
   * @default they have that of the mesh
   */
  readonly spire?: PublishedSpire;
  /**
   * Port of the gateway's address, as in `MeshMember`.
   * @default the gateway's own
   */
  readonly addressPort?: number;
}

/** An Istio mesh, as its owner tells others. */
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

/** A Consul mesh, as its owner tells others. */
export interface PublishedConsulMesh extends AnyPublishedMesh {
  /** Says that it is a Consul mesh. */
  readonly kind: 'consul';
  /** Consul datacenter, a part of every SPIFFE ID. */
  readonly datacenter: string;
}

/** A Linkerd mesh, as its owner tells others. */
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
