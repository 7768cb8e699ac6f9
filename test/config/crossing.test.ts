import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type ConfigInput, defineConfig } from '../../config';
import { mistakesOf } from '../helpers/mistakes';

const EKS = { endpoint: { publicCidrs: ['203.0.113.7/32'] } };
const PEERING: ConfigInput = { federation: { crossing: 'peering' } };

function problems(settings: ConfigInput): readonly string[] {
  return mistakesOf(() => defineConfig({ eks: EKS, ...settings }));
}

const notices = (settings: ConfigInput) => defineConfig({ eks: EKS, ...settings }).notices;
const consul = (settings: object) =>
  ({ clusters: { consul: { kind: 'eks', ...settings } } }) as ConfigInput;
const address = (text: string): ConfigInput => ({
  federation: { crossing: 'given' },
  meshes: { istio: { gateway: { address: text } } },
});
/** Of which nothing is known. */
const CLUSTERS = {
  istio: { kind: 'existing-eks', name: 'one' },
  consul: { kind: 'existing-eks', name: 'two' },
} as const;
const KUBECONFIG = path.join(__dirname, '../lifecycle/files/kubeconfig.yaml');
const VPC = {
  vpcId: 'vpc-0a',
  privateSubnetIds: ['subnet-0a', 'subnet-0b'],
  publicSubnetIds: ['subnet-0c'],
};

describe('The address of a gateway', () => {
  it.each(['gateway.example.com', 'a-1.b', '10.1.2.3', '203.0.113.9'])('may be %s', (text) => {
    expect(problems(address(text))).toEqual([]);
  });

  it.each([
    ['https://gateway.example.com', 'is a URL'],
    ['gateway.example.com/', 'is a URL'],
    ['gateway.example.com:8443', 'has a port; leave it out'],
    ['gateway', 'is neither'],
    ['Gateway.example.com', 'is neither'],
    ['10.1.2.300', 'is neither'],
    ['10.1.2', 'is neither'],
    ['-a.example.com', 'is neither'],
    ['127.0.0.1', 'is no address of a gateway'],
    ['0.0.0.0', 'is no address of a gateway'],
    ['169.254.169.254', 'is no address of a gateway'],
    ['', 'is neither'],
    ['[2001:db8::1]', 'has brackets; write 2001:db8::1'],
    ['[2001:db8::1]:8443', 'has brackets and a port; write 2001:db8::1'],
    ['2001:DB8::1', 'must be written as 2001:db8::1'],
    ['::1', 'is no address that others reach (loopback)'],
    ['::ffff:192.0.2.1', 'write 192.0.2.1'],
  ])('is not %s', (text, message) => {
    expect(problems(address(text))).toEqual([
      expect.stringMatching(
        /^meshes\.istio\.gateway\.address: .*(host name or an IP address|leave it out|write|written|reach)/,
      ),
    ]);
    expect(problems(address(text))[0]).toContain(message);
  });

  const gateway = (settings: object, mesh = 'istio'): ConfigInput => ({
    federation: { crossing: 'given' },
    meshes: { [mesh]: { gateway: settings } },
  });

  it('may be several, each of which is looked at', () => {
    expect(problems(gateway({ address: ['10.1.2.3', 'b.example.com'] }))).toEqual([]);
    expect(problems(gateway({ address: ['10.1.2.3', 'https://b', '10.1.2.3'] }))).toEqual([
      expect.stringContaining('meshes.istio.gateway.address[1]: "https://b" is a URL'),
      'meshes.istio.gateway.address[2]: 10.1.2.3 is listed twice; list it once',
    ]);
    const thrice = ['a.example.com', 'a.example.com', 'a.example.com'];
    expect(problems(gateway({ address: thrice }))).toEqual([
      'meshes.istio.gateway.address[1]: a.example.com is listed twice; list it once',
      'meshes.istio.gateway.address[2]: a.example.com is listed twice; list it once',
    ]);
    expect(problems(gateway({ address: [] }))).toHaveLength(1);
    expect(
      problems({ ...gateway({ address: ['b.example.com', 'fd00::1'] }), clusters: CLUSTERS }),
    ).toEqual([
      'meshes.istio.gateway.address: has the name b.example.com beside fd00::1, an IPv6 address, which sidecars ' +
        'cannot both look up; give names only, or addresses only',
    ]);
  });

  it('may be one of IPv6, unless pods that have only IPv4 call it', () => {
    const ipv6 = gateway({ address: ['fd00::1', 'fd00::2', '10.1.2.3'] });
    expect(problems({ ...ipv6, clusters: CLUSTERS })).toEqual([]);
    // The cluster of the gateway itself may be any.
    const { consul: existing } = CLUSTERS;
    expect(problems({ ...ipv6, clusters: { consul: existing } })).toEqual([]);
    expect(problems(ipv6)).toEqual([
      'meshes.istio.gateway.address: has fd00::1, an IPv6 address, but clusters.consul calls it, whose VPC and ' +
        'pods have IPv4 addresses only; give an IPv4 address, or a name that leads to one',
    ]);
  });

  it('may have a port of its own, which leads to one port of the gateway', () => {
    const set = { address: 'a.example.com', addressPort: 443 };
    expect(problems(gateway(set))).toEqual([]);
    expect(problems(gateway(set, 'consul'))).toEqual([]);
    expect(problems(gateway({ addressPort: 443 }))).toEqual([
      expect.stringMatching(/^meshes\.istio\.gateway\.addressPort: .*set gateway\.address too/),
    ]);
    const two: ConfigInput = {
      ...gateway(set, 'consul'),
      accessPolicy: {
        meshes: {
          istio: { services: { one: {}, two: {} } },
          consul: { services: { bank: {} } },
        },
        rules: ['one', 'two'].map((from) => ({ from: `istio/${from}`, to: 'consul/bank' })),
      },
      weather: { enabled: false },
    };
    expect(problems(two)).toEqual([
      expect.stringMatching(
        /^meshes\.consul\.gateway\.addressPort: is one port, .*: istio\/one, istio\/two; leave it out/,
      ),
    ]);
  });

  it('may be the name of a record, of which all mistakes are told', () => {
    const record = { zoneId: 'Z0123456789ABCDEFGHIJ', name: 'istio.mesh.example.com' };
    for (const crossing of ['internet', 'given', 'peering'] as const) {
      expect(problems({ ...gateway({ record }), federation: { crossing } })).toEqual([]);
    }
    expect(problems(gateway({ record: { zoneId: 'z1', name: 'https://a' } }))).toEqual([
      expect.stringMatching(/^meshes\.istio\.gateway\.record\.zoneId: is "z1"; must be the id/),
      expect.stringMatching(/^meshes\.istio\.gateway\.record\.name: .*must be a host name/),
    ]);
    expect(
      problems({
        federation: { crossing: 'privatelink' },
        meshes: { istio: { gateway: { record, address: 'a.example.com' } } },
      }),
    ).toEqual([
      expect.stringContaining('leave one of them out'),
      expect.stringContaining('is set, but federation.crossing is privatelink'),
    ]);
    const elsewhere = { kind: 'kubeconfig', path: KUBECONFIG, context: 'one' } as const;
    expect(
      problems({ clusters: { istio: elsewhere }, meshes: { istio: { gateway: { record } } } }),
    ).toContainEqual(
      expect.stringMatching(/clusters\.istio is a kubeconfig; make the record yourself/),
    );
  });

  it('is refused where the crossing has one of its own', () => {
    expect(problems({ ...address('gateway.example.com'), ...PEERING })).toEqual([
      'meshes.istio.gateway.address: is set, but federation.crossing is peering, which has an address of its own; leave it out, or set federation.crossing: given',
    ]);
  });
});

describe('A peering', () => {
  it('lets a gateway be internal, and an API private', () => {
    const settings: ConfigInput = {
      ...PEERING,
      eks: { endpoint: { privateOnly: true } },
      meshes: { istio: { gateway: { internal: true } } },
    };
    expect(problems(settings)).toEqual([]);
    expect(problems({ ...settings, federation: {} })).toEqual([
      expect.stringContaining('meshes.istio.gateway.internal: is true'),
      expect.stringContaining('eks.endpoint.privateOnly: is true'),
    ]);
  });

  it('is refused with all mistakes at once', () => {
    expect(
      problems({
        ...PEERING,
        ...consul({ name: 'b', cidr: '10.10.128.0/17', existingVpc: VPC }),
      }),
    ).toEqual([
      expect.stringContaining('clusters.consul.existingVpc.privateRouteTableIds: is empty'),
      expect.stringContaining(
        'clusters.consul.cidr: 10.10.128.0/17 overlaps with 10.10.0.0/16 of clusters.istio',
      ),
    ]);
  });

  it('needs addresses that no Service of the other cluster has', () => {
    expect(
      problems({
        ...PEERING,
        ...consul({ name: 'b', cidr: '172.20.0.0/20', eks: { serviceCidr: '10.100.0.0/16' } }),
      }),
    ).toEqual([
      expect.stringContaining(
        '172.20.0.0/20 overlaps with eks.serviceCidr 172.20.0.0/16 of clusters.istio',
      ),
    ]);
  });

  it('is made between VPCs that are known here', () => {
    expect(
      problems({
        ...PEERING,
        clusters: { consul: { kind: 'existing-eks', name: 'theirs' } },
      }),
    ).toEqual([expect.stringMatching(/^clusters\.consul\.kind: is existing-eks, but .*given$/)]);
  });

  it('says where roots still go over the internet', () => {
    expect(notices(PEERING).join()).toContain(
      'eks.endpoint.privateOnly: true they go by the peering',
    );
    expect(notices({ ...PEERING, eks: { endpoint: { privateOnly: true } } }).join()).not.toContain(
      'over the internet',
    );
  });
});

describe('PrivateLink', () => {
  it('needs no public subnets in a VPC of yours, but while calls still come over the internet', () => {
    const existingVpc = { vpcId: VPC.vpcId, privateSubnetIds: VPC.privateSubnetIds };
    const within = (federation: ConfigInput['federation']) =>
      problems({ federation, ...consul({ name: 'b', cidr: '10.20.0.0/16', existingVpc }) });
    expect(within({ crossing: 'privatelink' })).toEqual([]);
    expect(within({ crossing: 'privatelink', crossingFrom: 'internet' })).toEqual([
      expect.stringContaining(
        'clusters.consul.existingVpc.publicSubnetIds: is empty, but the internet',
      ),
    ]);
  });

  const LINK: ConfigInput = { federation: { crossing: 'privatelink' } };

  it('leads to no Kubernetes API', () => {
    expect(problems({ ...LINK, eks: { endpoint: { privateOnly: true } } })).toEqual([
      expect.stringMatching(/^eks\.endpoint\.privateOnly: is true/),
    ]);
  });

  it('lets a gateway be internal', () => {
    expect(problems({ ...LINK, meshes: { istio: { gateway: { internal: true } } } })).toEqual([]);
  });
});

describe('A change of the way', () => {
  it('is to another way', () => {
    expect(problems({ federation: { crossing: 'peering', crossingFrom: 'peering' } })).toEqual([
      'federation.crossingFrom: is peering, as crossing is; take it out',
    ]);
  });

  it('says that the former way is still there', () => {
    expect(notices({ federation: { crossing: 'peering', crossingFrom: 'internet' } })).toContain(
      'Calls go by peering, and internet stays until federation.crossingFrom is taken out: do that with a deploy of its own, when this one has ended well.',
    );
  });

  it('says so of ways into and out of a mesh', () => {
    const services = { backend: {} };
    const said = notices({
      weather: { enabled: false },
      accessPolicy: {
        meshes: {
          istio: { kind: 'istio', out: 'border', outFrom: 'sidecar', services },
          consul: {
            kind: 'consul',
            in: 'service',
            inFrom: 'gateway',
            services: { info: {} },
          },
        },
        rules: [{ from: 'istio/backend', to: 'consul/info' }],
      },
    });
    expect(said).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /into consul, gateway, stays until accessPolicy\.meshes\.consul\.inFrom/,
        ),
        expect.stringMatching(
          /of istio\/backend, by its sidecar, stays until outFrom.*annotations until then/,
        ),
      ]),
    );
  });

  it('says nothing of former ways that nobody takes', () => {
    const said = notices({
      weather: { enabled: false },
      accessPolicy: {
        meshes: {
          istio: {
            kind: 'istio',
            inFrom: 'service',
            out: 'border',
            outFrom: 'sidecar',
            services: { backend: {}, idle: {} },
          },
          consul: { kind: 'consul', services: { info: {} } },
        },
        rules: [{ from: 'istio/backend', to: 'consul/info' }],
      },
    });
    expect(said.filter((one) => one.includes('former way'))).toEqual([
      expect.stringMatching(/^The former way of calls of istio\/backend/),
    ]);
  });
});

describe('A cluster of another account', () => {
  const role = 'arn:aws:iam::111122223333:role/deploy';

  it('may be in another region', () => {
    expect(problems(consul({ region: 'eu-west-1', assumeRole: role }))).toEqual([]);
  });

  it('is that of its role', () => {
    expect(problems(consul({ assumeRole: role, accountId: '444455556666' }))).toEqual([
      'clusters.consul.assumeRole: is a role of 111122223333, and accountId is 444455556666; they must be the same',
    ]);
    expect(problems(consul({ assumeRole: 'deploy' }))).toEqual([
      expect.stringContaining('must be the ARN of a role'),
    ]);
  });

  it('is another one by its region, and the same one by name and region', () => {
    const named = (settings: object) => consul({ name: 'mesh-istio', ...settings });
    expect(problems(named({ region: 'eu-west-1' }))).toEqual([]);
    expect(problems(named({ region: 'eu-north-1' }))).toEqual([
      expect.stringContaining('"mesh-istio" is also the name of clusters.istio'),
    ]);
    const theirs = { kind: 'existing-eks', name: 'mesh-istio', region: 'eu-west-1' } as const;
    const istio = { region: 'eu-west-1' };
    expect(problems({ clusters: { istio, consul: theirs } })).toEqual([
      expect.stringContaining('"mesh-istio" is also the name of clusters.istio'),
    ]);
  });

  it('has zones and keys of its own region', () => {
    const zones = { network: { zones: ['eu-north-1a', 'eu-north-1b'] } };
    expect(problems(consul({ region: 'eu-west-1', ...zones }))).toHaveLength(2);
    expect(problems(consul({ ...zones }))).toEqual([]);
  });
});

describe('Clusters without a way to the internet', () => {
  const CLOSED: ConfigInput = {
    network: { nat: 'none', awsEndpoints: true },
    eks: { endpoint: { privateOnly: true } },
    images: { registry: '111122223333.dkr.ecr.eu-north-1.amazonaws.com/hub' },
    federation: { crossing: 'peering' },
  };
  const mistakes = (settings: ConfigInput) =>
    mistakesOf(() => defineConfig({ ...CLOSED, ...settings }));

  it('are right with endpoints of AWS services, images in ECR and a private crossing', () => {
    expect(mistakes({})).toEqual([]);
  });

  it('need the endpoints', () => {
    expect(mistakes({ network: { nat: 'none' } })).toEqual([
      expect.stringMatching(/^network\.nat: is none, .*network\.awsEndpoints: true/),
    ]);
  });

  it('are refused with all that would call the internet, at once', () => {
    expect(
      mistakes({
        network: { nat: 'none', awsEndpoints: true, s3Endpoint: false },
        images: {},
        federation: { crossing: 'internet' },
        eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
      }),
    ).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^network\.s3Endpoint: is false/),
        expect.stringMatching(/^images\.registry: is missing/),
        expect.stringMatching(/^federation\.crossing: is internet, but clusters\.istio has no way/),
        expect.stringMatching(/^eks\.endpoint\.publicCidrs: opens the API to the internet/),
      ]),
    );
  });
});
