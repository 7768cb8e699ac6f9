import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { Annotations, type ITerraformDependable, Token } from 'cdktf';
import { Construct } from 'constructs';
import { Each, type Example, refuseUnlike } from '../../../example';
import { NODE_IMAGE } from '../../../kubernetes/images';
import { refuse } from '../../../problems';
import {
  foreignBundle,
  isEnteredDirectly,
  jobsNamespaceOf,
  meshOf,
  type PlannedMesh,
} from '../../plan/plan';
import { deployedKindOf } from '../meshes';
import type { ExchangingMesh } from '../federated-mesh';
import { CallersLook } from './callers-look';
import { distrustedIn, exchangeProblems, knownRoots } from './exchange-problems';
import {
  DEFAULT_KEEP_WITHDRAWN_DAYS,
  isNeighbour,
  isOwn,
  type TrustBundleExchangeProps,
} from './exchange-props';
import { JobsHome } from './home';
import { namesakes } from '../../jobs/roots';
import { type BundleNeed, bundleNeeds } from '../../plan/bundle-needs';
import { JobMetrics } from './job-metrics';
import type {
  ICallersLook,
  IJobsHome,
  IJobMetrics,
  IRootsPublisher,
  IRootsSubscriber,
} from './outputs';
import { RootsPublisher } from './publisher';
import { givenRoots } from '../../plan/roots-file';
import { crossingTrustDomain } from '../../plan/spire';
import { type ForeignEndpoint, type ForeignNeighbour, RootsSubscriber } from './subscriber';
import { type ForeignCluster, TOKEN_SCHEDULE } from './tokens';
import { DEFAULT_SCHEDULE, staleSeconds } from '../../plan/schedule';
import { PLAN_EXAMPLE } from '../../plan/examples';

/** A week, for clusters that cannot reach each other for a while. A cluster may allow less. */
const TOKEN_SECONDS = 7 * 24 * 3600;

/**
 * Gives each cluster of the federation the public roots of the foreign meshes that it talks to, and
 * keeps them up to date: a ConfigMap `federation-roots-<mesh>` in each namespace with a border or a
 * calling workload. No private key is read or written, and no secret gets into the state.
 *
 * The first time Terraform, which is authenticated to every cluster, carries the roots over. From then
 * on a job in each cluster reads them from the other one, and accepts what is a valid bundle.
 *
 * @throws When a mesh of the plan is missing, has neither an API server nor roots, when its API server
 * cannot be reached by pods (on loopback, without TLS) or its roots are no valid ones, when the schedule,
 * an image or a fingerprint is none, or the days are too few or too many: all mistakes at once.
 *
 * @example
 * {@includeCode ../../../../examples/constructs.ts#TrustBundleExchange}
 */
export class TrustBundleExchange extends Construct {
  private readonly bundles = new Map<string, ITerraformDependable[]>();
  private readonly homesByMesh = new Map<string, JobsHome>();
  private readonly publishersByMesh = new Map<string, RootsPublisher>();
  private readonly subscribersByPair = new Map<string, RootsSubscriber>();
  private readonly looksByMesh = new Map<string, CallersLook>();
  private readonly metricsByMesh = new Map<string, JobMetrics>();
  private readonly issuing = new Set<string>();
  private readonly synced = new Map<string, string[]>();
  private readonly distrusted: readonly string[];
  private readonly needs: readonly BundleNeed[];

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: TrustBundleExchangeProps,
  ) {
    super(scope, id);
    refuseUnlike(`TrustBundleExchange ${this.node.path}`, props, EXAMPLE);
    this.needs = bundleNeeds(props.plan);
    this.distrusted = distrustedIn(props);
    refuse(
      `TrustBundleExchange ${this.node.path}`,
      exchangeProblems(props, this.needs, this.distrusted),
    );
    this.sayWhatEnvoyRefuses();
    for (const need of this.needs) {
      if (isOwn(props, need.mesh)) this.provide(need);
      // Who needs it reads it elsewhere; it is shown to whoever sends it there.
      else if (isOwn(props, need.foreignMesh) && this.given(need.foreignMesh).roots === undefined) {
        this.publisher(need.foreignMesh);
      }
    }
    for (const [mesh, home] of this.homesByMesh) {
      this.letCallersLook(mesh, home);
      this.showMetrics(mesh, home);
    }
  }

  /** Where the jobs live, by the mesh of the cluster. */
  public get homes(): ReadonlyMap<string, IJobsHome> {
    return this.homesByMesh;
  }

  /** What publishes the roots of each mesh in its cluster. */
  public get publishers(): ReadonlyMap<string, IRootsPublisher> {
    return this.publishersByMesh;
  }

  /** What keeps foreign roots up to date: `bank-in-shop` those of the bank in the shop's cluster. */
  public get subscribers(): ReadonlyMap<string, IRootsSubscriber> {
    return this.subscribersByPair;
  }

  /** What shows Prometheus how the jobs fare, by the mesh of the cluster. */
  public get metrics(): ReadonlyMap<string, IJobMetrics> {
    return this.metricsByMesh;
  }

  /** What lets calling pods have foreign roots at once, by their mesh. */
  public get callersLooks(): ReadonlyMap<string, ICallersLook> {
    return this.looksByMesh;
  }

  /**
   * The ConfigMaps with foreign roots in a mesh's cluster, looked at, for whatever starts to use them.
   */
  public bundlesIn(mesh: string): ITerraformDependable[] {
    return this.bundles.get(mesh) ?? [];
  }

  /**
   * What tokens for the API server of a mesh's cluster are for, one audience a line, as its publishing job
   * knows it; undefined unless jobs of the cluster issue tokens with which others read its roots.
   */
  public audiencesOf(mesh: string): string | undefined {
    return this.issuing.has(mesh) ? this.publishersByMesh.get(mesh)?.audiences : undefined;
  }

  /** Of roots that come with a deploy: of others the jobs say it. */
  private sayWhatEnvoyRefuses(): void {
    for (const foreignMesh of new Set(this.needs.map((need) => need.foreignMesh))) {
      for (const warning of namesakes(knownRoots(this.given(foreignMesh).roots))) {
        Annotations.of(this).addWarning(`The roots of ${foreignMesh}: ${warning}.`);
      }
    }
  }

  private provide(need: BundleNeed): void {
    const { mesh, foreignMesh, namespaces } = need;
    const { roots, rootsEndpoint } = this.given(foreignMesh);
    const scope = new Construct(this, `${foreignMesh}-in-${mesh}`);
    const { configMap: name, key } = foreignBundle(foreignMesh);
    const bundles = namespaces.map(
      (namespace) =>
        new ConfigMapV1(scope, `bundle-${namespace}`, {
          metadata: { namespace, name },
          data: { [key]: this.passedOn(roots) ?? this.publisher(foreignMesh).roots },
          // The job's from then on.
          ...(roots === undefined || rootsEndpoint !== undefined
            ? { lifecycle: { ignoreChanges: ['data'] } }
            : {}),
          provider: this.given(mesh).provider,
        }),
    );
    this.bundles.set(mesh, [...(this.bundles.get(mesh) ?? []), ...bundles]);
    const source = this.source(mesh, foreignMesh);
    if (source === undefined) return;

    const subscriber = new RootsSubscriber(scope, 'sync', {
      need,
      home: this.home(mesh),
      own: this.publisher(mesh),
      bundles,
      foreign: { trustDomain: crossingTrustDomain(this.planned(foreignMesh)), ...source },
      schedule: this.props.schedule ?? DEFAULT_SCHEDULE,
      keepWithdrawnDays: this.props.keepWithdrawnDays ?? DEFAULT_KEEP_WITHDRAWN_DAYS,
      distrusted: this.distrusted,
      tokenSeconds: TOKEN_SECONDS,
      image: this.props.image ?? NODE_IMAGE,
    });
    this.synced.set(mesh, [...(this.synced.get(mesh) ?? []), foreignMesh]);
    // What Terraform carried over is looked at there, and what is distrusted by now is taken out.
    this.bundles.get(mesh)?.push(subscriber.first);
    this.subscribersByPair.set(`${foreignMesh}-in-${mesh}`, subscriber);
  }

  /** Where a mesh's roots are read again and again; nowhere, where they come with a deploy. */
  private source(
    here: string,
    mesh: string,
  ): ForeignCluster | ForeignNeighbour | ForeignEndpoint | undefined {
    const { roots, apiServer, rootsEndpoint } = this.given(mesh);
    if (rootsEndpoint !== undefined) return { endpoint: rootsEndpoint };
    if (roots !== undefined) return undefined;
    if (isNeighbour(this.props, here, mesh)) {
      return { neighbour: { home: this.home(mesh), publisher: this.publisher(mesh) } };
    }
    if (apiServer === undefined) return undefined;
    this.issuing.add(mesh);
    return { home: this.home(mesh), publisher: this.publisher(mesh), apiServer };
  }

  /** Calling pods have no border: they may be up before the roots are there. */
  private letCallersLook(mesh: string, home: JobsHome): void {
    const called = this.props.plan.borders
      .filter(isEnteredDirectly)
      .filter(({ foreignMesh }) => foreignMesh === mesh);
    if (called.length === 0) return;
    const look = new CallersLook(this, `callers-look-${mesh}`, {
      home,
      federation: this.props.plan.name,
      namespaces: [...new Set(called.map(({ foreign }) => foreign.namespace))],
      configMaps: [...new Set(called.map((border) => foreignBundle(border.mesh).configMap))],
      image: this.props.image ?? NODE_IMAGE,
      dependsOn: this.bundlesIn(mesh),
    });
    this.bundles.set(mesh, [...this.bundlesIn(mesh), look.job]);
    this.looksByMesh.set(mesh, look);
  }

  private showMetrics(mesh: string, home: JobsHome): void {
    const { metricsNamespace, schedule = DEFAULT_SCHEDULE, image = NODE_IMAGE } = this.props;
    if (metricsNamespace === undefined) return;
    const metrics = new JobMetrics(this, `metrics-${mesh}`, {
      mesh,
      federation: this.props.plan.name,
      foreignMeshes: this.synced.get(mesh) ?? [],
      home,
      scrapedFrom: metricsNamespace,
      lateSeconds: staleSeconds(schedule),
      tokenLateSeconds: staleSeconds(TOKEN_SCHEDULE),
      image,
    });
    this.metricsByMesh.set(mesh, metrics);
  }

  /** Of roots that were given, what was looked at; a token as it is. */
  private passedOn(roots: string | undefined): string | undefined {
    if (roots === undefined || Token.isUnresolved(roots)) return roots;
    const given = givenRoots(roots, { distrusted: this.distrusted });
    return 'roots' in given ? given.roots : roots;
  }

  private given(mesh: string): ExchangingMesh {
    return this.props.meshes[mesh] ?? {};
  }

  private planned(mesh: string): PlannedMesh {
    return meshOf(this.props.plan.meshes, mesh);
  }

  private home(mesh: string): JobsHome {
    const made = this.homesByMesh.get(mesh);
    if (made !== undefined) return made;
    const home = new JobsHome(this, `home-${mesh}`, {
      namespace: jobsNamespaceOf(this.props.plan, mesh),
      ports: this.ports(mesh),
      provider: this.given(mesh).provider,
    });
    this.homesByMesh.set(mesh, home);
    return home;
  }

  /** What the jobs in a mesh's cluster connect to. */
  private ports(mesh: string): number[] {
    const member = this.planned(mesh);
    const foreign = this.needs.filter((need) => need.mesh === mesh).map((need) => need.foreignMesh);
    return [
      ...API_SERVER_PORTS,
      ...[mesh, ...foreign].flatMap((name) => portOf(this.given(name).apiServer?.address)),
      ...foreign.flatMap((name) => portOf(this.given(name).rootsEndpoint?.url)),
      ...deployedKindOf(member).roots(member).ports,
    ];
  }

  private publisher(mesh: string): RootsPublisher {
    const made = this.publishersByMesh.get(mesh);
    if (made !== undefined) return made;
    const publisher = new RootsPublisher(this, `publish-${mesh}`, {
      mesh,
      member: this.planned(mesh),
      federation: this.props.plan.name,
      home: this.home(mesh),
      schedule: this.props.schedule ?? DEFAULT_SCHEDULE,
      image: this.props.image ?? NODE_IMAGE,
    });
    this.publishersByMesh.set(mesh, publisher);
    return publisher;
  }
}

/** Usual ports of API servers: in front of their Service, and behind it. */
const API_SERVER_PORTS = [443, 6443];

function portOf(url: string | undefined): number[] {
  // That of a mesh whose API server nobody needs may be anything.
  if (url === undefined || Token.isUnresolved(url) || !URL.canParse(url)) return [];
  const { port } = new URL(url);
  return port === '' ? [] : [Number(port)];
}

const EXAMPLE: Example<TrustBundleExchangeProps> = {
  plan: PLAN_EXAMPLE,
  meshes: new Each<ExchangingMesh>({}),
};
