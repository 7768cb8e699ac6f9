/**
 * Two or more meshes with everything that a policy came to, and the way of each request through them:
 * sidecar, border, gateway, border, sidecar. Nothing here asks the policy; who gets through is what the
 * generated resources and the borders' crossings say.
 */
import type {
  AccessPlan,
  EnteredBy,
  PlannedBorder,
  PlannedInboundBorder,
  PlannedResource,
  Service,
} from '../../../constructs/federation';
import type { HttpPermission } from '../../../constructs/federation/plan/crossing';
import { evaluatorOf } from './evaluators';
import type { Mesh, Pods, WayOut } from './evaluators/evaluator';
import { gatewayAddress } from './fixtures';
import type { Sent } from './http';

/** Anything that runs in a mesh and can call. */
export interface Workload extends Pods {
  /** As rules write it; `istio/?stranger` is in no rule, `istio/border info` is a border. */
  readonly ref: string;
  readonly mesh: string;
  /** The foreign service that it represents. */
  readonly represents?: string;
  /** What it shows to other meshes. */
  readonly outside: Shown;
}

/** A certificate: an identity, and who signed it. */
export interface Shown {
  readonly spiffeId: string;
  readonly issuer: string;
}

/** The end of a request's way: a service of the policy, or `undefined` when it was stopped. */
export type Reached = string | undefined;

export class World {
  public readonly workloads: readonly Workload[];
  private readonly ways = new Map<Workload, Map<string, readonly WayOut[]>>();
  private readonly meshes: ReadonlyMap<string, Mesh>;

  public constructor(
    private readonly plan: AccessPlan,
    resources: readonly PlannedResource[],
  ) {
    this.meshes = new Map(
      Object.entries(plan.meshes).map(([name, member]): [string, Mesh] => {
        const evaluator = evaluatorOf(member);
        const own = resources.filter((one) => one.mesh === name).map(({ manifest }) => manifest);
        const { defaultDeny = true } = member;
        return [
          name,
          {
            name,
            member,
            plan,
            resources: [...own, ...(defaultDeny ? evaluator.denyAll : [])],
            denies: evaluator.denies(member),
          },
        ];
      }),
    );
    this.workloads = Object.keys(plan.meshes).flatMap((mesh) => [
      ...plan.services.filter((service) => service.mesh === mesh).map((one) => this.service(one)),
      ...this.strangers(mesh),
      ...plan.borders.filter((border) => border.mesh === mesh).map((one) => this.border(one)),
    ]);
  }

  /** A request to a service of the caller's own mesh. */
  public local(caller: Workload, callee: Service, sent: Sent): Reached {
    const one = this.mesh(caller.mesh);
    return evaluatorOf(one.member).admits(one, caller, this.service(callee), callee.port, sent)
      ? callee.ref
      : undefined;
  }

  /** A connection or request to a border from inside of its mesh. */
  public toBorder(caller: Workload, border: PlannedBorder, port: number, sent: Sent): boolean {
    const one = this.mesh(border.mesh);
    return evaluatorOf(one.member).admits(one, caller, this.border(border), port, sent);
  }

  /** A request to a foreign service by the name that it has in the caller's mesh. */
  public foreign(caller: Workload, name: string, port: number, sent: Sent): Reached {
    const bySidecar = this.bySidecar(caller, name, port, sent);
    const byBorder = this.byBorder(caller, name, port, sent);
    const ways = this.waysOut(caller, name, port);
    // Where a route is about a name, it goes before the Service of that name.
    const toService = ways.find(({ routed }) => routed === 'to a service of the mesh');
    if (toService !== undefined) {
      return this.isBorder(caller.mesh, toService.address) ? only(byBorder) : undefined;
    }
    if (ways.some(({ routed }) => routed === 'to an endpoint')) return only(bySidecar);
    return only([...bySidecar, ...byBorder]);
  }

  /**
   * Bytes from anywhere to a mesh's gateway or load balancer, sent by somebody who has a certificate of a
   * foreign mesh and knows how everything is called.
   */
  public fromOutside(mesh: string, port: number, tls: ClientTls, sent: Sent): Reached {
    const one = this.mesh(mesh);
    const border =
      this.behindLoadBalancer(mesh, port) ?? evaluatorOf(one.member).entered(one, port, tls.sni);
    return border && this.throughBorder(border, tls, sent);
  }

  /** The same past all gateways to a border itself, past its sidecar. */
  public throughBorder(border: PlannedInboundBorder, tls: ClientTls, sent: Sent): Reached {
    const one = this.mesh(border.mesh);
    const crossing = this.handshake(border, tls);
    if (!crossing || !permits(crossing.allow, sent)) return undefined;
    const callee = evaluatorOf(one.member).called(one, crossing);
    return callee && this.local(this.border(border), callee, sent);
  }

  /** A port of the load balancer of a mesh's borders leads to one of them, whatever it is asked for. */
  private behindLoadBalancer(mesh: string, port: number): PlannedInboundBorder | undefined {
    return this.plan.borders
      .filter((border) => border.direction === 'in')
      .find((border) => border.mesh === mesh && leadsTo(border, 'load-balancer', port));
  }

  /** A host name leads to a border in the caller's own cluster only. */
  private neighbourAt(caller: string, host: string): PlannedInboundBorder | undefined {
    const { cluster } = this.mesh(caller).member;
    return this.plan.borders
      .filter((border) => border.direction === 'in')
      .find(
        ({ mesh, kubernetesService, namespace }) =>
          cluster !== undefined &&
          this.mesh(mesh).member.cluster === cluster &&
          host === `${kubernetesService}.${namespace}.svc.cluster.local`,
      );
  }

  // ------------------------------------------------------------------------------------- ways

  private bySidecar(caller: Workload, name: string, port: number, sent: Sent): Reached[] {
    return this.waysOut(caller, name, port).map(({ address, port: gatewayPort, tls }) => {
      const neighbour = this.neighbourAt(caller.mesh, address);
      const mesh = neighbour?.mesh ?? this.meshAt(address);
      if (mesh === undefined || tls === undefined) return undefined;
      const client = {
        sni: tls.sni,
        spiffeId: tls.shows ? caller.outside.spiffeId : undefined,
        trusts: tls.trusts(mesh),
        accepts: tls.accepts,
        issuer: caller.outside.issuer,
      };
      if (neighbour === undefined) return this.fromOutside(mesh, gatewayPort, client, sent);
      return gatewayPort === neighbour.port
        ? this.throughBorder(neighbour, client, sent)
        : undefined;
    });
  }

  /** The same whatever is sent. */
  private waysOut(caller: Workload, name: string, port: number): readonly WayOut[] {
    const known = this.ways.get(caller) ?? new Map<string, readonly WayOut[]>();
    this.ways.set(caller, known);
    const key = `${name}:${port}`;
    const one = this.mesh(caller.mesh);
    const ways = known.get(key) ?? evaluatorOf(one.member).waysOut(one, caller, name, port);
    known.set(key, ways);
    return ways;
  }

  private isBorder(mesh: string, host: string): boolean {
    return this.plan.borders.some(
      (border) =>
        border.mesh === mesh &&
        border.direction === 'out' &&
        host === `${border.kubernetesService}.${border.namespace}.svc.cluster.local`,
    );
  }

  /** By the name of its Service, in the namespaces that have one. */
  private byBorder(caller: Workload, name: string, port: number, sent: Sent): Reached[] {
    return this.plan.borders
      .filter((border) => border.direction === 'out')
      .filter(
        (border) =>
          border.mesh === caller.mesh &&
          border.kubernetesService === name &&
          border.port === port &&
          [border.namespace, ...border.aliasNamespaces].includes(caller.namespace),
      )
      .map((border) => {
        if (!this.toBorder(caller, border, port, sent)) return undefined;
        // By the sidecar's word on who calls, which tcp does not have.
        const crossing = border.crossings.find(
          (one) => one.protocol === 'tcp' || one.caller === caller.spiffeId,
        );
        if (crossing === undefined || !permits(crossing.allow, sent)) return undefined;
        const client = {
          sni: crossing.serverName,
          ...this.border(border).outside,
          trusts: true,
          accepts: [crossing.peer],
        };
        if (crossing.neighbour === undefined) {
          return this.fromOutside(border.foreignMesh, crossing.gatewayPort, client, sent);
        }
        const neighbour = this.neighbourAt(border.mesh, crossing.neighbour.host);
        return neighbour && crossing.gatewayPort === neighbour.port
          ? this.throughBorder(neighbour, client, sent)
          : undefined;
      });
  }

  /** The crossing that a border opens to a TLS client, when both accept each other. */
  private handshake(
    border: PlannedInboundBorder,
    tls: ClientTls,
  ): PlannedInboundBorder['crossings'][number] | undefined {
    const crossing = border.crossings.find(({ serverName }) => serverName === tls.sni);
    const client =
      tls.issuer === this.signerFor(border.foreignMesh) &&
      [crossing?.peer, ...(crossing?.formerPeers ?? [])].some(
        (peer) => peer !== undefined && peer === tls.spiffeId,
      );
    const server = tls.trusts && tls.accepts.includes(this.border(border).outside.spiffeId);
    return client && server ? crossing : undefined;
  }

  // ------------------------------------------------------------------------------------ who is there

  private service(service: Service): Workload {
    const evaluator = evaluatorOf(service);
    const { mesh, ref, namespace } = service;
    return this.workload(
      mesh,
      ref,
      namespace,
      evaluator.accountOf(service),
      evaluator.labelsOf(service),
    );
  }

  /** One in each namespace, of which no rule speaks. */
  private strangers(mesh: string): Workload[] {
    const namespaces = this.plan.services
      .filter((service) => service.mesh === mesh)
      .map(({ namespace }) => namespace);
    const unique = [...new Set([...namespaces, this.plan.meshes[mesh]?.borderNamespace ?? ''])];
    return unique.map((namespace) =>
      this.workload(mesh, `${mesh}/?stranger`, namespace, 'stranger', { app: 'stranger' }),
    );
  }

  private border(border: PlannedBorder): Workload {
    const { mesh, namespace, name, serviceAccount, podLabels, foreign } = border;
    return {
      ...this.workload(mesh, `${mesh}/border ${name}`, namespace, serviceAccount, podLabels),
      spiffeId: border.identity,
      outside: { spiffeId: border.crossingIdentity, issuer: this.signerFor(mesh) },
      // The outbound one speaks for nobody in its own mesh.
      represents: border.direction === 'out' ? 'nobody' : foreign.ref,
    };
  }

  private workload(
    mesh: string,
    ref: string,
    namespace: string,
    account: string,
    labels: Readonly<Record<string, string>>,
  ): Workload {
    const { member } = this.mesh(mesh);
    const spiffeId = evaluatorOf(member).identity(member, namespace, account);
    const outside = { spiffeId, issuer: mesh };
    return { ref, mesh, namespace, labels, account, spiffeId, outside };
  }

  /** Who signs what the borders of a mesh show to others. */
  private signerFor(mesh: string): string {
    const { spire } = this.mesh(mesh).member;
    return spire === undefined ? mesh : `SPIRE of ${spire.trustDomain}`;
  }

  /** A mesh with all that was written for it. */
  public mesh(name: string): Mesh {
    const found = this.meshes.get(name);
    if (found === undefined) throw new Error(`no mesh ${name}`);
    return found;
  }

  private meshAt(address: string): string | undefined {
    return Object.keys(this.plan.meshes).find((mesh) => gatewayAddress(mesh) === address);
  }
}

/** A TLS client in front of a gateway. */
export interface ClientTls {
  readonly sni: string;
  /** In its certificate, if it shows one. */
  readonly spiffeId: string | undefined;
  /** The mesh whose CA signed it, or a SPIRE. */
  readonly issuer: string;
  /** Whether it trusts the roots of the mesh that it calls. */
  readonly trusts: boolean;
  /** SPIFFE IDs of servers that it accepts. */
  readonly accepts: readonly string[];
}

/** Whether a port of what calls come by leads to a border, now or still. */
export function leadsTo(border: PlannedInboundBorder, kind: EnteredBy, port: number): boolean {
  return [border, border.formerWay].some(
    (way) => way?.enteredBy === kind && way.gatewayPorts.includes(port),
  );
}

/** A border's own check. */
function permits(allow: readonly HttpPermission[], sent: Sent): boolean {
  return (
    allow.length === 0 ||
    (sent !== 'bytes' &&
      allow.some(
        ({ methods, pathExact, pathPrefix }) =>
          (methods?.includes(sent.method) ?? true) &&
          (pathExact === undefined || sent.path === pathExact) &&
          (pathPrefix === undefined || sent.path.startsWith(pathPrefix)),
      ))
  );
}

/** Where all the ways lead; one that may lead here or there is a mistake by itself. */
function only(reached: readonly Reached[]): Reached {
  const [first, ...others] = new Set(reached);
  if (others.length > 0) {
    throw new Error(`one call may end at ${[first, ...others].map(String).join(' or ')}`);
  }
  return first;
}
