import { describe, expect, it } from '@jest/globals';
import {
  type AccessPolicy,
  compilePolicy,
  hops,
  crossCalls,
  type MeshMember,
  offerOf,
  parseOffer,
} from '../../../constructs/federation';
import { kindOf } from '../../../constructs/federation/plan/meshes';
import { spireEntry } from '../../../constructs/federation/plan/spire-entry';
import type { SpireOptions } from '../../../constructs/federation/plan/spire-options';
import { consulMember, istioMember, linkerdMember } from '../../../support/policy/installed-meshes';
import { certificate } from '../../helpers/roots';
import { gatewayAddress, ofKind, manifests } from './fixtures';

const policy: AccessPolicy = {
  meshes: {
    istio: { kind: 'istio', out: 'border', services: { backend: {} } },
    consul: { kind: 'consul', services: { info: {} } },
  },
  rules: [
    { from: 'istio/backend', to: 'consul/info' },
    { from: 'consul/info', to: 'istio/backend' },
  ],
};

const SPIRE: SpireOptions = { trustDomain: 'spire.example.org' };

function planned({
  istio = istioMember(),
  consul = consulMember(),
  of = policy,
}: { istio?: MeshMember; consul?: MeshMember; of?: AccessPolicy } = {}) {
  return compilePolicy({ policy: of, meshes: { istio, consul } });
}

/** Of the message, a line each. */
function mistakes(compile: () => unknown): string[] {
  try {
    compile();
  } catch (error) {
    return (error instanceof Error ? error.message : '').split('\n').slice(1);
  }
  return [];
}

describe('borders with an identity of SPIRE', () => {
  const plan = planned({ istio: { ...istioMember(), spire: SPIRE } });
  const border = (name: string) => {
    const found = plan.borders.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no border ${name}`);
    return found;
  };

  it('show it to other meshes, and keep that of the mesh inside', () => {
    expect(border('info-outbound')).toMatchObject({
      identity: 'spiffe://cluster.local/ns/federation-borders/sa/info-outbound',
      crossingIdentity: 'spiffe://spire.example.org/ns/federation-borders/sa/info-outbound',
    });
    // The mesh's own policies know the border by the mesh's identity.
    const principals = ofKind(manifests(plan, 'istio'), 'AuthorizationPolicy').map(({ spec }) =>
      JSON.stringify(spec.rules),
    );
    expect(principals.join()).toContain('cluster.local/ns/federation-borders/sa/info');
    expect(principals.join()).not.toContain('spire.example.org');
  });

  it('are known by it to the other mesh, whose own stay as they are', () => {
    const { crossings: [into] = [] } = border('backend-inbound');
    expect(into).toMatchObject({
      peer: 'spiffe://spire.example.org/ns/federation-borders/sa/info-outbound',
      // Who calls is a workload of the mesh all the same.
      caller: 'spiffe://cluster.local/ns/default/sa/backend',
    });
    const { crossings: [out] = [] } = border('backend-outbound');
    expect(out?.peer).toBe('spiffe://spire.example.org/ns/federation-borders/sa/info');
    expect(border('backend-inbound').crossingIdentity).toBe(border('backend-inbound').identity);
  });

  it('are known by it to sidecars that call them', () => {
    const direct: AccessPolicy = {
      meshes: {
        istio: { kind: 'istio', services: { backend: {} } },
        consul: { kind: 'consul', services: { info: {} } },
      },
      rules: policy.rules,
    };
    const plan = planned({ of: direct, consul: { ...consulMember(), spire: SPIRE } });
    const rules = ofKind(manifests(plan, 'istio'), 'DestinationRule');
    expect(rules.flatMap(({ spec }) => spec.trafficPolicy.tls?.subjectAltNames)).toContain(
      'spiffe://spire.example.org/ns/federation-borders/sa/backend',
    );
  });

  it('are looked for by it where somebody examines the way of a call', () => {
    const [call] = crossCalls(plan).filter(({ caller }) => caller.mesh === 'consul');
    if (call === undefined) throw new Error('no call');
    const way = hops(plan, call, { addresses: gatewayAddress });
    expect(way.find(({ place }) => place === 'gateway')?.entrance?.identities).toEqual([
      'spiffe://spire.example.org/ns/federation-borders/sa/info',
    ]);
    expect(way.find(({ place }) => place === 'border-in')?.pods?.identity).toBe(
      'spiffe://spire.example.org/ns/federation-borders/sa/info',
    );
  });

  it('have both that they move from and that they move to', () => {
    const moving: AccessPolicy = {
      ...policy,
      meshes: {
        ...policy.meshes,
        istio: {
          kind: 'istio',
          out: 'border',
          services: { backend: {} },
          borderNamespace: 'new',
          bordersMovedFrom: 'old',
        },
      },
    };
    const plan = planned({ of: moving, istio: { ...istioMember(), spire: SPIRE } });
    const [into] = plan.borders.find(({ name }) => name === 'backend-inbound')?.crossings ?? [];
    expect(into).toMatchObject({
      peer: 'spiffe://spire.example.org/ns/new/sa/info-outbound',
      formerPeers: ['spiffe://spire.example.org/ns/old/sa/info-outbound'],
    });
    expect(spireEntry(plan, 'istio')?.spec.namespaceSelector.matchExpressions).toEqual([
      { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['new', 'old'] },
    ]);
  });
});

describe('the entry of borders with SPIRE', () => {
  it('is for Envoy in the pods of the borders of one mesh', () => {
    const plan = planned({ istio: { ...istioMember(), spire: SPIRE } });
    expect(spireEntry(plan, 'istio')).toEqual({
      apiVersion: 'spire.spiffe.io/v1alpha1',
      kind: 'ClusterSPIFFEID',
      metadata: { name: 'mesh-federation-istio' },
      spec: {
        spiffeIDTemplate:
          'spiffe://spire.example.org/ns/{{ .PodMeta.Namespace }}/sa/{{ .PodSpec.ServiceAccountName }}',
        namespaceSelector: {
          matchExpressions: [
            { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['federation-borders'] },
          ],
        },
        podSelector: {
          matchExpressions: [
            { key: 'mesh-federation/mesh', operator: 'In', values: ['istio'] },
            { key: 'mesh-federation/federation', operator: 'DoesNotExist' },
          ],
        },
        workloadSelectorTemplates: ['k8s:container-name:envoy'],
      },
    });
    expect(spireEntry(plan, 'consul')).toBeUndefined();
  });

  it('says whose roots they need, where they are from SPIRE', () => {
    const istio = {
      ...istioMember(),
      spire: { ...SPIRE, foreignRoots: 'spire', className: 'own' } as const,
    };
    const { spec } = spireEntry(planned({ istio }), 'istio') ?? {};
    expect(spec).toMatchObject({
      federatesWith: [consulMember().mesh.trustDomain],
      className: 'own',
    });
    const consul = { ...consulMember(), spire: { trustDomain: 'other.example.org' } };
    expect(spireEntry(planned({ istio, consul }), 'istio')?.spec.federatesWith).toEqual([
      'other.example.org',
    ]);
  });

  it("is nobody else's to write where somebody has one", () => {
    const istio = { ...istioMember(), spire: { ...SPIRE, entries: 'existing' } as const };
    expect(spireEntry(planned({ istio }), 'istio')).toBeUndefined();
  });
});

describe('what cannot be with SPIRE is refused', () => {
  it('a sidecar that calls other meshes itself', () => {
    const of: AccessPolicy = {
      ...policy,
      meshes: { ...policy.meshes, istio: { kind: 'istio', services: { backend: {} } } },
    };
    expect(mistakes(() => planned({ of, istio: { ...istioMember(), spire: SPIRE } }))).toEqual([
      expect.stringMatching(/meshes\.istio\.spire: .*istio\/backend calls .*out: border/),
    ]);
  });

  it('roots of SPIRE for the names of Linkerd', () => {
    const of: AccessPolicy = {
      meshes: {
        istio: { kind: 'istio', out: 'border', services: { backend: {} } },
        linkerd: { kind: 'linkerd', services: { orders: {} } },
      },
      rules: [{ from: 'istio/backend', to: 'linkerd/orders' }],
    };
    const istio = { ...istioMember(), spire: { ...SPIRE, foreignRoots: 'spire' } as const };
    const compile = (linkerd: MeshMember) =>
      mistakes(() => compilePolicy({ policy: of, meshes: { istio, linkerd } }));
    expect(compile(linkerdMember())).toEqual([
      expect.stringMatching(/meshes\.istio\.spire\.foreignRoots: .*linkerd has DNS names/),
    ]);
    expect(compile({ ...linkerdMember(), spire: { trustDomain: 'other.example.org' } })).toEqual(
      [],
    );
  });

  it.each([
    ['ns/{serviceAccount}', /must start with "\/"/],
    ['/borders', /must have \{serviceAccount\}/],
    ['/a b/{serviceAccount}', /path of a SPIFFE ID/],
    ['/{pod}/{serviceAccount}', /path of a SPIFFE ID/],
    ['/a//{serviceAccount}', /path of a SPIFFE ID/],
  ])('the path %s', (path, reason) => {
    expect(
      mistakes(() => planned({ istio: { ...istioMember(), spire: { ...SPIRE, path } } })),
    ).toEqual([expect.stringMatching(reason)]);
  });

  it('one trust domain of two SPIREs, without a path for each', () => {
    const istio = { ...istioMember(), spire: SPIRE };
    const compile = (spire: SpireOptions) =>
      mistakes(() => planned({ istio, consul: { ...consulMember(), spire } }));
    expect(compile(SPIRE)).toEqual([
      expect.stringMatching(/meshes\.consul\.spire: .* give one a path of its own, such as \/mesh/),
    ]);
    expect(compile({ ...SPIRE, path: '/mesh/consul/{serviceAccount}' })).toEqual([]);
    // What a placeholder may stand for is the other's own word.
    expect(compile({ ...SPIRE, path: '/{namespace}/mesh/sa/{serviceAccount}' })).toHaveLength(1);
    expect(compile({ ...SPIRE, path: '/ns/mesh/sa/{serviceAccount}' })).toHaveLength(1);
    expect(compile({ ...SPIRE, path: '/ns/{namespace}/consul/{serviceAccount}' })).toEqual([]);
    // Of two words with a placeholder each, both may be the same.
    expect(
      mistakes(() =>
        planned({
          istio: {
            ...istioMember(),
            spire: { ...SPIRE, path: '/shop-{namespace}/{serviceAccount}' },
          },
          consul: {
            ...consulMember(),
            spire: { ...SPIRE, path: '/{namespace}-bank/{serviceAccount}' },
          },
        }),
      ),
    ).toHaveLength(1);
  });

  it('the trust domain of another mesh', () => {
    const consul = { ...consulMember(), spire: { trustDomain: 'cluster.local' } };
    expect(mistakes(() => planned({ consul }))).toEqual([
      expect.stringMatching(/meshes\.\w+: .*cluster\.local .*sharedTrustDomain/),
    ]);
    // That of its own mesh is its owner's affair.
    const istio = { ...istioMember(), spire: { trustDomain: 'cluster.local' } };
    expect(mistakes(() => planned({ istio }))).toEqual([]);
  });
});

describe('an offer', () => {
  it('tells the identity, and the roots of SPIRE and not of the mesh', async () => {
    const istio = {
      ...istioMember('mesh.example.org'),
      spire: { ...SPIRE, path: '/b/{serviceAccount}' },
    };
    const root = await certificate({ name: 'spire', uri: 'spiffe://spire.example.org' });
    const props = { policy, mesh: 'istio', member: istio, gateway: 'gateway.example.org' };
    const offer = offerOf({ ...props, roots: root.pem });
    expect(offer.facts.spire).toEqual({
      trustDomain: 'spire.example.org',
      path: '/b/{serviceAccount}',
    });
    const parsed = parseOffer(JSON.stringify(offer));
    expect(parsed).toEqual({ offer });
    // What its reader makes of it is what its writer has.
    const plan = planned({ istio: kindOf(offer.facts).partner(offer.facts) });
    const [into] = plan.borders.find(({ name }) => name === 'backend-inbound')?.crossings ?? [];
    expect(into?.peer).toBe('spiffe://spire.example.org/b/info-outbound');

    const ofMesh = await certificate({ name: 'mesh', uri: 'spiffe://mesh.example.org' });
    expect(() => offerOf({ ...props, roots: ofMesh.pem })).toThrow(
      /it is for spiffe:\/\/mesh\.example\.org, and must be for spiffe:\/\/spire\.example\.org/,
    );
  });
});
