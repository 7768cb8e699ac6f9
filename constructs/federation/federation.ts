import { Annotations, type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { ISTIO } from '../../versions';
import { faultOf } from '../../versions/verdicts';
import { ConsulServersCa } from '../consul';
import { AdmissionPolicies } from './admission';
import { Border, type BorderOptions } from './border';
import { CustomResources } from './custom-resources';
import { accessResources, roadResources } from './planned-resources';
import { compilePolicy } from './policy/compile';
import type { AccessPolicy, MeshMember } from './policy/model';
import type { AccessPlan } from './policy/plan';
import { isCrossing } from './policy/resolve';
import type { PlannedResource } from './resources';
import { GatewayAddress } from './routing/gateway-address';
import { type ExchangingMesh, TrustBundleExchange, type TrustBundleExchangeProps } from './trust';

/** A mesh that takes part, and how to reach it. */
export type FederatedMesh = MeshMember &
  ExchangingMesh & {
    /**
     * Host name or IP address by which the other meshes reach its gateway.
     * @default that of the load balancer of the gateway's Service
     */
    readonly gatewayAddress?: string;
    /**
     * CA certificate of the Consul servers' HTTP API, PEM, for a mesh whose own CA the chart did not
     * make.
     * @default what the chart has made
     */
    readonly serversCa?: string;
  };

/** Settings of `Federation`. */
export interface FederationProps {
  /** Who may call what. */
  readonly policy: AccessPolicy;
  /** Two or more, by the policy's names for them. */
  readonly meshes: Readonly<Record<string, FederatedMesh>>;
  /**
   * Whether the policies on the meshes' own services are part of it, or made by `MeshAccess`, perhaps
   * in a stack that stays when the federation goes.
   * @default 'included'
   */
  readonly ownServices?: 'included' | 'separate';
  /**
   * Images, limits and number of the borders.
   * @default see `BorderOptions`
   */
  readonly borders?: BorderOptions;
  /**
   * Namespace of the jobs that exchange roots, in each cluster. It is made here.
   * @default 'mesh-federation'
   */
  readonly jobsNamespace?: string;
  /**
   * Whether the API server of each cluster keeps everybody but administrators and the control plane from
   * what the federation relies on in it: see `AdmissionPolicies`. Needs Kubernetes 1.30. Without them,
   * whoever may run pods in a border's namespace can be the service that it stands in for.
   * @default true
   */
  readonly admission?: boolean;
  /** How the meshes' roots are exchanged. */
  readonly trust?: Omit<TrustBundleExchangeProps, 'plan' | 'meshes'>;
}

/**
 * Lets services of Istio and Consul meshes call each other as one access policy says, across different
 * roots of trust, and nothing else.
 *
 * It is made in this order and destroyed in the opposite one, so that no border is ever without its
 * policy, and nothing leads to a border that is not up:
 *
 * 1. the foreign roots in each cluster, and the policies of each mesh;
 * 2. the borders;
 * 3. the roads to them: ServiceEntries, gateways' routes and listeners.
 *
 * The CRDs of both meshes must be in the clusters when the stack is planned.
 *
 * @throws Error listing every mistake in the policy, and every mesh whose sidecars miss rotations of a
 * root.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#Federation}
 */
export class Federation extends Construct {
  /** What the policy comes to. */
  public readonly plan: AccessPlan;
  /** Addresses of the gateways that somebody enters by, by mesh. */
  public readonly gatewayAddresses: ReadonlyMap<string, string>;
  /** The exchange of roots. */
  public readonly trust: TrustBundleExchange;
  /** Who may call what, by mesh. */
  public readonly access: ReadonlyMap<string, CustomResources>;
  /** By mesh and name: `consul/backend-inbound`. */
  public readonly borders: ReadonlyMap<string, Border>;
  /** What leads to the borders, by mesh. */
  public readonly roads: ReadonlyMap<string, CustomResources>;

  public constructor(scope: Construct, id: string, props: FederationProps) {
    super(scope, id);
    const { policy, meshes, jobsNamespace } = props;
    const faults = sidecarFaults(meshes);
    if (faults.length > 0) throw new Error(`${this.node.path}:\n  ${faults.join('\n  ')}`);
    this.plan = compilePolicy({ policy, meshes, jobsNamespace });
    const sides = Object.entries(meshes).map(([name, mesh]): FederationSide => ({
      name,
      mesh,
      scope: new Construct(this, name),
    }));

    for (const { name, mesh } of sides) this.nameWeaknesses(name, mesh);
    const entered = new Set(this.plan.calls.filter(isCrossing).map(({ callee }) => callee.mesh));
    this.gatewayAddresses = new Map(
      sides
        .filter(({ name }) => entered.has(name))
        .map(({ name, mesh, scope }) => [name, mesh.gatewayAddress ?? loadBalancer(scope, mesh)]),
    );
    this.trust = new TrustBundleExchange(this, 'trust', {
      ...props.trust,
      plan: this.plan,
      meshes,
    });

    if (props.admission ?? true) {
      for (const { name, mesh, scope } of sides) this.guard(name, mesh, scope);
    }

    const policies = accessResources(this.plan, props.borders).filter(
      ({ layer }) => !(props.ownServices === 'separate' && layer === 'mesh'),
    );
    this.access = customResources(sides, 'access', policies, () => []);
    this.borders = new Map(
      sides.flatMap((side) =>
        this.bordersOf(side, { ...props.borders, distrusted: props.trust?.distrusted }),
      ),
    );
    const roads = roadResources(this.plan, (mesh) => this.gatewayAddressOf(mesh), props.borders);
    const borders = [...this.borders.values()].map(({ deployment }) => deployment);
    this.roads = customResources(sides, 'roads', roads, (mesh) => [
      ...borders,
      ...this.trust.bundlesIn(mesh),
    ]);
  }

  /** A weaker mesh is possible, and said aloud at each synthesis. */
  private nameWeaknesses(name: string, member: FederatedMesh): void {
    if (member.kind !== 'consul') return;
    const { acls, tls } = member.mesh;
    if (!acls) {
      Annotations.of(this).addWarning(
        `The Consul mesh ${name} has no ACLs (acls: false): whoever reaches its servers may change ` +
          'intentions and take any identity of the mesh, also those that the other meshes admit.',
      );
    }
    if (!tls) {
      Annotations.of(this).addWarning(
        `The API of the Consul mesh ${name} has no TLS (tls: false): its roots and the borders' private ` +
          'keys and tokens cross the network of its cluster in the clear, and nothing says who answers.',
      );
    }
  }

  /** Address of a mesh's gateway; a token unless it was given. */
  public gatewayAddressOf(mesh: string): string {
    const address = this.gatewayAddresses.get(mesh);
    if (address === undefined) {
      throw new Error(`${this.node.path}: no rule leads into ${mesh}`);
    }
    return address;
  }

  private guard(name: string, { provider }: FederatedMesh, scope: Construct): void {
    const published = this.trust.publishedBy(name);
    new AdmissionPolicies(scope, 'admission', {
      plan: this.plan,
      mesh: name,
      issuesTokens: published !== undefined,
      provider,
      dependsOn: published === undefined ? [] : [published],
    });
  }

  private bordersOf(
    { name: meshName, mesh, scope }: FederationSide,
    options: BorderOptions | undefined,
  ): [string, Border][] {
    const standIns = this.plan.standIns.filter((standIn) => standIn.mesh === meshName);
    if (standIns.length === 0) {
      return [];
    }
    const serversCa =
      mesh.kind === 'consul' ? (mesh.serversCa ?? chartsCa(scope, mesh)) : undefined;
    const access = [...(this.access.get(meshName)?.resources.values() ?? [])];
    const borders = new Construct(scope, 'borders');
    return standIns.map((standIn) => [
      `${meshName}/${standIn.name}`,
      new Border(borders, standIn.name, {
        ...options,
        standIn,
        mesh,
        serversCa,
        gatewayAddress:
          standIn.kind === 'consul-outbound'
            ? this.gatewayAddressOf(standIn.foreignMesh)
            : undefined,
        provider: mesh.provider,
        dependsOn: [...this.trust.bundlesIn(meshName), ...access.map(({ manifest }) => manifest)],
      }),
    ]);
  }
}

/** What is made in the cluster of one mesh. */
interface FederationSide {
  readonly name: string;
  readonly mesh: FederatedMesh;
  readonly scope: Construct;
}

function customResources(
  sides: readonly FederationSide[],
  id: string,
  resources: readonly PlannedResource[],
  dependsOn: (mesh: string) => ITerraformDependable[],
): Map<string, CustomResources> {
  return new Map(
    sides.map(({ name, mesh, scope }) => [
      name,
      new CustomResources(scope, id, {
        resources: resources.filter((resource) => resource.mesh === name),
        provider: mesh.provider,
        dependsOn: dependsOn(name),
      }),
    ]),
  );
}

function loadBalancer(scope: Construct, member: FederatedMesh): string {
  const { mesh, provider } = member;
  const namespace = member.kind === 'istio' ? member.mesh.gateway.namespace : member.mesh.namespace;
  return new GatewayAddress(scope, 'gateway-address', {
    namespace,
    serviceName: mesh.gateway.serviceName,
    provider,
  }).address;
}

function chartsCa(
  scope: Construct,
  { mesh, provider }: FederatedMesh & { readonly kind: 'consul' },
): string | undefined {
  return mesh.tls
    ? new ConsulServersCa(scope, 'servers-ca', { mesh, provider }).certificate
    : undefined;
}

/** Meshes whose sidecars do not keep the promise that roots are replaced without a restart. */
function sidecarFaults(meshes: FederationProps['meshes']): string[] {
  return Object.entries(meshes).flatMap(([name, member]) => {
    if (member.kind !== 'istio' || member.mesh.version === undefined) return [];
    const { version } = member.mesh;
    const fault = faultOf(ISTIO, version);
    return fault === undefined
      ? []
      : [
          `meshes.${name}.mesh.version: is ${version}; ${fault.what} (${fault.source}); ` +
            `use ${fault.fixed} or later`,
        ];
  });
}
