import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { defineConfig, loadConfig } from '../../config';
import { WEATHER_KEY } from '../../config/weather';
import { OPENWEATHER_KEY_VARIABLE } from '../../constructs/weather/openweather';
import { CONSUL, ISTIO, type Pin } from '../../versions';
import { temporaryFolder } from '../helpers/files';
import { mistakesOf, refusalOf } from '../helpers/mistakes';

/*
 * What is told of settings that are written in a way that says nothing, in another place, or beside a default.
 */

const folder = temporaryFolder();
const MINE = 'eks: {endpoint: {publicCidrs: [198.51.100.7/32]}}\n';
const file = path.join(folder, 'federation.yaml');

/** The settings of a file, with an address that may reach the API where it names none. */
function load(text: string, env: NodeJS.ProcessEnv = {}) {
  writeFileSync(file, text.includes('endpoint') ? text : `${text}\n${MINE}`);
  return loadConfig({ env, folder });
}

/** The lines of the refusal, without head and file name; or none. */
function told(text: string): string[] {
  const [, ...lines] = (refusalOf(() => load(text))?.message ?? '').split('\n');
  return lines.map((line) => line.trim().replace('federation.yaml:', ''));
}

const POLICY_OFF = 'weather: {enabled: false}\n';
const NO_TEMPLATES =
  'nothing puts a value in its place: settings know no variables and templates; write the value itself';
const TAKEN = 'cannot be a name: every object of JavaScript has it already; take another';

describe('A value that says nothing', () => {
  it.each<[string, string]>([
    ['aws: {region: "${REGION}"}', `1:15: aws.region: is "\${REGION}"; ${NO_TEMPLATES}`],
    [
      'weather: {place: {name: "in ${PLACE}"}}',
      `1:25: weather.place.name: is "in \${PLACE}"; has \${PLACE}, and ${NO_TEMPLATES}`,
    ],
    ['aws: {tags: {owner: $USER}}', `1:21: aws.tags.owner: is "$USER"; ${NO_TEMPLATES}`],
    ['aws: {accountId: <account>}', `1:18: aws.accountId: is "<account>"; ${NO_TEMPLATES}`],
    ['aws: {tags: {a: "{{ env }}"}}', `1:17: aws.tags.a: is "{{ env }}"; ${NO_TEMPLATES}`],
    [
      'clusters: {istio: {kind: kubeconfig, path: $HOME/.kube/config, context: a}}',
      '1:44: clusters.istio.path: is "$HOME/.kube/config"; has $HOME, and nothing puts a value in its place: settings know no variables and templates; write ~ for the home directory',
    ],
    // Terraform would take it for its own.
    [
      'meshes: {istio: {gateway: {annotations: {example.com/a: "${aws_vpc.one.id}"}}}}',
      `1:57: meshes.istio.gateway.annotations.example.com/a: is "\${aws_vpc.one.id}"; ${NO_TEMPLATES}`,
    ],
    [
      'weather: {place: {name: "a\\tb"}}',
      '1:25: weather.place.name: has a tab in it, after "a"; take it out',
    ],
    [
      'aws:\n  region: |\n    eu-north-1\n',
      '2:11: aws.region: has a line break in it, after "eu-north-1"; take it out',
    ],
    [
      'aws: {region: "eu-north-1\u200b"}',
      '1:15: aws.region: has a character that nobody sees (U+200B) in it, after "eu-north-1"; take it out',
    ],
    [
      'aws: {tags: {"own\u200ber": me}}',
      '1:14: aws.tags.own\u200ber: has a character that nobody sees (U+200B) in its name, after "own"; take it out',
    ],
    // A Cyrillic letter, a hyphen that does not break, digits of another width.
    [
      'meshes: {istio: {kind: \u0456stio}}',
      '1:24: meshes.istio.kind: is "\u0456stio"; must be istio, consul or linkerd; did you mean "istio"? ("\u0456" in it is U+0456, which only looks like another)',
    ],
    [
      'aws: {region: eu\u2011north-1}',
      '1:15: aws.region: is "eu\u2011north-1"; must be the name of a region; did you mean eu-north-1? ("\u2011" in it is U+2011, which only looks like another)',
    ],
    [
      'aws: {\u0430ccountId: "111122223333"}',
      '1:7: aws.\u0430ccountId: there is no such setting; did you mean "accountId"? ("\u0430" in it is U+0430, which only looks like another)',
    ],
    ['weather: {place: {name: "  "}}', '1:25: weather.place.name: is "  "; must be a name'],
  ])('is told: %s', (text, message) => {
    expect(told(text)).toEqual([message]);
  });

  it('is none where another program knows such forms, and joiners are parts of words', () => {
    expect(told('meshes: {istio: {gateway: {annotations: {example.com/a: "{{ x }}"}}}}')).toEqual(
      [],
    );
    expect(told('weather: {place: {name: "نیم\u200cروز"}}')).toEqual([]);
    expect(told('weather: {place: {name: Київ}}')).toEqual([]);
  });
});

describe('A number', () => {
  it.each([
    ['0o20', ': 16'],
    ['0x10', ': 16'],
    ['1e1', ': 10'],
    ['+3', ': 3'],
    ['011', ': 11 or "011", in quotes, where a text is meant'],
  ])('is written in decimal, not as %s', (text, hint) => {
    expect(told(`federation: {borders: {replicas: ${text}}}`)).toEqual([
      `1:34: federation.borders.replicas: is ${text}, which not everybody reads alike; write it in decimal${hint}`,
    ]);
  });

  it('is told once, by the nearest bound, and by what it should be', () => {
    expect(told('federation: {borders: {replicas: 1e30}}')).toEqual([
      '1:34: federation.borders.replicas: is 1e30; must be at most 100',
    ]);
    expect(told('aws: {accountId: 0o20}')).toEqual([
      '1:18: aws.accountId: is 0o20; must be text: put it in quotes, "0o20"',
    ]);
  });

  it('may be negative, or have decimals', () => {
    expect(told('weather: {place: {latitude: -0.5, longitude: 0}}')).toEqual([]);
  });
});

describe('A name', () => {
  it.each<[string, readonly string[]]>([
    [
      'meshes: {__proto__: {kind: istio}, istio: {}, consul: {}}',
      [`1:10: meshes.__proto__: "__proto__" ${TAKEN}`],
    ],
    [
      'federation: {trust: {roots: {__proto__: /a.pem}}}',
      [`1:30: federation.trust.roots.__proto__: "__proto__" ${TAKEN}`],
    ],
    ['aws: {tags: {__proto__: x}}', [`1:14: aws.tags.__proto__: "__proto__" ${TAKEN}`]],
    [
      'meshes: {istio: {images: {__proto__: x}}}',
      [`1:27: meshes.istio.images.__proto__: "__proto__" ${TAKEN}`],
    ],
  ])('is none that JavaScript keeps for itself: %s', (text, lines) => {
    expect(told(text)).toEqual(lines);
  });

  it('is none of these in TypeScript either', () => {
    const meshes: Record<string, object> = {};
    Object.defineProperty(meshes, '__proto__', { value: { kind: 'istio' }, enumerable: true });
    expect(mistakesOf(() => defineConfig({ meshes }))).toContainEqual(
      `meshes.__proto__: "__proto__" ${TAKEN}`,
    );
  });

  it('may be one that objects have by their class', () => {
    expect(told('aws: {tags: {constructor: x, toString: y, hasOwnProperty: z}}')).toEqual([]);
    expect(
      told(
        `${POLICY_OFF}accessPolicy: {meshes: {istio: {services: {constructor: {}}}, consul: {services: {}}}, rules: [{from: istio/toString, to: istio/constructor}, {from: valueOf/a, to: istio/constructor}]}`,
      ).map((line) => line.replace(/^[\d:]+ /, '')),
    ).toEqual([
      'accessPolicy.rules[0].from: is "istio/toString", but istio has no service "toString"; there are: constructor',
      'accessPolicy.rules[1].from: is "valueOf/a", but there is no mesh "valueOf"; there are: istio, consul',
    ]);
  });

  it('that no mesh has is told beside what is wrong under it', () => {
    expect(told('federation: {trust: {roots: {isto: /nowhere/a.pem}}}')).toEqual([
      '1:30: federation.trust.roots.isto: there is no such mesh in meshes; did you mean "istio"?',
      '1:36: federation.trust.roots.isto: /nowhere/a.pem does not exist; must be a PEM file with the roots of the mesh',
    ]);
    expect(
      told(`${POLICY_OFF}accessPolicy: {meshes: {isto: {services: {a: {port: x}}}}, rules: []}`),
    ).toEqual([
      '2:25: accessPolicy.meshes.isto: there is no such mesh in meshes; did you mean "istio"?',
      '2:53: accessPolicy.meshes.isto.services.a.port: is "x"; must be a number',
    ]);
  });

  it('in a rule is told whatever is wrong with the other service', () => {
    const text = `${POLICY_OFF}accessPolicy:
  meshes: {istio: {services: [a, b]}, consul: {services: {info: {port: x}}}}
  rules:
    - {from: istio/b, to: consul/infos}
    - {from: istoi/b, to: consul/info}
    - {from: consul/inf, to: istio/b}
`;
    expect(told(text)).toEqual([
      '3:20: accessPolicy.meshes.istio.services: is a list of 2; must be a map',
      '3:72: accessPolicy.meshes.consul.services.info.port: is "x"; must be a number',
      '5:27: accessPolicy.rules[0].to: is "consul/infos", but consul has no service "infos"; there are: info',
      '6:14: accessPolicy.rules[1].from: is "istoi/b", but there is no mesh "istoi"; there are: istio, consul',
      '7:14: accessPolicy.rules[2].from: is "consul/inf", but consul has no service "inf"; there are: info',
    ]);
  });
});

describe('A setting in another place', () => {
  it.each([
    [
      'eks.version: "1.34"',
      'eks.version: there is no such setting; write it nested: eks: { version: "1.34" }',
    ],
    [
      'federation.trust.schedule: "@hourly"',
      'federation.trust.schedule: there is no such setting; write it nested: federation: { trust: { schedule: "@hourly" } }',
    ],
    ['istio: {version: 1.31.0}', 'istio: there is no such setting; it is meshes.istio'],
    ['consul: {servers: 3}', 'consul: there is no such setting; it is meshes.consul'],
    ['borders: {replicas: 3}', 'borders: there is no such setting; it is federation.borders'],
    [
      'rules: []',
      'rules: there is no such setting; it is accessPolicy.rules or federation.observability.rules',
    ],
  ])('is told where it is: %s', (text, message) => {
    expect(told(text)).toEqual([`1:1: ${message}`]);
  });
});

describe('A setting of another kind of mesh', () => {
  it.each([
    ['linkerd', 'gateway: {beside: api}', 'gateway.beside', 'consul'],
    ['linkerd', 'gateway: {kind: api}', 'gateway.kind', 'istio or consul'],
    ['istio', 'gateway: {beside: api}', 'gateway.beside', 'consul'],
  ])('in a map of a %s mesh is told whose it is: %s', (kind, text, place, owner) => {
    expect(told(`meshes: {left: {kind: ${kind}, ${text}}, right: {kind: consul}}`)).toContainEqual(
      expect.stringMatching(
        `: meshes.left.${place}: there is no such setting of the kind ${kind}, which meshes.left is; only ${owner} has it$`,
      ),
    );
  });
});

describe('What is written in place of a map', () => {
  it.each([
    ['weather: off', '1:10: weather: is "off"; must be a map: { enabled: false }'],
    ['weather: no', '1:10: weather: is "no"; must be a map: { enabled: false }'],
    [
      'network: {flowLogs: on}',
      '1:21: network.flowLogs: is "on"; must be a map: { enabled: true }',
    ],
    [
      'eks: {endpoint: {publicCidrs: [198.51.100.7/32]}, webhookPorts: [8443]}',
      '1:66: eks.webhookPorts[0]: is 8443; must be a map, such as { port: 8443, description: ... }',
    ],
    [
      'eks: {endpoint: {publicCidrs: [198.51.100.7/32]}, nodeGroups: [spot]}',
      '1:64: eks.nodeGroups[0]: is "spot"; must be a map, such as { name: spot }',
    ],
    [
      'meshes: {istio: {gateway: {ports: [443]}}}',
      '1:36: meshes.istio.gateway.ports[0]: is 443; must be a map, such as { name: ..., port: 443 }',
    ],
    [
      `accessPolicy: {meshes: {}, rules: [a b]}\n${POLICY_OFF}`,
      '1:36: accessPolicy.rules[0]: is "a b"; must be a map, such as { from: ..., to: ... }',
    ],
    [
      'clusters: {mine: {name: a}}',
      '1:12: clusters.mine.kind: is missing; must be eks (a new EKS cluster), existing-eks (an EKS cluster of yours) or kubeconfig (any cluster that you have a kubeconfig for)',
    ],
  ])('has an example: %s', (text, message) => {
    expect(told(text)).toContainEqual(message);
  });
});

describe('What does not fit a default', () => {
  it.each([
    [
      'federation: {borders: {namespace: weather}}',
      /^1:35: federation\.borders\.namespace: does not fit: weather\.namespace is weather, where the borders are/,
    ],
    [
      'eks: {endpoint: {publicCidrs: [198.51.100.7/32]}, serviceCidr: 10.10.0.0/16}',
      /^1:64: eks\.serviceCidr: does not fit: clusters\.istio\.cidr: 10\.10\.0\.0\/16 overlaps/,
    ],
    [
      'eks: {endpoint: {privateOnly: false}}',
      /^1:31: eks\.endpoint\.privateOnly: does not fit: eks\.endpoint\.publicCidrs is empty/,
    ],
  ])('is told of the setting that is written: %s', (text, message) => {
    expect(told(text)).toEqual([expect.stringMatching(message)]);
  });
});

describe('The same several times', () => {
  it('is told once for each but the first', () => {
    const rule = '{from: istio/a, to: consul/b}';
    expect(
      told(
        `${POLICY_OFF}accessPolicy: {meshes: {istio: {services: {a: {}}}, consul: {services: {b: {}}}}, rules: [${rule}, ${rule}, ${rule}]}`,
      ).map((line) => line.replace(/^[\d:]+ /, '')),
    ).toEqual([
      'accessPolicy.rules[1]: repeats rules[0]; delete one of them',
      'accessPolicy.rules[2]: repeats rules[0]; delete one of them',
    ]);
    const one = '{kind: existing-eks, name: one}';
    expect(
      told(
        `clusters: {istio: ${one}, consul: ${one}, third: ${one}}\nmeshes: {istio: {}, consul: {}, third: {kind: istio, trustDomain: third}}`,
      ).filter((line) => line.includes('is also the name')),
    ).toHaveLength(2);
  });
});

describe('A version out of its vendor’s support', () => {
  const oldest = ({ releases }: Pick<Pin, 'releases'>) => releases[0]?.line;

  it.each<[string, string, string]>([
    ['istio', '1.12.0', `Istio 1.12 is out of support; use ${oldest(ISTIO)} or later`],
    ['istio', '1.28.9', `Istio 1.28 is out of support; use ${oldest(ISTIO)} or later`],
    ['consul', '1.9.0', `Consul 1.9 is out of support; use ${oldest(CONSUL)} or later`],
    ['consul', '0.40.0', `Consul 0.40 is out of support; use ${oldest(CONSUL)} or later`],
  ])('is refused: %s %s', (mesh, version, message) => {
    expect(told(`meshes: {${mesh}: {version: ${version}}}`)).toEqual([
      expect.stringContaining(
        `meshes.${mesh}.version: is ${version}, and ${message}, or set meshes.${mesh}.allowUnsupported: true`,
      ),
    ]);
    const { notices } = load(`meshes: {${mesh}: {version: ${version}, allowUnsupported: true}}`);
    expect(notices).toContainEqual(expect.stringContaining('is out of support'));
  });

  it('is refused beside the first control plane, too', () => {
    expect(told('meshes: {istio: {canary: {revision: old, version: 1.28.0}}}')).toContainEqual(
      expect.stringContaining('canary.version: is 1.28.0, and Istio 1.28 is out of support'),
    );
  });

  it('is taken where it comes after all that are known', () => {
    expect(load('meshes: {istio: {version: 1.32.0}}').notices).toContainEqual(
      expect.stringContaining('is not known to this release'),
    );
  });

  it('is judged beside the Kubernetes version, with a way to consent', () => {
    const text = (more: string) =>
      `clusters: {consul: {eks: {version: "1.36"}}}\nmeshes: {consul: {version: 2.0.3${more}}}`;
    expect(told(text(''))).toEqual([
      expect.stringContaining('or set meshes.consul.allowUnsupported: true'),
    ]);
    expect(told(text(', allowUnsupported: true'))).toEqual([]);
  });
});

describe('An ARN', () => {
  const key = (region: string, account = '111122223333') =>
    `"arn:aws:kms:${region}:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab"`;
  const state = (more: string) => `state: {kind: s3, bucket: mine, ${more}}`;

  it.each([
    [
      state(`kmsKeyArn: ${key('us-east-1')}`),
      'state.kmsKeyArn: is a key of us-east-1 (arn:aws:); S3 takes one of eu-north-1, where the bucket is unless state.region says otherwise',
    ],
    [
      state(`region: eu-west-1, kmsKeyArn: ${key('eu-north-1')}`),
      'state.kmsKeyArn: is a key of eu-north-1 (arn:aws:); S3 takes one of eu-west-1, where the bucket is',
    ],
    [
      `eks: {endpoint: {publicCidrs: [198.51.100.7/32]}, encryptionKeyArn: ${key('us-east-1')}}`,
      'eks.encryptionKeyArn: is a key of us-east-1 (arn:aws:); EKS takes one of eu-north-1, where the cluster is',
    ],
  ])('of a key is of the region of what it encrypts: %s', (text, message) => {
    expect(told(text).map((line) => line.replace(/^[\d:]+ /, ''))).toEqual([message]);
  });

  it('of another account is named, since it can be meant', () => {
    const access = 'access: [{principalArn: "arn:aws:iam::111122223333:role/team", level: view}]';
    const { notices } = load(
      `aws: {accountId: "444455556666"}\n${state(`kmsKeyArn: ${key('eu-north-1')}`)}\neks: {endpoint: {publicCidrs: [198.51.100.7/32]}, encryptionKeyArn: ${key('eu-north-1')}, ${access}}`,
    );
    const foreign = notices.filter((notice) => notice.includes('is of account 111122223333'));
    expect(foreign).toEqual([
      expect.stringMatching(/^state\.kmsKeyArn is of .*, not of 444455556666, .*policy must let/),
      expect.stringMatching(/^eks\.encryptionKeyArn .*policy must let/),
      expect.stringMatching(/^eks\.access\[0\]\.principalArn .*gets into the cluster/),
    ]);
    expect(load(state(`kmsKeyArn: ${key('eu-north-1')}`)).notices).toEqual([]);
  });
});

describe('Weather of OpenWeather', () => {
  const notices = (text: string, env: NodeJS.ProcessEnv = {}) =>
    load(text, env).notices.filter((notice) => notice.includes(WEATHER_KEY));

  it('has its key in the variable that Terraform takes', () => {
    expect(WEATHER_KEY).toBe(`TF_VAR_${OPENWEATHER_KEY_VARIABLE}`);
  });

  it('says at synthesis that the key is not set', () => {
    expect(notices('weather: {data: openweather}')).toHaveLength(1);
    expect(notices('weather: {data: openweather}', { [WEATHER_KEY]: '' })).toHaveLength(1);
    expect(notices('weather: {data: openweather}', { [WEATHER_KEY]: 'a' })).toEqual([]);
    expect(notices('weather: {data: sample}')).toEqual([]);
  });
});
