import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Release } from '@cdktf/provider-helm/lib/release';
import { DataKubernetesResources } from '@cdktf/provider-kubernetes/lib/data-kubernetes-resources';
import { AssetType, type ITerraformDependable, TerraformAsset } from 'cdktf';
import { Construct } from 'constructs';
import { ByKind, type Example, Must, refuseUnlike } from '../example';
import { mustHold } from '../must-hold';
import { type ChartSource, chartSourceProblems, findChart } from './chart-source';
import { internalError, type Problem, refuse, within } from '../problems';
import { isUnresolved } from '../unresolved';
import { valuesText } from './helm-values';
import { labelProblems, rangeProblems, releaseNameProblems } from './name-problems';
import type { YamlMap } from './yaml-file';

/** Settings of `HelmChart`. */
export interface HelmChartProps {
  /** Name of the chart: `istiod`. */
  readonly chart: string;
  /** Version of the chart, exactly. */
  readonly version: string;
  /** Repository or folder of the chart. */
  readonly source: ChartSource;
  /** Name by which Helm knows the release. */
  readonly releaseName: string;
  /** Namespace of the release. It must exist. */
  readonly namespace: string;
  /** Values, over the chart's own. */
  readonly values: YamlMap;
  /**
   * Minutes that each step may take: all pods ready, a load balancer's address there, all hooks
   * done.
   * @default 10
   */
  readonly timeoutMinutes?: number;
  /**
   * Resources that must exist before this one.
   * @default nothing
   */
  readonly dependsOn?: readonly ITerraformDependable[];
}

const EXAMPLE: Example<HelmChartProps> = {
  chart: 'metrics-server',
  version: '3.13.0',
  source: new ByKind<ChartSource>({
    repository: { url: 'https://example.com/charts' },
    oci: { url: 'oci://example.com/charts' },
    local: { path: 'charts' },
  }),
  releaseName: 'metrics-server',
  namespace: 'kube-system',
  values: new Must('be a map'),
};

/**
 * A Helm release that can be deployed again after it failed, and that leaves nothing behind.
 *
 * - It waits until its pods are ready and its load balancers have an address; on destroy, until all
 *   of it is gone, so that no load balancer keeps a subnet from being deleted.
 * - `atomic`: a release that does not get ready is taken away again. Terraform does not record a
 *   failed release, so it would be neither retried nor destroyed, and its load balancer would stay
 *   (https://github.com/hashicorp/terraform-provider-helm/issues/1665).
 * - `upgradeInstall`: a release that exists but is not in the state, because a deploy was killed,
 *   is taken over instead of "cannot re-use a name that is still in use".
 * - A release that a killed deploy left pending stops the plan with the command that clears it away.
 *
 * A local chart is copied into the synthesised output, so that the output does not depend on this
 * machine's paths and a changed chart is an upgrade.
 *
 * The underlying `helm_release` is `release`.
 *
 * @throws Error listing every mistake in the names, the version, the minutes and the source, among them a local
 * chart that is not there in this version.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#HelmChart}
 */
export class HelmChart extends Construct {
  /** The `helm_release`. */
  public readonly release: Release;

  public constructor(scope: Construct, id: string, props: HelmChartProps) {
    super(scope, id);
    refuseUnlike(`HelmChart ${this.node.path}`, props, EXAMPLE);
    const timeoutMinutes = props.timeoutMinutes ?? 10;
    refuse(`HelmChart ${this.node.path}`, helmChartProblems(props));
    checkNotPending(this, props);
    this.release = new Release(this, 'release', {
      ...chartLocation(this, props),
      version: props.version,
      name: props.releaseName,
      namespace: props.namespace,
      values: [valuesText(props.values)],
      wait: true,
      waitForJobs: true,
      atomic: true,
      upgradeInstall: true,
      timeout: timeoutMinutes * 60,
      maxHistory: 5,
      dependsOn: props.dependsOn && [...props.dependsOn],
    });
  }
}

/**
 * Helm keeps each revision of a release in a Secret that says how far it came. A deploy that was
 * killed leaves one that is pending, and Helm then answers "another operation is in progress" for
 * ever. This finds it when the deploy is planned, and names the way out: without that Secret, what
 * is there already is taken over. Its content gets into no state: in a plan that goes on there is
 * none.
 */
function checkNotPending(scope: Construct, { releaseName, namespace }: HelmChartProps): void {
  const selector = `owner=helm,name=${releaseName},status in (pending-install,pending-upgrade,pending-rollback)`;
  new DataKubernetesResources(scope, 'pending', {
    apiVersion: 'v1',
    kind: 'Secret',
    namespace,
    labelSelector: selector,
    lifecycle: mustHold(
      'length(self.objects) == 0',
      `A deploy of the Helm release ${releaseName} was interrupted, or runs elsewhere. If none ` +
        `runs, take its mark away and deploy again: kubectl --namespace ${namespace} delete ` +
        `secret --selector '${selector}'`,
    ),
  });
}

/** A day: no step of a chart takes longer. */
const MINUTES = { min: 1, max: 24 * 60 };

function helmChartProblems(props: HelmChartProps): Problem[] {
  const { chart, version, source, releaseName, namespace, timeoutMinutes } = props;
  return [
    ...(isUnresolved(chart) || /^[0-9A-Za-z._-]+$/.test(chart)
      ? []
      : [
          {
            path: ['chart'],
            message: `is "${chart}"; must be the name of a chart alone, such as istiod, and source where it is`,
          },
        ]),
    ...(isUnresolved(version) || EXACT_VERSION.test(version)
      ? []
      : [
          {
            path: ['version'],
            message: `is "${version}"; must be one exact version, such as 1.30.3`,
          },
        ]),
    ...releaseNameProblems(['releaseName'], releaseName),
    ...(isUnresolved(namespace) ? [] : labelProblems(['namespace'], namespace)),
    ...rangeProblems(['timeoutMinutes'], timeoutMinutes, MINUTES),
    ...chartSourceProblems(source, [{ chart, version }]).map((problem) =>
      within(['source'], problem),
    ),
  ];
}

/** Of SemVer, with the "v" that some charts have before it. Anything else Helm takes for a range. */
const EXACT_VERSION = /^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

function chartLocation(
  scope: Construct,
  { source, chart, version }: HelmChartProps,
): { chart: string; repository?: string } {
  if (source.kind !== 'local') return { chart, repository: source.url.replace(/\/+$/, '') };
  const found = findChart(source.path, chart, version);
  if ('problem' in found) throw internalError(found.problem);
  const packed = found.path.endsWith('.tgz');
  const asset = new TerraformAsset(scope, 'chart', {
    path: found.path,
    type: packed ? AssetType.FILE : AssetType.DIRECTORY,
    ...(packed ? {} : { assetHash: folderHash(found.path) }),
  });
  // Helm takes `assets/...` for a repository's chart unless it starts as a path.
  return { chart: `./${asset.path}` };
}

/** Of names and contents: cdktf's own hash leaves out the names, and Helm would not see a renamed file. */
function folderHash(folder: string): string {
  const hash = createHash('sha256');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  for (const name of names) {
    const file = path.join(folder, name);
    if (!statSync(file).isFile()) continue;
    const content = createHash('sha256').update(readFileSync(file)).digest('hex');
    hash.update(`${content} ${name}\n`);
  }
  return hash.digest('hex').slice(0, 32);
}
