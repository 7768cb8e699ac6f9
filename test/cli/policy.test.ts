import { describe, expect, it } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { readHelmValues } from '../../constructs/kubernetes/helm-yaml';
import { meshFederation } from '../helpers/cli';
import { temporaryFolder, writeFile } from '../helpers/files';

const folder = temporaryFolder();

/** `npm run policy` without npm; the settings are the default's unless given. */
function policy(args: readonly string[] = [], settings = '{}', profile = 'default') {
  const file = writeFile(folder, 'federation.yaml', settings);
  return meshFederation(['policy', ...args], {
    FEDERATION_CONFIG: file,
    FEDERATION_PROFILE: profile,
  });
}

const KUBECONFIG = JSON.stringify({
  clusters: [{ name: 'shop', cluster: { server: 'https://shop.example.com' } }],
  contexts: [{ name: 'shop', context: { cluster: 'shop' } }],
});

/** The cells of the table's row that starts with these, lines of the last one apart. */
function row(table: string, ...start: string[]): string[] {
  const lines = table.split('\n').map((line) =>
    line
      .split('│')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const first = lines.findIndex((cells) => start.every((text, i) => cells[i] === text));
  const next = lines.findIndex((cells, i) => i > first && cells[0] !== '');
  return lines.slice(first, next).map((cells) => cells.at(-1) ?? '');
}

describe('npm run policy', () => {
  it('says of a policy without a rule that nobody may call anything', async () => {
    const settings = 'weather: { enabled: false }\naccessPolicy: { meshes: {}, rules: [] }\n';
    const { status, stdout } = await policy([], settings);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout:
        'There is no rule, so nobody may call anything: accessPolicy.rules says who may call what.\n',
    });
  });

  it('says who may call what and what enforces it, before anything is set or deployed', async () => {
    const { status, stdout, stderr } = await policy();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(row(stdout, 'istio/backend', 'consul/info', 'GET', '/*')).toEqual([
      'consul: ServiceIntentions consul/border.backend',
      'consul: border federation-borders/backend-inbound',
      'consul: ServiceIntentions weather/allow-backend',
    ]);
    expect(row(stdout, 'consul/info', 'istio/backend', 'GET', '/weather')).toEqual([
      'consul: ServiceIntentions consul/border.backend-outbound',
      'consul: border federation-borders/backend-outbound',
      'istio: AuthorizationPolicy istio-ingress/federation',
      'istio: AuthorizationPolicy federation-borders/border.info',
      'istio: border federation-borders/info-border',
      'istio: AuthorizationPolicy weather/allow-info',
    ]);
    expect(row(stdout, 'consul: federation-borders/backend-inbound', 'istio/backend')).toEqual([
      expect.stringMatching(/^is {6}spiffe:.*\.consul\/ns\/default\/dc\/dc1\/svc\/backend$/),
      'accepts spiffe://cluster.local/ns/weather/sa/backend',
    ]);
  });

  it('does so for clusters that are not there yet', async () => {
    const { status, stdout, stderr } = await policy([], '{}', 'kind');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(row(stdout, 'istio/backend', 'consul/info', 'GET', '/*')).toHaveLength(3);
  });

  it('says it in JSON too', async () => {
    const { lines, borders } = JSON.parse((await policy(['--json'])).stdout) as Record<
      string,
      unknown[]
    >;
    expect(lines).toContainEqual({
      caller: 'istio/frontend',
      callee: 'istio/backend',
      protocol: 'http',
      methods: '*',
      path: '/*',
      enforcedBy: [{ mesh: 'istio', resource: 'AuthorizationPolicy weather/allow-frontend' }],
    });
    expect(borders).toContainEqual({
      mesh: 'istio',
      border: 'federation-borders/info-border',
      foreign: 'consul/info',
      identity: 'spiffe://cluster.local/ns/federation-borders/sa/info',
      peers: [expect.stringMatching(/\/svc\/backend-outbound$/)],
    });
  });

  it('lists what the owners of existing resources must write', async () => {
    const settings = `
weather: { enabled: false }
accessPolicy:
  meshes:
    istio: { services: { backend: { gatewayPort: 9300, previousGatewayPort: 9200 }, queue: {} } }
    consul:
      gatewayListeners: existing
      services:
        info: { serviceDefaults: existing, intentions: existing }
        stock: { protocol: tcp, intentions: existing }
  rules:
    - { from: istio/backend, to: consul/info, allow: [{ methods: [GET], pathPrefix: / }] }
    - { from: istio/backend, to: consul/stock }
    - { from: istio/queue, to: consul/stock }
    - { from: consul/stock, to: consul/info }
`;
    const { owners } = JSON.parse((await policy(['--json'], settings)).stdout) as Record<
      string,
      unknown
    >;
    expect(owners).toEqual([
      {
        mesh: 'consul',
        resource: 'IngressGateway consul/ingress-gateway',
        needs: [
          'tcp listener on port 9200 with the service backend',
          'tcp listener on port 9300 with the service backend',
          expect.stringMatching(/^tcp listener on port \d+ with the service queue$/),
        ],
      },
      { mesh: 'consul', resource: 'ServiceDefaults of info', needs: ['protocol: http'] },
      {
        mesh: 'consul',
        resource: 'ServiceIntentions of info',
        needs: ['allow backend: GET /*', 'allow stock: * /*'],
      },
      {
        mesh: 'consul',
        resource: 'ServiceIntentions of stock',
        needs: ['allow backend', 'allow queue'],
      },
    ]);
    expect((await policy([], settings)).stdout).toMatch(
      /Resources that are yours[^]*IngressGateway consul\/ingress-gateway[^]*port 9200 with the service backend/,
    );
    // Of resources that the federation makes there is nothing to say.
    expect((await policy([])).stdout).not.toContain('Resources that are yours');
  });

  it('prints the resources of one cluster as YAML', async () => {
    const documents = parseAllDocuments((await policy(['--yaml', '--mesh', 'istio'])).stdout);
    const kinds = documents.map((document) => (document.toJS() as { kind: string }).kind);
    expect(new Set(kinds)).toEqual(
      new Set([
        'AuthorizationPolicy',
        'DestinationRule',
        'VirtualService',
        'ServiceEntry',
        'Gateway',
      ]),
    );
  });

  it('prints texts that Kubernetes would take for something else in quotes', async () => {
    const settings = `
weather: { enabled: false }
meshes: { istio: { kind: istio, namespaces: [{ name: on }] }, consul: { kind: consul } }
accessPolicy:
  meshes:
    istio: { services: { no: { namespace: on, labels: { app: off, release: 1_000, build: 0b1 } } } }
    consul: { services: { info: {} } }
  rules: [{ from: consul/info, to: istio/no }]
`;
    const { stdout } = await policy(['--yaml', '--mesh', 'istio'], settings);
    const read = stdout
      .split(/^---$/m)
      .map((text) => readHelmValues(writeFile(folder, 'resource.yaml', text)));
    expect(read).toContainEqual(
      expect.objectContaining({
        kind: 'AuthorizationPolicy',
        metadata: expect.objectContaining({ namespace: 'on' }),
        spec: expect.objectContaining({
          selector: { matchLabels: { app: 'off', release: '1_000', build: '0b1' } },
        }),
      }),
    );
  });

  it('prints what the pods of a calling service need, and none for others', async () => {
    const { annotations } = parse((await policy(['--annotations', 'istio/backend'])).stdout) as {
      annotations: Record<string, string>;
    };
    expect(Object.keys(annotations)).toEqual([
      'proxy.istio.io/config',
      'sidecar.istio.io/userVolume',
      'sidecar.istio.io/userVolumeMount',
    ]);
    const none = (await policy(['--annotations', 'consul/info'])).stdout;
    expect(none).toBe(
      '# The pods of consul/info need no annotations: its calls to other meshes leave by a border, which speaks for it.\n' +
        'annotations: {}\n\n',
    );
    expect((await policy(['--annotations', 'istio/frontend'])).stdout).toMatch(
      /^# .* no rule lets it call a service of another mesh\.\nannotations: \{\}/,
    );
    const { status, stderr } = await policy(['--annotations', 'backend']);
    expect(status).toBe(2);
    expect(stderr).toContain(
      'has no service "backend"; there are: istio/frontend, istio/backend, consul/info',
    );
  });

  describe('of a caller of several federations of its mesh', () => {
    const half = (partner: string, service: string, name = '') => `
weather: { enabled: false }
aws: { region: eu-north-1 }
meshes: { shop: { kind: istio }, ${partner}: { kind: consul, partner: ${partner}.offer.json } }
clusters: { shop: { kind: kubeconfig, path: ${writeFile(folder, 'shop.kubeconfig', KUBECONFIG)}, context: shop } }
federation: { crossing: given${name === '' ? '' : `, name: ${name}`} }
accessPolicy:
  meshes: { shop: { services: { checkout: {} } }, ${partner}: { services: { ${service}: {} } } }
  rules: [{ from: shop/checkout, to: ${partner}/${service} }]
`;
    const volumes = (text: string) => {
      const { annotations } = parse(text) as { annotations: Record<string, string> };
      return Object.keys(
        JSON.parse(annotations['sidecar.istio.io/userVolume'] ?? '{}') as Record<string, unknown>,
      );
    };

    it('prints what its pods need for all of them', async () => {
      const depot = writeFile(folder, 'depot.yaml', half('depot', 'parcels', 'depot'));
      const words = ['--annotations', 'shop/checkout'];
      const bank = half('bank', 'payments');
      expect(volumes((await policy(words, bank)).stdout)).toEqual([
        'federation-certificate',
        'federation-roots-bank',
      ]);
      const { status, stdout, stderr } = await policy([...words, '--with', depot], bank);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(volumes(stdout)).toEqual([
        'federation-certificate',
        'federation-roots-bank',
        'federation-roots-depot',
      ]);
    });

    it('says of which partner an offer is missing, where the tables would tell of it', async () => {
      const { status, stdout, stderr } = await policy([], half('bank', 'payments'));
      expect(status).toBe(0);
      expect(stdout).toContain('bank.awaited');
      expect(stderr).toMatch(
        /^Note: the offer that meshes\.bank\.partner names is not there yet; .*"awaited"/,
      );
    });

    it('names no resource of the partner, whose file says what they are called', async () => {
      const { stdout } = await policy([], half('depot', 'parcels', 'depot'));
      expect(stdout).toContain('depot: ServiceIntentions, named by its owner');
      expect(stdout).not.toContain('(not published)');
    });

    it.each([
      ['a file that is not there', ['--with', 'none.yaml'], /^--with: .*none\.yaml does not exist/],
      [
        'two partners of one name',
        ['--with', () => writeFile(folder, 'bank.yaml', half('bank', 'parcels', 'second'))],
        /^--with: two federations have a mesh bank, whose roots .*federation-roots-bank\); give it another/,
      ],
      [
        'a file without the service',
        ['--with', () => writeFile(folder, 'pair.yaml', '{}')],
        /^--with: .*pair\.yaml: accessPolicy has no service "shop\/checkout"; there are: istio/,
      ],
    ] as const)('refuses %s, in words', async (_, words, said) => {
      const { status, stdout, stderr } = await policy(
        [
          ...['--annotations', 'shop/checkout'],
          ...words.map((word) => (typeof word === 'string' ? word : word())),
        ],
        half('bank', 'payments'),
      );
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(said);
    });

    it('takes --with for annotations only, and says so', async () => {
      const { status, stderr } = await policy(['--with', 'depot.yaml']);
      expect(status).toBe(2);
      expect(stderr).toMatch(/^--with goes with --annotations/);
      const both = await policy(['--with', 'depot.yaml', '--mesh', 'istio']);
      expect(both.stderr).toMatch(/^--mesh goes with --yaml[^]*^--with goes with --annotations/m);
    });

    it('says of all files at once what is wrong with them', async () => {
      const pair = writeFile(folder, 'pair.yaml', '{}');
      const { stderr } = await policy(
        ['--annotations', 'shop/chekout', '--with', 'none.yaml', pair],
        half('bank', 'payments'),
      );
      expect(stderr.trimEnd().split('\n')).toEqual([
        expect.stringMatching(/^--with: .*none\.yaml does not exist/),
        expect.stringMatching(/^--annotations: accessPolicy has no service "shop\/chekout"/),
        expect.stringMatching(/^--with: .*pair\.yaml: accessPolicy has no service/),
      ]);
    });

    it('says in JSON, too, what is to be compared with partners', async () => {
      const { partners } = JSON.parse(
        (await policy(['--json'], half('bank', 'payments'))).stdout,
      ) as { partners: { policies: { fingerprint: string }[] }[] };
      expect(partners).toEqual([
        {
          partner: 'bank',
          policies: [
            {
              mesh: 'shop',
              fingerprint: expect.stringMatching(/^sha256:/),
              state: 'awaited',
            },
          ],
        },
      ]);
      const { stdout } = await policy([], half('bank', 'payments'));
      expect(stdout).toContain(partners[0]?.policies[0]?.fingerprint);
    });
  });

  it('takes --mesh for custom resources only, and says so', async () => {
    const { status, stdout, stderr } = await policy(['--mesh', 'istio']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^--mesh goes with --yaml: .* --yaml --mesh istio/m);
  });

  it('lists every mistake in the settings', async () => {
    const { status, stdout, stderr } = await policy(
      [],
      'accessPolicy: {meshes: {}, rules: [{from: istio/a, to: consul/b}]}\nnetwork: {zones: 0}',
    );
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.split('\n').map((line) => line.trim())).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /:1:\d+: accessPolicy\.rules\[0\]\.from: is "istio\/a", but istio has no service "a"; add it to the policy$/,
        ),
        expect.stringMatching(
          /:1:\d+: accessPolicy\.rules\[0\]\.to: is "consul\/b", but consul has no service "b"; add it to the policy$/,
        ),
        expect.stringMatching(/:2:\d+: network\.zones: is 0; /),
      ]),
    );
  });
});
