/**
 * Two or more meshes with everything that a policy came to, and the way of each request through them:
 * sidecar, gateway, border, gateway, sidecar. Nothing here asks the policy; who gets through is what
 * the generated resources and the borders' crossings say.
 */
import type {
  AccessPlan,
  ConsulInboundStandIn,
  ConsulOutboundStandIn,
  FederationResource,
  IstioInboundStandIn,
  PlannedResource,
  Service,
  StandIn,
} from '../../../constructs/federation';
import type { HttpPermission } from '../../../constructs/federation/plan/crossing';
import { consulAdmits, consulListener } from './consul-semantics';
import { gatewayAddress } from './fixtures';
import type { Sent } from './http';
import { istioAdmits, type IstioPod, wayIn, type WayOut, waysOut } from './istio-semantics';

/** Anything that runs in a mesh and can call. */
export interface Workload {
  /** As rules write it; `istio/?stranger` is in no rule, `istio/border info` is a border. */
  readonly ref: string;
  readonly mesh: string;
  readonly kind: 'istio' | 'consul';
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Service account in Istio, name in Consul. */
  readonly name: string;
  readonly spiffeId: string;
  /** The foreign service that it stands in for. */
  readonly standsInFor?: string;
}

/** The end of a request's way: a service of the policy, or `undefined` when it was stopped. */
export type Reached = string | undefined;

export class World {
  public readonly workloads: readonly Workload[];
  private readonly ways = new Map<Workload, Map<string, readonly WayOut[]>>();
  private readonly resources: ReadonlyMap<string, readonly FederationResource[]>;

  public constructor(
    private readonly plan: AccessPlan,
    resources: readonly PlannedResource[],
  ) {
    this.resources = new Map(
      Object.entries(plan.meshes).map(([mesh, { kind, defaultDeny = true }]) => [
        mesh,
        [
          ...resources.filter((one) => one.mesh === mesh).map(({ manifest }) => manifest),
          ...(kind === 'consul' && defaultDeny ? [DENY_ALL] : []),
        ],
      ]),
    );
    this.workloads = Object.keys(plan.meshes).flatMap((mesh) => [
      ...plan.services.filter((service) => service.mesh === mesh).map((one) => this.service(one)),
      ...this.strangers(mesh),
      ...plan.standIns.filter((standIn) => standIn.mesh === mesh).map((one) => this.border(one)),
    ]);
  }

  /** A request to a service of the caller's own mesh. */
  public local(caller: Workload, callee: Service, sent: Sent): Reached {
    return this.arrives(caller.mesh, caller, callee, sent) ? callee.ref : undefined;
  }

  /** A connection or request to a border from inside of its mesh. */
  public toBorder(caller: Workload, border: StandIn, port: number, sent: Sent): boolean {
    const resources = this.manifests(border.mesh);
    return border.kind === 'istio-inbound'
      ? istioAdmits(
          resources,
          { namespace: border.namespace, labels: border.podLabels },
          { spiffeId: caller.spiffeId, port, sent },
          this.denies(border.mesh),
        )
      : consulAdmits(resources, caller.name, border.consulService, sent, this.denies(border.mesh));
  }

  /** A request to a foreign service by the name that it has in the caller's mesh. */
  public foreign(caller: Workload, name: string, port: number, sent: Sent): Reached {
    return caller.kind === 'istio'
      ? this.outOfIstio(caller, name, port, sent)
      : this.outOfConsul(caller, name, port, sent);
  }

  /**
   * Bytes from anywhere to a mesh's gateway, sent by somebody who has a certificate of a foreign mesh
   * and knows how everything is called.
   */
  public fromOutside(mesh: string, port: number, tls: ClientTls, sent: Sent): Reached {
    return this.kind(mesh) === 'istio'
      ? this.intoIstio(mesh, port, tls, sent)
      : this.intoConsul(mesh, port, tls, sent);
  }

  // ------------------------------------------------------------------------------------- ways

  private outOfIstio(caller: Workload, name: string, port: number, sent: Sent): Reached {
    const ways = this.waysOut(caller, name, port);
    const reached = ways.map(({ address, port: gatewayPort, tls }) => {
      const mesh = this.meshAt(address);
      if (mesh === undefined || tls === undefined) return undefined;
      return this.fromOutside(
        mesh,
        gatewayPort,
        {
          sni: tls.sni,
          // Only MUTUAL shows the sidecar's own certificate.
          spiffeId: tls.mode === 'MUTUAL' ? caller.spiffeId : undefined,
          trusts: tls.caCertificates?.includes(`/roots/${mesh}/`) ?? false,
          accepts: tls.subjectAltNames,
          issuer: caller.mesh,
        },
        sent,
      );
    });
    return only(reached);
  }

  /** The same whatever is sent. */
  private waysOut(caller: Workload, name: string, port: number): readonly WayOut[] {
    const known = this.ways.get(caller) ?? new Map<string, readonly WayOut[]>();
    this.ways.set(caller, known);
    const key = `${name}:${port}`;
    const ways = known.get(key) ?? waysOut(this.manifests(caller.mesh), caller, name, port);
    known.set(key, ways);
    return ways;
  }

  private intoConsul(mesh: string, port: number, tls: ClientTls, sent: Sent): Reached {
    const member = this.plan.meshes[mesh];
    if (member?.kind !== 'consul') return undefined;
    const { gateway } = member.mesh;
    const resources = this.manifests(mesh);
    const name = consulListener(resources, gateway.name, port);
    const border = this.plan.standIns.find(
      (standIn): standIn is ConsulInboundStandIn =>
        standIn.kind === 'consul-inbound' &&
        standIn.mesh === mesh &&
        standIn.consulService === name,
    );
    // The border's sidecar sees the gateway, and bytes.
    if (
      !border ||
      !consulAdmits(resources, gateway.name, border.consulService, 'bytes', this.denies(mesh))
    ) {
      return undefined;
    }
    const crossing = this.handshake(border, tls);
    if (crossing === undefined || !permits(crossing.allow, sent)) return undefined;
    const upstream = border.upstreams.find(
      (one) =>
        one.port === crossing.callee.address.port && crossing.callee.address.host === '127.0.0.1',
    );
    const callee = this.plan.services.find(
      (service) => service.mesh === mesh && service.name === upstream?.service,
    );
    return callee && this.arrives(mesh, this.border(border), callee, sent) ? callee.ref : undefined;
  }

  private outOfConsul(caller: Workload, name: string, port: number, sent: Sent): Reached {
    const border = this.plan.standIns.find(
      (standIn): standIn is ConsulOutboundStandIn =>
        standIn.kind === 'consul-outbound' &&
        standIn.mesh === caller.mesh &&
        standIn.kubernetesService === name &&
        standIn.port === port &&
        [standIn.namespace, ...standIn.aliasNamespaces].includes(caller.namespace),
    );
    if (
      !border ||
      !consulAdmits(
        this.manifests(caller.mesh),
        caller.name,
        border.consulService,
        sent,
        this.denies(caller.mesh),
      )
    ) {
      return undefined;
    }
    // By the sidecar's word on who calls, which tcp does not have.
    const crossing = border.crossings.find(
      (one) => one.protocol === 'tcp' || one.caller === caller.spiffeId,
    );
    if (crossing === undefined || !permits(crossing.allow, sent)) return undefined;
    return this.fromOutside(
      border.foreignMesh,
      border.gatewayPort,
      {
        sni: crossing.serverName,
        spiffeId: border.spiffeId,
        trusts: true,
        accepts: [crossing.peer],
        issuer: border.mesh,
      },
      sent,
    );
  }

  private intoIstio(mesh: string, port: number, tls: ClientTls, sent: Sent): Reached {
    const member = this.plan.meshes[mesh];
    if (member?.kind !== 'istio') return undefined;
    const { gateway, trustDomain } = member.mesh;
    const resources = this.manifests(mesh);
    const gatewayPod: IstioPod = { namespace: gateway.namespace, labels: gateway.selector };
    const next = wayIn(resources, gatewayPod, port, tls.sni);
    if (
      !next ||
      !istioAdmits(resources, gatewayPod, { sni: tls.sni, port, sent: 'bytes' }, this.denies(mesh))
    ) {
      return undefined;
    }
    const border = this.plan.standIns.find(
      (standIn): standIn is IstioInboundStandIn =>
        standIn.kind === 'istio-inbound' &&
        standIn.mesh === mesh &&
        next.host === `${standIn.kubernetesService}.${standIn.namespace}.svc.cluster.local` &&
        next.port === standIn.port,
    );
    if (border === undefined) return undefined;
    const spiffeId = `spiffe://${trustDomain}/ns/${gateway.namespace}/sa/${gateway.serviceAccount}`;
    const pod: IstioPod = { namespace: border.namespace, labels: border.podLabels };
    if (
      !istioAdmits(resources, pod, { spiffeId, port: next.port, sent: 'bytes' }, this.denies(mesh))
    ) {
      return undefined;
    }
    const crossing = this.handshake(border, tls);
    if (crossing === undefined || !permits(crossing.allow, sent)) return undefined;
    const { host, port: calleePort } = crossing.callee.address;
    const callee = this.plan.services.find(
      (service) =>
        service.mesh === mesh &&
        host === `${service.name}.${service.namespace}.svc.cluster.local` &&
        service.port === calleePort,
    );
    return callee && this.arrives(mesh, this.border(border), callee, sent) ? callee.ref : undefined;
  }

  /** The crossing that a border opens to a TLS client, when both accept each other. */
  private handshake<Border extends ConsulInboundStandIn | IstioInboundStandIn>(
    border: Border,
    tls: ClientTls,
  ): Border['crossings'][number] | undefined {
    const crossing = border.crossings.find(({ serverName }) => serverName === tls.sni);
    const client = tls.issuer === border.foreignMesh && tls.spiffeId === crossing?.peer;
    const server = tls.trusts && tls.accepts.includes(border.spiffeId);
    return client && server ? crossing : undefined;
  }

  /** Whether the callee's own sidecar lets the request in. */
  private arrives(mesh: string, caller: Workload, callee: Service, sent: Sent): boolean {
    const resources = this.manifests(mesh);
    return callee.kind === 'istio'
      ? istioAdmits(
          resources,
          callee,
          { spiffeId: caller.spiffeId, port: callee.port, sent },
          this.denies(mesh),
        )
      : consulAdmits(resources, caller.name, callee.name, sent, this.denies(mesh));
  }

  // ------------------------------------------------------------------------------------ who is there

  private service(service: Service): Workload {
    return this.workload(
      service.mesh,
      service.ref,
      service.namespace,
      service.kind === 'istio' ? service.serviceAccount : service.name,
      service.kind === 'istio' ? service.labels : {},
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

  private border(standIn: StandIn): Workload {
    const { mesh, namespace, serviceAccount, podLabels, spiffeId, foreign } = standIn;
    return {
      ...this.workload(
        mesh,
        `${mesh}/border ${standIn.name}`,
        namespace,
        serviceAccount,
        podLabels,
      ),
      spiffeId,
      // The one that leads out speaks for nobody in its own mesh.
      standsInFor: standIn.kind === 'consul-outbound' ? 'nobody' : foreign.ref,
    };
  }

  private workload(
    mesh: string,
    ref: string,
    namespace: string,
    name: string,
    labels: Readonly<Record<string, string>>,
  ): Workload {
    const member = this.plan.meshes[mesh];
    if (member === undefined) throw new Error(`no mesh ${mesh}`);
    const spiffeId =
      member.kind === 'istio'
        ? `spiffe://${member.mesh.trustDomain}/ns/${namespace}/sa/${name}`
        : `spiffe://${member.mesh.trustDomain}/ns/default/dc/${member.mesh.datacenter}/svc/${name}`;
    return { ref, mesh, kind: member.kind, namespace, labels, name, spiffeId };
  }

  private manifests(mesh: string): readonly FederationResource[] {
    return this.resources.get(mesh) ?? [];
  }

  /** Whether the mesh denies what no policy is about. In Consul that is for ACLs to say. */
  private denies(mesh: string): boolean {
    const member = this.plan.meshes[mesh];
    const acls = member?.kind !== 'consul' || member.mesh.acls;
    return acls && (member?.defaultDeny ?? true);
  }

  private kind(mesh: string) {
    return this.plan.meshes[mesh]?.kind;
  }

  private meshAt(address: string): string | undefined {
    return Object.keys(this.plan.meshes).find((mesh) => gatewayAddress(mesh) === address);
  }
}

/** What `ConsulMeshPolicy` brings. */
const DENY_ALL: FederationResource = {
  apiVersion: 'consul.hashicorp.com/v1alpha1',
  kind: 'ServiceIntentions',
  metadata: { name: 'default-deny', namespace: 'consul' },
  spec: { destination: { name: '*' }, sources: [{ name: '*', action: 'deny' }] },
};

/** A TLS client in front of a gateway. */
export interface ClientTls {
  readonly sni: string;
  /** In its certificate, if it shows one. */
  readonly spiffeId: string | undefined;
  /** The mesh whose CA signed it. */
  readonly issuer: string;
  /** Whether it trusts the roots of the mesh that it calls. */
  readonly trusts: boolean;
  /** SPIFFE IDs of servers that it accepts. */
  readonly accepts: readonly string[];
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
