import { X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { Hop, HopPods } from '../../../constructs/federation/plan';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import { ApiError, PodError } from '../../../support/cluster/errors';
import { certificateFindings } from '../../../support/doctor/certificates';
import type { Deployed } from '../../../support/doctor/deployed';
import { type Certificate, certificate } from '../../helpers/roots';
import { ClusterDouble } from '../../helpers/cluster-double';

const IDENTITY = 'spiffe://cluster.local/ns/borders/sa/info-border';
const LOGS = 'kubectl --context a -n borders logs info-border-1 --all-containers --tail 20';

/** A cluster with a ready pod of a border, and one that is not. Its Envoy says this. */
class WithBorder extends ClusterDouble {
  public constructor(private readonly said: string | Error) {
    super();
  }

  public override list(): Promise<YamlMap[]> {
    return Promise.resolve(
      ['True', 'False'].map((status, at) => ({
        metadata: { name: `info-border-${at + 1}`, namespace: 'borders', labels: {} },
        spec: { serviceAccountName: 'info-border' },
        status: { phase: 'Running', conditions: [{ type: 'Ready', status }] },
      })),
    );
  }

  public override page(_: string, pod: string): Promise<string> {
    if (pod !== 'info-border-1') throw new Error(`${pod} is not ready`);
    return typeof this.said === 'string' ? Promise.resolve(this.said) : Promise.reject(this.said);
  }
}

const DAY = 24 * 3600 * 1000;
const NOW = new Date('2026-06-01T00:00:00Z');
const inDays = (days: number) => new Date(NOW.getTime() + days * DAY).toISOString();

/** The leaf of a border, as Envoy has it. */
function leaf(more: object = {}) {
  return {
    serial_number: '0a',
    subject_alt_names: [{ uri: IDENTITY }],
    valid_from: inDays(-5),
    expiration_time: inDays(5),
    ...more,
  };
}

function certs(...own: readonly object[]): string {
  return JSON.stringify({ certificates: own.map((one) => ({ cert_chain: [one] })) });
}

async function found(
  said: string | Error,
  { bundle, ...more }: Partial<HopPods> & { bundle?: string } = {},
) {
  const cluster = new WithBorder(said);
  const pods: HopPods = {
    namespace: 'borders',
    serviceAccount: 'info-border',
    border: 'info-border',
    annotations: {},
    identity: IDENTITY,
    ...more,
  };
  const hop: Hop = {
    place: 'border-in',
    mesh: 'istio',
    name: 'borders/info-border',
    pods,
    resources: [],
  };
  const deployed: Deployed = {
    plan: {
      meshes: {},
      services: [],
      calls: [],
      borders: [],
      formerBorders: [],
      jobsNamespace: 'mesh-federation',
    },
    clusters: { istio: cluster },
    wanted: [],
    staleSeconds: 1,
    givenRoots: [],
    now: NOW,
  };
  const findings = await certificateFindings(deployed, hop, bundle);
  return findings.map(({ code, level, what, mend }) => [code, level, what, mend]);
}

const says = (text: string) => expect.stringContaining(text) as unknown;

test('a border with a certificate of its own is right', async () => {
  expect(await found(certs(leaf()))).toEqual([]);
});

test('one of Linkerd is known by a DNS name', async () => {
  const identity = 'info-border.borders.serviceaccount.identity.linkerd.cluster.local';
  expect(
    await found(certs(leaf({ subject_alt_names: [{ dns: identity }] })), { identity }),
  ).toEqual([]);
});

test.each([
  [
    'may not ask',
    new ApiError(403, 'status 403'),
    'status 403',
    'the right to "create" pods/portforward there shows it',
  ],
  [
    'is not known',
    new ApiError(401, 'status 401'),
    'status 401',
    'the right to "create" pods/portforward there shows it',
  ],
  [
    'is not answered',
    new PodError('/certs answers with 503'),
    '/certs answers with 503',
    'port-forward info-border-1 ',
  ],
  ['is told something else', '<h1>Hello</h1>', 'its answer is no list of certificates', '/certs'],
])('what a border has loaded is not known to who %s', async (_, said, reason, mend) => {
  expect(await found(said)).toEqual([
    [
      'certificates-unseen',
      'unknown',
      `What pod borders/info-border-1 has loaded could not be read: ${reason}.`,
      says(mend),
    ],
  ]);
});

test('a fault of the program is none of a border', async () => {
  await expect(found(new TypeError('x is not a function'))).rejects.toThrow(TypeError);
});

test.each([
  [
    'no-certificate',
    'broken',
    'Pod borders/info-border-1 has no certificate of its own.',
    LOGS,
    JSON.stringify({ certificates: [{ ca_cert: [{ serial_number: '1' }] }] }),
  ],
  [
    'wrong-identity-loaded',
    'broken',
    `Pod borders/info-border-1 has the identity of nobody, and should be ${IDENTITY}.`,
    says('get pod info-border-1 -o jsonpath'),
    certs(leaf({ subject_alt_names: [] })),
  ],
  [
    'certificate-expired',
    'broken',
    `The certificate of pod borders/info-border-1 expired on ${inDays(-1)}, and was not renewed.`,
    `${LOGS}; then kubectl --context a -n borders delete pod info-border-1`,
    certs(leaf({ expiration_time: inDays(-1) })),
  ],
  [
    'certificate-not-renewed',
    'warning',
    `The certificate of pod borders/info-border-1 expires on ${inDays(1)}, and was not renewed.`,
    `${LOGS}; then kubectl --context a -n borders delete pod info-border-1`,
    certs(leaf({ valid_from: inDays(-12), expiration_time: inDays(1) })),
  ],
])('a border has a fault: %s', async (code, level, what, mend, said) => {
  expect(await found(said)).toEqual([[code, level, what, mend]]);
});

test.each([
  ['a tenth of its life is left', { valid_from: inDays(-8), expiration_time: inDays(1) }],
  ['nobody says when it ends', { expiration_time: undefined }],
  ['nobody says since when it is', { valid_from: undefined, expiration_time: inDays(0.1) }],
])('a certificate of which %s is not late', async (_, more) => {
  expect(await found(certs(leaf(more)))).toEqual([]);
});

test('a border that trusts a root of before has not taken up the new ones', async () => {
  const [root, old] = await Promise.all([
    certificate({ name: 'now' }),
    certificate({ name: 'before' }),
  ]);
  const trusting = (...serials: readonly string[]) =>
    JSON.stringify({
      certificates: [
        { cert_chain: [leaf()], ca_cert: serials.map((serial_number) => ({ serial_number })) },
      ],
    });
  const serialOf = ({ pem }: Certificate) => new X509Certificate(pem).serialNumber.toLowerCase();
  const before = serialOf(old).replace(/^0+/, '');
  // With zeros before it or without: these are no other number.
  const now = `00${serialOf(root)}`;
  const bundle = root.pem;
  expect(await found(trusting(now), { bundle })).toEqual([]);
  expect(await found(trusting(now, before))).toEqual([]);
  expect(await found(trusting(now, before), { bundle })).toEqual([
    [
      'old-roots-loaded',
      'broken',
      says(`trusts the root with serial ${before}, which its ConfigMap has no more`),
      'kubectl --context a -n borders delete pod info-border-1',
    ],
  ]);
});
