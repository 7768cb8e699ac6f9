import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { Each, type Example, Must, Optional, refuseUnlike } from '../../example';
import { refuseObjectsMadeTwice } from '../../kubernetes/objects-once';
import { CustomResource, FIELD_MANAGER } from '../../kubernetes/custom-resource';
import { choice, refusal, refuse } from '../../problems';
import { barrier } from './barrier';
import { ByCall } from './by-call';
import { AdmissionPolicies } from './admission/admission-policies';
import type { BorderOptions } from '../plan/border-options';
import type { ObservabilityOptions } from '../plan/observability';
import { Border } from './border/border';
import type { BorderProps } from './border/border-props';
import { shareFiles } from './border/common-files';
import { entrance } from './border/entrance';
import { CustomResources } from './custom-resources';
import {
  accessResources,
  entranceResources,
  routeBesideResources,
  routeInResources,
  routeOfNameResources,
  routeOutResources,
} from '../plan/planned-resources';
import { entranceOf } from '../plan/borders';
import { compilePolicy } from '../plan/compile';
import type { GatewayHosts } from '../plan/crossing';
import type { AccessPolicy } from '../plan/model';
import { type AccessPlan, callIds, meshOf, named, type PlannedBorder } from '../plan/plan';
import type { PlannedResource } from '../plan/resources';
import { spireEntry } from '../plan/spire-entry';
import { childOf } from './child-of';
import type { FederatedMesh, PartnerMesh } from './federated-mesh';
import { federationProblems } from './federation-problems';
import type { FederationHalfProps, FederationProps } from './federation-props';
import { GatewayAddress } from './gateway-address';
import { deployedKindOf } from './meshes';
import { BordersHome, placeOfBorders, refuseToMoveAtOnce, takeOverServices } from './move';
import { Observability } from './observability';
import { foreignMembers, foreignRoots, sayWhenRootsEnd, unreachedProblems } from './partners';
import { TrustBundleExchange } from './trust/exchange';
import { exchangeProblems } from './trust/exchange-problems';
import { sayWeaknesses, sayWhatIsNotDistrusted } from './weaknesses';
import { MEMBER_EXAMPLE, OBSERVABILITY_EXAMPLE, POLICY_EXAMPLE } from '../plan/examples';

/**
 * One half of a federation between organisations: everything that goes into the clusters of our own
 * meshes, and nothing else. Of the others no more is needed than what their owners sent, `readOffer`;
 * neither has rights in the other's clusters. Each half has a state of its own, and may be deployed first:
 * calls get through when both are there.
 *
 * The order in our clusters is that of `Federation`.
 *
 * @throws Error listing every mistake in the policy, and every difference between it and what the partners
 * understand.
 *
 * @example
 * {@includeCode ../../../examples/constructs.ts#FederationHalf}
 */
export class FederationHalf extends Construct {
  /** The plan that the access policy compiles to. */
  public readonly plan: AccessPlan;
  /** Addresses of the gateways that somebody enters by, by mesh: of our own, and of the partners'. */
  public readonly gatewayAddresses: ReadonlyMap<string, GatewayHosts>;
  /** The exchange of roots. */
  public readonly trust: TrustBundleExchange;
  /** What guards the clusters of our own meshes, by mesh; none where that was turned off. */
  public readonly admission: ReadonlyMap<string, AdmissionPolicies>;
  /** Who may call what, by mesh. */
  public readonly access: ReadonlyMap<string, CustomResources>;
  /** All borders by mesh and name, such as `consul/backend-inbound`. */
  public readonly borders: ReadonlyMap<string, Border>;
  /** The borders where they were before, as long as the policy says `bordersMovedFrom`. */
  public readonly formerBorders: ReadonlyMap<string, Border>;
  /** What leads to the borders, by mesh. */
  public readonly routes: ReadonlyMap<string, CustomResources>;
  /** What watches them, by mesh; none where nobody may read the metrics. */
  public readonly observability: ReadonlyMap<string, Observability>;

  public constructor(scope: Construct, id: string, props: FederationHalfProps) {
    super(scope, id);
    refuseUnlike(this.title, props, EXAMPLE);
    refuseObjectsMadeTwice(this);
    const { policy, own: meshes, partners, jobsNamespace, name, observability = {} } = props;
    const compiled = () => ({
      policy,
      meshes: inOrderOf(policy, { ...meshes, ...foreignMembers(partners) }),
      jobsNamespace,
      name,
    });
    refuse(this.title, federationProblems(props, compiled));
    this.plan = compilePolicy(compiled());
    const managed = Object.entries(meshes).map(([name, mesh]): ManagedMesh => ({
      name,
      mesh,
      scope: new Construct(this, name),
    }));

    sayWeaknesses(this, this.plan, meshes);
    // From the same cluster nobody needs an address.
    const entered = new Set(
      this.plan.borders
        .filter((border) => border.direction === 'in')
        .filter(({ enteredBy }) => enteredBy !== 'service')
        .map(({ mesh }) => mesh),
    );
    this.gatewayAddresses = new Map([
      ...managed
        .filter((one) => entered.has(one.name))
        .map((one): [string, GatewayHosts] => [one.name, this.entrance(one)]),
      ...Object.entries(partners)
        .filter(([mesh]) => entered.has(mesh))
        .flatMap(([mesh, { offer, gatewayAddress = offer.gateway }]): [string, GatewayHosts][] =>
          gatewayAddress === undefined ? [] : [[mesh, gatewayAddress]],
        ),
    ]);
    const exchange = {
      ...props.trust,
      metricsNamespace: observability.namespace,
      plan: this.plan,
      meshes: { ...meshes, ...foreignRoots(partners) },
      own: Object.keys(meshes),
    };
    const unreached = unreachedProblems(this.plan, props, this.gatewayAddresses);
    // Of the rest the exchange tells by itself.
    if (unreached.length > 0) refuse(this.title, [...unreached, ...exchangeProblems(exchange)]);
    this.trust = new TrustBundleExchange(this, 'trust', exchange);
    sayWhenRootsEnd(this, this.plan, partners);
    sayWhatIsNotDistrusted(this, meshes, props.trust?.distrusted);

    this.admission = new Map(
      (props.admission ?? true)
        ? managed.map(({ name, mesh, scope }) => [name, this.guard(name, mesh, scope)])
        : [],
    );

    const policies = accessResources(this.plan, props.borders).filter(
      ({ layer }) => !(props.ownServices === 'separate' && layer === 'mesh'),
    );
    this.access = customResources(managed, 'access', this.plan.name);
    const guards = make(this.access, policies);
    // The ids say "roads", as they did when the first pairs were deployed: another id is another resource.
    this.routes = customResources(managed, 'roads', this.plan.name);
    const entrances = make(this.routes, entranceResources(this.plan));
    for (const { name: mesh, mesh: member, scope: place } of managed) {
      refuseToMoveAtOnce(place, this.plan, mesh, member.provider);
    }
    const options = {
      ...props.borders,
      distrusted: props.trust?.distrusted,
      metricsNamespace: observability.namespace,
      tracing: observability.tracing,
    };
    const ready = new Map(
      managed.map((one) => [
        one.name,
        barrier(one.scope, 'ready-for-borders', [
          ...this.trust.bundlesIn(one.name),
          ...this.registered(one),
        ]),
      ]),
    );
    const waitsOf = (border: PlannedBorder) => [
      ...(ready.get(border.mesh) ?? []),
      ...guards.of(callIds([border])),
      // The port that a border calls is open before it calls.
      ...(border.direction === 'out' ? entrances.of(callIds([border])) : []),
    ];
    const bordersOf = (all: readonly PlannedBorder[]) =>
      new Map(managed.flatMap((one) => this.bordersOf(one, all, waitsOf, options)));
    this.borders = bordersOf(this.plan.borders);
    this.formerBorders = bordersOf(this.plan.formerBorders);
    shareFiles(
      new Construct(this, 'border-files'),
      [...this.borders.values(), ...this.formerBorders.values()].map(({ configMap }) => configMap),
    );

    this.leadOn(entrances, props.borders);
    const { namespace } = observability;
    this.observability = new Map(
      namespace === undefined
        ? []
        : managed.map(({ name: mesh, mesh: { provider }, scope: place }) => [
            mesh,
            new Observability(place, 'observability', {
              ...observability,
              namespace,
              plan: this.plan,
              mesh,
              provider,
            }),
          ]),
    );
  }

  /** What messages call it. */
  private get title(): string {
    return `${this.constructor.name} ${this.node.path}`;
  }

  /** Ways to the borders, and from callers to them. */
  private leadOn(entrances: ByCall, options: BorderOptions | undefined): void {
    const { plan, routes } = this;
    const made = [...this.borders.values()];
    const address = (mesh: string) => this.gatewayAddressOf(mesh);
    // All routes come after the roots that are used on them.
    const roots = barrier(
      this,
      'roots-made',
      [...routes.keys()].flatMap((mesh) => this.trust.bundlesIn(mesh)),
    );
    const after =
      (...earlier: readonly ByCall[]) =>
      ({ about }: PlannedResource) => [...roots, ...earlier.flatMap((one) => one.of(about))];
    const beside = make(routes, routeBesideResources(plan, address, options), after());
    this.prepareToLeave(made, beside);
    // They take another way than their former pods, and there must be pods at its end.
    const switched = made.filter(({ planned }) => takesAnotherWay(planned));
    const up = pods(made.filter((border) => !switched.includes(border)));
    const ways = make(routes, routeInResources(plan, options), after(up));
    // To borders that are entered past the gateway, or by its owner's own listeners, no way is made here.
    const leadsOn = [entrances, beside, ways, up];
    const out = routeOutResources(plan, address, options);
    // Without the host that comes after them they lead nowhere: so they need no gateway, which may wait for all borders.
    const rules = awaited(out);
    make(routes, [...rules], after(up));
    make(
      routes,
      out.filter((one) => !rules.has(one)),
      after(...leadsOn),
    );
    const ledOn = ({ planned }: Border) => [
      ...roots,
      ...leadsOn.flatMap((one) => one.of(callIds([planned]))),
    ];
    for (const border of switched) border.switchAfter(ledOn(border));
    for (const border of made) border.nameAfter(ledOn(border));
    const leaving = pods(made.filter(({ planned }) => planned.direction === 'out'));
    make(routes, routeOfNameResources(plan), after(...leadsOn, leaving));
  }

  /**
   * Where callers have left by borders until now, the sidecars learn their own way, while a route still leads to
   * the border. They have learnt it when the border at the other end has new pods, which admit them.
   */
  private prepareToLeave(made: readonly Border[], beside: ByCall): void {
    const names = new ByCall();
    for (const border of made) {
      const calls = callIds([border.planned]);
      names.add(calls, border.leaveAfter(beside.of(calls)));
    }
    for (const border of made) {
      const { direction, foreign } = border.planned;
      if (direction === 'in' && foreign.formerOut === 'border') {
        border.switchAfter(names.of(callIds([border.planned])));
      }
    }
  }

  /** Address by which other meshes enter one of ours. */
  private entrance({ name, mesh, scope }: ManagedMesh): GatewayHosts {
    const { plan } = this;
    const { provider } = mesh;
    const made = entrance(scope, { plan, mesh: name, provider });
    return (
      mesh.gatewayAddress ??
      made ??
      new GatewayAddress(scope, 'gateway-address', {
        ...entranceOf(meshOf(plan.meshes, name), plan.name),
        provider,
      }).address
    );
  }

  /** What SPIRE must know of the borders of a mesh before they are there. */
  private registered({ name, mesh, scope }: ManagedMesh): ITerraformDependable[] {
    const entry = spireEntry(this.plan, name);
    if (entry === undefined) return [];
    const { provider } = mesh;
    const fieldManager = named(FIELD_MANAGER, this.plan.name);
    return [
      new CustomResource(scope, 'spire-entry', { ...entry, fieldManager, provider }).manifest,
    ];
  }

  /**
   * Address of a mesh's gateway; a token unless it was given.
   *
   * @throws Error when no rule leads into the mesh from another cluster.
   */
  public gatewayAddressOf(mesh: string): GatewayHosts {
    const address = this.gatewayAddresses.get(mesh);
    if (address === undefined) {
      const known = [...this.gatewayAddresses.keys()];
      const message =
        'has no gateway address here, since no rule leads into it from another cluster; ' +
        (known.length === 0 ? 'no mesh has one' : `ask for ${choice(known)}`);
      throw refusal(
        this.title,
        [{ path: ['meshes', mesh], message }],
        'was asked for what it does not have',
      );
    }
    return address;
  }

  private guard(name: string, { provider }: FederatedMesh, scope: Construct): AdmissionPolicies {
    const audiences = this.trust.audiencesOf(name);
    return new AdmissionPolicies(scope, 'admission', {
      plan: this.plan,
      mesh: name,
      ...(audiences !== undefined && { audiences }),
      provider,
    });
  }

  private bordersOf(
    { name: meshName, mesh, scope }: ManagedMesh,
    all: readonly PlannedBorder[],
    waitsOf: (border: PlannedBorder) => readonly ITerraformDependable[],
    options: BorderOptions & Pick<BorderProps, 'metricsNamespace' | 'tracing'>,
  ): [string, Border][] {
    const planned = all.filter((border) => border.mesh === meshName);
    if (planned.length === 0) {
      return [];
    }
    const shared = deployedKindOf(mesh).forBorders(scope, mesh);
    if (all === this.plan.borders) new BordersHome(scope, 'borders-home', this.plan, meshName);
    const common = { ...options, ...shared, mesh, provider: mesh.provider };
    return planned.map((border) => {
      const borders = placeOfBorders(scope, border.namespace);
      const made = new Border(borders, border.name, {
        ...common,
        border,
        ...(border.direction === 'out' && {
          gatewayAddress: this.gatewayAddresses.get(border.foreignMesh),
          services: childOf(childOf(scope, 'services'), border.name),
        }),
        dependsOn: waitsOf(border),
      });
      takeOverServices(scope, border, made);
      return [`${meshName}/${border.name}`, made];
    });
  }
}

/**
 * Lets services of different meshes call each other as one access policy says, across different roots of
 * trust, and nothing else.
 *
 * It is made in this order and destroyed in the opposite one, so that no border is ever without its
 * policy, and nothing leads to what is not up:
 *
 * 1. the foreign roots in each cluster, the policies of each mesh, and the ports of Istio's gateways;
 * 2. the borders;
 * 3. the routes to them: gateways' routes and listeners;
 * 4. the routes out: ServiceEntries and all that belongs to them, and the names of outbound borders in the
 *    namespaces of their callers.
 *
 * Each waits for what its own calls need, not for that of others: so plans and states grow with the number of
 * calls.
 *
 * The CRDs of both meshes must be in the clusters when the stack is planned.
 *
 * @throws Error listing every mistake in the policy, and every mesh whose sidecars miss rotations of a
 * root. At the end of the synthesis: Error naming what is made twice in one cluster, such as by a second
 * federation without a `name`.
 *
 * @example
 * {@includeCode ../../../examples/constructs.ts#Federation}
 */
export class Federation extends FederationHalf {
  public constructor(scope: Construct, id: string, props: FederationProps) {
    refuseUnlike(`Federation ${scope.node.path}/${id}`, props, WHOLE);
    const { meshes, ...options } = props;
    // Whoever has every mesh has both halves.
    super(scope, id, { ...options, own: meshes, partners: {} });
  }
}

/**
 * Whether the calls of a border go by another way than before, while both are open: its own, or that of callers
 * that leave by it now. While its pods start, those at its end that do not know them yet are gone.
 */
function takesAnotherWay(border: PlannedBorder): boolean {
  return (
    border.direction === 'out' &&
    (border.crossings.some(({ formerWay }) => formerWay !== undefined) ||
      border.calls.some(
        ({ caller: { out, formerOut } }) => out === 'border' && formerOut !== undefined,
      ))
  );
}

/** Both halves must come to the same plan, in whatever order each has its meshes. */
function inOrderOf<Mesh>(
  { meshes }: AccessPolicy,
  given: Readonly<Record<string, Mesh>>,
): Record<string, Mesh> {
  const first = Object.keys(meshes).filter((name) => Object.hasOwn(given, name));
  const rest = Object.keys(given).filter((name) => !Object.hasOwn(meshes, name));
  return Object.fromEntries(
    [...first, ...rest].flatMap((name) => {
      const mesh = given[name];
      return mesh === undefined ? [] : [[name, mesh] as const];
    }),
  );
}

/** What is made in the cluster of one mesh. */
interface ManagedMesh {
  readonly name: string;
  readonly mesh: FederatedMesh;
  readonly scope: Construct;
}

function customResources(
  managed: readonly ManagedMesh[],
  id: string,
  federation: string | undefined,
): Map<string, CustomResources> {
  return new Map(
    managed.map(({ name, mesh: { provider }, scope }) => [
      name,
      new CustomResources(scope, id, { resources: [], provider, federation }),
    ]),
  );
}

/** Makes those of our own meshes, each after what it waits for. */
function make(
  places: ReadonlyMap<string, CustomResources>,
  resources: readonly PlannedResource[],
  before: (resource: PlannedResource) => readonly ITerraformDependable[] = () => [],
): ByCall {
  const made = new ByCall();
  for (const resource of resources) {
    const added = places.get(resource.mesh)?.add([resource], before(resource)) ?? [];
    made.add(
      resource.about,
      added.map(({ takenUp }) => takenUp),
    );
  }
  return made;
}

/** Those that others of them come after. */
function awaited(resources: readonly PlannedResource[]): Set<PlannedResource> {
  const key = (mesh: string, id: string) => `${mesh} ${id}`;
  const first = new Set(resources.flatMap(({ mesh, after }) => after.map((id) => key(mesh, id))));
  return new Set(resources.filter(({ mesh, id }) => first.has(key(mesh, id))));
}

/** The pods of borders, for their calls. */
function pods(borders: readonly Border[]): ByCall {
  const made = new ByCall();
  for (const { planned, deployment } of borders) made.add(callIds([planned]), [deployment]);
  return made;
}

const OPTIONS = {
  admission: new Optional(true),
  borders: new Optional<BorderOptions>({ ipv6: new Optional(true) }),
  observability: new Optional<ObservabilityOptions>(OBSERVABILITY_EXAMPLE),
};

const EXAMPLE: Example<FederationHalfProps> = {
  policy: POLICY_EXAMPLE,
  own: new Each<FederatedMesh>(MEMBER_EXAMPLE),
  partners: new Each<PartnerMesh>({ offer: new Must('be what readOffer returns') }),
  ...OPTIONS,
};

const WHOLE: Example<FederationProps> = {
  policy: POLICY_EXAMPLE,
  meshes: new Each<FederatedMesh>(MEMBER_EXAMPLE),
  ...OPTIONS,
};
