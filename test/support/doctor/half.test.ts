import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../../config';
import { accessPlan } from '../../../config/access-plan';
import { type AccessPolicy, offerOf, offerText } from '../../../constructs/federation/plan';
import type { Deployed } from '../../../support/doctor/deployed';
import { examine } from '../../../support/doctor/examine';
import { findingsOf, type Report } from '../../../support/doctor/finding';
import { configured } from '../../../support/doctor/load';
import { reportText } from '../../../support/doctor/text';
import { Cluster } from '../../../support/cluster/cluster';
import { consulMember } from '../../../support/policy/installed-meshes';
import { temporaryFolder, writeFile } from '../../helpers/files';
import { certificate } from '../../helpers/roots';

/*
 * The doctor of somebody whose partner has the other mesh: it asks the own cluster only.
 */

const folder = temporaryFolder();
const KUBECONFIG = path.join(__dirname, '../../lifecycle/files/kubeconfig.yaml');
const POLICY: AccessPolicy = {
  meshes: {
    shop: { kind: 'istio', services: { checkout: {} } },
    bank: { kind: 'consul', services: { payments: {} } },
  },
  rules: [
    { from: 'shop/checkout', to: 'bank/payments' },
    { from: 'bank/payments', to: 'shop/checkout' },
  ],
};

/** A cluster that does not answer. */
const nobody = new Cluster(
  {
    getCurrentCluster: () => ({ server: 'http://127.0.0.1:9' }),
    applyToHTTPSOptions: () => Promise.resolve(),
  },
  'kubectl',
  () => Promise.reject(new Error('there are no pods')),
);

let deployed: Omit<Deployed, 'clusters'>;
let report: Report;

beforeAll(async () => {
  const offer = offerOf({
    policy: POLICY,
    mesh: 'bank',
    member: consulMember(),
    gateway: 'mesh.bank.example.com',
    roots: (await certificate()).pem,
    endpoint: { url: 'https://mesh.bank.example.com/bundle' },
  });
  writeFile(folder, 'bank.offer.yaml', offerText(offer, 'yaml'));
  writeFile(
    folder,
    'federation.yaml',
    `
meshes:
  shop: { kind: istio, trustDomain: shop.example.com }
  bank: { kind: consul, partner: bank.offer.yaml }
clusters: { shop: { kind: kubeconfig, path: ${KUBECONFIG}, context: one } }
accessPolicy: ${JSON.stringify(POLICY)}
`,
  );
  const { config } = loadConfig({ env: {}, folder });
  deployed = configured(config);
  expect(accessPlan(config)).toEqual(deployed.plan);
  report = await examine({ ...deployed, clusters: { shop: nobody } });
});

test('knows of the partner, and of how its roots come', () => {
  expect(deployed.partners).toEqual(['bank']);
  expect(deployed.givenRoots).toEqual([]);
});

test('looks for the parts of a control plane that these settings alone have installed', () => {
  expect(deployed.installed).toEqual(['shop']);
});

test('asks the own cluster about each hop in it, and nobody about the others', () => {
  const hops = report.calls.flatMap((call) => call.hops);
  const whose = (mesh: string) => hops.filter((hop) => hop.mesh === mesh);
  expect(whose('shop').length).toBeGreaterThan(2);
  for (const { findings, notOurs } of whose('shop')) {
    expect(notOurs).toBeUndefined();
    expect(findings.map(({ code }) => code)).toEqual(['cluster-unreachable']);
  }
  expect(whose('bank').length).toBeGreaterThan(2);
  for (const { findings, notOurs } of whose('bank')) {
    expect([findings, notOurs]).toEqual([[], true]);
  }
  expect(new Set(findingsOf(report).map(({ mesh }) => mesh))).toEqual(new Set(['shop']));
});

test('says so, and does not call them right', () => {
  const text = reportText(report);
  expect(text).toContain('gateway in bank: not visible from here');
  expect(text).not.toContain('(not published)');
  const right = {
    calls: report.calls.map((call) => ({
      ...call,
      hops: call.hops.map((hop) => ({ ...hop, findings: [] })),
    })),
  };
  expect(reportText(right)).toMatch(
    /All \d hops of 2 calls are right that are ours; the other \d are a partner's, whose doctor sees them\./,
  );
});

test('runs where the policy is not that of the partner, and says where they differ', async () => {
  const settings = readFileSync(path.join(folder, 'federation.yaml'), 'utf8');
  const one = { ...POLICY, rules: POLICY.rules.slice(1) };
  writeFile(
    folder,
    'differs/federation.yaml',
    settings
      .replace('bank.offer.yaml', path.join(folder, 'bank.offer.yaml'))
      .replace(JSON.stringify(POLICY), JSON.stringify(one)),
  );
  const from = path.join(folder, 'differs');
  expect(() => loadConfig({ env: {}, folder: from })).toThrow(/agree on one/);
  const { config } = loadConfig({ env: {}, folder: from, unagreed: true });
  const { calls } = await examine({ ...configured(config), clusters: { shop: nobody } });
  const told = calls.flatMap(({ hops }) =>
    hops.flatMap(({ findings }) => findings.filter(({ code }) => code === 'policy-differs')),
  );
  expect(calls.map(({ hops }) => hops[0]?.mesh)).toEqual(['bank']);
  expect(told).toEqual([
    {
      code: 'policy-differs',
      level: 'warning',
      mesh: 'shop',
      what: expect.stringContaining(
        'shop/checkout -> bank/payments: is allowed by the policy of bank, and not by yours',
      ),
      mend: expect.stringContaining('exchange offers anew'),
    },
  ]);
  expect(findingsOf(report).map(({ code }) => code)).not.toContain('policy-differs');
});
