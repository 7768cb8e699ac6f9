import { Token } from 'cdktf';
import { type ApiServer, isLoopback } from '../../../kubernetes/api-server';
import { parseSchedule } from '../../../kubernetes/cron-schedule';
import { imageProblems } from '../../../kubernetes/images';
import { rangeProblems } from '../../../kubernetes/name-problems';
import { type Problem, within } from '../../../problems';
import { expectation } from '../../../schema-words';
import { parseFingerprints, parseOwn, type Root } from '../../jobs/roots';
import { type BundleNeed, bundleNeeds } from '../../plan/bundle-needs';
import type { RootsEndpoint } from '../../plan/offer';
import { ENDPOINT, problemsOf } from '../../plan/offer/form';
import { jobsNamespaceOf, meshOf } from '../../plan/plan';
import { givenRoots } from '../../plan/roots-file';
import { DEFAULT_SCHEDULE, KEEP_WITHDRAWN_DAYS } from '../../plan/schedule';
import { crossingTrustDomain } from '../../plan/spire';
import { isNeighbour, isOwn, type TrustBundleExchangeProps } from './exchange-props';

/** Fingerprints of roots that are never trusted. */
export function distrustedIn({
  distrusted = [],
}: Pick<TrustBundleExchangeProps, 'distrusted'>): readonly string[] {
  return parseFingerprints(distrusted.join('\n')).fingerprints;
}

/** Everything that is wrong with the meshes that were given, and with how their roots are exchanged. */
export function exchangeProblems(
  props: TrustBundleExchangeProps,
  needs: readonly BundleNeed[] = bundleNeeds(props.plan),
  distrusted: readonly string[] = distrustedIn(props),
): Problem[] {
  const { plan, meshes } = props;
  const taking = [...new Set(needs.flatMap(({ mesh, foreignMesh }) => [mesh, foreignMesh]))];
  const ofMeshes = taking.flatMap((name): Problem[] => {
    const given = meshes[name];
    if (given === undefined) {
      return [{ path: ['meshes'], message: `has no "${name}", which the plan has; add it` }];
    }
    const trusting = needs.filter(
      ({ mesh, foreignMesh }) => foreignMesh === name && isOwn(props, mesh),
    );
    if (trusting.length === 0) return [];
    if (given.roots === undefined && !isOwn(props, name)) {
      return [
        {
          path: ['meshes', name, 'roots'],
          message: 'is missing, but its cluster is not ours; take them from the offer of its owner',
        },
      ];
    }
    return [
      ...endpointProblems(name, given.rootsEndpoint),
      ...(given.roots === undefined
        ? apiServerProblems(
            name,
            given.apiServer,
            trusting.filter(({ mesh }) => !isNeighbour(props, mesh, name)),
          )
        : rootsProblems(name, given.roots, {
            trustDomain: crossingTrustDomain(meshOf(plan.meshes, name)),
            distrusted,
            own: trusting.flatMap(({ mesh }) => knownRoots(meshes[mesh]?.roots)),
          })),
    ];
  });
  return [...trustOptionProblems(props), ...metricsProblems(props, needs), ...ofMeshes];
}

/** Nothing but the jobs is where they are. */
function metricsProblems(
  { plan, metricsNamespace }: TrustBundleExchangeProps,
  needs: readonly BundleNeed[],
): Problem[] {
  return needs.some(({ mesh }) => jobsNamespaceOf(plan, mesh) === metricsNamespace)
    ? [
        {
          path: ['metricsNamespace'],
          message: `is ${metricsNamespace ?? ''}, where the jobs are; they need one of their own`,
        },
      ]
    : [];
}

/** What is wrong with how roots are exchanged, whatever the meshes. */
export function trustOptionProblems({
  schedule,
  keepWithdrawnDays,
  image,
  distrusted = [],
}: Pick<
  TrustBundleExchangeProps,
  'schedule' | 'keepWithdrawnDays' | 'image' | 'distrusted'
>): Problem[] {
  const read = parseSchedule(schedule ?? DEFAULT_SCHEDULE);
  return [
    ...('problems' in read ? read.problems : []).map((message) => ({
      path: ['schedule'],
      message: `is "${schedule ?? ''}"; ${message}`,
    })),
    ...rangeProblems(['keepWithdrawnDays'], keepWithdrawnDays, KEEP_WITHDRAWN_DAYS),
    ...imageProblems(['image'], image),
    ...distrusted.flatMap((text, index) =>
      parseFingerprints(text).fingerprints.length === 1
        ? []
        : [
            {
              path: ['distrusted', index],
              message:
                `is "${text}"; must be a SHA-256 fingerprint, as "openssl x509 -noout -fingerprint ` +
                '-sha256" prints it',
            },
          ],
    ),
  ];
}

function apiServerProblems(
  name: string,
  apiServer: ApiServer | undefined,
  trusting: readonly BundleNeed[],
): Problem[] {
  if (trusting.length === 0) return [];
  const path = ['meshes', name, 'apiServer'];
  if (apiServer === undefined) {
    const others = trusting.map(({ mesh }) => mesh).join(', ');
    return [
      {
        path,
        message: `is missing, but ${others} must reach it; give that of ClusterProviders, or roots`,
      },
    ];
  }
  const { address } = apiServer;
  if (Token.isUnresolved(address)) return [];
  const wrong = (message: string) => [
    { path: [...path, 'address'], message: `${address} ${message}` },
  ];
  if (apiServer.notForPods !== undefined) {
    return wrong(
      `${apiServer.notForPods}, by the kubeconfig, and pods of other clusters send a token there; name an ` +
        'address at which they can verify it, and its authority',
    );
  }
  if (!URL.canParse(address) || new URL(address).protocol !== 'https:') {
    return wrong('must be such as https://api.example.com:6443: a token is sent to it');
  }
  return isLoopback(address)
    ? wrong('leads each pod to itself; name the address by which pods of other clusters reach it')
    : [];
}

function endpointProblems(name: string, endpoint: RootsEndpoint | undefined): Problem[] {
  // What only a deploy knows the job judges when it fetches.
  if (endpoint === undefined || Object.values(endpoint).some((text) => Token.isUnresolved(text))) {
    return [];
  }
  const parsed = ENDPOINT.safeParse(endpoint, { reportInput: true, error: expectation });
  return problemsOf(parsed).map((problem) => within(['meshes', name, 'rootsEndpoint'], problem));
}

/** Of roots that are known before a deploy, what was read. */
export function knownRoots(roots: string | undefined): Root[] {
  return roots === undefined || Token.isUnresolved(roots) ? [] : parseOwn(roots);
}

function rootsProblems(
  name: string,
  roots: string,
  expectations: Parameters<typeof givenRoots>[1],
): Problem[] {
  if (Token.isUnresolved(roots)) return [];
  const given = givenRoots(roots, expectations);
  return ('refused' in given ? given.refused : []).map(({ fingerprint, reason }) => ({
    path: ['meshes', name, 'roots'],
    message: `must be the PEM of valid roots${fingerprint ? `; of ${fingerprint}` : ''}: ${reason}`,
  }));
}
