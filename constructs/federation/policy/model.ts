import type { ConsulMeshReference } from '../../consul';
import type { IstioMeshReference } from '../../istio';
import type { CrossingProtocol, HttpPermission } from '../border/model';

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

/** One mesh and those of its services that rules speak of. */
export type PolicyMesh = IstioPolicyMesh | ConsulPolicyMesh;

interface AnyPolicyMesh {
  /**
   * Kubernetes namespace of the borders, the local stand-ins of foreign services. It must be one whose
   * pods join the mesh.
   * @default 'default'
   */
  readonly borderNamespace?: string;
}

/** An Istio mesh. */
export interface IstioPolicyMesh extends AnyPolicyMesh {
  /** An Istio mesh. */
  readonly kind: 'istio';
  /** By the name that rules use: the key `backend` in the mesh `istio` is `istio/backend`. */
  readonly services: Readonly<Record<string, IstioService>>;
}

/** A Consul mesh. */
export interface ConsulPolicyMesh extends AnyPolicyMesh {
  /** A Consul mesh. */
  readonly kind: 'consul';
  /** By the name that rules use: the key `info` in the mesh `consul` is `consul/info`. */
  readonly services: Readonly<Record<string, ConsulService>>;
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
   * Port of the foreign Consul gateways by which it enters, if it calls a service there. A gateway
   * needs one for each calling service.
   * @default a number from 10000 to 18999, always the same for the same mesh and key
   */
  readonly gatewayPort?: number;
}

/** A service of a Consul mesh. Its identity is its name, in every namespace. */
export interface ConsulService extends AnyService {
  /**
   * Who writes its ServiceDefaults, which tell Consul the protocol: `existing` when you have them.
   * @default 'create'
   */
  readonly serviceDefaults?: 'create' | 'existing';
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
}

/** What the policy calls a mesh, as it is installed. */
export type MeshMember = IstioMember | ConsulMember;

interface AnyMember {
  /**
   * Whether the mesh denies by default, as `IstioMeshPolicy` and `ConsulMeshPolicy` make it. Where it
   * does not, callees still admit nobody but whom the policy names; the Istio gateway is then left as
   * open as it is, since a policy for the federation would close its other ports.
   * @default true
   */
  readonly defaultDeny?: boolean;
}

/** An installed Istio mesh. */
export interface IstioMember extends AnyMember {
  /** An Istio mesh. */
  readonly kind: 'istio';
  /** An `IstioMesh`, or the facts about one. */
  readonly mesh: IstioMeshReference;
}

/** An installed Consul mesh. */
export interface ConsulMember extends AnyMember {
  /** A Consul mesh. */
  readonly kind: 'consul';
  /** A `ConsulMesh`, or the facts about one. */
  readonly mesh: ConsulMeshReference;
}
