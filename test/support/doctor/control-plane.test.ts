import { expect, test } from '@jest/globals';
import { compilePolicy, crossCalls } from '../../../constructs/federation/plan';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import { ApiError } from '../../../support/cluster/errors';
import { controlPlaneFindings } from '../../../support/doctor/control-plane';
import { examine } from '../../../support/doctor/examine';
import { consulMember, istioMember, linkerdMember } from '../../../support/policy/installed-meshes';
import { ClusterDouble } from '../../helpers/cluster-double';

const plan = compilePolicy({
  policy: {
    meshes: {
      istio: { kind: 'istio', services: { front: { namespace: 'shop' } } },
      consul: { kind: 'consul', services: { info: {} } },
      linkerd: { kind: 'linkerd', services: { orders: { podPort: 8080 } } },
    },
    rules: [{ from: 'istio/front', to: 'consul/info' }],
  },
  meshes: { istio: istioMember(), consul: consulMember(), linkerd: linkerdMember() },
});

/** A Service of a control plane, and the conditions of the pods behind it. */
interface Part {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly pods: readonly YamlMap[];
}

class ControlPlane extends ClusterDouble {
  public constructor(private readonly parts: readonly Part[]) {
    super();
  }

  public override read(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  public override served(): Promise<[]> {
    return Promise.resolve([]);
  }

  public override list(_: string, kind: string, namespace = ''): Promise<YamlMap[]> {
    return Promise.resolve(
      this.parts.flatMap(({ name, labels, type, pods }): YamlMap[] => {
        if (kind === 'Service') return [{ metadata: { name, namespace, labels }, spec: { type } }];
        if (kind !== 'EndpointSlice') return [];
        const of = { 'kubernetes.io/service-name': name };
        const endpoints = pods.map((conditions) => ({ conditions }));
        return [{ metadata: { name: `${name}-1`, namespace, labels: of }, endpoints }];
      }),
    );
  }
}

function deployedIn(cluster: ClusterDouble) {
  const clusters = { istio: cluster, consul: cluster, linkerd: cluster };
  return { plan, clusters, wanted: [], staleSeconds: 1, givenRoots: [] };
}

const found = (mesh: string, ...parts: readonly Part[]) =>
  controlPlaneFindings(deployedIn(new ControlPlane(parts)), mesh);

const READY = { ready: true, serving: true };
const istiod = { name: 'istiod', labels: { app: 'istiod', istio: 'pilot' } };
const server = { name: 'consul-server', labels: { app: 'consul', component: 'server' } };

test.each([
  ['none', []],
  ['none that is ready', [{ ready: false }]],
])('istiod is down where of its pods there is %s', async (_, pods) => {
  const findings = await found('istio', { ...istiod, pods });
  expect(findings).toMatchObject([{ code: 'control-plane-down', level: 'warning', mesh: 'istio' }]);
  const [{ what, mend } = { what: '', mend: '' }] = findings ?? [];
  expect(what).toMatch(
    /^istiod of istio is down: no pod behind Service istio-system\/istiod is ready\. Calls go on for now, but /,
  );
  expect(what).toContain('certificates are not renewed');
  expect(mend).toBe('kubectl --context a -n istio-system get deployments,statefulsets,pods,events');
});

test('one of several pods is enough', async () => {
  expect(await found('istio', { ...istiod, pods: [{ ready: false }, READY] })).toEqual([]);
});

test('of two istiods, that which is down is named', async () => {
  const old = { name: 'istiod-1-30', labels: { app: 'istiod', 'istio.io/rev': '1-30' }, pods: [] };
  expect(await found('istio', { ...istiod, pods: [READY] }, old)).toMatchObject([
    {
      what: expect.stringContaining('behind Service istio-system/istiod-1-30 is ready') as unknown,
    },
  ]);
});

test('a control plane that runs elsewhere is not looked for', async () => {
  expect(await found('istio')).toEqual([]);
  expect(await found('istio', { ...istiod, type: 'ExternalName', pods: [] })).toEqual([]);
});

test('of what our stacks have installed, what is gone is named', async () => {
  const gone = (mesh: string, ...parts: readonly Part[]) =>
    controlPlaneFindings({ ...deployedIn(new ControlPlane(parts)), installed: ['consul'] }, mesh);
  const findings = await gone('consul', { ...server, pods: [READY] });
  expect(findings).toMatchObject([
    { code: 'control-plane-missing', level: 'warning', mesh: 'consul' },
  ]);
  expect(findings?.[0]?.what).toMatch(
    /^Consul's connect-injector of consul is gone: .* namespace consul\. .* pods that start are refused/,
  );
  expect(findings?.[0]?.mend).toContain('npx cdktf deploy consul-mesh');
  // Istio's may run elsewhere.
  expect(await gone('istio')).toEqual([]);
});

test("Consul's server is down where its addresses are published before it is ready", async () => {
  const injector = { name: 'injector', labels: { app: 'consul', component: 'connect-injector' } };
  const parts = (serving: boolean) => [
    { ...server, pods: [{ ready: true, serving }] },
    { ...injector, pods: [READY] },
  ];
  expect(await found('consul', ...parts(true))).toEqual([]);
  expect(await found('consul', ...parts(false))).toMatchObject([
    {
      code: 'control-plane-down',
      what: expect.stringMatching(/^Consul's server of consul /) as unknown,
    },
  ]);
});

test('a part of Linkerd with several Services is named once', async () => {
  const labels = { 'linkerd.io/control-plane-component': 'destination' };
  const dst = { name: 'linkerd-dst', labels, pods: [] };
  const policy = { name: 'linkerd-policy', labels, pods: [] };
  expect(await found('linkerd', dst, policy)).toMatchObject([
    {
      what: expect.stringMatching(
        /^Linkerd's destination of linkerd is down: no pod behind Service linkerd\/linkerd-dst, linkerd\/linkerd-policy /,
      ) as unknown,
    },
  ]);
});

test('who may not read it is told nothing of it, nor that it is up', async () => {
  class Closed extends ControlPlane {
    public override list(api: string, kind: string, namespace?: string): Promise<YamlMap[]> {
      return kind === 'EndpointSlice'
        ? Promise.reject(new ApiError(403, 'endpointslices is forbidden'))
        : super.list(api, kind, namespace);
    }
  }
  const looked = async (cluster: ClusterDouble) =>
    (await examine(deployedIn(cluster))).calls[0]?.hops[0]?.looked;
  const parts = [{ ...istiod, pods: [READY] }];
  expect(await looked(new ControlPlane(parts))).toContain('control plane up');
  expect(await looked(new Closed(parts))).not.toContain('control plane up');
  expect(await controlPlaneFindings(deployedIn(new Closed(parts)), 'istio')).toBeUndefined();
  // What is gone is known without the addresses.
  const installed = { ...deployedIn(new Closed([])), installed: ['istio'] };
  expect(await controlPlaneFindings(installed, 'istio')).toMatchObject([
    { code: 'control-plane-missing' },
  ]);
});

test('what else the API server says is told', async () => {
  class Failing extends ControlPlane {
    public override list(): Promise<YamlMap[]> {
      return Promise.reject(new ApiError(500, 'etcd is away'));
    }
  }
  await expect(controlPlaneFindings(deployedIn(new Failing([])), 'istio')).rejects.toThrow(
    'etcd is away',
  );
});

test('it is told at the first hop of each mesh', async () => {
  const cluster = new ControlPlane([
    { ...istiod, pods: [] },
    { ...server, pods: [] },
  ]);
  const [call] = crossCalls(plan);
  const { calls } = await examine(deployedIn(cluster), [call?.id ?? '']);
  const hops = calls[0]?.hops ?? [];
  const told = hops.filter(({ findings }) =>
    findings.some(({ code }) => code === 'control-plane-down'),
  );
  expect(told.map(({ mesh }) => mesh)).toEqual(['istio', 'consul']);
  expect(told).toEqual(['istio', 'consul'].map((mesh) => hops.find((hop) => hop.mesh === mesh)));
});
