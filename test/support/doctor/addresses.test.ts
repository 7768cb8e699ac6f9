import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { type ConfigInput, defineConfig } from '../../../config';
import { crossCalls, type Hop, hops } from '../../../constructs/federation/plan';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import { calledAddresses } from '../../../support/doctor/addresses';
import type { Ref } from '../../../support/cluster/cluster';
import type { Deployed } from '../../../support/doctor/deployed';
import { configured } from '../../../support/doctor/load';
import { serviceFindings } from '../../../support/doctor/services';
import { wireFindings } from '../../../support/doctor/wire';
import { certificate } from '../../helpers/roots';
import { ClusterDouble } from '../../helpers/cluster-double';

/*
 * Where the doctor takes a gateway's address and port from, in each of the ways in which a deploy does.
 */

const TO_CONSUL = 'istio/backend -> consul/info';
const TO_ISTIO = 'consul/info -> istio/backend';

const EKS = { eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } } };

/** Objects by `Kind namespace/name`; the slices of a namespace as a list. */
class Memory extends ClusterDouble {
  public constructor(private readonly objects: Readonly<Record<string, YamlMap>>) {
    super();
  }

  public override read({ kind, namespace = '', name }: Ref): Promise<YamlMap | undefined> {
    return Promise.resolve(this.objects[`${kind} ${namespace}/${name}`]);
  }

  public override list(_: string, kind: string, namespace = ''): Promise<YamlMap[]> {
    const prefix = `${kind} ${namespace}/`;
    return Promise.resolve(
      Object.entries(this.objects).flatMap(([key, one]) => (key.startsWith(prefix) ? [one] : [])),
    );
  }
}

interface Way {
  readonly deployed: Deployed;
  readonly gateway: Hop & Required<Pick<Hop, 'entrance' | 'service'>>;
  readonly before: Hop;
}

/** A call of the default pair with these settings, in clusters with these objects. */
function wayOf(input: ConfigInput, id: string, objects: Readonly<Record<string, YamlMap>>): Way {
  const { config } = defineConfig({ ...EKS, ...input });
  const cluster = new Memory(objects);
  const settings = configured(config);
  const deployed = { ...settings, clusters: { istio: cluster, consul: cluster } };
  const call = crossCalls(deployed.plan).find((one) => one.id === id);
  if (call === undefined) throw new Error(`no call ${id}`);
  const all = hops(deployed.plan, call, {
    addresses: () => 'unknown.example.com',
    gatewayServices: Object.fromEntries(
      Object.entries(deployed.gateways ?? {}).map(([mesh, one]) => [mesh, one?.service]),
    ),
  });
  const index = all.findIndex(({ entrance }) => entrance !== undefined);
  const [before, gateway] = [all[index - 1], all[index]];
  if (before === undefined || gateway?.entrance === undefined || gateway.service === undefined) {
    throw new Error('no gateway');
  }
  const { entrance, service } = gateway;
  return { deployed, gateway: { ...gateway, entrance, service }, before };
}

/** A ServiceEntry of the callers of `consul/info`. */
const leading = (...addresses: string[]) => ({
  'ServiceEntry weather/federation.info': {
    spec: { endpoints: addresses.map((address) => ({ address })) },
  },
});

const balancer = (namespace: string, name: string, hostname: string) => ({
  [`Service ${namespace}/${name}`]: {
    spec: { ports: [] },
    status: { loadBalancer: { ingress: [{ hostname }] } },
  },
});

/** What calls connect to, and the first word of what is wrong with that. */
async function called({ deployed, gateway, before }: Way) {
  const { hosts, findings } = await calledAddresses(deployed, gateway, before);
  return { port: gateway.entrance.port, hosts, said: findings.map(({ what }) => what) };
}

const OWN = balancer('consul', 'consul-ingress-gateway', 'own.example.com');
const PRIVATE = balancer('consul', 'consul-ingress-gateway-private', 'private.example.com');

describe('a gateway is called', () => {
  it("at its Service's load balancer", async () => {
    const objects = { ...OWN, ...leading('own.example.com') };
    expect(await called(wayOf({}, TO_CONSUL, objects))).toEqual({
      port: 11514,
      hosts: ['own.example.com'],
      said: [],
    });
    const stale = { ...OWN, ...leading('former.example.com') };
    expect((await called(wayOf({}, TO_CONSUL, stale))).said).toEqual([
      'ServiceEntry weather/federation.info leads to former.example.com, and the gateway of consul has own.example.com now.',
    ]);
  });

  it('at an address and a port that were given, whatever its Service has', async () => {
    const gateway = { address: ['a.example.com', '198.51.100.7'], addressPort: 443 };
    const way = wayOf({ meshes: { consul: { gateway } } }, TO_CONSUL, {
      ...OWN,
      ...leading('a.example.com', '198.51.100.7'),
    });
    expect(await called(way)).toEqual({
      port: 443,
      hosts: ['a.example.com', '198.51.100.7'],
      said: [],
    });
    // Its Service still has its own.
    expect(way.gateway.service.port).toBe(11514);
  });

  it('at the name of a record, with or without the domain of its zone', async () => {
    const record = { zoneId: 'Z0123456789ABCDEFGHIJ', name: 'consul.mesh.example.com' };
    const settings: ConfigInput = { meshes: { consul: { gateway: { record } } } };
    const full = { ...OWN, ...leading('consul.mesh.example.com') };
    expect(await called(wayOf(settings, TO_CONSUL, full))).toMatchObject({
      hosts: ['consul.mesh.example.com'],
      said: [],
    });
    const balanced = { ...OWN, ...leading('own.example.com') };
    expect(await called(wayOf(settings, TO_CONSUL, balanced))).toMatchObject({
      hosts: ['consul.mesh.example.com'],
      said: [
        'ServiceEntry weather/federation.info leads to own.example.com, and the gateway of consul is called at consul.mesh.example.com.',
      ],
    });
  });

  it('at the private load balancer of peered VPCs', async () => {
    const settings: ConfigInput = { federation: { crossing: 'peering' } };
    const objects = { ...OWN, ...PRIVATE, ...leading('private.example.com') };
    const way = wayOf(settings, TO_CONSUL, objects);
    expect(way.gateway.service.name).toBe('consul-ingress-gateway-private');
    expect(await called(way)).toMatchObject({ hosts: ['private.example.com'], said: [] });
    const own = { ...OWN, ...PRIVATE, ...leading('own.example.com') };
    expect((await called(wayOf(settings, TO_CONSUL, own))).said).toHaveLength(1);
  });

  it('at an endpoint of PrivateLink, of which only what leads there knows', async () => {
    const name = 'vpce-0a.vpce-svc-0b.eu-north-1.vpce.amazonaws.com';
    const objects = { ...OWN, ...PRIVATE, ...leading(name) };
    const way = wayOf({ federation: { crossing: 'privatelink' } }, TO_CONSUL, objects);
    expect(way.gateway.service.name).toBe('consul-ingress-gateway-private');
    expect(await called(way)).toMatchObject({ hosts: [name], said: [] });
    expect(way.deployed.gateways?.['consul']).toMatchObject({ by: 'endpoint', closed: true });
  });

  it('by a border that leads out as its ConfigMap says', async () => {
    const cluster = (name: string, address: string) => ({
      name,
      load_assignment: {
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address } } } }] }],
      },
    });
    const configMap = (address: string) => ({
      'ConfigMap federation-borders/backend-outbound': {
        data: {
          'envoy.json': JSON.stringify({
            static_resources: {
              clusters: [cluster('info-to-backend', address), cluster('traces', '10.0.0.9')],
            },
          }),
        },
      },
    });
    const istio = balancer('istio-ingress', 'istio-ingressgateway', 'istio.example.com');
    const right = wayOf({}, TO_ISTIO, { ...istio, ...configMap('istio.example.com') });
    expect(await called(right)).toMatchObject({ hosts: ['istio.example.com'], said: [] });
    const wrong = wayOf({}, TO_ISTIO, { ...istio, ...configMap('former.example.com') });
    expect((await called(wrong)).said).toEqual([
      'ConfigMap federation-borders/backend-outbound leads to former.example.com, and the gateway of istio has istio.example.com now.',
    ]);
  });
});

describe('the Service of a gateway', () => {
  const slice = (port: string, ready: boolean) => ({
    metadata: {
      name: `s-${port}`,
      labels: { 'kubernetes.io/service-name': 'federation-entrance' },
    },
    endpoints: [{ conditions: { ready }, targetRef: { kind: 'Pod', name: `pod-${port}` } }],
    ports: [{ name: port, port: 8443 }],
  });
  const entered = (slices: readonly YamlMap[], ingress: readonly YamlMap[]) => ({
    'Service federation-borders/federation-entrance': {
      spec: {
        ports: [
          { name: 'tls-11514', port: 11514 },
          { name: 'tls-11515', port: 11515 },
        ],
      },
      status: { loadBalancer: { ingress } },
    },
    ...Object.fromEntries(slices.map((one, at) => [`EndpointSlice federation-borders/${at}`, one])),
  });
  const codes = async (input: ConfigInput, objects: Readonly<Record<string, YamlMap>>) => {
    const { deployed, gateway } = wayOf(input, TO_CONSUL, objects);
    return (await serviceFindings(deployed, gateway)).map(({ code }) => code);
  };
  const past: ConfigInput = {
    weather: { enabled: false },
    accessPolicy: {
      meshes: {
        istio: { services: { backend: {} } },
        consul: { in: 'service', services: { info: {} } },
      },
      rules: [{ from: 'istio/backend', to: 'consul/info' }],
    },
  };

  it('has pods behind the port of the call, and not behind another one only', async () => {
    const balanced = [{ hostname: 'a.example.com' }];
    const other = slice('tls-11515', true);
    expect(await codes(past, entered([slice('tls-11514', true)], balanced))).toEqual([]);
    expect(await codes(past, entered([slice('tls-11514', false), other], balanced))).toEqual([
      'no-endpoints',
    ]);
    expect(await codes(past, entered([other], balanced))).toEqual(['no-endpoints']);
  });

  it('needs a load balancer where that is what others call', async () => {
    const nobody = entered([slice('tls-11514', true)], []);
    expect(await codes(past, nobody)).toEqual(['no-load-balancer']);
    const address = { consul: { gateway: { address: 'a.example.com' } } };
    expect(await codes({ ...past, meshes: address }, nobody)).toEqual([]);
  });

  it.each([
    ['service.kubernetes.io/load-balancer-cleanup', 'in-cloud', []],
    ['service.k8s.aws/resources', 'in-cloud', ['other-controller']],
    ['service.eks.amazonaws.com/resources', 'in-cloud', ['other-controller']],
    ['service.eks.amazonaws.com/resources', 'auto-mode', []],
    ['service.k8s.aws/resources', 'auto-mode', ['other-controller']],
    // Nothing is known of who takes it.
    ['example.com/other', 'auto-mode', []],
  ] as const)('taken by %s, where the settings say %s: %j', async (finalizer, said, expected) => {
    const name = 'Service federation-borders/federation-entrance';
    const objects = entered([slice('tls-11514', true)], [{ hostname: 'a.example.com' }]);
    const input: ConfigInput = {
      ...past,
      clusters: { consul: { kind: 'existing-eks', name: 'mine', loadBalancers: said } },
    };
    const taken = { [name]: { ...objects[name], metadata: { finalizers: [finalizer] } } };
    expect(await codes(input, { ...objects, ...taken })).toEqual(expected);
  });

  it('says who took it, what to set, and that calls cannot get through before there is an address', async () => {
    const name = 'Service federation-borders/federation-entrance';
    const finalizers = ['service.k8s.aws/resources'];
    const found = async (ingress: readonly YamlMap[]) => {
      const objects = entered([slice('tls-11514', true)], ingress);
      const taken = { [name]: { ...objects[name], metadata: { finalizers } } };
      const { deployed, gateway } = wayOf(past, TO_CONSUL, { ...objects, ...taken });
      const [first] = await serviceFindings(deployed, gateway);
      return first;
    };
    expect(await found([{ hostname: 'a.example.com' }])).toMatchObject({
      level: 'warning',
      what: expect.stringMatching(
        /is made by aws-load-balancer-controller, and clusters\.consul\.loadBalancers is in-cloud/,
      ),
      mend: expect.stringContaining(
        'set clusters.consul.loadBalancers: aws-load-balancer-controller',
      ),
    });
    expect(await found([])).toMatchObject({ level: 'broken', code: 'other-controller' });
  });

  it('needs none within a cluster, where callers know the border itself', async () => {
    const both: ConfigInput = {
      weather: { enabled: false },
      clusters: { both: { kind: 'eks', name: 'both', cidr: '10.0.0.0/16' } },
      meshes: {
        istio: { kind: 'istio', cluster: 'both', namespaces: [{ name: 'web' }] },
        consul: { kind: 'consul', cluster: 'both', namespaces: [{ name: 'data' }] },
      },
      accessPolicy: {
        meshes: {
          istio: { services: { backend: { namespace: 'web' } } },
          consul: { services: { info: { namespace: 'data' } } },
        },
        rules: [{ from: 'istio/backend', to: 'consul/info' }],
      },
    };
    const { gateway, deployed } = wayOf(both, TO_CONSUL, {});
    const { namespace, name, port } = gateway.service;
    const objects = {
      [`Service ${namespace}/${name}`]: { spec: { ports: [{ port }] } },
      [`EndpointSlice ${namespace}/a`]: {
        metadata: { name: 'a', labels: { 'kubernetes.io/service-name': name } },
        endpoints: [{ conditions: { ready: true } }],
        ports: [{ name: '', port: 8443 }],
      },
    };
    const cluster = new Memory(objects);
    const there = { ...deployed, clusters: { istio: cluster, consul: cluster } };
    expect(gateway.entrance.enteredBy).toBe('service');
    expect(await serviceFindings(there, gateway)).toEqual([]);
    const { pem } = await certificate();
    const wire = await wireFindings(there, gateway, undefined, pem);
    expect(wire.gateway).toMatchObject([{ code: 'not-reachable-from-here', level: 'unknown' }]);
  });
});

it('dials the port that is called, and not that of the Service', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const { deployed, gateway } = wayOf(
      { meshes: { consul: { gateway: { address: 'a.example.com', addressPort: port } } } },
      TO_CONSUL,
      {},
    );
    const { pem } = await certificate();
    const wire = await wireFindings(deployed, gateway, '127.0.0.1', pem);
    expect(wire.gateway).toMatchObject([
      { code: 'plaintext', what: expect.stringContaining(`127.0.0.1:${port} answers`) },
    ]);
  } finally {
    server.close();
  }
});
