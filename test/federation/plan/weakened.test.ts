import type { AuthorizationPolicy } from '../../../constructs/federation/plan/resources';
import { describe, expect, it } from '@jest/globals';
import type {
  AccessPlan,
  FederationResource,
  PlannedResource,
  PlannedBorder,
} from '../../../constructs/federation';
import { CONSUL_TRUST_DOMAIN } from '../../../support/policy/installed-meshes';
import { differences } from './admitted';
import { compile, pair, planned } from './fixtures';
import { World } from './world';

/*
 * That the property test can fail: each of these weakens, or breaks, one thing that the compiler wrote,
 * and must be noticed where it shows.
 */

const policy = pair(
  { frontend: {}, backend: {}, clock: {} },
  { info: {}, stock: {} },
  { from: 'istio/frontend', to: 'istio/backend' },
  { from: 'istio/backend', to: 'consul/info', allow: [{ methods: ['GET'], pathPrefix: '/' }] },
  { from: 'istio/frontend', to: 'consul/info', allow: [{ pathExact: '/weather' }] },
  {
    from: 'consul/info',
    to: 'istio/backend',
    allow: [{ methods: ['GET'], pathExact: '/weather' }],
  },
  { from: 'istio/*', to: 'istio/clock', anyone: true },
  { from: 'consul/*', to: 'consul/stock', anyone: true },
);
const plan = compile(policy);

type Kind = FederationResource['kind'];
type Of<K extends Kind> = Extract<FederationResource, { kind: K }>;

/** The resources, one of them changed. */
function changed<K extends Kind>(
  kind: K,
  name: string,
  change: (manifest: Of<K>) => Of<K>['spec'],
): PlannedResource[] {
  let found = 0;
  const resources = planned(plan).map((resource) => {
    const { manifest } = resource;
    if (!isKind(manifest, kind) || manifest.metadata.name !== name) return resource;
    found++;
    return { ...resource, manifest: { ...manifest, spec: change(manifest) } };
  });
  if (found !== 1) throw new Error(`${found} resources ${kind} ${name}`);
  return resources;
}

/** How the caller's sidecar calls the foreign gateway. */
function changedTls(change: object): PlannedResource[] {
  return changed('DestinationRule', 'backend.to.info', ({ spec }) => {
    const { tls } = spec.trafficPolicy;
    if (tls === undefined) throw new Error('calls without TLS');
    return { ...spec, trafficPolicy: { tls: { ...tls, ...change } } };
  });
}

/** Of Istio: Linkerd has a kind of the same name. */
function changedPolicy(
  name: string,
  change: (manifest: AuthorizationPolicy) => AuthorizationPolicy['spec'],
): PlannedResource[] {
  return changed('AuthorizationPolicy', name, (manifest) =>
    manifest.apiVersion === 'security.istio.io/v1' ? change(manifest) : manifest.spec,
  );
}

function isKind<K extends Kind>(manifest: FederationResource, kind: K): manifest is Of<K> {
  return manifest.kind === kind;
}

function without(kind: Kind, name: string): PlannedResource[] {
  const left = planned(plan).filter(
    ({ manifest }) => manifest.kind !== kind || manifest.metadata.name !== name,
  );
  if (left.length !== planned(plan).length - 1) throw new Error(`no ${kind} ${name}`);
  return left;
}

/** What is noticed when the resources are these, without what was sent. */
function noticed(resources: readonly PlannedResource[], changedPlan: AccessPlan = plan): string[] {
  const found = differences(policy, plan, new World(changedPlan, resources));
  return [...new Set(found.map((line) => line.replace(/: (GET|HEAD|POST|DELETE) .*/, '')))];
}

describe('it is noticed when', () => {
  it('nothing is changed', () => {
    expect(noticed(planned(plan))).toEqual([]);
  });

  it('an AuthorizationPolicy admits every service account', () => {
    const lines = noticed(
      changedPolicy('allow-consul.info.to.backend', ({ spec }) => ({
        ...spec,
        rules: [
          {
            ...spec.rules[0],
            from: [{ source: { principals: ['cluster.local/ns/default/sa/*'] } }],
          },
        ],
      })),
    );
    expect(lines).toContain('istio/?stranger in default -> istio/backend');
  });

  it('an AuthorizationPolicy forgets methods or paths', () => {
    for (const operation of [{ paths: ['/weather'] }, { methods: ['GET'] }]) {
      expect(
        noticed(
          changedPolicy('allow-consul.info.to.backend', ({ spec }) => ({
            ...spec,
            rules: [{ ...spec.rules[0], to: [{ operation }] }],
          })),
        ),
      ).toEqual(['istio/border info-border in default -> istio/backend']);
    }
  });

  it('"every workload" of a mesh includes its borders', () => {
    expect(
      noticed(
        changed('AuthorizationPolicy', 'allow-istio.anyone.to.clock', ({ spec }) => ({
          ...spec,
          rules: [{ from: [{ source: { principals: ['cluster.local/*'] } }] }],
        })),
      ),
    ).toEqual(['istio/border info-border in default -> istio/clock']);
    expect(
      noticed(
        changed('ServiceIntentions', 'callers-of-stock', ({ spec }) => ({
          ...spec,
          sources: [{ name: '*', action: 'allow' }],
        })),
      ),
    ).toEqual([
      'consul/border backend-inbound in default -> consul/stock',
      'consul/border frontend-inbound in default -> consul/stock',
      'consul/border backend-outbound in default -> consul/stock',
    ]);
  });

  it('an intention allows all requests, or every source', () => {
    expect(
      noticed(
        changed('ServiceIntentions', 'callers-of-info', ({ spec }) => ({
          ...spec,
          sources: [{ name: 'backend', action: 'allow' }, ...spec.sources.slice(1)],
        })),
      ),
    ).toEqual(['consul/border backend-inbound in default -> consul/info']);
    expect(
      noticed(
        changed('ServiceIntentions', 'callers-of-info', ({ spec }) => ({
          ...spec,
          sources: [...spec.sources, { name: '*', action: 'allow' }],
        })),
      ),
    ).toContain('consul/?stranger in default -> consul/info');
  });

  it('a border is open to others than its gateway', () => {
    expect(
      noticed(
        changed('ServiceIntentions', 'border.backend', ({ spec }) => ({
          ...spec,
          sources: [{ name: '*', action: 'allow' }],
        })),
      ),
    ).toContain('consul/?stranger -> border backend-inbound: bytes: asked for false, got true');
    expect(
      noticed(
        changedPolicy('border.info', ({ spec }) => ({
          ...spec,
          rules: [{ to: spec.rules[0]?.to }],
        })),
      ),
    ).toContain('istio/?stranger -> border info-border: bytes: asked for false, got true');
  });

  it('an outbound border takes callers that nobody asked for', () => {
    expect(
      noticed(
        changed('ServiceIntentions', 'border.backend-outbound', ({ spec }) => ({
          ...spec,
          sources: [...spec.sources, { name: 'stock', action: 'allow' }],
        })),
      ),
    ).toEqual(['consul/stock -> border backend-outbound']);
  });

  it('the gateways do not lead where they should', () => {
    const lost = {
      toInfo: [
        'istio/frontend in default -> consul/info',
        'istio/backend in default -> consul/info',
      ],
      toBackend: 'consul/info in default -> istio/backend',
    };
    expect(
      noticed(
        changed(
          'IngressGateway',
          'ingress-gateway',
          ({
            spec: {
              listeners: [one, other],
            },
          }) => ({
            listeners: [
              { ...one!, services: other!.services },
              { ...other!, services: one!.services },
            ],
          }),
        ),
      ),
    ).toEqual(expect.arrayContaining(lost.toInfo));
    for (const resources of [
      without('AuthorizationPolicy', 'federation'),
      without('Gateway', 'federation'),
      without('VirtualService', 'border.info'),
    ]) {
      expect(noticed(resources)).toContain(lost.toBackend);
    }
  });

  it("a caller's rules are those of another caller", () => {
    const names: Record<string, string> = { frontend: 'backend', backend: 'frontend' };
    expect(
      noticed(
        changed('VirtualService', 'federation.info', ({ spec }) => ({
          ...spec,
          http: spec.http?.map((route) => ({
            ...route,
            route: route.route.map(({ destination }) => ({
              destination: { ...destination, subset: names[destination.subset ?? ''] },
            })),
          })),
        })),
      ),
    ).toEqual([
      'istio/frontend in default -> consul/info',
      'istio/backend in default -> consul/info',
    ]);
    expect(noticed(changedTls({ sni: 'info.consul.frontend.istio.federation.internal' }))).toEqual([
      'istio/backend in default -> consul/info',
    ]);
  });

  it('a sidecar shows no certificate, or expects another border', () => {
    const tls = (change: object) => noticed(changedTls(change));
    for (const change of [
      { mode: 'SIMPLE' },
      { subjectAltNames: [`spiffe://${CONSUL_TRUST_DOMAIN}/ns/default/dc/dc1/svc/frontend`] },
      { caCertificates: undefined },
    ]) {
      expect(tls(change)).toEqual(['istio/backend in default -> consul/info']);
    }
  });

  it('Consul takes an HTTP service for a tcp one', () => {
    expect(noticed(changed('ServiceDefaults', 'info', () => ({ protocol: 'tcp' })))).toContain(
      'istio/backend in default -> consul/info',
    );
  });

  it('a border accepts another identity', () => {
    const stranger = 'spiffe://cluster.local/ns/default/sa/stranger';
    const borders = plan.borders.map((border): PlannedBorder =>
      border.direction === 'in' && border.mesh === 'consul'
        ? { ...border, crossings: border.crossings.map((one) => ({ ...one, peer: stranger })) }
        : border,
    );
    expect(noticed(planned(plan), { ...plan, borders })).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^from outside, istio\/\?stranger to consul:\d+ as info\.consul\.backend/,
        ),
      ]),
    );
  });
});
