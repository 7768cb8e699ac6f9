import { z } from 'zod';
import type { Admission } from '../../../constructs/federation/plan';
import type { Cluster } from '../../cluster/cluster';
import { selects } from '../selector';
import { agedMetadata, oldestFirst } from './istio-age';

const mtls = z.object({ mode: z.string().default('UNSET') }).default({ mode: 'UNSET' });

const policySchema = z.object({
  metadata: agedMetadata,
  spec: z
    .object({
      selector: z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }).optional(),
      mtls,
      portLevelMtls: z.record(z.string(), mtls).default({}),
    })
    .prefault({}),
});

type Policy = z.output<typeof policySchema>;

/**
 * Which PeerAuthentication has the pods take plain text only, so that no caller shows them an identity. The oldest
 * one with a selector goes before that of the namespace, and this before that of the mesh; ports are named in the
 * first only, and `UNSET` leaves it to the next.
 *
 * @see https://github.com/istio/istio/blob/1.31.4/pilot/pkg/security/authn/policy_applier.go `ComposePeerAuthentication`
 */
export async function plaintextBy(
  cluster: Pick<Cluster, 'list'>,
  { namespace, labels, port }: Admission,
  rootNamespace: string,
): Promise<string | undefined> {
  const own = namespace === rootNamespace ? [] : await policiesIn(cluster, namespace);
  const chosen = own.find(({ spec }) => isForSome(spec) && isFor(spec, labels));
  const ofPort = port === undefined ? undefined : chosen?.spec.portLevelMtls[port];
  const inTurn = [
    { policy: chosen, mode: ofPort?.mode },
    ...[
      chosen,
      own.find(({ spec }) => !isForSome(spec)),
      (await policiesIn(cluster, rootNamespace)).find(({ spec }) => !isForSome(spec)),
    ].map((policy) => ({ policy, mode: policy?.spec.mtls.mode })),
  ];
  const counts = inTurn.find(({ mode }) => mode !== undefined && mode !== 'UNSET');
  return counts?.mode === 'DISABLE'
    ? `${counts.policy?.metadata.namespace}/${counts.policy?.metadata.name}`
    : undefined;
}

function isForSome({ selector }: Policy['spec']): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length > 0;
}

function isFor({ selector }: Policy['spec'], labels: Readonly<Record<string, string>>): boolean {
  return selects({ matchLabels: selector?.matchLabels ?? {}, matchExpressions: [] }, labels);
}

async function policiesIn(cluster: Pick<Cluster, 'list'>, namespace: string): Promise<Policy[]> {
  const all = await cluster.list('security.istio.io/v1', 'PeerAuthentication', namespace);
  return oldestFirst(all.flatMap((object) => policySchema.safeParse(object).data ?? []));
}
