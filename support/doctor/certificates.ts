import { z } from 'zod';
import type { Hop } from '../../constructs/federation/plan';
import { parseOwn, ADMIN_PORT } from '../../constructs/federation/plan/internal';
import { jsonIn } from '../files/json';
import { ApiError, ClusterError } from '../cluster/errors';
import { clusterOf, type Deployed } from './deployed';
import { type Finding, findingIn } from './finding';
import { isReady, podsOf } from './pods';

const detail = z.object({
  serial_number: z.string().default(''),
  subject_alt_names: z
    .array(z.object({ uri: z.string().optional(), dns: z.string().optional() }))
    .default([]),
  valid_from: z.string().optional(),
  expiration_time: z.string().optional(),
});

/** @see https://www.envoyproxy.io/docs/envoy/v1.39.1/api-v3/admin/v3/certs.proto */
const certs = z.object({
  certificates: z
    .array(
      z.object({ ca_cert: z.array(detail).default([]), cert_chain: z.array(detail).default([]) }),
    )
    .default([]),
});

/** Part of a certificate's life at the end of which it should have been renewed long before. */
const LATE = 0.1;

/**
 * What the border's Envoy has loaded, by its admin interface: files and ConfigMaps say what it should
 * have, this says what it shows.
 *
 * @param bundle PEM of the foreign roots that it should trust.
 */
export async function certificateFindings(
  deployed: Deployed,
  { mesh, name, pods }: Hop,
  bundle: string | undefined,
): Promise<Finding[]> {
  if (pods?.border === undefined) return [];
  const cluster = clusterOf(deployed, mesh);
  const finding = findingIn(mesh);
  const ready = (await podsOf(deployed, mesh, pods)).filter(isReady);
  const findings = await Promise.all(
    ready.map(async ({ metadata }): Promise<Finding[]> => {
      const { namespace, name: pod } = metadata;
      const restart = `${cluster.kubectl} -n ${namespace} delete pod ${pod}`;
      const unseen = (reason: string, mend: string) => [
        finding(
          'certificates-unseen',
          `What pod ${namespace}/${pod} has loaded could not be read: ${reason}.`,
          mend,
          'unknown',
        ),
      ];
      const look = `${cluster.kubectl} -n ${namespace} port-forward ${pod} ${ADMIN_PORT}; then curl http://localhost:${ADMIN_PORT}/certs`;
      let text: string;
      try {
        text = await cluster.page(namespace, pod, ADMIN_PORT, '/certs');
      } catch (error) {
        if (!(error instanceof ClusterError)) throw error;
        const lacksRight = error instanceof ApiError && [401, 403].includes(error.status);
        return unseen(
          error.message,
          lacksRight ? 'the right to "create" pods/portforward there shows it' : look,
        );
      }
      const answer = certs.safeParse(jsonIn(text));
      if (!answer.success) return unseen('its answer is no list of certificates', look);
      const { certificates } = answer.data;
      const own = certificates.flatMap(({ cert_chain: [leaf] }) => leaf ?? []);
      const broken = (...said: Parameters<typeof finding>) => [finding(...said)];
      const [leaf] = own;
      if (leaf === undefined) {
        return broken(
          'no-certificate',
          `Pod ${namespace}/${pod} has no certificate of its own.`,
          `${cluster.kubectl} -n ${namespace} logs ${pod} --all-containers --tail 20`,
        );
      }
      const identities = own.flatMap((one) =>
        // Those of Linkerd are DNS names.
        one.subject_alt_names.flatMap(({ uri, dns }) => uri ?? dns ?? []),
      );
      if (!identities.includes(pods.identity)) {
        return broken(
          'wrong-identity-loaded',
          `Pod ${namespace}/${pod} has the identity ${identities.join(', ') || 'of nobody'}, and should ` +
            `be ${pods.identity}.`,
          `${cluster.kubectl} -n ${namespace} get pod ${pod} -o jsonpath='{.spec.serviceAccountName}'`,
        );
      }
      const late = renewal(leaf, deployed.now ?? new Date());
      if (late !== undefined) {
        return broken(
          late.ended ? 'certificate-expired' : 'certificate-not-renewed',
          `The certificate of pod ${namespace}/${pod} ${late.text}, and was not renewed.`,
          `${cluster.kubectl} -n ${namespace} logs ${pod} --all-containers --tail 20; then ${restart}`,
          late.ended ? 'broken' : 'warning',
        );
      }
      const wanted = parseOwn(bundle ?? '').map(({ certificate }) =>
        serial(certificate.serialNumber),
      );
      const loaded = certificates.flatMap(({ ca_cert }) =>
        ca_cert.map((one) => serial(one.serial_number)),
      );
      const old = loaded.find((one) => !wanted.includes(one));
      return bundle === undefined || old === undefined
        ? []
        : broken(
            'old-roots-loaded',
            `Pod ${namespace}/${pod} of ${name} trusts the root with serial ${old}, which its ConfigMap has ` +
              'no more: it did not take up the new roots.',
            restart,
          );
    }),
  );
  return findings.flat();
}

function serial(text: string): string {
  return text.toLowerCase().replace(/^0+/, '');
}

function renewal(
  { valid_from: from, expiration_time: to }: z.output<typeof detail>,
  now: Date,
): { readonly ended: boolean; readonly text: string } | undefined {
  if (from === undefined || to === undefined) return undefined;
  const [start, end] = [Date.parse(from), Date.parse(to)];
  if (end < now.getTime()) return { ended: true, text: `expired on ${to}` };
  return end - now.getTime() < LATE * (end - start)
    ? { ended: false, text: `expires on ${to}` }
    : undefined;
}
