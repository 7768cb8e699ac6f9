import type { Problem } from '../../problems';
import type { CrossingProtocol, HttpPermission } from './crossing';
import type { WayOut } from './model';

/** A service of the policy with every default filled in. */
export type Service = IstioServiceFacts | ConsulServiceFacts | LinkerdServiceFacts;

/** What is known about a service in a mesh of any kind. */
export interface ServiceFacts {
  /** The service as rules write it: `istio/backend`. */
  readonly ref: string;
  /** The policy's name for its mesh. */
  readonly mesh: string;
  /** Its key in the policy, unique in the mesh. */
  readonly id: string;
  /** Name of its Kubernetes Service. */
  readonly name: string;
  /** Namespace of its pods. */
  readonly namespace: string;
  /** Port of its Kubernetes Service. */
  readonly port: number;
  /** Protocol that is spoken on that port. */
  readonly protocol: CrossingProtocol;
  /** Name of the service in the foreign meshes. */
  readonly standIn: string;
  /** Port at which it enters foreign meshes whose gateway identifies callers by port. */
  readonly gatewayPort: number;
  /** The former port, while both are open. */
  readonly previousGatewayPort: number | undefined;
  /**
   * The former way of its calls out of the mesh, while it is still open.
   * @default none
   */
  readonly formerOut?: WayOut;
}

/** A service of an Istio mesh with every default filled in. */
export interface IstioServiceFacts extends ServiceFacts {
  /** The service is of an Istio mesh. */
  readonly kind: 'istio';
  /** How calls of the service leave its mesh. */
  readonly out: WayOut;
  /** Service account of its pods. */
  readonly serviceAccount: string;
  /** Labels of its pods. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A service of a Consul mesh with every default filled in. */
export interface ConsulServiceFacts extends ServiceFacts {
  /** The service is of a Consul mesh. */
  readonly kind: 'consul';
  /** How calls of the service leave its mesh. */
  readonly out: 'border';
  /** Who writes its ServiceDefaults. */
  readonly serviceDefaults: 'create' | 'existing';
  /** Who writes its ServiceIntentions. */
  readonly intentions: 'create' | 'existing';
  /** Name of that resource. */
  readonly intentionsName: string;
}

/** A service of a Linkerd mesh with every default filled in. */
export interface LinkerdServiceFacts extends ServiceFacts {
  /** The service is of a Linkerd mesh. */
  readonly kind: 'linkerd';
  /** How calls of the service leave its mesh. */
  readonly out: 'border';
  /** Service account of its pods. */
  readonly serviceAccount: string;
  /** Labels of its pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** Port of its pods that its Kubernetes Service leads to. */
  readonly podPort: number;
  /** Paths that the kubelet asks for on this port. */
  readonly probePaths: readonly string[];
  /** Who writes its Server. */
  readonly server: 'create' | 'existing';
}

/** Every workload of a mesh. */
export interface Anyone {
  /** Every workload of the mesh. */
  readonly kind: 'anyone';
  /** The workloads as rules write them: `istio/*`. */
  readonly ref: string;
  /** The policy's name for the mesh. */
  readonly mesh: string;
}

/** A rule with its names resolved. */
export interface Call {
  /** `istio/backend -> consul/info`; no two rules have the same. */
  readonly id: string;
  /** Position of the rule in the policy. */
  readonly rule: number;
  /** The calling service, or every workload of a mesh. */
  readonly caller: Service | Anyone;
  /** The service that is called. */
  readonly callee: Service;
  /** Admitted requests; empty means every request. */
  readonly allow: readonly HttpPermission[];
  /**
   * Name of the resource that admits the caller, if there is one for this call alone.
   * @default derived from caller and callee
   */
  readonly policyName?: string;
}

/** A call from one mesh to another. */
export type CrossCall = Call & {
  /** A service of another mesh. */
  readonly caller: Service;
};

/** Whether the call leaves its mesh. */
export function isCrossing(call: Call): call is CrossCall {
  return call.caller.kind !== 'anyone' && call.caller.mesh !== call.callee.mesh;
}

/** What the meshes' own rules can say of the requests of a call: nothing of upgrades. Empty means all. */
export function limitsOfMesh({ allow }: Call): readonly HttpPermission[] {
  return allow.some(
    ({ methods, pathExact, pathPrefix }) =>
      methods === undefined && pathExact === undefined && pathPrefix === undefined,
  )
    ? []
    : allow;
}

/** The requests that a rule admits, in words. */
export function requestsOf({ callee, allow }: Call): {
  /** `*` for every method, `-` where there are none; then what the request may become. */
  readonly methods: string;
  /** A path, or the start of one and `*`; `-` where there are none. */
  readonly path: string;
}[] {
  if (callee.protocol === 'tcp') return [{ methods: '-', path: '-' }];
  return (allow.length === 0 ? [{}] : allow).map(
    ({ methods = ['*'], pathExact, pathPrefix, upgrades = [] }) => ({
      methods: [...methods, ...upgrades].join(' '),
      path: pathExact ?? `${pathPrefix ?? '/'}*`,
    }),
  );
}

/** Ports by which a service enters meshes that tell callers apart by port: the one that it uses first. */
export function gatewayPortsOf({
  gatewayPort,
  previousGatewayPort,
}: Pick<ServiceFacts, 'gatewayPort' | 'previousGatewayPort'>): readonly [number, ...number[]] {
  return previousGatewayPort === undefined || previousGatewayPort === gatewayPort
    ? [gatewayPort]
    : [gatewayPort, previousGatewayPort];
}

/** Whether calls of a service leave its mesh in a way, or did until now. */
export function leavesBy({ out, formerOut }: Service, way: WayOut): boolean {
  return out === way || formerOut === way;
}

/** Name of the border by which a mesh calls a foreign service. */
export function outboundName({ standIn }: Pick<ServiceFacts, 'standIn'>): string {
  return `${standIn}-outbound`;
}

/** Place of a service's setting in the policy. */
export function pathOf(
  { mesh, id }: Pick<ServiceFacts, 'mesh' | 'id'>,
  ...keys: string[]
): Problem['path'] {
  return ['meshes', mesh, 'services', id, ...keys];
}

/** Each two of them, once. */
export function pairs<Item>(items: readonly Item[]): [Item, Item][] {
  return items.flatMap((one, index) =>
    items.slice(index + 1).map((other): [Item, Item] => [one, other]),
  );
}

/** Items by what they have in common, in their order. */
export function grouped<Key, Item>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
): Map<Key, [Item, ...Item[]]> {
  const groups = new Map<Key, [Item, ...Item[]]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
