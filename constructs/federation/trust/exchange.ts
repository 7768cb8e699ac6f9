import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { type ITerraformDependable, type TerraformProvider, Token } from 'cdktf';
import { Construct } from 'constructs';
import { type ApiServer, isLoopback, NODE_IMAGE } from '../../kubernetes';
import { type Problem, refuse } from '../../problems';
import { type AccessPlan, foreignBundle, type PlannedMesh } from '../policy/plan';
import { BundleHome } from './home';
import { examine } from './jobs/roots';
import { type BundleNeed, bundleNeeds } from './needs';
import { RootsPublisher } from './publisher';
import { RootsSubscriber } from './subscriber';

/** A mesh whose roots others need, or that needs those of others. */
export interface ExchangingMesh {
  /**
   * The Kubernetes provider of its cluster, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
  /**
   * How pods of the other clusters reach the API server of its cluster. Not needed with `roots`.
   */
  readonly apiServer?: ApiServer;
  /**
   * Its roots, PEM, where you know them: then nothing is read from its cluster, now or later, and a new
   * root is trusted with the next deploy only.
   * @default they are read from the mesh, and kept up to date
   */
  readonly roots?: string;
}

/** Settings of `TrustBundleExchange`. */
export interface TrustBundleExchangeProps {
  /** The plan that says who must be able to verify whom. */
  readonly plan: AccessPlan;
  /** By the policy's names, every mesh of the plan; each in a cluster of its own. */
  readonly meshes: Readonly<Record<string, ExchangingMesh>>;
  /**
   * Namespace of the jobs, in each cluster. It is made here.
   * @default 'mesh-federation'
   */
  readonly namespace?: string;
  /**
   * When the jobs run, as for cron, in UTC.
   * @default DEFAULT_SCHEDULE, every five minutes
   */
  readonly schedule?: string;
  /**
   * Days for which a root is trusted that its mesh no longer shows. More than the longest life of a
   * workload's certificate (Consul: 3 days).
   * @default 30
   */
  readonly keepWithdrawnDays?: number;
  /**
   * Image with Node.js 24 or later that runs the jobs.
   * @default NODE_IMAGE
   */
  readonly image?: string;
}

/** Every five minutes. */
export const DEFAULT_SCHEDULE = '*/5 * * * *';
/** Days for which a root is trusted that its mesh no longer shows. */
export const DEFAULT_KEEP_WITHDRAWN_DAYS = 30;

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
 * @throws When a mesh of the plan is missing, has neither an API server nor roots, when its API server is
 * on loopback or its roots are no valid ones: all mistakes at once.
 *
 * @example
 * {@includeCode ../../../examples/constructs.ts#TrustBundleExchange}
 */
export class TrustBundleExchange extends Construct {
  private readonly bundles = new Map<string, ConfigMapV1[]>();
  private readonly homes = new Map<string, BundleHome>();
  private readonly publishers = new Map<string, RootsPublisher>();

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: TrustBundleExchangeProps,
  ) {
    super(scope, id);
    const needs = bundleNeeds(props.plan);
    refuse(`TrustBundleExchange ${this.node.path}`, exchangeProblems(props, needs));
    for (const need of needs) {
      this.provide(need);
    }
  }

  /** The ConfigMaps with foreign roots in a mesh's cluster, for whatever starts to use them. */
  public bundlesIn(mesh: string): ITerraformDependable[] {
    return this.bundles.get(mesh) ?? [];
  }

  private provide(need: BundleNeed): void {
    const { mesh, foreignMesh, namespaces } = need;
    const { roots, apiServer } = this.given(foreignMesh);
    const scope = new Construct(this, `${foreignMesh}-in-${mesh}`);
    const { configMap: name, key } = foreignBundle(foreignMesh);
    const bundles = namespaces.map(
      (namespace) =>
        new ConfigMapV1(scope, `bundle-${namespace}`, {
          metadata: { namespace, name },
          data: { [key]: roots ?? this.publisher(foreignMesh).roots },
          // The job's from then on.
          ...(roots === undefined ? { lifecycle: { ignoreChanges: ['data'] } } : {}),
          provider: this.given(mesh).provider,
        }),
    );
    this.bundles.set(mesh, [...(this.bundles.get(mesh) ?? []), ...bundles]);
    if (roots !== undefined || apiServer === undefined) return;

    new RootsSubscriber(scope, 'sync', {
      need,
      home: this.home(mesh),
      own: this.publisher(mesh),
      bundles,
      foreign: {
        trustDomain: this.planned(foreignMesh).mesh.trustDomain,
        home: this.home(foreignMesh),
        publisher: this.publisher(foreignMesh),
        apiServer,
      },
      schedule: this.props.schedule ?? DEFAULT_SCHEDULE,
      keepWithdrawnDays: this.props.keepWithdrawnDays ?? DEFAULT_KEEP_WITHDRAWN_DAYS,
      tokenSeconds: TOKEN_SECONDS,
      image: this.props.image ?? NODE_IMAGE,
    });
  }

  private given(mesh: string): ExchangingMesh {
    return this.props.meshes[mesh] ?? {};
  }

  private planned(mesh: string): PlannedMesh {
    const planned = this.props.plan.meshes[mesh];
    if (planned === undefined) throw new Error(`${this.node.path}: no mesh ${mesh} in the plan`);
    return planned;
  }

  private home(mesh: string): BundleHome {
    const made = this.homes.get(mesh);
    if (made !== undefined) return made;
    const home = new BundleHome(this, `home-${mesh}`, {
      namespace: this.props.namespace ?? 'mesh-federation',
      ports: this.ports(mesh),
      provider: this.given(mesh).provider,
    });
    this.homes.set(mesh, home);
    return home;
  }

  /** What the jobs in a mesh's cluster connect to. */
  private ports(mesh: string): number[] {
    const { mesh: own, kind } = this.planned(mesh);
    const foreign = bundleNeeds(this.props.plan)
      .filter((need) => need.mesh === mesh)
      .map((need) => need.foreignMesh);
    return [
      ...API_SERVER_PORTS,
      ...[mesh, ...foreign].flatMap((name) => portOf(this.given(name).apiServer)),
      ...(kind === 'consul' ? [own.tls ? 8501 : 8500] : []),
    ];
  }

  private publisher(mesh: string): RootsPublisher {
    const made = this.publishers.get(mesh);
    if (made !== undefined) return made;
    const publisher = new RootsPublisher(this, `publish-${mesh}`, {
      mesh,
      member: this.planned(mesh),
      home: this.home(mesh),
      schedule: this.props.schedule ?? DEFAULT_SCHEDULE,
      image: this.props.image ?? NODE_IMAGE,
    });
    this.publishers.set(mesh, publisher);
    return publisher;
  }
}

/** Usual ports of API servers: in front of their Service, and behind it. */
const API_SERVER_PORTS = [443, 6443];

function portOf(apiServer: ApiServer | undefined): number[] {
  if (apiServer === undefined || Token.isUnresolved(apiServer.address)) return [];
  const { port } = new URL(apiServer.address);
  return port === '' ? [] : [Number(port)];
}

/** Everything that is wrong with the meshes that were given. */
function exchangeProblems(
  { plan, meshes }: TrustBundleExchangeProps,
  needs: readonly BundleNeed[],
): Problem[] {
  const taking = [...new Set(needs.flatMap(({ mesh, foreignMesh }) => [mesh, foreignMesh]))];
  return taking.flatMap((name): Problem[] => {
    const given = meshes[name];
    if (given === undefined) {
      return [{ path: ['meshes'], message: `has no "${name}", which the plan has; add it` }];
    }
    const trusting = needs.filter(({ foreignMesh }) => foreignMesh === name);
    if (trusting.length === 0) return [];
    return given.roots === undefined
      ? apiServerProblems(name, given.apiServer, trusting)
      : rootsProblems(name, given.roots, plan.meshes[name]?.mesh.trustDomain ?? '');
  });
}

function apiServerProblems(
  name: string,
  apiServer: ApiServer | undefined,
  trusting: readonly BundleNeed[],
): Problem[] {
  const path = ['meshes', name, 'apiServer'];
  if (apiServer === undefined) {
    const others = trusting.map(({ mesh }) => mesh).join(', ');
    return [{ path, message: `is missing, and ${others} must reach it; add it, or roots` }];
  }
  return !Token.isUnresolved(apiServer.address) && isLoopback(apiServer.address)
    ? [
        {
          path: [...path, 'address'],
          message:
            `${apiServer.address} leads each pod to itself; name the address by which pods of other ` +
            'clusters reach it',
        },
      ]
    : [];
}

/** Roots that are known now are looked at now. */
function rootsProblems(name: string, roots: string, trustDomain: string): Problem[] {
  if (Token.isUnresolved(roots)) return [];
  const { refused } = examine(roots, { trustDomain, own: [], now: new Date() });
  return refused.map(({ fingerprint, reason }) => ({
    path: ['meshes', name, 'roots'],
    message: `must be the PEM of valid roots${fingerprint ? `; of ${fingerprint}` : ''}: ${reason}`,
  }));
}
