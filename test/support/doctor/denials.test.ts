import { describe, expect, it } from '@jest/globals';
import type { Admission } from '../../../constructs/federation/plan';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import { consulKind } from '../../../support/doctor/kinds/consul';
import { istioKind } from '../../../support/doctor/kinds/istio';
import { linkerdKind } from '../../../support/doctor/kinds/linkerd';
import { ClusterDouble } from '../../helpers/cluster-double';

interface Written {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: YamlMap;
  };
  readonly spec: YamlMap;
}

/** A double of an API server that has these objects. */
class Having extends ClusterDouble {
  public constructor(private readonly objects: readonly Written[]) {
    super();
  }

  public override list(_: string, kind: string, namespace?: string): Promise<YamlMap[]> {
    return Promise.resolve(
      this.objects
        .filter(
          (one) =>
            one.kind === kind && (namespace === undefined || one.metadata.namespace === namespace),
        )
        .map((one) => ({ ...one })),
    );
  }
}

const object = (kind: string, spec: YamlMap, namespace = 'shop', name = 'theirs') => ({
  kind,
  metadata: { name, namespace },
  spec,
});

describe('in Istio', () => {
  const admission: Admission = {
    namespace: 'shop',
    labels: { app: 'front', tier: 'web' },
    destination: 'front',
    source: 'cluster.local/ns/federation-borders/sa/info',
    port: 8080,
    requests: [{ method: 'GET', path: '/weather' }],
  };
  const allowed = object('AuthorizationPolicy', { rules: [{}] });
  const peers = (spec: YamlMap, namespace?: string, name?: string) =>
    object('PeerAuthentication', spec, namespace, name);
  const strict = peers({ mtls: { mode: 'STRICT' } }, 'istio-system', 'default');
  const off = { mode: 'DISABLE' };
  const front = { matchLabels: { app: 'front' } };
  const denial = (more: readonly Written[], asked = admission) =>
    istioKind.denial(new Having([strict, allowed, ...more]), asked, 'istio-system');

  it('nobody has an identity where a PeerAuthentication turns mutual TLS off', async () => {
    expect(await denial([peers({ mtls: off })])).toBe(
      'PeerAuthentication shop/theirs turns mutual TLS off, so callers have no identity that a policy could let in',
    );
  });

  it.each([
    ['the namespace', [peers({ mtls: off })]],
    [
      'the pods',
      [peers({ mtls: { mode: 'STRICT' } }), peers({ selector: front, mtls: off }, 'shop', 'own')],
    ],
    [
      'the port',
      [peers({ selector: front, mtls: { mode: 'STRICT' }, portLevelMtls: { 8080: off } })],
    ],
    [
      'the namespace, by what leaves it to that',
      [peers({ mtls: off }), peers({ selector: front }, 'shop', 'own')],
    ],
  ])('finds one of %s', async (_, more) => {
    expect(await denial(more)).toMatch(
      /^PeerAuthentication shop\/theirs|^PeerAuthentication shop\/own/,
    );
  });

  it('finds one of the mesh', async () => {
    const cluster = new Having([allowed, peers({ mtls: off }, 'istio-system')]);
    expect(await istioKind.denial(cluster, admission, 'istio-system')).toMatch(/^PeerAuth/);
  });

  it.each([
    ['takes both', [peers({ mtls: { mode: 'PERMISSIVE' } })]],
    ['is of other pods', [peers({ selector: { matchLabels: { app: 'other' } }, mtls: off })]],
    ['is of another namespace', [peers({ mtls: off }, 'elsewhere')]],
    ['is of another port', [peers({ selector: front, portLevelMtls: { 9090: off } })]],
    [
      'chooses pods in the namespace of the mesh',
      [peers({ selector: front, mtls: off }, 'istio-system')],
    ],
    [
      'is overruled for these pods',
      [peers({ mtls: off }), peers({ selector: front, mtls: { mode: 'STRICT' } }, 'shop', 'own')],
    ],
    [
      'is younger than another',
      [peers({ mtls: off }, 'shop', 'b'), peers({ mtls: { mode: 'STRICT' } }, 'shop', 'a')],
    ],
  ])('says nothing of one that %s', async (_, more) => {
    expect(await denial(more)).toBeUndefined();
  });

  it('says nothing of it where TLS is only passed on', async () => {
    const passed = { ...admission, source: '', serverName: 'front', requests: [] };
    expect(await denial([peers({ mtls: off })], passed)).toBeUndefined();
  });
});

describe('an AuthorizationPolicy of Istio', () => {
  const source = 'cluster.local/ns/federation-borders/sa/info';
  const admission: Admission = {
    namespace: 'shop',
    labels: { app: 'front', tier: 'web' },
    destination: 'front',
    source,
    port: 8080,
    requests: [{ method: 'GET', path: '/weather/today' }],
  };
  const policy = (spec: YamlMap, namespace?: string, name?: string) =>
    object('AuthorizationPolicy', spec, namespace, name);
  const denial = (policies: readonly Written[], asked = admission) =>
    istioKind.denial(new Having(policies), asked, 'istio-system');
  const from = (one: YamlMap) => ({ from: [{ source: one }] });
  const to = (one: YamlMap) => ({ to: [{ operation: one }] });
  const other = 'cluster.local/ns/other/sa/other';

  /** Whether a rule is about the request: then a DENY keeps it out, and an ALLOW alone lets it in. */
  it.each<readonly [boolean, YamlMap]>([
    [true, {}],
    [true, from({ principals: [source] })],
    [true, from({ principals: [other, '*/sa/info'] })],
    [true, from({ principals: ['cluster.local/ns/federation-borders/*'] })],
    [true, from({ principals: ['*'] })],
    [false, from({ principals: [other] })],
    [false, from({ principals: ['ns/federation-borders/*', '*/sa/in'] })],
    [true, { from: [{ source: { principals: [other] } }, { source: { principals: [source] } }] }],
    [false, from({ principals: [source], notPrincipals: ['*/sa/info'] })],
    [true, from({ notPrincipals: [other] })],
    [true, from({ namespaces: ['federation-borders'] })],
    [false, from({ namespaces: ['other'], principals: [source] })],
    [false, from({ notNamespaces: ['federation-borders'] })],
    [true, from({ notNamespaces: ['other'] })],
    // What is not judged here could be about anybody else.
    [false, from({ ipBlocks: ['192.0.2.0/24'] })],
    [true, to({ ports: ['8080'] })],
    [false, to({ ports: ['9090'] })],
    [false, to({ notPorts: ['8080'] })],
    [true, to({ methods: ['GET', 'HEAD'] })],
    [false, to({ methods: ['POST'] })],
    [false, to({ notMethods: ['GET'] })],
    [true, to({ paths: ['/weather/*'] })],
    [false, to({ paths: ['/weather'], methods: ['GET'] })],
    [false, to({ notPaths: ['*/today'] })],
    [true, { to: [{ operation: { paths: ['/'] } }, { operation: { methods: ['GET'] } }] }],
    [false, to({ hosts: ['front'] })],
    [true, { ...from({ principals: [source] }), ...to({ methods: ['GET'] }) }],
    [false, { ...from({ principals: [source] }), ...to({ methods: ['POST'] }) }],
    [false, { ...from({ principals: [other] }), ...to({ methods: ['GET'] }) }],
    [false, { when: [{ key: 'connection.sni', values: ['front'] }] }],
    [false, { when: [{ key: 'request.headers[x-any]', values: ['any'] }] }],
  ])('is about a request: %s, by %j', async (isAbout, rule) => {
    expect(await denial([policy({ action: 'DENY', rules: [rule] })])).toBe(
      isAbout
        ? 'AuthorizationPolicy shop/theirs denies GET /weather/today (action DENY goes before every ALLOW)'
        : undefined,
    );
    expect(await denial([policy({ rules: [rule] })])).toBe(
      isAbout
        ? undefined
        : `no AuthorizationPolicy lets ${source} in GET /weather/today; those that choose these pods are shop/theirs`,
    );
  });

  it('lets in what one of several lets in, but for what another denies', async () => {
    const nobody = policy({ rules: [] }, 'shop', 'nobody');
    const all = policy({ rules: [from({ principals: [other] }), {}] }, 'shop', 'all');
    const none = policy({ action: 'DENY', rules: [from({ principals: [other] }), {}] });
    expect(await denial([nobody, all])).toBeUndefined();
    expect(await denial([nobody, all, none])).toMatch(/^AuthorizationPolicy shop\/theirs denies/);
    expect(await denial([nobody])).toMatch(/are shop\/nobody$/);
    expect(await denial([])).toBeUndefined();
  });

  it('denies where it denies one of the requests', async () => {
    const requests = [...admission.requests, { method: 'POST', path: '/remarks' }];
    const gets = policy({ rules: [to({ methods: ['GET'] })] });
    expect(await denial([gets], { ...admission, requests })).toMatch(/ in POST \/remarks;/);
  });

  it('is about names where TLS is passed on', async () => {
    const asked = {
      ...admission,
      source: '',
      serverName: 'front.shop',
      port: undefined,
      requests: [],
    };
    const sni = (words: YamlMap) =>
      policy({
        rules: [{ ...to({ ports: ['443'] }), when: [{ key: 'connection.sni', ...words }] }],
      });
    expect(await denial([sni({ values: ['*.shop'] })], asked)).toBeUndefined();
    expect(await denial([sni({ values: ['*.bank'] })], asked)).toMatch(
      /^no AuthorizationPolicy lets it in; those/,
    );
    expect(await denial([sni({ notValues: ['front.*'] })], asked)).toMatch(/^no Authorization/);
  });

  it.each([
    [
      'of other pods',
      policy({ selector: { matchLabels: { app: 'front', tier: 'db' } }, rules: [] }),
    ],
    ['of a namespace beside', policy({ rules: [] }, 'elsewhere')],
    ['of a gateway', policy({ targetRef: { kind: 'Gateway', name: 'any' }, rules: [] })],
    ['of several targets', policy({ targetRefs: [], rules: [] })],
    ['that only writes a log', policy({ action: 'AUDIT', rules: [{}] })],
    ['of a form of its own', policy({ rules: 'none' })],
  ])('says nothing where it is one %s', async (_, one) => {
    expect(await denial([one])).toBeUndefined();
  });

  it.each([
    ['of the mesh', policy({ rules: [] }, 'istio-system'), 'istio-system/theirs'],
    [
      'of these pods',
      policy({ selector: { matchLabels: { tier: 'web' } }, rules: [] }),
      'shop/theirs',
    ],
  ])('counts where it is one %s', async (_, one, name) => {
    expect(await denial([one])).toMatch(new RegExp(`those that choose these pods are ${name}$`));
  });
});

describe('in Consul', () => {
  const admission: Admission = {
    namespace: 'shop',
    labels: {},
    destination: 'info',
    source: 'border',
    requests: [{ method: 'GET', path: '/api' }],
  };
  const allow = (name: string) =>
    object(
      'ServiceIntentions',
      { destination: { name }, sources: [{ name: 'border', action: 'allow' }] },
      'shop',
      name,
    );
  const rest = object(
    'ServiceIntentions',
    { destination: { name: '*' }, sources: [{ name: '*', action: 'deny' }] },
    'consul',
    'default-deny',
  );
  const denial = (more: readonly Written[], asked = admission) =>
    consulKind.denial(new Having([allow('info'), rest, ...more]), asked, 'consul');
  const about = (kind: string, spec: YamlMap, name = 'info') => object(kind, spec, 'shop', name);
  const redirect = about('ServiceResolver', { redirect: { service: 'other' } });

  it('a resolver leads calls to a service that does not let them in', async () => {
    expect(await denial([redirect])).toBe(
      'ServiceResolver shop/info leads it to other, where ServiceIntentions consul/default-deny denies *',
    );
    expect(await denial([redirect], { ...admission, requests: [] })).toMatch(/^ServiceResolver/);
  });

  it('a splitter leads some of them there, and a router those of a path', async () => {
    const splits = [{ weight: 90 }, { weight: 10, service: 'canary' }];
    expect(await denial([about('ServiceSplitter', { splits })])).toMatch(
      /^ServiceSplitter shop\/info leads it to canary/,
    );
    const routes = [{ match: { http: { pathPrefix: '/api' } }, destination: { service: 'api' } }];
    expect(await denial([about('ServiceRouter', { routes })])).toMatch(
      /^ServiceRouter shop\/info leads it to api/,
    );
  });

  it('one of them leads to the next', async () => {
    const routes = [{ destination: { service: 'api' } }];
    const next = about('ServiceResolver', { redirect: { service: 'other' } }, 'api');
    expect(await denial([about('ServiceRouter', { routes }), next])).toMatch(
      /^ServiceRouter shop\/info and ServiceResolver shop\/api lead it to other/,
    );
  });

  it.each([
    ['to a service that lets them in', [redirect, allow('other')]],
    [
      'them nowhere, since Consul did not take it',
      [{ ...redirect, status: { conditions: [{ type: 'Synced', status: 'False' }] } }],
    ],
    ['calls of another service', [about('ServiceResolver', { redirect: { service: 'x' } }, 'y')]],
    ['to a subset', [about('ServiceResolver', { defaultSubset: 'v1', subsets: { v1: {} } })]],
    [
      'nobody any more',
      [about('ServiceSplitter', { splits: [{ weight: 100 }, { weight: 0, service: 'x' }] })],
    ],
    [
      'requests of another path',
      [
        about('ServiceRouter', {
          routes: [{ match: { http: { pathPrefix: '/x' } }, destination: { service: 'x' } }],
        }),
      ],
    ],
  ])('says nothing of what leads %s', async (_, more) => {
    expect(await denial(more)).toBeUndefined();
  });
});

describe('in Linkerd', () => {
  const source = 'info.federation-borders.serviceaccount.identity.linkerd.cluster.local';
  const admission: Admission = {
    namespace: 'shop',
    labels: { app: 'front' },
    destination: 'front',
    source,
    port: 8080,
    requests: [],
  };
  const front = { matchLabels: { app: 'front' } };
  const server = (more: YamlMap = {}, name = 'front') =>
    object('Server', { podSelector: front, port: 8080, ...more }, 'shop', name);
  const policy = (target: string, refs: readonly YamlMap[], kind = 'Server') =>
    object('AuthorizationPolicy', {
      targetRef: { kind, name: target },
      requiredAuthenticationRefs: refs,
    });
  const callers = (identities?: readonly string[], name = 'callers') =>
    object('MeshTLSAuthentication', identities === undefined ? {} : { identities }, 'shop', name);
  const ref = (name = 'callers', more: YamlMap = {}): YamlMap => ({
    kind: 'MeshTLSAuthentication',
    name,
    ...more,
  });
  const denial = (...objects: readonly Written[]) =>
    linkerdKind.denial(new Having(objects), admission, 'linkerd');
  const nobody = `no AuthorizationPolicy for the Server shop/front lets ${source} in`;

  it.each<readonly [string, readonly Written[]]>([
    ['no policy is for the Server', []],
    ['the policy is for another one', [policy('other', [ref()]), callers([source])]],
    ['it names others', [policy('front', [ref()]), callers(['*.other.local'])]],
    ['it names what is not there', [policy('front', [ref('none')]), callers([source])]],
    [
      'it wants two things, of which one is not so',
      [
        policy('front', [ref(), ref('others')]),
        callers([source]),
        callers(['any.local'], 'others'),
      ],
    ],
  ])('a caller is kept out where %s', async (_, objects) => {
    expect(await denial(server(), ...objects)).toBe(nobody);
  });

  it.each<readonly [string, readonly Written[]]>([
    ['no Server is about the port', [server({ port: 9090 })]],
    [
      'no Server is about the pods',
      [
        server({ podSelector: { matchLabels: { app: 'other' } } }),
        server({ podSelector: undefined }),
      ],
    ],
    ['the Server lets everybody in', [server({ accessPolicy: 'all-unauthenticated' })]],
    ['the policy names it', [server(), policy('front', [ref()]), callers([source])]],
    [
      'the policy names its domain',
      [server(), policy('front', [ref()]), callers(['*.cluster.local'])],
    ],
    ['the policy says who by what is not judged', [server(), policy('front', [ref()]), callers()]],
    [
      'who is meant is said in another namespace',
      [server(), policy('front', [ref('callers', { namespace: 'elsewhere' })])],
    ],
    [
      'something else is wanted',
      [server(), policy('front', [{ kind: 'NetworkAuthentication', name: 'all' }])],
    ],
    ['a policy is for the whole namespace', [server(), policy('shop', [ref()], 'Namespace')]],
    [
      'one of several policies lets it in',
      [server(), policy('front', [ref('none')]), policy('front', [ref()]), callers([source])],
    ],
  ])('nothing is said of a caller where %s', async (_, objects) => {
    expect(await denial(...objects)).toBeUndefined();
  });

  const pod = (container: YamlMap, more: YamlMap = {}): Written => ({
    kind: 'Pod',
    metadata: { name: 'front-1', namespace: 'shop', labels: { app: 'front' } },
    spec: { containers: [container], ...more },
  });
  const declaring = pod({ ports: [{ name: 'http', containerPort: 8080 }] });
  const unheeded = (own: Written, ...objects: readonly Written[]) =>
    linkerdKind.unheeded?.({ ...own }, new Having([own, ...objects]));
  const probe = { httpGet: { port: 8080 } };

  it.each<readonly [string, Written]>([
    ['declares the port', declaring],
    ['is probed there', pod({ readinessProbe: probe })],
    ['is asked there whether it lives', pod({ livenessProbe: probe })],
    [
      'declares it in an init container',
      pod({}, { initContainers: [{ ports: [{ containerPort: 8080 }] }] }),
    ],
  ])('a Server counts whose pod %s', async (_, one) => {
    expect(await unheeded(server(), one)).toBeUndefined();
  });

  it('a pod must declare the port of its Server, unless this names it', async () => {
    const other = pod({ ports: [{ name: 'admin', containerPort: 9090 }] });
    expect(await unheeded(server(), other)).toEqual({ pod: 'front-1', port: 8080 });
    expect(await unheeded(server({ port: 'http' }), other)).toBeUndefined();
    const elsewhere = server({ podSelector: { matchLabels: { app: 'other' } } });
    expect(await unheeded(elsewhere, other)).toBeUndefined();
  });

  it.each<readonly [string, boolean, Written, Written]>([
    ['before it in the alphabet', true, server(), server({}, 'a')],
    ['after it in the alphabet', false, server(), server({}, 'z')],
    ['of a name for the same port', true, server(), server({ port: 'http' }, 'a')],
    ['of the same name for the port', true, server({ port: 'http' }), server({}, 'a')],
    ['for another port', false, server(), server({ port: 9090 }, 'a')],
    ['of another name for a port', false, server(), server({ port: 'admin' }, 'a')],
    ['of other pods', false, server(), server({ podSelector: { matchLabels: { app: 'x' } } }, 'a')],
  ])('of two Servers of one age, the other one counts: %s: %s', async (_, counts, own, other) => {
    expect(await unheeded(own, other, declaring)).toBe(
      counts
        ? 'of the pod front-1 Linkerd goes by the Server a, which is about the same port and older; delete that one'
        : undefined,
    );
  });
});
