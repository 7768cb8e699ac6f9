import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, jest } from '@jest/globals';
import { Fn, Lazy, TerraformVariable, Token } from 'cdktf';
import { Construct } from 'constructs';
import {
  ByKind,
  DEPENDABLE,
  Each,
  type Example,
  oneOf,
  Optional,
  unlikeProblems,
} from '../../constructs/example';
import { EksCluster } from '../../constructs/eks';
import { IstioMesh } from '../../constructs/istio';
import { type AccessPolicy, compilePolicy, SharedRoot } from '../../constructs/federation';
import { nlbTags } from '../../constructs/kubernetes';
import { clusterIdFor, ConsulMesh } from '../../constructs/consul';
import { Network } from '../../constructs/network';
import { formatPath, formatProblem, messageOf } from '../../constructs/problems';
import { ROOT } from '../../support/paths';
import { istioMember } from '../../support/policy/installed-meshes';
import { awsStack } from '../helpers/aws';
import { temporaryFolder } from '../helpers/files';

/*
 * What a program in JavaScript can give, or one with a "!" behind `process.env.TRUST_DOMAIN`: each construct says of
 * each prop that it needs that it is undefined, whatever the types say.
 */

type Make = (scope: Construct, id: string, props: object) => unknown;

/** How the examples make each construct: the constructor, and what they give it. */
const made = new Map<string, { readonly entry: string; readonly make: Make; props: object }>();

/** The entries of the package, which note what is made with them. */
for (const entry of ['network', 'eks', 'kubernetes', 'istio', 'consul', 'linkerd', 'federation']) {
  const file = `../../constructs/${entry}/index.ts`;
  jest.doMock(file, () => {
    const actual = jest.requireActual<Readonly<Record<string, unknown>>>(file);
    return Object.fromEntries(
      Object.entries(actual).map(([name, value]) => {
        if (typeof value !== 'function' || !(value.prototype instanceof Construct)) {
          return [name, value];
        }
        const noting = new Proxy(value, {
          construct(target, words: [Construct, string, object?], newTarget) {
            const make: Make = (...given) => Reflect.construct(target, given);
            made.set(name, { entry, make, props: words[2] ?? {} });
            return Reflect.construct(target, words, newTarget) as object;
          },
        });
        return [name, noting];
      }),
    );
  });
}

const before = process.cwd();
// cdktf writes below where it runs.
process.chdir(temporaryFolder());
try {
  jest.requireActual('../../examples/constructs.ts');
} finally {
  process.chdir(before);
}

/** A prop, as the page of its interface has it. */
interface Prop {
  readonly name: string;
  readonly required: boolean;
  /** The interface that it is of, or that the entries of it are. */
  readonly of?: string;
  readonly byName: boolean;
  /** Whether it is neither a list nor a map by name. */
  readonly isOne: boolean;
  /** Whether it is true or false. */
  readonly flag: boolean;
}

/** What functions make, and nobody writes. */
const MADE = new Set(['AccessPlan', 'PlannedBorder', 'PlannedResource', 'Offer']);

/** All props on the page of an interface of one entry; none where it has no page. */
function propsOf(entry: string, name: string): Prop[] {
  const page = path.join(ROOT, 'docs/api', entry, 'interfaces', `${name}.md`);
  if (MADE.has(name) || !existsSync(page)) return [];
  const [, ...sections] = readFileSync(page, 'utf8').split(/^### /m);
  return sections.flatMap((section) => {
    const [, prop = '', optional] = /^(\w+)(\?)?\n/.exec(section) ?? [];
    const [, type = ''] = /```ts\nreadonly \w+\??: (.*?);\n```/s.exec(section) ?? [];
    // Of one that is picked from others, not all is needed.
    const [of] = /Pick<|Omit</.test(type) ? [] : (type.match(/\b[A-Z]\w+(?=\[\]|>|$)/) ?? []);
    const byName = type.includes('Record<');
    const isOne = !byName && !type.includes('[]');
    const flag = type === 'boolean';
    return [{ name: prop, required: optional === undefined, of, byName, isOne, flag }];
  });
}

type Path = readonly (string | number)[];

/** Where something required is within what was given. */
function requiredIn(entry: string, name: string, given: unknown, at: Path = []): Path[] {
  if (Array.isArray(given)) {
    return given.slice(0, 1).flatMap((one) => requiredIn(entry, name, one, [...at, 0]));
  }
  if (typeof given !== 'object' || given === null) return [];
  return propsOf(entry, name).flatMap(({ name: prop, required, of, byName }) => {
    const value: unknown = Reflect.get(given, prop);
    const [key = ''] = byName && typeof value === 'object' ? Object.keys(value ?? {}) : [];
    const inner: unknown = byName ? Reflect.get(value ?? {}, key) : value;
    return [
      ...(required ? [[...at, prop]] : []),
      ...(of === undefined
        ? []
        : requiredIn(entry, of, inner, [...at, prop, ...(byName ? [key] : [])])),
    ];
  });
}

/** Where something that is true or false may be in the props of a type, but for what is in lists and maps by name. */
function flagsIn(entry: string, type: string, at: Path = []): Path[] {
  return propsOf(entry, type).flatMap(({ name, of, isOne, flag }) => [
    ...(flag ? [[...at, name]] : []),
    ...(isOne && of !== undefined ? flagsIn(entry, of, [...at, name]) : []),
  ]);
}

/** The same with another value at one place. */
function withAt(given: unknown, [first, ...rest]: Path, value: unknown): unknown {
  if (first === undefined) return value;
  if (given === undefined) return { [first]: withAt(undefined, rest, value) };
  if (Array.isArray(given)) return given.map((one) => withAt(one, rest, value));
  if (typeof given !== 'object' || given === null) return given;
  const inner = withAt(Reflect.get(given, first), rest, value);
  // Of a construct much is read that is not its own property.
  return given instanceof Construct
    ? Object.create(given, { [first]: { value: inner } })
    : { ...given, [first]: inner };
}

/** What each construct requires, by its name. */
const required = [...made].map(([name, { entry, props }]) => {
  const page = readFileSync(path.join(ROOT, 'docs/api', entry, 'classes', `${name}.md`), 'utf8');
  const [, type = ''] = /\| `(?:props|__namedParameters)\??` \| \[`(\w+)`\]/.exec(page) ?? [];
  return { name, places: requiredIn(entry, type, props), flags: flagsIn(entry, type) };
});

/** What a construct says of wrong props, if it refuses them as such. */
function refusal(make: () => unknown): string[] {
  try {
    make();
  } catch (error) {
    const [first = '', ...lines] = messageOf(error).split('\n');
    return / cannot be (made|used):$/.test(first) ? lines.map((line) => line.trim()) : [first];
  }
  return [];
}

it('All constructs are looked at, and what is within their props', () => {
  expect(made.size).toBeGreaterThan(35);
  const all = required.flatMap(({ name, places }) =>
    places.map((place) => `${name} ${formatPath(place)}`),
  );
  expect(all.length).toBeGreaterThan(100);
  expect(all).toEqual(
    expect.arrayContaining([
      'ServiceRole partition',
      'VpcPeering accepter.admits[0].port',
      'EksCluster access[0].principalArn',
      'Federation policy.rules[0].from',
      'FederationHalf partners.bank.offer',
    ]),
  );
});

it.each(required)('$name says of all that it requires that it is undefined', ({ name, places }) => {
  const { make, props } = made.get(name) ?? {};
  const silent = [undefined, null].flatMap((wrong) =>
    places.flatMap((place) => {
      const given = withAt(props, place, wrong) as object;
      const told = refusal(() => make?.(awsStack(), 'again', given));
      const right = told.some((line) =>
        line.startsWith(`${formatPath(place)}: is ${wrong}; must `),
      );
      return right ? [] : [{ place: formatPath(place), wrong, told }];
    }),
  );
  expect(silent).toEqual([]);
});

it.each(required.filter(({ flags }) => flags.length > 0))(
  '$name takes no text for what is true or false',
  ({ name, flags }) => {
    const { make, props } = made.get(name) ?? {};
    const taken = flags.filter((place) => {
      const given = withAt(props, place, 'false') as object;
      return !refusal(() => make?.(awsStack(), 'again', given)).includes(
        `${formatPath(place)}: is "false"; must be true or false`,
      );
    });
    expect(taken.map(formatPath)).toEqual([]);
  },
);

it.each(required)('$name takes no empty text for what it requires', ({ name, places }) => {
  const { make, props } = made.get(name) ?? {};
  const texts = places.filter(
    (place) =>
      typeof place.reduce<unknown>(
        (within, key) =>
          typeof within === 'object' && within !== null ? Reflect.get(within, key) : undefined,
        props,
      ) === 'string',
  );
  const taken = texts.filter((place) => {
    const given = withAt(props, place, '') as object;
    return refusal(() => make?.(awsStack(), 'again', given)).length === 0;
  });
  expect(taken.map(formatPath)).toEqual([]);
});

it.each<[string, () => unknown, string]>([
  [
    'Network',
    () => Network.fromAttributes({ vpcId: wrong(), privateSubnetIds: [wrong()] }),
    'vpcId: is undefined; must be text, such as vpc-0123456789abcdef0',
  ],
  [
    'EksCluster',
    () => EksCluster.fromAttributes(awsStack(), 'eks', { clusterName: wrong() }),
    'clusterName: is undefined; must be text, such as shop',
  ],
  [
    'IstioMesh',
    () =>
      IstioMesh.fromAttributes({
        gateway: { namespace: wrong(), serviceName: 'gateway', tlsPort: 8443 },
      }),
    'gateway.namespace: is undefined; must be text, such as istio-ingress',
  ],
  [
    'ConsulMesh',
    () => ConsulMesh.fromAttributes({ trustDomain: wrong(), acls: true, tls: true }),
    'trustDomain: is undefined; must be text, such as 01234567-89ab-cdef-0123-456789abcdef.consul',
  ],
  [
    'SharedRoot',
    () => new SharedRoot(awsStack(), 'root').istio('shop', wrong()),
    'trustDomain: is undefined; must be text, such as shop.example.com',
  ],
  [
    'clusterIdFor',
    () => clusterIdFor(wrong()),
    'name: is undefined; must be text, such as bank.example.com',
  ],
  [
    'nlbTags',
    () => nlbTags({ clusterName: wrong(), namespace: 'mesh', serviceName: 'gateway' }),
    'clusterName: is undefined; must be text, such as bank',
  ],
])('%s says of what is not made by its constructor that it is undefined', (_, make, line) => {
  expect(refusal(make)).toContain(line);
});

it.each<[string, object, object, string]>([
  [
    'defaultDeny',
    { defaultDeny: 'false' },
    {},
    'meshes.istio.defaultDeny: is "false"; must be true or false',
  ],
  [
    'sharedTrustDomain',
    { sharedTrustDomain: 'no' },
    {},
    'meshes.istio.sharedTrustDomain: is "no"; must be true or false',
  ],
  ['anyone', {}, { anyone: 'false' }, 'policy.rules[0].anyone: is "false"; must be true or false'],
  [
    'methods',
    {},
    { allow: [{ methods: 'GET' }] },
    'policy.rules[0].allow[0].methods: is "GET"; must be a list',
  ],
  ['allow', {}, { allow: { methods: ['GET'] } }, 'policy.rules[0].allow: is a map; must be a list'],
  [
    'a limit with another name',
    {},
    { allow: [{ methods: ['GET'], pathPrefx: '/orders' }] },
    'rules[0].allow[0].pathPrefx: is not known here; did you mean "pathPrefix"?',
  ],
  [
    'limits with another name',
    {},
    { only: [{ methods: ['GET'] }] },
    'rules[0].only: is not known here; there are: from, to, allow, anyone, policyName',
  ],
])(
  'What a rule or a mesh does not understand is not passed over where it decides who is let in: %s',
  (_, member, rule, line) => {
    const policy: AccessPolicy = {
      meshes: { istio: { kind: 'istio', services: { a: {}, b: {} } } },
      rules: [Object.assign({ from: 'istio/a', to: 'istio/b' }, rule)],
    };
    const meshes = { istio: Object.assign(istioMember(), member) };
    expect(refusal(() => compilePolicy({ policy, meshes }))).toContain(line);
  },
);

it('An EksCluster takes no text for whether network policies are enforced', () => {
  const props = { name: 'shop', networkPolicies: 'false', creatorIsAdmin: 'no' };
  const make: Make = (...given) => Reflect.construct(EksCluster, given);
  const lines = refusal(() => make(awsStack(), 'eks', props));
  expect(lines).toContain('networkPolicies: is "false"; must be true or false');
  expect(lines).toContain('creatorIsAdmin: is "no"; must be true or false');
});

/** What `process.env.NAME!` may be. */
function wrong(): string {
  return process.env['NO_SUCH_NAME_IN_THE_ENVIRONMENT'] as string;
}

interface Given {
  readonly name: string;
  readonly size: number;
  readonly on: boolean;
  readonly list: readonly { readonly port: number }[];
  readonly map: Readonly<Record<string, string>>;
  readonly connection:
    | { readonly kind: 'eks'; readonly clusterName: string }
    | { readonly kind: 'file'; readonly path: string };
  readonly level: 'edit' | 'view';
  readonly after: object;
  readonly inner: { readonly id: string };
  readonly left?: string;
}

const EXAMPLE: Example<Given> = {
  name: 'shop',
  size: 3,
  on: true,
  list: [{ port: 443 }],
  map: new Each('value'),
  connection: new ByKind<Given['connection']>({
    eks: { clusterName: 'shop' },
    file: { path: 'here' },
  }),
  level: oneOf('edit', 'view'),
  after: DEPENDABLE,
  inner: { id: 'one' },
  left: new Optional('out'),
};

const RIGHT: Given = {
  name: 'bank',
  size: 1,
  on: false,
  list: [],
  map: {},
  connection: { kind: 'file', path: 'there' },
  level: 'view',
  after: {},
  inner: { id: 'two' },
};

const told = (given: unknown) => unlikeProblems([], given, EXAMPLE).map(formatProblem);

it('What is not like an example is told all at once', () => {
  expect(told(RIGHT)).toEqual([]);
  expect(
    told({
      name: 7,
      size: '1',
      on: 'false',
      list: [{ port: 1 }, { port: '443' }, undefined],
      map: { a: undefined },
      connection: { kind: 'elsewhere' },
      level: 'admin',
      after: 'that',
      inner: [],
      left: null,
    }),
  ).toEqual([
    'name: is 7; must be text, such as shop',
    'size: is "1"; must be a number, such as 3',
    'on: is "false"; must be true or false',
    'list[1].port: is "443"; must be a number, such as 443',
    'list[2]: is undefined; must be a map',
    'map.a: is undefined; must be text, such as value',
    'connection.kind: is "elsewhere"; must be eks or file',
    'level: is "admin"; must be edit or view',
    'after: is "that"; must be a resource, a data source or a construct',
    'inner: is an empty list; must be a map',
    'left: is null; must be text, such as out',
  ]);
  expect(told({ ...RIGHT, connection: { kind: 'eks' } })).toEqual([
    'connection.clusterName: is undefined; must be text, such as shop',
  ]);
  expect(told(undefined)).toEqual(['is undefined; must be a map']);
});

it('What Terraform fills in is like anything', () => {
  const variable = new TerraformVariable(awsStack(), 'given', { type: 'any' });
  expect(
    told({
      ...RIGHT,
      name: variable.stringValue,
      size: variable.numberValue,
      on: variable.booleanValue,
      list: Lazy.anyValue({ produce: () => [] }),
      map: Token.asStringMap(Fn.tomap(variable.value)),
      inner: { id: Fn.join('-', variable.listValue) },
    }),
  ).toEqual([]);
  expect(unlikeProblems([], variable.listValue, ['subnet-0'])).toEqual([]);
});
