import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { describe, expect, it } from '@jest/globals';
import { Lazy, TerraformStack, Testing } from 'cdktf';
import {
  type AccessPolicy,
  type FederatedMesh,
  Federation,
  type FederationProps,
  type PolicyMesh,
} from '../../../constructs/federation';
import { MeshCa } from '../../../rehearsal/certificates';
import { borderComplaints, filesIn, withoutExpressions } from '../../helpers/border-files';
import { describeWithEnvoy } from '../../helpers/envoy';
import { temporaryFolder } from '../../helpers/files';
import { CONSUL, ISTIO, WEATHER } from '../../helpers/plans';
import { deployableMembersFor } from '../plan/fixtures';
import { customResourceErrors } from '../../../support/upstream/custom-resources';
import { describeWithSchemas } from '../../helpers/suites';
import { type Block, resources, synthesise } from '../../helpers/synth';

type Meshes = Readonly<Record<string, FederatedMesh>>;

const apiServer = { address: 'https://api.example.com' };

function deployed(
  policy: AccessPolicy,
  meshes: Meshes,
  own: Partial<FederationProps> = {},
): TerraformStack {
  const stack = new TerraformStack(Testing.app(), 'test');
  new Federation(stack, 'federation', {
    policy,
    meshes: Object.fromEntries(
      Object.entries(meshes).map(([name, mesh]) => [
        name,
        { ...mesh, provider: new KubernetesProvider(stack, name, { alias: name }) },
      ]),
    ),
    ...own,
  });
  return stack;
}

const pair: Meshes = { istio: { ...ISTIO, apiServer }, consul: { ...CONSUL, apiServer } };
const weather = deployed(WEATHER, pair);

interface Named {
  readonly namespace: string;
  readonly name: string;
}

/** `cluster/namespace/name` of each. */
function names(all: Readonly<Record<string, Block>>): string[] {
  return Object.values(all).map(({ metadata, provider }) => {
    const { namespace, name } = metadata as Named;
    return `${String(provider).replace('kubernetes.', '')}/${namespace}/${name}`;
  });
}

describe('what takes time', () => {
  it("is said where it is missing: a gateway's load balancer, the servers' CA", () => {
    const { data } = synthesise(weather);
    const messages = Object.values(data ?? {}).flatMap((ofType) =>
      Object.values(ofType).flatMap(({ lifecycle }) => {
        const { postcondition } = (lifecycle ?? {}) as { readonly postcondition?: Block | Block[] };
        return [postcondition ?? []].flat().map(({ error_message }) => String(error_message));
      }),
    );
    expect(messages).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^The Service istio-ingress\/istio-ingressgateway has no load balancer/,
        ),
        expect.stringMatching(/^The Service consul\/consul-ingress-gateway has no load balancer/),
        expect.stringMatching(/^The cluster has no Secret consul\/consul-ca-cert/),
      ]),
    );
    for (const message of messages) {
      expect(message).toMatch(/deploy/i);
    }
  });

  it('is not asked for where you know it', async () => {
    const known = deployed(WEATHER, {
      istio: {
        ...ISTIO,
        gatewayAddress: 'istio.example.com',
        roots: (await MeshCa.istio('cluster.local')).bundle,
      },
      consul: {
        ...CONSUL,
        gatewayAddress: 'consul.example.com',
        roots: (await MeshCa.consul(CONSUL.mesh.trustDomain)).bundle,
        serversCa: 'PEM',
      },
    });
    // Whether an object is somebody else's, and what its controller says of it.
    expect(Object.keys(synthesise(known).data ?? {})).toEqual(['kubernetes_resources']);
    expect(resources(known, 'kubernetes_job_v1')).toEqual({});
  });
});

it('refuses the plan that takes borders away before they are at their new place', () => {
  const placed = (own: { borderNamespace: string; bordersMovedFrom?: string }) => {
    const { istio, consul } = WEATHER.meshes;
    if (istio?.kind !== 'istio' || consul?.kind !== 'consul') throw new Error('no pair');
    const meshes = { istio: { ...istio, ...own }, consul: { ...consul, ...own } };
    const { data } = synthesise(deployed({ ...WEATHER, meshes }, pair));
    const listed = Object.entries(data?.kubernetes_resources ?? {});
    return listed.filter(([, { kind }]) => kind === 'Deployment');
  };
  const listed = placed({ borderNamespace: 'new' });
  // In each mesh the Deployments of both namespaces: without one the provider lists "default" alone.
  expect(listed.map(([, { namespace }]) => namespace).sort()).toEqual([
    ...['default', 'default'],
    ...['new', 'new'],
  ]);
  for (const [, { namespace, lifecycle, label_selector }] of listed) {
    expect(label_selector).toBe(
      'app.kubernetes.io/part-of=mesh-federation,app.kubernetes.io/component=border',
    );
    expect(lifecycle === undefined).toBe(namespace === 'default');
  }
  const inDefault = listed.find(
    ([id, { namespace }]) => namespace === 'default' && /istio/.test(id),
  )?.[0];
  // Of these names those that are there, and not at the new place as well.
  expect(listed.map(([, { count, lifecycle }]) => ({ count, lifecycle }))).toContainEqual({
    count: `\${length(data.kubernetes_resources.${inDefault}.objects) == 0 ? 0 : 1}`,
    lifecycle: {
      postcondition: [
        {
          condition:
            `\${length(setsubtract(setintersection(data.kubernetes_resources.${inDefault}.objects[*].metadata.name, ["info-border"]), ` +
            'self.objects[*].metadata.name)) == 0}',
          error_message: expect.stringMatching(
            /^Borders of the mesh istio run in the namespace default .*, and are to be in new: .*Nothing was changed.*movedFrom: default/,
          ),
        },
      ],
    },
  });
  expect(placed({ borderNamespace: 'new', bordersMovedFrom: 'default' })).toEqual([]);
  expect(placed({ borderNamespace: 'default' })).toEqual([]);
});

describe('the address of a gateway', () => {
  it('is there where a rule leads in from another cluster, and is refused with those that there are', () => {
    const rules = WEATHER.rules.filter(({ to }) => to === 'consul/info');
    const stack = deployed({ ...WEATHER, rules }, pair);
    const federation = stack.node.findChild('federation') as Federation;
    expect(federation.gatewayAddressOf('consul')).toBeDefined();
    expect(() => federation.gatewayAddressOf('istio')).toThrow(
      'Federation test/federation was asked for what it does not have:\n' +
        '  meshes.istio: has no gateway address here, since no rule leads into it from another cluster; ' +
        'ask for consul',
    );
  });
});

describe('meshes beside each other', () => {
  const berlin: FederatedMesh = {
    kind: 'consul',
    apiServer,
    mesh: {
      ...CONSUL.mesh,
      // Another data centre of the same Consul has the same trust domain.
      datacenter: 'berlin',
      gateway: { name: 'ingress-gateway', serviceName: 'consul-ingress-gateway' },
    },
  };
  const other: FederatedMesh = {
    kind: 'consul',
    apiServer,
    mesh: {
      ...CONSUL.mesh,
      trustDomain: '99999999-2222-4333-8444-555555555555.consul',
      releaseName: 'other',
      namePrefix: 'other',
      namespace: 'other',
      gateway: { name: 'entrance', serviceName: 'other-entrance' },
    },
  };
  const policy: AccessPolicy = {
    meshes: {
      istio: {
        kind: 'istio',
        borderNamespace: 'borders',
        services: { backend: {}, shop: { namespace: 'shop' } },
      },
      consul: { kind: 'consul', services: { info: {}, maps: { namespace: 'geo' } } },
      berlin: { kind: 'consul', services: { info: { standIn: 'info-berlin' } } },
      other: { kind: 'consul', services: { info: { standIn: 'info-other' } } },
    },
    rules: [
      { from: 'istio/backend', to: 'consul/info' },
      { from: 'istio/backend', to: 'consul/maps' },
      { from: 'istio/shop', to: 'consul/maps' },
      { from: 'istio/backend', to: 'berlin/info' },
      { from: 'istio/backend', to: 'other/info' },
      { from: 'consul/info', to: 'istio/backend' },
      { from: 'berlin/info', to: 'istio/backend' },
      { from: 'other/info', to: 'istio/shop' },
    ],
  };
  const synthesised = synthesise(deployed(policy, { ...pair, berlin, other }));
  const of = (type: string) => synthesised.resource?.[type] ?? {};

  it('have borders of their own, without a clash of names', () => {
    expect(names(of('kubernetes_deployment_v1')).sort()).toEqual([
      'berlin/federation-borders/backend-inbound',
      'berlin/federation-borders/backend-outbound',
      'consul/federation-borders/backend-inbound',
      'consul/federation-borders/backend-outbound',
      'consul/federation-borders/shop-inbound',
      'istio/borders/info-berlin-border',
      'istio/borders/info-border',
      'istio/borders/info-other-border',
      'other/federation-borders/backend-inbound',
      'other/federation-borders/shop-outbound',
    ]);
    for (const type of [
      'kubernetes_config_map_v1',
      'kubernetes_service_v1',
      'kubernetes_service_account_v1',
      'kubernetes_network_policy_v1',
    ]) {
      const all = names(of(type));
      expect([type, all.filter((name, at) => all.indexOf(name) < at)]).toEqual([type, []]);
    }
    const made = Object.values(of('kubernetes_manifest')).map(({ manifest, provider }) => {
      const { kind, metadata } = manifest as { readonly kind: string; readonly metadata: Named };
      return `${String(provider)} ${kind} ${metadata.namespace}/${metadata.name}`;
    });
    expect(made.filter((name, at) => made.indexOf(name) < at)).toEqual([]);
  });

  it('each trust one foreign mesh, by its own roots', () => {
    const roots = Object.values(of('kubernetes_deployment_v1')).map(
      ({ metadata, provider, spec }) => {
        const { name } = metadata as Named;
        const [found] = JSON.stringify(spec).match(/federation-roots-\w+/) ?? [];
        return `${String(provider).replace('kubernetes.', '')}/${name}: ${found}`;
      },
    );
    expect(roots).toEqual(
      expect.arrayContaining([
        'istio/info-border: federation-roots-consul',
        'istio/info-berlin-border: federation-roots-berlin',
        'istio/info-other-border: federation-roots-other',
        'berlin/backend-inbound: federation-roots-istio',
      ]),
    );
  });

  it('admit the data centre that is meant, though its trust domain is that of another', () => {
    const configuration = (cluster: string, name: string) => {
      const found = Object.values(of('kubernetes_config_map_v1')).find(
        ({ metadata, provider }) =>
          (metadata as Named).name === name && provider === `kubernetes.${cluster}`,
      );
      return filesIn(found ?? {}, synthesised)['envoy.json'] ?? '';
    };
    const peer = (dc: string) =>
      `spiffe://11111111-2222-4333-8444-555555555555.consul/ns/default/dc/${dc}/svc/backend-outbound`;
    expect(configuration('istio', 'info-border')).toContain(peer('dc1'));
    expect(configuration('istio', 'info-border')).not.toContain(peer('berlin'));
    expect(configuration('istio', 'info-berlin-border')).toContain(peer('berlin'));
    expect(configuration('istio', 'info-berlin-border')).not.toContain(peer('dc1'));
  });

  it('log in to their own servers', () => {
    const logins = Object.values(of('kubernetes_deployment_v1')).flatMap(({ provider, spec }) => {
      const [address] = JSON.stringify(spec).match(/(?<=-http-addr=)[^"]+/) ?? [];
      const [method] = JSON.stringify(spec).match(/(?<=-method=)[^"]+/) ?? [];
      return address === undefined ? [] : [`${String(provider)} ${address} ${method}`];
    });
    expect([...new Set(logins)].sort()).toEqual([
      'kubernetes.berlin https://consul-server.consul.svc:8501 consul-k8s-auth-method',
      'kubernetes.consul https://consul-server.consul.svc:8501 consul-k8s-auth-method',
      'kubernetes.other https://other-server.other.svc:8501 other-k8s-auth-method',
    ]);
  });

  describeWithSchemas('have custom resources', () => {
    it('that the CRDs of both meshes accept', () => {
      const all = Object.values(of('kubernetes_manifest'))
        .map(({ manifest }) => JSON.parse(withoutExpressions(JSON.stringify(manifest))) as Block)
        // Kinds of Kubernetes itself: see conformance/.
        .filter(({ kind }) => !String(kind).startsWith('ValidatingAdmissionPolicy'));
      expect(all.length).toBeGreaterThan(20);
      expect(all.flatMap(customResourceErrors)).toEqual([]);
    });
  });

  describeWithEnvoy('have configurations', (envoy) => {
    const folder = temporaryFolder();

    it('that the real Envoy accepts, of every border', async () => {
      const borders = Object.entries(of('kubernetes_config_map_v1')).flatMap(([id, configMap]) => {
        const files = filesIn(configMap, synthesised);
        return 'envoy.json' in files ? [{ id, files }] : [];
      });
      expect(borders).toHaveLength(10);
      for (const [index, { id, files }] of borders.entries()) {
        // The path of a Unix socket must be short.
        const complaints = await borderComplaints(envoy, `${folder}/${index}`, files);
        expect([id, complaints]).toEqual([id, '']);
      }
      // Ten Envoys, one after another.
    });
  });
});

it('tells all that is wrong with its options and its policy at once', () => {
  const policy = { ...WEATHER, rules: [{ from: 'istio/nobody', to: 'consul/info' }] };
  const own = {
    jobsNamespace: 'Jobs',
    borders: {
      replicas: 0,
      limits: { connections: 0.5, idleSeconds: 350, drainSeconds: -1 },
      images: { envoy: 'Envoy' },
    },
    trust: { keepWithdrawnDays: Number.NaN, image: 'node', schedule: '* * * *' },
  };
  const address = { ...pair, istio: { ...ISTIO, apiServer, gatewayAddress: 'https://istio' } };
  expect(() => deployed(policy, address, own)).toThrow(
    new RegExp(
      [
        '^Federation test/federation cannot be made:',
        'borders\\.replicas: is 0; must be a whole number from 1 to 100',
        'borders\\.limits\\.connections: is 0\\.5; must be a whole number from 1 to 100000',
        'borders\\.limits\\.idleSeconds: is 350; must be a whole number from 1 to 340',
        'borders\\.limits\\.drainSeconds: is -1; must be a whole number from 1 to 600',
        'borders\\.images\\.envoy: is "Envoy"; must be a full reference.*',
        'trust\\.schedule: is "\\* \\* \\* \\*"; .*',
        // NaN days would be over for no root, so that each would be trusted for ever.
        'trust\\.keepWithdrawnDays: is NaN; must be a whole number from 3 to 3650',
        'trust\\.image: is "node"; must be a full reference.*',
        'meshes\\.istio\\.gatewayAddress: "https://istio" is a URL; must be a host name .*',
        'rules\\[0\\]\\.from: .*nobody.*',
        'jobsNamespace: is "Jobs"; .*',
      ].join('\n +') + '$',
    ),
  );
  expect(() => deployed(WEATHER, pair, { borders: { replicas: 100 } })).not.toThrow();
});

it('takes an address that is known at deploy only', () => {
  const gatewayAddress = Lazy.stringValue({ produce: () => '${aws_vpc_endpoint.one.dns_entry}' });
  const istio = { ...ISTIO, apiServer, gatewayAddress };
  expect(() => deployed(WEATHER, { ...pair, istio })).not.toThrow();
});

it.each([
  ['Jobs', 'jobsNamespace: is "Jobs"; must be at most 63 lower case letters'],
  ['default', 'jobsNamespace: is default, where the borders of istio are'],
  ['istio-system', 'jobsNamespace: is istio-system, where istio itself is installed'],
  ['istio-ingress', 'jobsNamespace: is istio-ingress, where istio itself is installed'],
  ['consul', 'jobsNamespace: is consul, where consul itself is installed'],
  ['kube-public', 'jobsNamespace: is kube-public, which each cluster has anyhow'],
])('keeps the jobs out of %s', (jobsNamespace, message) => {
  expect(() => deployed(WEATHER, pair, { jobsNamespace })).toThrow(message);
});

it('keeps the jobs of meshes that share a cluster out of what their own namespaces cannot be', () => {
  const shared = (borderNamespace = 'istio-borders'): AccessPolicy => ({
    meshes: {
      istio: { kind: 'istio', cluster: 'one', borderNamespace, services: { web: {} } },
      consul: { kind: 'consul', cluster: 'one', services: { api: { namespace: 'apis' } } },
    },
    rules: [{ from: 'istio/web', to: 'consul/api' }],
  });
  const jobsNamespace = 'j'.repeat(60);
  expect(() => deployed(shared(), pair, { jobsNamespace })).toThrow(
    `jobsNamespace: is "${jobsNamespace}-istio"; must be at most 63 lower case letters`,
  );
  expect(() => deployed(shared('mesh-federation-istio'), pair)).toThrow(
    'jobsNamespace: is mesh-federation-istio, where the borders of istio are',
  );
});

it('keeps the jobs out of the namespaces of services in the same cluster', () => {
  const policy = (cluster?: string): AccessPolicy => ({
    meshes: {
      istio: { kind: 'istio', cluster, services: { web: { namespace: 'mine' } } },
      consul: { kind: 'consul', cluster, services: { api: { namespace: 'mine-istio' } } },
    },
    rules: [{ from: 'istio/web', to: 'consul/api' }],
  });
  expect(() => deployed(policy(), pair, { jobsNamespace: 'mine' })).toThrow(
    'jobsNamespace: is mine, where the service istio/web is; jobs need one of their own',
  );
  expect(() => deployed(policy('one'), pair, { jobsNamespace: 'mine' })).toThrow(
    'jobsNamespace: is mine-istio, where the service consul/api is',
  );
  expect(() => deployed(policy(), pair, { jobsNamespace: 'mine-istio' })).toThrow(
    'jobsNamespace: is mine-istio, where the service consul/api is',
  );
  expect(() => deployed(policy(), pair, { jobsNamespace: 'jobs' })).not.toThrow();
  const observability = { namespace: 'jobs' };
  expect(() => deployed(policy(), pair, { jobsNamespace: 'jobs', observability })).toThrow(
    'metricsNamespace: is jobs, where the jobs are',
  );
});

it('says what is wrong with who reads metrics, and with where spans go', () => {
  const observability = {
    namespace: 'Monitoring',
    tracing: { host: 'otel:4317', port: 0, namespace: 'a.b', percent: -1 },
  };
  for (const mistake of [
    'observability.namespace: is "Monitoring"; must be at most 63 lower case letters',
    'observability.tracing.host: is "otel:4317"; must be a host name or an IP address',
    'observability.tracing.port: is 0; must be a whole number from 1 to 65535',
    'observability.tracing.namespace: is "a.b"; must be at most 63 lower case letters',
    'observability.tracing.percent: is -1; must be from 0 to 100',
  ]) {
    expect(() => deployed(WEATHER, pair, { observability })).toThrow(mistake);
  }
});

it('says which mesh cannot be reached by the jobs that fetch its roots', () => {
  expect(() => deployed(WEATHER, { ...pair, istio: ISTIO })).toThrow(
    'meshes.istio.apiServer: is missing, but consul must reach it; give that of ClusterProviders, or roots',
  );
});

it('refuses sidecars that miss the second rotation of a root', () => {
  const withVersion = (version: string) => {
    const { mesh } = ISTIO;
    if (!('rootNamespace' in mesh)) throw new Error('not an Istio mesh');
    const istio = { kind: 'istio' as const, apiServer, mesh: { ...mesh, version } };
    return () => deployed(WEATHER, { ...pair, istio });
  };
  expect(withVersion('1.30.2')).toThrow(
    /meshes\.istio\.mesh\.version: is 1\.30\.2; its sidecars miss the second rotation .* use 1\.30\.3 or later/,
  );
  expect(withVersion('1.29.0')).toThrow(/use 1\.29\.3 or later/);
  expect(withVersion('1.30.3')).not.toThrow();
});

describe.each([
  ['two Istio meshes', 'istio', 'sidecar'],
  ['two Istio meshes whose calls leave by borders', 'istio', 'border'],
  ['two Consul meshes', 'consul', 'border'],
] as const)('%s', (_, kind, out) => {
  const mesh = (service: string): PolicyMesh =>
    kind === 'istio'
      ? { kind, out, services: { [service]: {} } }
      : { kind, services: { [service]: {} } };
  const rules = [
    { from: 'shop/checkout', to: 'bank/payments', allow: [{ methods: ['POST'], pathPrefix: '/' }] },
    { from: 'bank/payments', to: 'shop/checkout' },
  ];
  const policy: AccessPolicy = {
    meshes: { shop: mesh('checkout'), bank: mesh('payments') },
    rules,
  };
  const stack = deployed(policy, deployableMembersFor(policy));
  const of = (type: string) => resources(stack, type);

  it('have an inbound border each, and an outbound one where calls leave by it', () => {
    const directions = out === 'border' ? 2 : 1;
    expect(Object.keys(of('kubernetes_deployment_v1'))).toHaveLength(2 * directions);
  });

  it('read the roots of each other', () => {
    expect(names(of('kubernetes_config_map_v1'))).toEqual(
      expect.arrayContaining([
        'shop/federation-borders/federation-roots-bank',
        'bank/federation-borders/federation-roots-shop',
      ]),
    );
  });

  describeWithSchemas('have custom resources', () => {
    it('that the CRDs accept', () => {
      const all = Object.values(of('kubernetes_manifest'))
        .map(({ manifest }) => JSON.parse(withoutExpressions(JSON.stringify(manifest))) as Block)
        .filter(({ kind }) => !String(kind).startsWith('ValidatingAdmissionPolicy'));
      expect(all.length).toBeGreaterThan(5);
      expect(all.flatMap(customResourceErrors)).toEqual([]);
    });
  });
});

it('has the borders of one name that two meshes have, each with the files of its own mesh', () => {
  const caller = (service: string) => ({ [service]: { namespace: `of-${service}` } });
  const policy: AccessPolicy = {
    meshes: {
      istio: { kind: 'istio', out: 'border', services: caller('web') },
      consul: { kind: 'consul', services: caller('info') },
      linkerd: { kind: 'linkerd', services: { orders: {}, prices: {} } },
    },
    rules: ['istio/web', 'consul/info'].flatMap((from) =>
      ['orders', 'prices'].map((service) => ({ from, to: `linkerd/${service}` })),
    ),
  };
  const stack = deployed(policy, deployableMembersFor(policy));
  const output = synthesise(stack);
  const maps = Object.entries(resources(stack, 'kubernetes_config_map_v1')).flatMap(([id, map]) =>
    id.includes('orders-outbound') ? [filesIn(map, output)['envoy.json']] : [],
  );
  expect(maps).toHaveLength(2);
  expect(new Set(maps).size).toBe(2);
});
