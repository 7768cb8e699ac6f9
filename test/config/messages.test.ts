import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../config';
import { FILE_SETTINGS } from '../../config/settings-file';
import { standardVersions } from '../../constructs/eks';
import { choice } from '../../constructs/problems';
import { settingsPage } from '../../support/settings/page';
import { CHECKED, CONSUL, ISTIO, KUBERNETES_VERSIONS, type Pin } from '../../versions';
import { testConnection } from '../helpers/cluster';
import { temporaryFolder, writeFile } from '../helpers/files';

/*
 * What a person who writes federation.yaml is told: kinds of mistakes, each in a file as it stands.
 */

const folder = temporaryFolder();
const { path: KUBECONFIG } = testConnection;
const MINE = 'eks: {endpoint: {publicCidrs: [198.51.100.7/32]}}\n';

beforeEach(() => writeFileSync(path.join(folder, 'federation.yaml'), ''));

/** The lines of the refusal of a file, without the head; or none. */
function told(text: string, env: NodeJS.ProcessEnv = {}): string[] {
  writeFileSync(path.join(folder, 'federation.yaml'), text);
  try {
    loadConfig({ env, folder });
    return [];
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
}

const at = (place: string, text: string) => `federation.yaml:${place}: ${text}`;

describe('A text that is no YAML', () => {
  it.each<[string, string, string]>([
    [
      'a star without quotes',
      'federation:\n  trust:\n    schedule: */5 * * * *\n',
      at(
        '3:15',
        'there is no anchor "&/5" before it; a text that starts with "*" must be in quotes: "*/5 * * * *"',
      ),
    ],
    [
      'the same within brackets',
      'federation: {trust: {schedule: */5 * * * *}}\n',
      at(
        '1:32',
        'there is no anchor "&/5" before it; a text that starts with "*" must be in quotes: "*/5 * * * *"',
      ),
    ],
    [
      'an alias of nothing',
      'aws:\n  region: *mine\n',
      at(
        '2:11',
        'there is no anchor "&mine" before it; a text that starts with "*" must be in quotes: "*mine"',
      ),
    ],
    [
      'an at sign',
      'aws:\n  region: @north\n',
      at('2:11', 'a text that starts with "@" must be in quotes: "@north"'),
    ],
    [
      'a percent sign',
      'aws:\n  region: %north # mine\n',
      at('2:11', 'a text that starts with "%" must be in quotes: "%north"'),
    ],
    [
      'a template',
      'aws:\n  region: {{ region }}\n',
      at('2:12', 'a text that starts with "{" must be in quotes: "{{ region }}"'),
    ],
    [
      'an open quote',
      "aws: {region: 'eu-north-1}\n",
      at('2:1', "a text in quotes does not end before here; ' is missing at its end"),
    ],
    [
      'an open double quote before other lines',
      'aws:\n  region: "eu-north-1\n  accountId: "111122223333"\n',
      at('2:22', 'a text in quotes does not end before here; " is missing at its end'),
    ],
    ['a tab', 'aws:\n\tregion: eu-north-1\n', at('2:1', 'is indented with a tab; use spaces')],
    [
      'a colon within',
      'aws:\n  region: a: b\n',
      at('2:11', 'a text with ": " in it must be in quotes: "a: b"'),
    ],
    [
      'no space',
      'aws:\n  region:eu-north-1\n  accountId: "111122223333"\n',
      at('2:3', 'a space must follow the colon: region: eu-north-1'),
    ],
    [
      'an open bracket',
      'eks: [\naws: {}\n',
      at('2:1', 'a bracket is not closed before this line; "]" is missing'),
    ],
    [
      'an open bracket in its first line',
      '{\n',
      at('2:1', 'a bracket is not closed before this line; "}" is missing'),
    ],
    [
      'UTF-16, as it comes to be read',
      Buffer.from('\ufeffaws: {}\n', 'utf16le').toString('utf8'),
      at('1:1', 'is in UTF-16, not in UTF-8; save it in UTF-8'),
    ],
    [
      'a line out of place',
      'aws:\n  region: eu-north-1\n accountId: "111122223333"\n',
      at(
        '3:1',
        'is not indented like the lines that it belongs to; let it start in the same column',
      ),
    ],
    [
      'two documents',
      'aws: {}\n---\neks: {}\n',
      at('2:1', 'a second document starts here ("---"); keep one in a file'),
    ],
    [
      'a tag of another program',
      'aws:\n  region: !Ref Region\n',
      at('2:16', 'has the tag !Ref, which settings do not know; write the value without it'),
    ],
    [
      'a binary text',
      'aws: !!binary aGVsbG8=\n',
      at('1:15', 'has the tag !!binary, which settings do not know; write the value without it'),
    ],
    ['a list', '- aws\n', at('1:1', 'must hold settings ("aws:" and so on), not a list or a text')],
    ['a text', 'aws\n', at('1:1', 'must hold settings ("aws:" and so on), not a list or a text')],
  ])('%s', (_, text, message) => {
    expect(told(text)).toEqual([message]);
  });

  it('may say itself what a plain value is', () => {
    expect(told(`${MINE}weather: !!map {place: {name: !!str 1}}\n`)).toEqual([]);
  });

  it('names a key that is set twice, beside all other mistakes', () => {
    expect(
      told(`${MINE}aws:\n  region: eu-north-1\n  region: eu-west-1\nnetwork: {nat: two}\n`),
    ).toEqual([
      at('4:3', '"region" is set twice, first in line 3; keep one of them'),
      at('5:16', 'network.nat: is "two"; must be one, per-zone or none'),
    ]);
  });
});

describe('A mistake in a setting', () => {
  it.each<[string, string, string]>([
    [
      'a value',
      'network:\n  nat: two\n',
      at('2:8', 'network.nat: is "two"; must be one, per-zone or none'),
    ],
    [
      'a misspelt value',
      'network: {nat: per_zone}\n',
      at(
        '1:16',
        'network.nat: is "per_zone"; must be one, per-zone or none; did you mean "per-zone"?',
      ),
    ],
    [
      'a word of YAML 1.1',
      'weather: {enabled: no}\n',
      at('1:20', 'weather.enabled: is "no"; must be true or false: write false'),
    ],
    [
      'a unit',
      'federation: {borders: {limits: {idleSeconds: 300s}}}\n',
      at(
        '1:46',
        'federation.borders.limits.idleSeconds: is "300s"; must be a number without a unit, in that of the setting',
      ),
    ],
    [
      'a misspelt setting',
      'network:\n  natt: one\n',
      at('2:3', 'network.natt: there is no such setting; did you mean "nat"?'),
    ],
    [
      'a misspelt section',
      'netwrok: {}\n',
      at('1:1', 'netwrok: there is no such setting; did you mean "network"?'),
    ],
    [
      'an entry of a list',
      'eks:\n  nodeGroups:\n    - name: a\n      diskGiB: 5\n',
      at('4:16', 'eks.nodeGroups[0].diskGiB: is 5; must be at least 20'),
    ],
    [
      'an empty setting',
      'network:\n  nat:\n',
      at('2:3', 'network.nat: is empty; must be one, per-zone or none'),
    ],
    [
      'an empty service',
      'weather: {enabled: false}\naccessPolicy: {meshes: {istio: {services: {a: }}, consul: {services: {}}}, rules: []}\n',
      at(
        '2:44',
        'accessPolicy.meshes.istio.services.a: is empty; must be a map: write {} for its defaults, or leave it out',
      ),
    ],
    [
      'a name in place of a map',
      'meshes: {istio: {namespaces: [default]}}\n',
      at(
        '1:31',
        'meshes.istio.namespaces[0]: is "default"; must be a map, such as { name: default }',
      ),
    ],
    [
      'off in place of a map',
      'network: {flowLogs: false}\n',
      at('1:21', 'network.flowLogs: is false; must be a map: { enabled: false }'),
    ],
    [
      'an empty text',
      'network: {nat: ""}\n',
      at('1:16', 'network.nat: is empty; must be one, per-zone or none'),
    ],
    [
      'something missing',
      'state: {kind: s3}\n',
      at('1:1', 'state.bucket: is missing; must be text (the bucket)'),
    ],
    [
      'a policy without services',
      'weather: {enabled: false}\naccessPolicy: {rules: []}\n',
      at(
        '2:1',
        'accessPolicy.meshes: is missing; must be a map, such as { istio: { services: { backend: {} } }, consul: { services: { info: {} } } }',
      ),
    ],
    [
      'a misspelt setting that others need',
      'federation: {observability: {namespce: monitoring, podMonitor: true}}\n',
      at(
        '1:30',
        'federation.observability.namespce: there is no such setting; did you mean "namespace"?',
      ),
    ],
    [
      'leading zeros',
      'aws:\n  accountId: 011122223333\n',
      at('2:14', 'aws.accountId: is 011122223333; must be text: put it in quotes, "011122223333"'),
    ],
    [
      'a version',
      'eks: {version: 1.30}\n',
      at('1:16', 'eks.version: is 1.30; must be text: put it in quotes, "1.30"'),
    ],
    [
      'a word that YAML takes for something else',
      'weather: {place: {name: true}}\n',
      at('1:25', 'weather.place.name: is true; must be text: put it in quotes, "true"'),
    ],
    [
      'a setting of both clusters',
      'clusters:\n  istio: {eks: {version: 1.30}}\n',
      at('2:26', 'clusters.istio.eks.version: is 1.30; must be text: put it in quotes, "1.30"'),
    ],
    [
      'a namespace of Kubernetes',
      'meshes: {istio: {namespaces: [{name: kube-system}]}}\n',
      at(
        '1:38',
        `meshes.istio.namespaces[0].name: is "kube-system"; must be one for applications, and kube-system is Kubernetes' own`,
      ),
    ],
    [
      'a namespace of a mesh',
      'meshes: {consul: {namespaces: [{name: default}, {name: consul}]}}\n',
      at(
        '1:56',
        `meshes.consul.namespaces[1].name: is "consul"; must be one for applications, and consul is Consul's own`,
      ),
    ],
    [
      'a namespace twice',
      'meshes: {consul: {namespaces: [{name: default}, {name: default}]}}\n',
      at('1:56', 'meshes.consul.namespaces[1].name: default is listed twice; list it once'),
    ],
    [
      'a billion pods',
      'federation: {borders: {replicas: 1000000000}}\n',
      at('1:34', 'federation.borders.replicas: is 1000000000; must be at most 100'),
    ],
  ])('%s', (_, text, message) => {
    expect(
      told(
        text.startsWith('eks:')
          ? text
              .replace('eks: {', 'eks: {endpoint: {publicCidrs: [198.51.100.7/32]}, ')
              .replace('eks:\n', 'eks:\n  endpoint: {publicCidrs: [198.51.100.7/32]}\n')
          : text + MINE,
      ).map(shifted(text)),
    ).toEqual([message]);
  });

  it('names an hour that there is not', () => {
    const lines = told(`${MINE}federation: {trust: {schedule: "0 99 * * *"}}\n`);
    expect(lines).toEqual([
      expect.stringMatching(/^federation\.yaml:2:32: federation\.trust\.schedule: .*hour/),
    ]);
  });

  it('gives an example that the setting takes', () => {
    expect(told('eks: {endpoint: {publicCidrs: [home]}}')).toEqual([
      at(
        '1:32',
        'eks.endpoint.publicCidrs[0]: home is no IPv4 CIDR block; write one such as 203.0.113.7/32',
      ),
    ]);
  });

  it('says of an address how to write it', () => {
    expect(told('eks: {endpoint: {publicCidrs: [198.51.100.7]}}')).toEqual([
      at(
        '1:32',
        'eks.endpoint.publicCidrs[0]: 198.51.100.7 is an address; write 198.51.100.7/32 for this one alone',
      ),
    ]);
  });
});

/** Takes back what the address that every file needs has moved. */
function shifted(text: string) {
  return (line: string): string => {
    if (!text.startsWith('eks:')) return line;
    return line.replace(/^federation\.yaml:(\d+):(\d+)/, (_, row: string, column: string) =>
      text.startsWith('eks: {')
        ? `federation.yaml:${row}:${Number(column) - 'endpoint: {publicCidrs: [198.51.100.7/32]}, '.length}`
        : `federation.yaml:${Number(row) - 1}:${column}`,
    );
  };
}

describe('What is known elsewhere by a name that no setting has', () => {
  it.each([
    ['meshes: {istio: {ambient: true}}', '1:18: meshes.istio.ambient'],
    ['meshes: {istio: {profile: ambient}}', '1:18: meshes.istio.profile'],
    ['meshes: {istio: {ztunnel: {enabled: true}}}', '1:18: meshes.istio.ztunnel'],
    ['meshes: {istio: {gateway: {waypoint: true}}}', '1:28: meshes.istio.gateway.waypoint'],
    ['meshes: {consul: {ambient: true}}', '1:19: meshes.consul.ambient'],
  ])('is told of: %s', (text, place) => {
    expect(told(`${text}\n${MINE}`)).toEqual([
      expect.stringContaining(
        `${place}: there is no such setting: no ambient mode is installed, and borders know only callers and ` +
          'callees with a sidecar; take it out, and list the namespaces',
      ),
    ]);
  });

  it.each([
    ['network: {ipv6: true}', '1:11: network.ipv6'],
    ['network: {enable_ipv6: true}', '1:11: network.enable_ipv6'],
    ['clusters: {istio: {dualStack: true}}', '1:20: clusters.istio.dualStack'],
  ])('is led to the family of addresses: %s', (text, place) => {
    expect(told(`${text}\n${MINE}`)).toEqual([
      expect.stringContaining(
        `${place}: there is no such setting; eks.ipFamily: ipv6 makes clusters`,
      ),
    ]);
  });

  it('is not any other profile', () => {
    expect(told('meshes: {istio: {profile: demo}}').join()).toContain('no such setting; ');
  });
});

describe('Mistakes of two sections', () => {
  /** One of each section, which needs nothing of another. */
  const MISTAKES: Readonly<Record<string, readonly [yaml: string, told: RegExp]>> = {
    aws: ['aws: {accountId: 1}', /aws\.accountId/],
    state: ['state: {kind: gcs}', /state\.kind/],
    network: ['network: {zones: 9}', /network\.zones/],
    eks: ['eks: {endpoint: {publicCidrs: [0.0.0.0/0]}}', /publicCidrs/],
    clusters: ['clusters: {consul: {cidr: 10.10.0.0/16}}', /clusters\.consul\.cidr/],
    meshes: ['meshes: {consul: {servers: 2}}', /servers/],
    'meshes, seen together': [
      'meshes: {istio: {gateway: {tlsPort: 80, ports: [{name: web, port: 80}]}}}',
      /port 80/,
    ],
    accessPolicy: [
      'accessPolicy: {meshes: {istio: {services: {a: {port: 0}}}, consul: {services: {}}}, rules: []}',
      /accessPolicy/,
    ],
    federation: ['federation: {trust: {keepWithdrawnDays: 1}}', /keepWithdrawnDays/],
    'federation, seen together': [
      'federation: {trust: {authorities: shared, roots: {istio: /nowhere}}}',
      /roots\.istio/,
    ],
    weather: ['weather: {namespace: federation-borders}', /weather\.namespace/],
  };
  const pairs = Object.keys(MISTAKES).flatMap((one, i) =>
    Object.keys(MISTAKES)
      .slice(i + 1)
      .filter((other) => other.split(',')[0] !== one.split(',')[0])
      .map((other) => [one, other] as const),
  );

  it.each(pairs)('come together: %s and %s', (one, other) => {
    const [[first, isFirst], [second, isSecond]] = [MISTAKES[one], MISTAKES[other]].map(
      (found) => found ?? ['', /^$/],
    ) as [readonly [string, RegExp], readonly [string, RegExp]];
    const text = [first, second].join('\n');
    const lines = told(text.includes('eks:') ? text : `${text}\n${MINE}`);
    expect(lines.filter((line) => isFirst.test(line))).not.toEqual([]);
    expect(lines.filter((line) => isSecond.test(line))).not.toEqual([]);
  });
});

describe('Mistakes of the access policy', () => {
  it('come at once: of single settings, of the whole and of its rules', () => {
    const text = [
      'network: {zones: 1}',
      'weather: {enabled: false}',
      'accessPolicy:',
      '  meshes:',
      '    istio: {services: {Web: {protocol: htp}, b: {namespace: nowhere}, c: {port: 99999}}}',
      '    consul: {services: {info: {namspace: x}}}',
      '  rules:',
      '    - {from: istio/b, to: consul/infos}',
      '    - {from: istio/d, to: consul/info, allow: [{methods: [get], pathPrefix: api}]}',
      '    - {form: istio/b, to: consul/info}',
      '    - {from: istio/b, to: istio/c, anyone: true}',
      '    - {from: istio/b, to: istio/c}',
    ].join('\n');
    expect(told(`${text}\n${MINE}`)).toEqual([
      at('1:18', 'network.zones: is 1; must be at least 2'),
      at(
        '5:24',
        'accessPolicy.meshes.istio.services.Web: is "Web"; must be at most 63 lower case letters, digits and "-", with a letter or digit at both ends',
      ),
      at(
        '5:40',
        'accessPolicy.meshes.istio.services.Web.protocol: is "htp"; must be http, http2, grpc or tcp; did you mean "http"?',
      ),
      expect.stringMatching(/:5:61: .*services\.b\.namespace: is nowhere, whose pods do not join/),
      expect.stringMatching(/:5:81: .*services\.c\.port: is 99999; must be/),
      at(
        '6:32',
        'accessPolicy.meshes.consul.services.info.namspace: there is no such setting; did you mean "namespace"?',
      ),
      expect.stringMatching(/:8:27: .*rules\[0\]\.to: is "consul\/infos", but consul has no/),
      expect.stringMatching(/:9:14: .*rules\[1\]\.from: is "istio\/d", but istio has no/),
      expect.stringMatching(/:9:59: .*rules\[1\]\.allow\[0\]\.methods\[0\]: is "get"; must be/),
      expect.stringMatching(/:9:77: .*rules\[1\]\.allow\[0\]\.pathPrefix: is "api"; must start/),
      at('10:8', 'accessPolicy.rules[2].form: there is no such setting; did you mean "from"?'),
      expect.stringMatching(/:11:44: .*rules\[3\]\.anyone: contradicts "from: istio\/b"/),
      // Counted as they are written, whatever became of the rule between them.
      at('12:7', 'accessPolicy.rules[4]: repeats rules[3]; delete one of them'),
    ]);
  });

  it('tell of ways out of a mesh that cannot be', () => {
    const text = (istio: string, info = '{}') =>
      [
        'weather: {enabled: false}',
        'accessPolicy:',
        '  meshes:',
        `    istio: ${istio}`,
        `    consul: {services: {info: ${info}}}`,
        '  rules:',
        '    - {from: istio/a, to: consul/info}',
        '    - {from: istio/b, to: consul/info}',
        MINE,
      ].join('\n');
    expect(told(text('{services: {a: {}, b: {out: border}}}'))).toEqual([
      at(
        '8:14',
        'accessPolicy.rules[1].from: calls consul/info by its border, and istio/a in the same namespace default by its sidecar: one name cannot lead both ways; give them the same "out" and "outFrom", or namespaces of their own',
      ),
    ]);
    expect(told(text('{out: border, services: {a: {}, b: {}}}', '{protocol: tcp}'))).toEqual([
      at(
        '8:14',
        "accessPolicy.rules[1].from: istio/a calls consul/info from istio already, and Istio's sidecar tells the border who calls for HTTP only, not for tcp; let one service call it, or set its protocol to http, http2 or grpc",
      ),
    ]);
    expect(told(text('{out: border, services: {a: {}, b: {namespace: weather}}}'))).toEqual([
      expect.stringMatching(/services\.b\.namespace: is weather, whose pods do not join/),
    ]);
    // What is written wrongly is no other way out.
    expect(told(text('{services: {a: {out: borders}, b: {out: border}}}'))).toEqual([
      at(
        '4:33',
        'accessPolicy.meshes.istio.services.a.out: is "borders"; must be sidecar or border; did you mean "border"?',
      ),
    ]);
    expect(told(text('{out: gateway, services: {a: {}, b: {out: border}}}'))).toEqual([
      at('4:18', 'accessPolicy.meshes.istio.out: is "gateway"; must be sidecar or border'),
    ]);
  });

  it('are not made up of what is wrong itself', () => {
    const rules = 'rules: [{from: istio/a, to: consul/info, allow: [{methods: get}]}]';
    const services =
      'istio: {services: {a: {name: 5}, b: {name: a}}}, consul: {services: {info: {protocol: 1}}}';
    expect(
      told(`weather: {enabled: false}\naccessPolicy: {meshes: {${services}}, ${rules}}\n${MINE}`),
    ).toEqual([
      expect.stringMatching(/services\.a\.name: is 5; must be text/),
      expect.stringMatching(/services\.info\.protocol: is 1; must be http/),
      expect.stringMatching(/allow\[0\]\.methods: is "get"; must be a list/),
    ]);
  });
});

describe('What no API would refuse', () => {
  const AWS = 'service.beta.kubernetes.io/aws-load-balancer';
  const vpc = 'vpcId: vpc-0a, privateSubnetIds: [subnet-0a, subnet-0b]';

  it.each<[string, string, RegExp, string?]>([
    [
      'an annotation that nobody reads',
      `{${AWS}-sheme: internal}`,
      /read by no controller; did you mean ".*-scheme"\?$/,
    ],
    [
      'one of another prefix',
      `{service.kubernetes.io/aws-load-balancer-subnets: a}`,
      /write service\.beta\.kubernetes\.io\/aws-load-balancer-subnets$/,
    ],
    ['no key at all', '{a/b/c: x}', /is no key of an annotation; write prefix\/name/],
    ['an upper case prefix', '{Example.com/a: x}', /is no key of an annotation/],
    ['no text', '{example.com/a: true}', /is true; must be text: put it in quotes, "true"$/],
    [
      'against gateway.internal',
      `{${AWS}-internal: "true"}`,
      /is "true", and gateway\.internal is false; set that/,
    ],
    [
      'the scheme against it',
      `{${AWS}-scheme: internal}`,
      /is "internal", and gateway\.internal is false/,
    ],
    [
      'against aws.tags',
      `{${AWS}-additional-resource-tags: a=b}`,
      /all tags of aws\.tags; add yours there$/,
    ],
    [
      'against allowedSources',
      '{service.beta.kubernetes.io/load-balancer-source-ranges: 192.0.2.0/24}',
      /gateway\.allowedSources says; list the sources there$/,
    ],
    ['a classic load balancer', `{${AWS}-type: classic}`, /is "classic"; must be nlb, or external/],
    ['an end of TLS', `{${AWS}-ssl-cert: arn}`, /lets the load balancer end TLS/],
    [
      'a family that there is not',
      `{${AWS}-ip-address-type: dual-stack}`,
      /is "dual-stack"; must be ipv4 or dualstack$/,
    ],
    [
      'IPv6 in subnets without it',
      `{${AWS}-ip-address-type: dualstack}`,
      /VPC of clusters\.consul is made here without IPv6, .*leave it out, or use a VPC of yours/,
    ],
    [
      'IPv6 that the controller in the cluster cannot give',
      `{${AWS}-ip-address-type: dualstack}`,
      /clusters\.consul\.loadBalancers is in-cloud, whose load balancers have IPv4 only, .*leave it out, or set/,
      'clusters: {consul: {kind: existing-eks, name: mine}}\n',
    ],
  ])('is told of annotations: %s', (_, annotations, message, clusters = '') => {
    const meshes = `meshes: {consul: {gateway: {annotations: ${annotations}}}}\n`;
    const lines = told(`${MINE}${clusters}${meshes}`);
    expect(lines).toEqual([expect.stringMatching(message)]);
    expect(lines[0]).toMatch(/^federation\.yaml:[23]:\d+: meshes\.consul\.gateway\.annotations\./);
  });

  it('is not told that a former way is the present one where that is written wrong', () => {
    const settings =
      'accessPolicy: {meshes: {' +
      'istio: {in: servise, inFrom: gateway, out: bordr, outFrom: sidecar, services: {frontend: {namespace: weather}, backend: {namespace: weather}}}, ' +
      'consul: {services: {info: {namespace: weather}}}}, rules: []}\n';
    expect(told(`${MINE}${settings}`)).toEqual([
      expect.stringMatching(/\.istio\.in: is "servise"; must be gateway or service/),
      expect.stringMatching(/\.istio\.out: is "bordr"; must be sidecar or border/),
    ]);
  });

  it('is not told of annotations that a controller reads, or another cloud', () => {
    const annotations = `{${AWS}-name: mine, ${AWS}-type: external, "${AWS}-listener-attributes.TCP-80": a=b, cloud.google.com/l4-rbs: enabled, owner: me}`;
    expect(told(`${MINE}meshes: {istio: {gateway: {annotations: ${annotations}}}}\n`)).toEqual([]);
  });

  it.each<[string, string, RegExp]>([
    [
      'an image of another version',
      'meshes: {consul: {images: {consul: "registry.example.com/consul:1.14.0"}}}',
      /images\.consul: is .*:1\.14\.0, and meshes\.consul\.version is [\d.]+; take an image of/,
    ],
    [
      'one of Istio',
      'meshes: {istio: {images: {proxy: "registry.example.com/proxyv2:1.20.1-distroless"}}}',
      /images\.proxy: is .*; take an image of/,
    ],
    [
      'a subnet in both lists',
      `clusters: {istio: {existingVpc: {${vpc}, publicSubnetIds: [subnet-0b]}}}`,
      /publicSubnetIds\[0\]: subnet-0b is among privateSubnetIds too/,
    ],
    [
      'volumes of another cloud',
      `clusters: {consul: {kind: kubeconfig, path: ${KUBECONFIG}, context: test}}\nmeshes: {consul: {ownStorageClass: true}}`,
      /ownStorageClass: is true, which makes a class of EBS volumes/,
    ],
  ])('is told of what would fail late: %s', (_, text, message) => {
    expect(told(`${text}\n${MINE}`)).toContainEqual(expect.stringMatching(message));
  });

  it('is not told of an image of the same line, or of a digest alone', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const [line] = /^\d+\.\d+/.exec(CONSUL.version) ?? [];
    const images = `{consul: "registry.example.com/consul:${line}.99-mine", controlPlane: "registry.example.com/k8s@${digest}"}`;
    expect(told(`${MINE}meshes: {consul: {images: ${images}}}\n`)).toEqual([]);
  });

  it('counts the servers of a values file', () => {
    writeFile(folder, 'three.yaml', 'server: {replicas: 3}\n');
    expect(told(`${MINE}meshes: {consul: {values: [three.yaml]}}\n`)).toEqual([
      at(
        '2:28',
        'meshes.consul.values[0]: sets server.replicas to 3, each on a node of its own, and clusters.consul starts with 2 nodes without taints; set eks.nodeGroups[].desired to as many, or fewer servers',
      ),
    ]);
    writeFile(folder, 'one.yaml', 'server: {replicas: 1}\n');
    expect(told(`${MINE}meshes: {consul: {servers: 3, values: [one.yaml]}}\n`)).toEqual([]);
  });
});

describe('A setting without effect', () => {
  const notices = (text: string) => {
    writeFileSync(path.join(folder, 'federation.yaml'), text);
    const { notices } = loadConfig({ env: {}, folder });
    return notices.filter((notice) => / has no effect: /.test(notice));
  };
  const pair = `clusters: {istio: {kind: kubeconfig, path: ${KUBECONFIG}, context: test}, consul: {kind: existing-eks, name: a}}\n`;

  it.each<[string, readonly string[]]>([
    [
      'weather: {enabled: false, replicas: 5}\n',
      ['weather.replicas has no effect: weather.enabled is false.'],
    ],
    [
      'weather: {keyRevision: 2}\n',
      ['weather.keyRevision has no effect: weather.data is sample, which needs no key.'],
    ],
    [
      'network: {flowLogs: {enabled: false, retentionDays: 7}}\n',
      ['network.flowLogs.retentionDays has no effect: network.flowLogs.enabled is false.'],
    ],
    [
      'meshes: {consul: {storageClass: fast, ownStorageClass: true}}\n',
      [
        'meshes.consul.ownStorageClass has no effect: the volumes are of meshes.consul.storageClass, fast.',
      ],
    ],
    [
      `${pair}network: {zones: 2}\n`,
      [
        'eks has no effect: no cluster is made here (kind: eks).',
        'network has no effect: no cluster is made here (kind: eks).',
      ],
    ],
    [
      'meshes: {istio: {gateway: {allowedSources: [0.0.0.0/0, 192.0.2.0/24]}}}\n',
      [
        'meshes.istio.gateway.allowedSources has no effect: 0.0.0.0/0 among them admits everybody, and the others say nothing more.',
      ],
    ],
    [
      'weather: {enabled: false}\naccessPolicy: {meshes: {istio: {services: {a: {gatewayPort: 12000}}}, consul: {services: {b: {intentionsName: c}}}}, rules: []}\n',
      [
        'accessPolicy.meshes.istio.services.a.gatewayPort has no effect: istio/a enters no other mesh by a port of its own.',
        'accessPolicy.meshes.consul.services.b.intentionsName has no effect: no rule lets anybody call consul/b.',
      ],
    ],
    [
      'weather: {enabled: false}\naccessPolicy: {meshes: {istio: {services: {a: {out: border}, b: {}}}}, rules: [{from: istio/a, to: istio/b}]}\n',
      [
        'accessPolicy.meshes.istio.services.a.out has no effect: istio/a calls no service of another mesh.',
      ],
    ],
    [
      'weather: {enabled: false}\naccessPolicy: {meshes: {istio: {inFrom: service, outFrom: border, services: {a: {}}}, consul: {in: service, inFrom: gateway, services: {b: {}}}}, rules: []}\n',
      [
        'accessPolicy.meshes.istio.inFrom has no effect: no calls from other meshes enter istio in another way than that.',
        'accessPolicy.meshes.istio.outFrom has no effect: no calls to other meshes leave istio in another way than that.',
        'accessPolicy.meshes.consul.inFrom has no effect: no calls from other meshes enter consul in another way than that.',
      ],
    ],
    [
      // In one cluster calls come past the gateway anyhow.
      'clusters: {one: {kind: eks, name: one, cidr: 10.1.0.0/16}}\nmeshes: {istio: {cluster: one}, consul: {cluster: one, namespaces: [{name: b}]}}\nweather: {enabled: false}\naccessPolicy: {meshes: {istio: {services: {a: {}}}, consul: {inFrom: service, services: {b: {namespace: b}}}}, rules: [{from: istio/a, to: consul/b}]}\n',
      [
        'accessPolicy.meshes.consul.inFrom has no effect: no calls from other meshes enter consul in another way than that.',
      ],
    ],
    ['weather: {replicas: 3}\n', []],
  ])('%s', (text, expected) => {
    expect(notices(text + MINE)).toEqual(expected);
  });
});

describe('Which kind is meant', () => {
  it.each<[string, RegExp]>([
    [
      'clusters: {istio: {path: a, context: b}}',
      /istio\.path: there is no such setting of the kind eks; write kind: kubeconfig beside it/,
    ],
    [
      'state: {directory: x}',
      /state\.kind: is missing; must be local or s3; by directory it is local: write kind: local$/,
    ],
    [
      'state: {bucket: x, region: eu-north-1}',
      /state\.kind: is missing; .* by bucket and region it is s3: write kind: s3$/,
    ],
    [
      'state: {kind: local, bucket: x}',
      /state\.bucket: there is no such setting of the kind local; write kind: s3/,
    ],
    [
      'eks: {<<: {version: "1.34"}, endpoint: {publicCidrs: [198.51.100.7/32]}}',
      /eks\.<<: settings know no merge keys; write the settings out/,
    ],
    [
      'federation: {trust: {roots: {istio: ""}}}',
      /roots\.istio: is empty; must be the path of a file, such as roots\.pem/,
    ],
    [
      'federation: {trust: {roots: {istio: "https://example.com/a.pem"}}}',
      /roots\.istio: is https:\/\/example\.com\/a\.pem, but a file is needed; fetch it/,
    ],
    [
      'meshes: {consul: {values: [""]}}',
      /values\[0\]: is empty; must be the path of a file, such as values\.yaml/,
    ],
    [
      'meshes: {istio: {gateway: {tlsPort: 99999}}}',
      /tlsPort: is 99999; must be a whole number from 1 to 65535$/,
    ],
  ])('%s', (text, message) => {
    expect(told(text.startsWith('eks') ? text : `${text}\n${MINE}`)).toContainEqual(
      expect.stringMatching(message),
    );
  });
});

describe('What comes from the environment', () => {
  it('is blamed on the environment, beside the mistakes of the file', () => {
    const text = `${MINE}network: {nat: two}\nprofile: thesis`;
    expect(told(text, { FEDERATION_PROFILE: 'emulatd' })).toEqual([
      'FEDERATION_PROFILE: is "emulatd"; must be default, thesis, emulated or kind; did you mean "emulated"?',
      '1 mistake in federation.yaml:',
      at('2:16', 'network.nat: is "two"; must be one, per-zone or none'),
    ]);
  });

  it('is as good as not set where it is empty', () => {
    const empty = { FEDERATION_PROFILE: '', FEDERATION_CONFIG: '', AWS_ENDPOINT_URL: '' };
    expect(told(MINE, empty)).toEqual([]);
    expect(told('profile: emulated', empty)).toEqual([]);
  });

  it('names a folder, or a file that is not there', () => {
    expect(told('', { FEDERATION_CONFIG: folder })).toEqual([
      expect.stringMatching(/is a folder, and a file is needed; Name a file|a folder/),
    ]);
    expect(told('', { FEDERATION_CONFIG: '/nowhere/a.yaml' })).toEqual([
      'FEDERATION_CONFIG names /nowhere/a.yaml, which does not exist; name a file that does, or unset it, and ' +
        'federation.yaml is read',
    ]);
  });
});

describe('A file by another name', () => {
  it.each([
    'federation.yml',
    'Federation.yaml',
    'FEDERATION.YML',
    'federation.yaml.txt',
    'federation.json',
  ])('%s is not passed over without a word', (name) => {
    const other = path.join(folder, name.replaceAll('.', '-'));
    mkdirSync(other, { recursive: true });
    writeFile(other, name, MINE);
    expect(() => loadConfig({ env: {}, folder: other })).toThrow(
      `${name} is not read; call the file federation.yaml, or name it in FEDERATION_CONFIG`,
    );
  });

  it('is told in a notice where there is the right one too', () => {
    const both = path.join(folder, 'both');
    writeFile(both, 'federation.yaml', MINE);
    writeFile(both, 'federation.yml', MINE);
    expect(loadConfig({ env: {}, folder: both }).notices).toEqual([
      'federation.yml is not read; federation.yaml is.',
    ]);
  });
});

describe('A relative path', () => {
  it('starts at the file that names it', () => {
    writeFile(folder, 'elsewhere/values.yaml', 'a: [\n');
    const file = writeFile(
      folder,
      'elsewhere/other.yaml',
      `${MINE}clusters: {istio: {kind: kubeconfig, path: kube.yaml, context: a}}\n` +
        'meshes: {istio: {charts: {kind: local, path: charts}}, consul: {values: [values.yaml]}}\n' +
        'federation: {trust: {roots: {consul: ./roots.pem}}}\n',
    );
    const text = told('', { FEDERATION_CONFIG: file }).join('\n');
    // As they are written there.
    for (const name of ['kube.yaml', 'charts', './roots.pem']) {
      expect(text).toMatch(new RegExp(`: .*(^| )${name.replaceAll('.', '\\.')}`, 'm'));
    }
    // This one is there, and has a mistake of its own.
    expect(text).toContain('values file values.yaml:2:1 is no valid YAML');
    expect(text.replaceAll(file, '')).not.toContain(folder);
  });

  it('is one of all settings that name a file', () => {
    const rows = [...settingsPage().matchAll(/^\| `([^`]+)` \|[^|]*\| ([^|]*)/gm)];
    const known = FILE_SETTINGS.map((setting) => setting.join('.'));
    const files = rows
      .filter(([, , meaning = '']) => /\bPath\b|\bfile with|values files|path \}/.test(meaning))
      .map(([, name = '']) => name.replace('<name>', '*'));
    expect(files.length).toBeGreaterThan(4);
    for (const name of files) {
      expect(
        known.some(
          (pattern) =>
            new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '\\w+')}`).test(
              name.replaceAll('*', 'x'),
            ) || pattern.startsWith(name.replace(/meshes\.\w+/, 'meshes.*')),
        ),
      ).toBe(true);
    }
  });
});

const newest = ({ releases }: Pick<Pin, 'releases'>) => releases.at(-1)?.line;

describe('What looks right, and is not', () => {
  it.each<[string, string, string]>([
    [
      'an address of IPv6',
      'eks: {endpoint: {publicCidrs: ["2001:db8::/32"]}}',
      // The example is one that the same setting takes.
      at(
        '1:32',
        'eks.endpoint.publicCidrs[0]: 2001:db8::/32 is of IPv6, and only sources of IPv4 are taken here; write your IPv4 address, which "curl -4 https://checkip.amazonaws.com" prints, with /32 behind it, such as 203.0.113.7/32',
      ),
    ],
    [
      'one address in place of a list',
      'eks: {endpoint: {publicCidrs: 203.0.113.7/32}}',
      at(
        '1:31',
        'eks.endpoint.publicCidrs: is "203.0.113.7/32"; must be a list: put it in brackets, [203.0.113.7/32]',
      ),
    ],
    [
      'a number in quotes',
      `${MINE}federation: {borders: {replicas: "2"}}`,
      at('2:34', 'federation.borders.replicas: is "2"; must be a number, without quotes'),
    ],
    [
      'a switch in quotes',
      `${MINE}weather: {enabled: "false"}`,
      at('2:20', 'weather.enabled: is "false"; must be true or false, without quotes'),
    ],
    [
      'the namespace default, to be made',
      `${MINE}meshes: {consul: {namespaces: [{name: default, existing: false}]}}`,
      at(
        '2:58',
        'meshes.consul.namespaces[0].existing: is false, but every cluster has the namespace default; leave it out',
      ),
    ],
    [
      'a version of Istio from far ahead',
      `${MINE}meshes: {istio: {version: 9.9.9}}`,
      at(
        '2:27',
        `meshes.istio.version: is 9.9.9; the newest Istio that this release knows is ${newest(ISTIO)}`,
      ),
    ],
    [
      'a version of Kubernetes from far ahead, whatever is consented to',
      `${MINE}meshes: {istio: {allowUnsupported: true}}\nclusters: {istio: {eks: {version: "1.99"}}}`,
      at(
        '3:35',
        `clusters.istio.eks.version: is 1.99; the newest Kubernetes that this release knows is ${KUBERNETES_VERSIONS.at(-1)?.version}; use ${choice(standardVersions(CHECKED))}`,
      ),
    ],
    [
      'a version of Consul from far ahead',
      `${MINE}meshes: {consul: {version: 2.90.0}}`,
      at(
        '2:28',
        `meshes.consul.version: is 2.90.0; the newest Consul that this release knows is ${newest(CONSUL)}`,
      ),
    ],
    [
      'connections that no pod can hold',
      `${MINE}federation: {borders: {limits: {connections: 99999999}}}`,
      at(
        '2:46',
        'federation.borders.limits.connections: is 99999999; must be 100000 at most, for one pod; federation.borders.replicas adds pods',
      ),
    ],
    [
      'nodes without room for a pod',
      'eks: {endpoint: {publicCidrs: [198.51.100.7/32]}, nodeGroups: [{name: a, instanceTypes: [t3.micro]}]}',
      at(
        '1:90',
        'eks.nodeGroups[0].instanceTypes[0]: is "t3.micro", which takes 4 pods, and those of the add-ons fill it; take small or larger',
      ),
    ],
  ])('%s', (_, text, message) => {
    expect(told(text)).toEqual([message]);
  });

  it('a folder in place of the file', () => {
    expect(told(MINE, { FEDERATION_CONFIG: folder })).toEqual([
      'is a folder, and must be a file; move it away, or name a file in FEDERATION_CONFIG',
    ]);
  });

  it('versions of the near future are taken', () => {
    expect(told(`${MINE}meshes: {istio: {version: 1.33.0}}`)).toEqual([]);
  });
});
