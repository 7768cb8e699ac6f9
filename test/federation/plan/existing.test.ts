import { describe, expect, it } from '@jest/globals';
import {
  type AccessPolicy,
  compilePolicy,
  consulServiceAccounts,
} from '../../../constructs/federation';
import { admissionRules } from '../../../constructs/federation/plan/admission-rules';
import { consulMember, istioMember } from '../../../support/policy/installed-meshes';
import { compile, manifests, membersFor, mistakes, ofKind, pair, planned } from './fixtures';

const both = pair(
  { backend: {} },
  { info: {} },
  { from: 'istio/backend', to: 'consul/info' },
  { from: 'consul/info', to: 'istio/backend' },
);

function consul(policy: AccessPolicy, own: object): AccessPolicy {
  const { consul: mesh, ...others } = policy.meshes;
  return {
    ...policy,
    meshes: { ...others, consul: { kind: 'consul', services: {}, ...mesh, ...own } },
  };
}

describe('beside rules that are there already', () => {
  it('an owner’s ServiceIntentions stay: none is written for the service', () => {
    const kept = compile(consul(both, { services: { info: { intentions: 'existing' } } }));
    const about = ofKind(manifests(kept, 'consul'), 'ServiceIntentions').map(
      ({ spec }) => spec.destination.name,
    );
    expect(about.sort()).toEqual(['backend', 'backend-outbound']);
  });

  it('an owner’s IngressGateway stays', () => {
    const kept = compile(consul(both, { gatewayListeners: 'existing' }));
    expect(ofKind(manifests(kept, 'consul'), 'IngressGateway')).toEqual([]);
    expect(ofKind(manifests(compile(both), 'consul'), 'IngressGateway')).toHaveLength(1);
  });

  it('what others may have named so is looked for first, and the rest has names of its own', () => {
    const shared = planned(compile(both))
      .filter(({ ownName }) => ownName !== true)
      .map(({ manifest: { kind, metadata } }) => `${kind} ${metadata.name}`);
    expect(shared.sort()).toEqual([
      'AuthorizationPolicy allow-consul.info.to.backend',
      'AuthorizationPolicy federation',
      'Gateway federation',
      'IngressGateway ingress-gateway',
      'ServiceDefaults backend',
      'ServiceDefaults backend-outbound',
      'ServiceDefaults info',
      'ServiceIntentions border.backend',
      'ServiceIntentions border.backend-outbound',
      'ServiceIntentions callers-of-info',
    ]);
    const own = planned(compile(both)).filter(({ ownName }) => ownName === true);
    expect(
      own.map(({ manifest: { kind, metadata } }) => `${kind} ${metadata.name}`).sort(),
    ).toEqual([
      'AuthorizationPolicy border.info',
      'DestinationRule backend.to.info',
      'DestinationRule federation.borders',
      'DestinationRule info.closed',
      'ServiceEntry federation.info',
      'VirtualService border.info',
      'VirtualService federation.info',
    ]);
  });
});

describe('the ServiceIntentions of a service', () => {
  const names = (policy: AccessPolicy) =>
    ofKind(manifests(compile(policy), 'consul'), 'ServiceIntentions').map(
      ({ metadata }) => metadata.name,
    );

  it('keep their name whatever rule comes first, since another name would replace them', () => {
    const services = { info: {}, maps: {}, web: {} };
    const web = { from: 'consul/web', to: 'consul/info' };
    const maps = { from: 'consul/maps', to: 'consul/info' };
    expect(names(pair({}, services, web, maps))).toEqual(['callers-of-info']);
    expect(names(pair({}, services, maps, web))).toEqual(['callers-of-info']);
  });

  it('may keep the name that they had', () => {
    const services = { info: { intentionsName: 'allow-web' }, web: {} };
    expect(names(pair({}, services, { from: 'consul/web', to: 'consul/info' }))).toEqual([
      'allow-web',
    ]);
  });

  it('are refused a name that Kubernetes does not take, or that two have', () => {
    expect(mistakes(pair({}, { info: { intentionsName: 'Allow web' } }))).toEqual([
      'meshes.consul.services.info.intentionsName: is "Allow web"; must be at most 253 lower case ' +
        'letters, digits, "-" and ".", with a letter or digit at both ends and beside each "."',
    ]);
    const same = { intentionsName: 'mine' };
    expect(mistakes(pair({}, { info: same, maps: same }))).toEqual([
      'meshes.consul.services.maps.intentionsName: consul/info has default/mine too; each needs its own',
    ]);
  });

  it('deny the rest themselves, unless it is known that Consul does', () => {
    const limited = pair(
      { backend: {} },
      { info: {} },
      { from: 'istio/backend', to: 'consul/info', allow: [{ methods: ['GET'] }] },
    );
    const sources = (meshes: Parameters<typeof compile>[1]) =>
      ofKind(manifests(compile(limited, meshes), 'consul'), 'ServiceIntentions').find(
        ({ spec }) => spec.destination.name === 'info',
      )?.spec.sources;
    const get = { action: 'allow', http: { methods: ['GET'] } };
    expect(sources(membersFor(limited))).toEqual([{ name: 'backend', permissions: [get] }]);
    // With ACLs, and with whatever default_intention_policy.
    expect(sources({ istio: istioMember(), consul: consulMember() })).toEqual([
      { name: 'backend', permissions: [get, { action: 'deny', http: { pathRegex: '.*' } }] },
      { name: '*', action: 'deny' },
    ]);
  });
});

describe('two meshes of one trust domain', () => {
  const policy: AccessPolicy = {
    meshes: {
      shop: { kind: 'istio', services: { pay: {} } },
      bank: { kind: 'istio', services: { pay: { standIn: 'bank-pay' } } },
      consul: { kind: 'consul', services: { ledger: {} } },
    },
    rules: [
      { from: 'shop/pay', to: 'consul/ledger' },
      { from: 'bank/pay', to: 'consul/ledger' },
    ],
  };
  const meshes = (shared?: boolean) => ({
    shop: { ...istioMember(), sharedTrustDomain: shared },
    bank: { ...istioMember(), sharedTrustDomain: shared },
    consul: consulMember(),
  });

  it('are refused, unless both say that it is meant', () => {
    expect(() => compilePolicy({ policy, meshes: meshes() })).toThrow(
      'meshes.bank: has the trust domain cluster.local, which shop has too',
    );
    const { bank, ...others } = meshes(true);
    expect(() =>
      compilePolicy({ policy, meshes: { ...others, bank: { ...bank, sharedTrustDomain: false } } }),
    ).toThrow('trust domain');
    expect(compilePolicy({ policy, meshes: meshes(true) }).borders).toHaveLength(2);
  });

  it('are right where each has its own, and for datacenters of one Consul', () => {
    const own = { ...meshes(), bank: istioMember('bank.example.com') };
    expect(compilePolicy({ policy, meshes: own }).borders).toHaveLength(2);
  });
});

describe('the ports by which services enter Consul', () => {
  // Found by trying: the hashes of two lead to the same port, that of the third to the next.
  const [one, other, next] = ['s1034', 's2140', 's3165'] as const;
  const rule = (key: string) => ({ from: `istio/${key}`, to: 'consul/info' });
  const portsOf = (...keys: string[]) => {
    const services = Object.fromEntries(keys.map((key) => [key, {}]));
    const { borders } = compile(pair(services, { info: {} }, ...keys.map(rule)));
    return Object.fromEntries(
      borders.map((border) => [
        border.foreign.id,
        border.direction === 'in' ? border.gatewayPorts[0] : undefined,
      ]),
    );
  };

  it('that collide are chosen anew, for the later by name, in whatever order the rules are', () => {
    const { [one]: port = 0 } = portsOf(one);
    expect(portsOf(other)).toEqual({ [other]: port });
    for (const keys of [
      [one, other],
      [other, one],
    ]) {
      expect(portsOf(...keys)).toEqual({ [one]: port, [other]: port + 1 });
    }
    expect(
      mistakes(pair({ [one]: {}, [other]: {} }, { info: {} }, rule(one), rule(other))),
    ).toEqual([]);
  });

  it('are nobody else’s where they are chosen anew', () => {
    const { [one]: port = 0 } = portsOf(one);
    expect(portsOf(next)).toEqual({ [next]: port + 1 });
    for (const keys of [
      [one, other, next],
      [next, other, one],
    ]) {
      expect(portsOf(...keys)).toEqual({ [one]: port, [other]: port + 2, [next]: port + 1 });
    }
  });

  it('leave alone what a service names itself', () => {
    const { [one]: alone = 0 } = portsOf(one);
    const plan = compile(
      pair({ [one]: {}, fixed: { gatewayPort: alone } }, { info: {} }, rule(one), rule('fixed')),
    );
    expect(plan.borders.map((border) => border.direction === 'in' && border.gatewayPorts)).toEqual([
      [alone + 1],
      [alone],
    ]);
  });

  it('are both open while one changes, and callers use the new one', () => {
    const plan = compile(
      pair(
        { backend: { gatewayPort: 12001, previousGatewayPort: 12000 } },
        { info: {} },
        rule('backend'),
      ),
    );
    const [gateway] = ofKind(manifests(plan, 'consul'), 'IngressGateway');
    expect(gateway?.spec.listeners.map(({ port, services }) => [port, services[0]?.name])).toEqual([
      [12000, 'backend'],
      [12001, 'backend'],
    ]);
    const [host] = ofKind(manifests(plan, 'istio'), 'ServiceEntry');
    expect(host?.spec.endpoints.map(({ ports }) => ports)).toEqual([{ http: 12001 }]);
  });
});

describe('where borders are', () => {
  it('is a namespace of their own, which makes their identities in Istio', () => {
    const plan = compile({
      ...both,
      meshes: {
        istio: { kind: 'istio', services: { backend: {} } },
        consul: { kind: 'consul', services: { info: {} } },
      },
    });
    expect(plan.borders.map(({ namespace }) => namespace)).toEqual(
      Array(3).fill('federation-borders'),
    );
    const allow = ofKind(manifests(plan, 'istio'), 'AuthorizationPolicy').find(
      ({ metadata }) => metadata.name === 'allow-consul.info.to.backend',
    );
    expect(allow?.spec.rules[0]?.from).toEqual([
      { source: { principals: ['cluster.local/ns/federation-borders/sa/info'] } },
    ]);
  });

  it('is refused to be a namespace of Kubernetes itself, as for services', () => {
    const { istio, ...others } = both.meshes;
    const policy: AccessPolicy = {
      ...both,
      meshes: {
        ...others,
        istio: {
          kind: 'istio',
          services: { backend: { namespace: 'kube-system' } },
          borderNamespace: 'kube-public',
        },
      },
    };
    expect(istio?.kind).toBe('istio');
    expect(mistakes(policy)).toEqual([
      "meshes.istio.borderNamespace: is kube-public, which is Kubernetes' own, and no mesh lets its pods in; use another",
      "meshes.istio.services.backend.namespace: is kube-system, which is Kubernetes' own, and no mesh lets its pods in; use another",
    ]);
  });

  it('is the only place where their accounts are good in Consul, and services’ only theirs', () => {
    const policy = consul(both, {
      borderNamespace: 'borders',
      services: { info: { namespace: 'data' } },
    });
    expect(consulServiceAccounts(policy, 'consul')).toEqual({
      info: ['data'],
      backend: ['borders'],
      'backend-outbound': ['borders'],
    });
    expect(
      consulServiceAccounts(consul(policy, { bordersMovedFrom: 'default' }), 'consul'),
    ).toMatchObject({
      backend: ['borders', 'default'],
    });
  });
});

it('The job that brings the roots of a mesh may write them, whatever that mesh is called', () => {
  const name = 'my-federation-roots-mesh';
  const plan = compilePolicy({
    policy: {
      meshes: {
        istio: { kind: 'istio', services: { backend: {} } },
        [name]: { kind: 'consul', services: { info: {} } },
      },
      rules: [{ from: `${name}/info`, to: 'istio/backend' }],
    },
    meshes: { istio: istioMember(), [name]: consulMember() },
  });
  const rule = admissionRules({ plan, mesh: 'istio' }).find(({ name: one }) =>
    one.endsWith('-objects'),
  );
  expect(JSON.stringify(rule?.spec)).toContain(
    `variables.path == 'federation-borders/federation-roots-${name}' && request.userInfo.username == ` +
      `'system:serviceaccount:mesh-federation:sync-${name}'`,
  );
});

describe('a border that is entered past its gateway', () => {
  const planOf = (wayIn: 'gateway' | 'service') => {
    const policy: AccessPolicy = {
      ...both,
      meshes: {
        istio: { kind: 'istio', borderNamespace: 'default', in: wayIn, services: { backend: {} } },
        consul: { kind: 'consul', borderNamespace: 'default', in: wayIn, services: { info: {} } },
      },
    };
    const inOneCluster = Object.entries(membersFor(policy)).map(
      ([name, member]) => [name, { ...member, cluster: 'one' }] as const,
    );
    return compile(policy, Object.fromEntries(inOneCluster));
  };

  it('takes nothing by its sidecar, not from the gateway either', () => {
    const istio = (wayIn: 'gateway' | 'service') =>
      ofKind(manifests(planOf(wayIn), 'istio'), 'AuthorizationPolicy').find(
        ({ metadata }) => metadata.name === 'border.info',
      )?.spec;
    expect(istio('gateway')?.rules).toHaveLength(1);
    expect(istio('service')).toMatchObject({ action: 'ALLOW', rules: [] });
    const consuls = ofKind(manifests(planOf('service'), 'consul'), 'ServiceIntentions').find(
      ({ metadata }) => metadata.name === 'border.backend',
    );
    expect(consuls?.spec.sources).toEqual([{ name: '*', action: 'deny' }]);
  });
});

it('A border that a rule lets into a service is not shut out where everybody of Consul may call it', () => {
  const plan = compile(
    pair(
      { backend: {}, other: {} },
      { info: {} },
      { from: 'istio/backend', to: 'consul/info' },
      { from: 'consul/*', to: 'consul/info', anyone: true },
      { from: 'istio/other', to: 'consul/info' },
    ),
  );
  const [intentions] = ofKind(manifests(plan, 'consul'), 'ServiceIntentions').filter(
    ({ spec }) => spec.destination.name === 'info',
  );
  const sources = intentions?.spec.sources ?? [];
  // Consul refuses a source that is there twice.
  expect(new Set(sources.map(({ name }) => name)).size).toBe(sources.length);
  expect(sources).toEqual(
    expect.arrayContaining([
      { name: 'backend', action: 'allow' },
      { name: 'other', action: 'allow' },
      { name: '*', action: 'allow' },
    ]),
  );
});

describe('borders that move', () => {
  const moving: AccessPolicy = {
    ...both,
    meshes: {
      istio: {
        kind: 'istio',
        borderNamespace: 'borders',
        bordersMovedFrom: 'default',
        services: { backend: {} },
      },
      consul: {
        kind: 'consul',
        borderNamespace: 'borders',
        bordersMovedFrom: 'default',
        services: { info: {} },
      },
    },
  };
  const plan = compile(moving);

  it('are at both places meanwhile, and lead to the new one', () => {
    expect(plan.borders.map(({ namespace }) => namespace)).toEqual(Array(3).fill('borders'));
    expect(plan.formerBorders.map(({ name, namespace }) => `${namespace}/${name}`).sort()).toEqual([
      'default/backend-inbound',
      'default/backend-outbound',
      'default/info-border',
    ]);
    const [way] = ofKind(manifests(plan, 'istio'), 'VirtualService').filter(
      ({ metadata }) => metadata.name === 'border.info',
    );
    expect(JSON.stringify(way)).toContain('info-border.borders.svc.cluster.local');
  });

  it('are no part of "every workload" of their mesh, at either place', () => {
    const { rules } = both;
    const open = compile({
      meshes: {
        ...moving.meshes,
        istio: {
          kind: 'istio',
          borderNamespace: 'borders',
          bordersMovedFrom: 'default',
          services: { backend: {}, clock: {} },
        },
      },
      rules: [...rules, { from: 'istio/*', to: 'istio/clock', anyone: true }],
    });
    const anyone = ofKind(manifests(open, 'istio'), 'AuthorizationPolicy').find(
      ({ metadata }) => metadata.name === 'allow-istio.anyone.to.clock',
    );
    const strangers = ['borders', 'default'].map(
      (namespace) => `cluster.local/ns/${namespace}/sa/info`,
    );
    expect(anyone?.spec.rules[0]?.from?.[0]?.source.notPrincipals).toEqual(
      expect.arrayContaining(strangers),
    );
  });

  it('are guarded at both places: their accounts, roots and configuration', () => {
    const rules = admissionRules({ plan, mesh: 'istio', tokenAudiences: '[]' });
    const specOf = (name: string) =>
      JSON.stringify(rules.find((rule) => rule.name === `mesh-federation-${name}`)?.spec);
    for (const namespace of ['borders', 'default']) {
      expect(specOf('workloads')).toContain(`${namespace}/info`);
      expect(specOf('objects')).toContain(`${namespace}/federation-roots-consul`);
      expect(specOf('objects')).toContain(`${namespace}/info-border`);
    }
  });

  it('are admitted at both places: by the callee, the gateway’s border policy and the far border', () => {
    const policies = ofKind(manifests(plan, 'istio'), 'AuthorizationPolicy');
    expect(
      policies.find(({ metadata }) => metadata.name === 'allow-consul.info.to.backend')?.spec.rules,
    ).toMatchObject([
      {
        from: [
          {
            source: {
              principals: ['cluster.local/ns/borders/sa/info', 'cluster.local/ns/default/sa/info'],
            },
          },
        ],
      },
    ]);
    expect(
      policies
        .filter(({ metadata }) => metadata.name === 'border.info')
        .map(({ metadata }) => metadata.namespace)
        .sort(),
    ).toEqual(['borders', 'default']);
    const outbound = [...plan.borders, ...plan.formerBorders].flatMap((border) =>
      border.direction === 'out' ? border.crossings : [],
    );
    expect(outbound.map(({ peer, formerPeers = [] }) => [peer, ...formerPeers])).toEqual(
      Array(2).fill([
        'spiffe://cluster.local/ns/borders/sa/info',
        'spiffe://cluster.local/ns/default/sa/info',
      ]),
    );
  });

  it('keep the name that applications of the old namespace call until the old ones are gone', () => {
    const aliases = (policy: AccessPolicy) =>
      compile(policy).borders.flatMap((border) =>
        border.direction === 'out' ? border.aliasNamespaces : [],
      );
    expect(aliases(moving)).toEqual([]);
    expect(aliases(consul(moving, { bordersMovedFrom: undefined }))).toEqual(['default']);
  });

  it('replace no entry of Consul, which has one of each name', () => {
    const entries = (policy: AccessPolicy) =>
      manifests(compile(policy), 'consul')
        .filter(({ kind }) => kind === 'ServiceIntentions' || kind === 'ServiceDefaults')
        .map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
    expect(entries(moving)).toEqual(entries(both));
  });

  it('must have been somewhere else', () => {
    expect(mistakes(consul(both, { borderNamespace: 'x', bordersMovedFrom: 'x' }))).toEqual([
      'meshes.consul.bordersMovedFrom: is x, where the borders are to be; leave it out',
    ]);
  });
});
