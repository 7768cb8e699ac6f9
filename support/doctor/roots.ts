import { foreignBundle, type Hop } from '../../constructs/federation/plan';
import { examine, namesakes, parseOwn, type Root } from '../../constructs/federation/plan/internal';
import { authorityFindings } from './authority';
import { clusterOf, deployCommand, type Deployed, meshOf, syncCommand } from './deployed';
import { exchangeFindings } from './exchange';
import { DAY, type Finding, findingIn, NOTICE } from './finding';
import { configMapSchema } from './objects';

/** The foreign roots of a hop. */
export interface HopRoots {
  readonly findings: readonly Finding[];
  /** PEM; nothing where nothing good is there. */
  readonly bundle: string | undefined;
}

/** What is wrong with the foreign roots of a hop, and with what keeps them up to date. */
export async function rootsFindings(deployed: Deployed, hop: Hop): Promise<HopRoots> {
  if (hop.roots === undefined) return { findings: [], bundle: undefined };
  const { mesh } = hop;
  const { mesh: foreign, namespace } = hop.roots;
  const own = await bundleFindings(deployed, mesh, foreign, namespace);
  const exchange = deployed.givenRoots.includes(foreign)
    ? // Of others the job says it.
      namesakes(own.roots).map((what) =>
        findingIn(mesh, 'warning')(
          'roots-alike',
          `Of ${foreign}, ${what}.`,
          'docs/trust-bundles.md#two-roots-of-one-name',
        ),
      )
    : await exchangeFindings(deployed, mesh, foreign, own.roots);
  const authority = await authorityFindings(deployed, foreign);
  return { findings: [...own.findings, ...exchange, ...authority], bundle: own.bundle };
}

/** The roots that are there, looked at as the jobs do. */
export async function bundleFindings(
  deployed: Deployed,
  mesh: string,
  foreign: string,
  namespace: string,
): Promise<HopRoots & { readonly roots: readonly Root[] }> {
  const cluster = clusterOf(deployed, mesh);
  const now = deployed.now ?? new Date();
  const { configMap, key } = foreignBundle(foreign);
  const place = `ConfigMap ${namespace}/${configMap}`;
  const mend = deployed.givenRoots.includes(foreign)
    ? deployCommand(deployed)
    : syncCommand(deployed, mesh, foreign);
  const nothing = (code: string, what: string, how = mend) => ({
    findings: [findingIn(mesh)(code, what, how)],
    bundle: undefined,
    roots: [],
  });
  const found = await cluster.read({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace,
    name: configMap,
  });
  if (found === undefined) {
    return nothing(
      'roots-missing',
      `There is no ${place}, so nobody there can verify the mesh ${foreign}.`,
      deployCommand(deployed),
    );
  }
  const bundle = configMapSchema.parse(found).data[key] ?? '';
  if (bundle.trim() === '') {
    return nothing('roots-empty', `${place} has no roots of ${foreign} in its key ${key}.`);
  }
  const { trustDomain } = meshOf(deployed, foreign).mesh;
  const { roots, refused } = examine(bundle, { trustDomain, own: [], now });
  const [reason] = refused;
  if (reason !== undefined) {
    return nothing('roots-unusable', `${place} holds no roots of ${foreign}: ${reason.reason}.`);
  }
  if (parseOwn(bundle).length === 0) {
    return nothing(
      'roots-distrusted',
      `${place} trusts no root of ${foreign}: all that there were are distrusted or withdrawn.`,
      'docs/trust-bundles.md; federation.trust.distrusted lists what is never trusted',
    );
  }
  const [last] = [...roots].sort((one, other) => other.expires.getTime() - one.expires.getTime());
  // Of a short-lived root, a fifth of its life is notice enough.
  const left = (last?.expires.getTime() ?? Infinity) - now.getTime();
  const ending: Finding[] =
    last === undefined || left > Math.min(NOTICE, lifeTime(last) / 5)
      ? []
      : [
          findingIn(mesh, 'warning')(
            'roots-ending',
            `The last root of ${foreign} in ${place} expires on ${last.expires.toISOString()}, in ` +
              `${Math.floor(left / DAY)} days.`,
            `rotate the root of ${foreign}: docs/trust-bundles.md`,
          ),
        ];
  return { findings: ending, bundle, roots };
}

function lifeTime({ certificate, expires }: Root): number {
  return expires.getTime() - Date.parse(certificate.validFrom);
}
