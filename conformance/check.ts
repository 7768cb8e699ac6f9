import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isYamlMap } from '../constructs/kubernetes/yaml-file';
import { messageOf } from '../constructs/problems';
import { Processes } from '../rehearsal/processes';
import { LINKERD_CLUSTER, MONITORING } from './configuration';
import { hasChart, helmMissing, helmRenders, renderRelease } from '../support/upstream/helm-render';
import { ApiServer, message } from './api-server';
import type { ControlPlaneBinaries } from './binaries';
import { crds, otherCrds } from './crds';
import { prepare, servedWith } from './objects';
import { kindSchema, objectPath, type Kind, type Manifest } from '../support/objects/kinds';
import type { Source } from '../support/objects/sources';
import { typedKind, typedManifest } from '../support/objects/typed-resources';

/** An object, and what the API server said of it. */
export interface Verdict {
  readonly cluster: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Terraform's address of it, or the chart that brought it. */
  readonly origin: string;
  /** The server's reason; nothing when it took the object. */
  readonly refusal?: string;
  readonly warnings: readonly string[];
}

/** What all servers said. */
export interface Report {
  readonly verdicts: readonly Verdict[];
  /**
   * One for each kind: an accepted object with a field that does not exist, which must be refused. A
   * server that takes it would take anything.
   */
  readonly controls: readonly Verdict[];
  /** What was not shown to a server, and why. */
  readonly leftOut: readonly string[];
}

/** Whose CRDs a cluster has. */
const CRDS = {
  'mesh-istio': 'istio',
  'mesh-consul': 'consul-k8s',
  [LINKERD_CLUSTER]: 'linkerd',
} as const;
type Cluster = keyof typeof CRDS;
const CLUSTERS = Object.keys(CRDS) as Cluster[];

/** A field that no kind has. */
const INVENTED = { inventedByConformance: true };

/**
 * Applies every object to a real API server, one for each cluster with the CRDs of its mesh, of the
 * Prometheus Operator and of the Gateway API, and nobody else's.
 */
export async function checkConformance(
  found: readonly Source[],
  binaries: ControlPlaneBinaries,
): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-conformance-'));
  const processes = new Processes(folder);
  try {
    const reports = await Promise.all(
      CLUSTERS.filter((cluster) => found.some((source) => source.cluster === cluster)).map(
        async (cluster) => {
          const server = await ApiServer.start(cluster, binaries, processes, folder);
          return new ClusterCheck(cluster, server).run(
            [...crds(CRDS[cluster]), ...otherCrds()],
            found.filter((source) => source.cluster === cluster),
          );
        },
      ),
    );
    const elsewhere = found.filter(({ cluster }) => !CLUSTERS.some((known) => known === cluster));
    return {
      verdicts: reports.flatMap(({ verdicts }) => verdicts),
      controls: reports.flatMap(({ controls }) => controls),
      leftOut: [
        ...reports.flatMap(({ leftOut }) => leftOut),
        ...elsewhere.map(
          ({ cluster, address }) => `${address}: no server for the cluster ${cluster}`,
        ),
      ],
    };
  } finally {
    await processes.end();
  }
}

class ClusterCheck {
  private readonly verdicts: Verdict[] = [];
  private readonly controls: Verdict[] = [];
  private readonly leftOut: string[] = [];
  private kinds: readonly Kind[] = [];

  public constructor(
    private readonly cluster: Cluster,
    private readonly server: ApiServer,
  ) {}

  public async run(crds: readonly Manifest[], found: readonly Source[]): Promise<Report> {
    this.kinds = await servedWith(this.server, crds);
    // Of somebody else, and there before the federation.
    await prepare(this.server, [MONITORING]);

    const objects = [
      ...(await Promise.all(found.map((source) => this.objects(source)))).flat(),
      // Namespaces come before what is in them. Webhooks come last: nobody answers them here.
    ].sort((a, b) => stage(a.manifest) - stage(b.manifest));
    const shown = new Set<string>();
    for (const { manifest, origin } of objects) {
      const verdict = await this.show(manifest, origin);
      this.verdicts.push(verdict);
      const kind = `${manifest.apiVersion} ${manifest.kind}`;
      if (verdict.refusal === undefined && !shown.has(kind)) {
        shown.add(kind);
        this.controls.push(await this.show(withInventedField(manifest), origin));
      }
    }
    return { verdicts: this.verdicts, controls: this.controls, leftOut: this.leftOut };
  }

  private async objects({ address, content }: Source): Promise<Shown[]> {
    switch (content.kind) {
      case 'manifest':
        return [{ manifest: content.manifest as Manifest, origin: address }];
      case 'typed': {
        const kind = typedKind(content.type, this.kinds);
        if (kind === undefined) {
          this.leftOut.push(`${address}: ${content.type} is no kind of its own`);
          return [];
        }
        const schema = await kindSchema(this.server, kind);
        const manifest = typedManifest(kind, schema, content.block) as Manifest;
        return [{ manifest, origin: address }];
      }
      case 'release': {
        const { release } = content;
        if (!helmRenders() || !hasChart(release)) {
          this.leftOut.push(`${address}: the objects of chart ${release.chart}: ${helmMissing}`);
          return [];
        }
        const served = this.kinds.flatMap(({ apiVersion, kind }) => [
          apiVersion,
          `${apiVersion}/${kind}`,
        ]);
        return renderRelease(release, [...new Set(served)]).map((rendered) => ({
          manifest: this.inNamespace(rendered as Manifest, release.namespace),
          origin: `chart ${release.chart}`,
        }));
      }
    }
  }

  /** As Helm does: the release's namespace where an object names none, and none where there is none. */
  private inNamespace(manifest: Manifest, namespace: string): Manifest {
    const { namespace: own, ...metadata } = manifest.metadata;
    const kind = this.kinds.find(
      (one) => one.apiVersion === manifest.apiVersion && one.kind === manifest.kind,
    );
    return {
      ...manifest,
      metadata: kind?.namespaced ? { ...metadata, namespace: own ?? namespace } : metadata,
    };
  }

  private async show(manifest: Manifest, origin: string): Promise<Verdict> {
    const { apiVersion, kind, metadata } = manifest;
    const common = { cluster: this.cluster, apiVersion, kind, name: metadata.name, origin };
    let path: string;
    try {
      path = objectPath(this.kinds, manifest);
    } catch (error) {
      const refusal = messageOf(error);
      return { ...common, refusal, warnings: [] };
    }
    const answer = await this.server.apply(path, manifest);
    const { warnings, status } = answer;
    return status < 300
      ? { ...common, warnings }
      : { ...common, refusal: message(answer), warnings };
  }
}

interface Shown {
  readonly manifest: Manifest;
  readonly origin: string;
}

function stage({ kind }: Manifest): number {
  if (kind === 'Namespace' || kind === 'CustomResourceDefinition') return 0;
  return kind.endsWith('WebhookConfiguration') ? 2 : 1;
}

function withInventedField(manifest: Manifest): Manifest {
  const { spec } = manifest;
  return isYamlMap(spec)
    ? { ...manifest, spec: { ...spec, ...INVENTED } }
    : { ...manifest, ...INVENTED };
}
