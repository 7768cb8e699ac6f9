import { DataKubernetesResources } from '@cdktf/provider-kubernetes/lib/data-kubernetes-resources';
import {
  Annotations,
  type ITerraformDependable,
  type TerraformResourceLifecycle,
  TerraformStack,
} from 'cdktf';
import { Construct } from 'constructs';
import { ISTIO } from '../../../versions';
import { faultOf } from '../../../versions/verdicts';
import { ConsulServersCa } from '../../consul';
import { barrier } from './barrier';
import { AdmissionPolicies } from './admission/admission-policies';
import type { BorderOptions } from '../plan/border-options';
import { Border } from './border/border';
import { CustomResources } from './custom-resources';
import {
  accessResources,
  entranceResources,
  roadInResources,
  roadOutResources,
} from '../plan/planned-resources';
import { compilePolicy } from '../plan/compile';
import type { AccessPolicy, MeshMember } from '../plan/model';
import type { AccessPlan, StandIn } from '../plan/plan';
import { isCrossing } from '../plan/resolve';
import type { PlannedResource } from '../plan/resources';
import { GatewayAddress } from './gateway-address';
import {
  type ExchangingMesh,
  TrustBundleExchange,
  type TrustBundleExchangeProps,
} from './trust/exchange';
import { BordersHome } from './move';

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
 * policy, and nothing leads to what is not up:
 *
 * 1. the foreign roots in each cluster, the policies of each mesh, and the ports of Istio's gateways;
 * 2. the borders;
 * 3. the roads to them: gateways' routes and listeners;
 * 4. the roads out: ServiceEntries and all that belongs to them.
 *
 * The CRDs of both meshes must be in the clusters when the stack is planned.
 *
 * @throws Error listing every mistake in the policy, and every mesh whose sidecars miss rotations of a
 * root.
 *
 * @example
 * {@includeCode ../../../examples/constructs.ts#Federation}
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
  /** The borders where they were before, as long as the policy says `bordersMovedFrom`. */
  public readonly formerBorders: ReadonlyMap<string, Border>;
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
    this.access = customResources(sides, 'access', policies);
    this.roads = customResources(sides, 'roads', entranceResources(this.plan));
    const entrances = [...this.roads.values()].flatMap(({ manifests }) => manifests);
    for (const side of sides) this.refuseToMoveAtOnce(side);
    const options = { ...props.borders, distrusted: props.trust?.distrusted };
    const waits = new Map(
      sides.map(({ name, scope }) => [
        name,
        barrier(scope, 'ready-for-borders', [
          ...this.trust.bundlesIn(name),
          ...(this.access.get(name)?.manifests ?? []),
        ]),
      ]),
    );
    // The port that a border calls is open before it calls.
    const open = barrier(this, 'gateways-open', entrances);
    const bordersOf = (standIns: readonly StandIn[]) =>
      new Map(
        sides.flatMap((side) =>
          this.bordersOf(side, standIns, { waits: waits.get(side.name) ?? [], open }, options),
        ),
      );
    this.borders = bordersOf(this.plan.standIns);
    this.formerBorders = bordersOf(this.plan.formerStandIns);

    const borders = [...this.borders.values()].map(({ deployment }) => deployment);
    this.addRoads('borders-made', roadInResources(this.plan, props.borders), borders);
    const roadsIn = [...this.roads.values()].flatMap(({ manifests }) => manifests);
    this.addRoads(
      'roads-in-made',
      roadOutResources(this.plan, (mesh) => this.gatewayAddressOf(mesh), props.borders),
      roadsIn,
    );
  }

  /**
   * Borders of another namespace are other resources: a deploy would take away those that carry calls
   * before the others are there. They were in `default` before they had a namespace of their own; of any
   * other one the mesh refuses to let go.
   */
  private refuseToMoveAtOnce({ name: meshName, mesh, scope }: FederationSide): void {
    const names = this.plan.standIns.filter((one) => one.mesh === meshName).map(({ name }) => name);
    const { borderNamespace = 'default', bordersMovedFrom } = this.plan.meshes[meshName] ?? {};
    if (names.length === 0 || [borderNamespace, bordersMovedFrom].includes('default')) return;
    // Without a namespace it would list those in "default" too, and no others.
    const listed = (id: string, namespace: string, lifecycle?: TerraformResourceLifecycle) =>
      new DataKubernetesResources(scope, id, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        namespace,
        labelSelector:
          'app.kubernetes.io/part-of=mesh-federation,app.kubernetes.io/component=border',
        provider: mesh.provider,
        lifecycle,
      });
    const there = listed('borders-there', borderNamespace);
    const left =
      `setsubtract(setintersection(self.objects[*].metadata.name, ${JSON.stringify(names)}), ` +
      `${there.fqn}.objects[*].metadata.name)`;
    listed('borders-in-default', 'default', {
      postcondition: [
        {
          condition: `\${length(${left}) == 0}`,
          errorMessage:
            `Borders of the mesh ${meshName} run in the namespace default (\${join(", ", ${left})}), and are ` +
            `to be in ${borderNamespace}: this deploy would take them away before the others are there, and ` +
            'calls between the meshes would fail meanwhile. Nothing was changed. Say from where they ' +
            'move (federation.borders.movedFrom: default in the settings, bordersMovedFrom of the mesh ' +
            'in a policy), deploy, take it out, deploy again. Or leave them where they are ' +
            '(federation.borders.namespace: default, borderNamespace).',
        },
      ],
    });
  }

  /** Roads that come after others, and after the roots that are used on them. */
  private addRoads(
    point: string,
    resources: readonly PlannedResource[],
    dependsOn: readonly ITerraformDependable[],
  ): void {
    const bundles = [...this.roads.keys()].flatMap((mesh) => this.trust.bundlesIn(mesh));
    const before = barrier(this, point, [...dependsOn, ...bundles]);
    for (const [mesh, roads] of this.roads) {
      roads.add(
        resources.filter((resource) => resource.mesh === mesh),
        before,
      );
    }
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
    all: readonly StandIn[],
    { waits, open }: Readonly<Record<'waits' | 'open', ITerraformDependable[]>>,
    options: BorderOptions | undefined,
  ): [string, Border][] {
    const standIns = all.filter((standIn) => standIn.mesh === meshName);
    if (standIns.length === 0) {
      return [];
    }
    const serversCa =
      mesh.kind === 'consul' ? (mesh.serversCa ?? chartsCa(scope, mesh)) : undefined;
    if (all === this.plan.standIns) new BordersHome(scope, 'borders-home', this.plan, meshName);
    const common = { ...options, mesh, serversCa, provider: mesh.provider };
    return standIns.map((standIn) => {
      const borders = childOf(scope, bordersId(standIn.namespace));
      const border =
        standIn.kind === 'consul-outbound'
          ? new Border(borders, standIn.name, {
              ...common,
              standIn,
              gatewayAddress: this.gatewayAddressOf(standIn.foreignMesh),
              services: childOf(childOf(scope, 'services'), standIn.name),
              dependsOn: [...waits, ...open],
            })
          : new Border(borders, standIn.name, { ...common, standIn, dependsOn: waits });
      takeOverServices(scope, standIn, border);
      return [`${meshName}/${standIn.name}`, border];
    });
  }
}

/** Borders of another namespace are other resources, so that both can be there while they move. */
function bordersId(namespace: string): string {
  return namespace === 'default' ? 'borders' : `borders-${namespace}`;
}

function childOf(scope: Construct, id: string): Construct {
  const child = scope.node.tryFindChild(id);
  return child instanceof Construct ? child : new Construct(scope, id);
}

/** The Services that applications call were part of the border before borders could move. */
function takeOverServices(scope: Construct, standIn: StandIn, border: Border): void {
  if (standIn.kind !== 'consul-outbound') return;
  // A part "Default" of a path is left out of logical ids.
  const former = childOf(childOf(childOf(scope, 'Default'), 'borders'), standIn.name);
  for (const [namespace, service] of border.services) {
    const id = namespace === 'default' ? 'service' : `alias-${namespace}`;
    const { node } = new Construct(former, id);
    service.moveFromId(
      `${service.terraformResourceType}.${TerraformStack.of(scope).getLogicalId(node)}`,
    );
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
): Map<string, CustomResources> {
  return new Map(
    sides.map(({ name, mesh, scope }) => [
      name,
      new CustomResources(scope, id, {
        resources: resources.filter((resource) => resource.mesh === name),
        provider: mesh.provider,
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
  if (!mesh.tls) return undefined;
  // The same for borders that move, at both places.
  const made = scope.node.tryFindChild('servers-ca');
  const servers =
    made instanceof ConsulServersCa
      ? made
      : new ConsulServersCa(scope, 'servers-ca', { mesh, provider });
  return servers.certificate;
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
