import { expect, test } from '@jest/globals';
import { compilePolicy, crossCalls, hops } from '../../../constructs/federation/plan';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import { podFindings } from '../../../support/doctor/pods';
import { consulMember, istioMember } from '../../../support/policy/installed-meshes';
import { ClusterDouble } from '../../helpers/cluster-double';

const plan = compilePolicy({
  policy: {
    meshes: {
      istio: { kind: 'istio', services: { front: { namespace: 'shop' } } },
      consul: { kind: 'consul', services: { info: {} } },
    },
    rules: [{ from: 'istio/front', to: 'consul/info' }],
  },
  meshes: { istio: istioMember(), consul: consulMember() },
});

const LABELS = { app: 'front' };

class WithPods extends ClusterDouble {
  public constructor(private readonly pods: readonly YamlMap[]) {
    super();
  }

  public override list(_: string, kind: string): Promise<YamlMap[]> {
    return Promise.resolve(kind === 'Pod' ? [...this.pods] : []);
  }
}

class WithDeployment extends ClusterDouble {
  public constructor(private readonly deployment: YamlMap) {
    super();
  }

  public override list(_: string, kind: string): Promise<YamlMap[]> {
    return Promise.resolve(kind === 'Deployment' ? [this.deployment] : []);
  }
}

function found(annotations: Readonly<Record<string, string>>) {
  return foundOf({ annotations, containers: ['app'], status: { phase: 'Running' } });
}

/** A pod of the calling service, whose sidecar is among the containers or not. */
interface Written {
  readonly name?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly containers: readonly string[];
  readonly initContainers?: readonly string[];
  readonly status: YamlMap;
}

function foundOf(pod: Written, lacksRoots?: boolean) {
  return foundIn([pod], lacksRoots);
}

function foundIn(pods: readonly Written[], lacksRoots?: boolean) {
  const cluster = new WithPods(
    pods.map(({ name = 'front-1', labels, annotations = {}, deletionTimestamp, ...pod }) => ({
      metadata: {
        name,
        namespace: 'shop',
        labels: { ...LABELS, ...labels },
        annotations,
        deletionTimestamp,
      },
      spec: {
        serviceAccountName: 'front',
        nodeName: 'node-1',
        containers: pod.containers.map((one) => ({ name: one })),
        initContainers: (pod.initContainers ?? []).map((one) => ({ name: one })),
      },
      status: pod.status,
    })),
  );
  return podFindingsIn(cluster, lacksRoots);
}

function podFindingsIn(cluster: ClusterDouble, lacksRoots?: boolean) {
  const deployed = {
    plan,
    clusters: { istio: cluster, consul: cluster },
    wanted: [],
    staleSeconds: 1,
    givenRoots: [],
    ownAuthorities: [],
    now: new Date(),
  };
  const [call] = crossCalls(plan);
  if (call === undefined) throw new Error('no call');
  const [caller] = hops(plan, call, { addresses: (mesh) => `gateway.${mesh}.example.com` });
  if (caller === undefined) throw new Error('no hop');
  return podFindings(
    deployed,
    {
      ...caller,
      pods: {
        namespace: 'shop',
        labels: LABELS,
        serviceAccount: 'front',
        annotations: {},
        identity: 'spiffe://any',
      },
    },
    lacksRoots,
  );
}

test('a pod without a sidecar is not in the mesh', async () => {
  expect(await found({})).toMatchObject([
    {
      code: 'no-sidecar',
      what: expect.stringMatching(/^Pod shop\/front-1 .* it is not in the mesh/) as unknown,
      mend: expect.stringContaining('label namespace shop istio-injection=enabled') as unknown,
    },
  ]);
});

test('a pod of an ambient mesh needs a sidecar', async () => {
  expect(await found({ 'ambient.istio.io/redirection': 'enabled' })).toMatchObject([
    {
      code: 'no-sidecar',
      what: expect.stringMatching(
        /^Pod shop\/front-1 .* it is in the ambient mesh, .* sidecar\.$/,
      ) as unknown,
      mend: expect.stringContaining(
        'label namespace shop istio.io/dataplane-mode- istio-injection=enabled',
      ) as unknown,
    },
  ]);
});

test.each(['label', 'annotation'])('a pod keeps the sidecar out by its own %s', async (kind) => {
  const marks = { 'sidecar.istio.io/inject': 'false' };
  const pod = { containers: ['app'], status: { phase: 'Running' } };
  expect(
    await foundOf({ ...pod, ...(kind === 'label' ? { labels: marks } : { annotations: marks }) }),
  ).toMatchObject([
    {
      code: 'no-sidecar',
      what: expect.stringContaining(
        `: its ${kind} sidecar.istio.io/inject: "false" keeps it out, `,
      ) as unknown,
      mend: expect.stringContaining(`take the ${kind} out of the pod template`) as unknown,
    },
  ]);
});

test('a pod that has started nothing is said to wait for missing roots, and another to have its own fault', async () => {
  const pending = (reason: string) => ({
    containers: ['envoy', 'istio-proxy'],
    status: {
      phase: 'Pending',
      containerStatuses: ['envoy', 'istio-proxy'].map((name) => ({
        name,
        ready: false,
        state: { waiting: { reason } },
      })),
    },
  });
  const said = async (reason: string, lacksRoots: boolean) =>
    (await foundOf(pending(reason), lacksRoots)).map(({ code, what, mend }) => [code, what, mend]);
  const starting = expect.stringContaining('envoy, istio-proxy are not ready') as unknown;
  const describe = expect.stringContaining('describe pod front-1') as unknown;
  const code = 'pods-not-ready';
  expect(await said('ContainerCreating', true)).toEqual([
    [
      code,
      expect.stringContaining('front-1: it cannot start without the foreign roots.'),
      expect.stringContaining('cdktf deploy federation'),
    ],
  ]);
  expect(await said('ContainerCreating', false)).toEqual([[code, starting, describe]]);
  expect(await said('ImagePullBackOff', true)).toEqual([
    [code, expect.stringContaining('waits: ImagePullBackOff'), describe],
  ]);
});

test('no pods, since the cluster refuses them, is said in its own words', async () => {
  const forbidden = 'pods "front-1" is forbidden: exceeded quota: none, limited: pods=0';
  const said = async (labels: Readonly<Record<string, string>>, status: 'True' | 'False') => {
    const cluster = new WithDeployment({
      metadata: { name: 'front-v1', namespace: 'shop' },
      spec: { template: { metadata: { labels } } },
      status: { conditions: [{ type: 'ReplicaFailure', status, message: forbidden }] },
    });
    return (await podFindingsIn(cluster)).map(({ code, what, mend }) => [code, what, mend]);
  };
  const none = 'no pod with the labels app=front runs in shop';
  expect(await said({ app: 'front', version: 'v1' }, 'True')).toEqual([
    [
      'no-pods',
      expect.stringContaining(`${none}; Deployment front-v1 cannot create any: ${forbidden}.`),
      expect.stringContaining('-n shop rollout restart deployment front-v1'),
    ],
  ]);
  const look = [
    'no-pods',
    expect.stringContaining(`${none}.`),
    expect.stringContaining('-n shop get deployments'),
  ];
  expect(await said({ app: 'front', version: 'v1' }, 'False')).toEqual([look]);
  expect(await said({ app: 'other' }, 'True')).toEqual([look]);
});

const READY: Written = {
  containers: ['app', 'istio-proxy'],
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
};

const UNREADY: Written = {
  containers: ['app', 'istio-proxy'],
  status: {
    phase: 'Running',
    conditions: [
      { type: 'PodScheduled', status: 'True' },
      { type: 'Ready', status: 'False' },
    ],
  },
};

/** Without what keeps it from being right, and with a sidecar nowhere. */
const ENDED: Written = { ...UNREADY, containers: ['app'] };

test.each<readonly [string, Written]>([
  ['that has done its work', { ...ENDED, status: { phase: 'Succeeded' } }],
  ['that was evicted', { ...ENDED, status: { phase: 'Failed' } }],
  ['that goes away', { ...ENDED, deletionTimestamp: '2026-01-01T00:00:00Z' }],
  ['of something else', { ...ENDED, labels: { app: 'other' } }],
])('a pod %s is none that should be right', async (_, pod) => {
  expect(await foundIn([READY, { ...pod, name: 'front-2' }])).toEqual([]);
  expect((await foundOf(pod)).map(({ code }) => code)).toEqual(['no-pods']);
});

test('a sidecar that Kubernetes has as an init container is one', async () => {
  const native = { ...READY, containers: ['app'], initContainers: ['istio-proxy'] };
  expect(await foundOf(native)).toEqual([]);
});

test('pods of which none is ready end calls, and one of several only warns', async () => {
  const said = async (...pods: readonly Written[]) =>
    (await foundIn(pods)).map(({ code, level, what }) => [code, level, what]);
  const second = { ...UNREADY, name: 'front-2' };
  expect(await said(READY, second)).toEqual([
    [
      'pods-not-ready',
      'warning',
      '1 of 2 pods of shop/front not ready; front-2: its phase is Running.',
    ],
  ]);
  expect(await said(UNREADY, second)).toEqual([
    ['pods-not-ready', 'broken', expect.stringMatching(/^2 of 2 pods .*; front-1: /)],
  ]);
});

const RUNNING = ['app', 'istio-proxy'].map((name) => ({ name, ready: true }));

test.each<readonly [string, YamlMap]>([
  [
    'container app waits: CrashLoopBackOff (back-off 5m0s), 3 restarts',
    {
      containerStatuses: [
        {
          name: 'app',
          restartCount: 3,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s' } },
        },
      ],
    },
  ],
  [
    'container app: OOMKilled',
    { containerStatuses: [{ name: 'app', state: { terminated: { reason: 'OOMKilled' } } }] },
  ],
  [
    // What the application waits for is said first.
    'container init waits: ErrImagePull',
    {
      initContainerStatuses: [
        { name: 'done', ready: true, state: { terminated: { reason: 'Completed' } } },
        { name: 'init', state: { waiting: { reason: 'ErrImagePull' } } },
      ],
      containerStatuses: [{ name: 'app', state: { waiting: { reason: 'PodInitializing' } } }],
    },
  ],
  [
    'its containers app are not ready',
    {
      containerStatuses: [
        { name: 'app', ready: false, state: { terminated: { reason: 'Completed' } } },
        { name: 'istio-proxy', ready: true },
      ],
    },
  ],
  [
    '0/2 nodes are available',
    {
      conditions: [
        { type: 'PodScheduled', status: 'False', message: '0/2 nodes are available' },
        { type: 'Ready', status: 'False' },
      ],
    },
  ],
  ['not scheduled', { conditions: [{ type: 'PodScheduled', status: 'False' }] }],
  // As Kubernetes leaves the pods of a node that is gone.
  [
    'its node node-1 no longer tells how it is',
    { containerStatuses: RUNNING, conditions: [{ type: 'Ready', status: 'False' }] },
  ],
  [
    'readiness gate "shown" is not true',
    {
      containerStatuses: RUNNING,
      conditions: [
        { type: 'Ready', status: 'False', message: 'readiness gate "shown" is not true' },
      ],
    },
  ],
])('a pod is not ready, since: %s', async (reason, status) => {
  const [finding] = await foundOf({ ...UNREADY, status: { ...UNREADY.status, ...status } });
  expect(finding?.what).toBe(`1 of 1 pods of shop/front not ready; front-1: ${reason}.`);
});
