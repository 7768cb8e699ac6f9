import tls from 'node:tls';
import type { AddressInfo } from 'node:net';
import { expect, it, test } from '@jest/globals';
import { compilePolicy } from '../../../constructs/federation/plan';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import { MeshCa } from '../../../rehearsal/certificates';
import type { Ref } from '../../../support/cluster/cluster';
import { dial } from '../../../support/doctor/dial';
import { authorityFindings } from '../../../support/doctor/authority';
import { consulMember, linkerdMember } from '../../../support/policy/installed-meshes';
import { ClusterDouble } from '../../helpers/cluster-double';

const plan = compilePolicy({
  policy: {
    meshes: {
      shop: { kind: 'linkerd', services: { orders: { podPort: 8080 } } },
      consul: { kind: 'consul', services: { info: {} } },
    },
    rules: [{ from: 'shop/orders', to: 'consul/info' }],
  },
  meshes: { shop: linkerdMember(), consul: consulMember() },
});

const NOW = new Date('2026-06-01T00:00:00Z');
const WELL = {
  success: '2026-05-31T04:23:10.000Z',
  'anchor-ends': '2036-01-01T00:00:00.000Z',
  'issuer-ends': '2027-01-01T00:00:00.000Z',
};

class Memory extends ClusterDouble {
  public constructor(private readonly objects: Readonly<Partial<Record<string, YamlMap>>>) {
    super();
  }

  public override read({ kind, namespace = '', name }: Ref): Promise<YamlMap | undefined> {
    expect([namespace, name]).toEqual(['linkerd', 'linkerd-authority']);
    return Promise.resolve(this.objects[kind]);
  }
}

async function found(data: YamlMap | undefined, spec: YamlMap | undefined, own = true) {
  const cluster = new Memory({
    ...(data && { ConfigMap: { data } }),
    ...(spec && { CronJob: { spec: { schedule: '23 4 * * *', ...spec } } }),
  });
  const deployed = {
    plan,
    clusters: { shop: cluster, consul: cluster },
    wanted: [],
    staleSeconds: 1,
    givenRoots: [],
    ownAuthorities: own ? ['shop'] : [],
    now: NOW,
  };
  return (await authorityFindings(deployed, 'shop')).map(({ code, level }) => `${level} ${code}`);
}

test.each([
  ['nothing where all is well', WELL, {}, []],
  ['that the job is gone', WELL, undefined, ['warning job-missing']],
  ['that the job is suspended', WELL, { suspend: true }, ['warning job-suspended']],
  ['what the job reports', { ...WELL, problem: 'no' }, {}, ['warning authority-problem']],
  ['what the job warns of', { ...WELL, warning: 'soon' }, {}, ['warning authority-warning']],
  [
    'that it has not succeeded for days',
    { ...WELL, success: '2026-05-29T04:23:10.000Z' },
    {},
    ['warning authority-overdue'],
  ],
  ['that it never ran', undefined, {}, ['warning authority-overdue']],
  [
    'that the issuer ends soon, with what the job warns of',
    { ...WELL, 'issuer-ends': '2026-06-25T00:00:00.000Z', warning: 'soon' },
    {},
    ['warning authority-ending'],
  ],
  [
    'that the job fails rather than that the issuer ends soon',
    { ...WELL, 'issuer-ends': '2026-06-25T00:00:00.000Z', problem: 'no' },
    {},
    ['warning authority-problem'],
  ],
  [
    'first that the issuer has ended',
    { ...WELL, 'issuer-ends': '2026-05-01T00:00:00.000Z', problem: 'no' },
    { suspend: true },
    ['broken authority-expired'],
  ],
] as const)("says of the job of a Linkerd mesh's authority %s", async (_, data, spec, codes) => {
  expect(await found(data, spec)).toEqual(codes);
});

test('says nothing of an authority that is somebody else’s', async () => {
  expect(await found(undefined, undefined, false)).toEqual([]);
});

it('knows a border of a Linkerd mesh by its DNS name, to the letter', async () => {
  const ca = await MeshCa.linkerd('cluster.local');
  const identity = 'info.federation-borders.serviceaccount.identity.linkerd.cluster.local';
  const { chain, key } = await ca.issue(identity);
  const server = tls.createServer({ cert: chain, key, requestCert: true });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const ask = (identities: readonly string[]) =>
    dial({ host: '127.0.0.1', port, serverName: 'a.internal', roots: ca.bundle, identities });
  try {
    expect(await ask([identity])).toMatchObject({ end: 'right' });
    expect(await ask([`x${identity}`])).toEqual({ end: 'other-identity', identity });
  } finally {
    server.close();
  }
});
