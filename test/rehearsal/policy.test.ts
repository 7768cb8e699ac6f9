import { describe, expect, it } from '@jest/globals';
import { authorizationOf, intentionsOf } from '../../rehearsal/policies';
import { borderOf, crossing, PLAN } from '../../rehearsal/policy';
import { SNI } from '../../rehearsal/world';
import { compile, pair } from '../federation/plan/fixtures';

describe('what is rehearsed', () => {
  it('has the names and identities of the compiler', () => {
    expect(SNI.backendToInfo).toBe('info.consul.backend.istio.federation.internal');
    const border = borderOf(PLAN, 'istio', 'in', 'consul/info');
    expect(border.identity).toBe('spiffe://cluster.local/ns/federation-borders/sa/info');
    expect(crossing(border, 'info-to-backend').peer).toMatch(/\/svc\/backend-outbound$/);
  });
});

describe('what imitated sidecars are told', () => {
  const plan = compile(
    pair(
      { backend: {}, clock: {} },
      { info: {}, stock: {} },
      { from: 'istio/backend', to: 'consul/info', allow: [{ methods: ['GET'], pathPrefix: '/a' }] },
      { from: 'consul/*', to: 'consul/stock', anyone: true },
      { from: 'istio/*', to: 'istio/clock', anyone: true },
      {
        from: 'consul/info',
        to: 'istio/backend',
        allow: [{ pathExact: '/x' }, { pathPrefix: '/y' }],
      },
    ),
  );

  it('is what the ServiceIntentions say, and whom "*" leaves out', () => {
    expect(intentionsOf(plan, 'consul', 'info')).toEqual([
      { source: 'backend', except: [], allow: [{ methods: ['GET'], pathPrefix: '/a' }] },
    ]);
    expect(intentionsOf(plan, 'consul', 'stock')).toEqual([
      {
        source: '*',
        except: expect.arrayContaining(['backend', 'backend-outbound', 'roots-consul']),
        allow: [],
      },
    ]);
    expect(() => intentionsOf(plan, 'consul', 'nobody')).toThrow('no ServiceIntentions for nobody');
  });

  it('is what the AuthorizationPolicies say', () => {
    const pod = (app: string) => ({ namespace: 'default', labels: { app } });
    expect(authorizationOf(plan, 'istio', pod('backend'))).toEqual([
      {
        source: 'spiffe://cluster.local/ns/default/sa/info',
        except: [],
        allow: [{ pathExact: '/x' }, { pathPrefix: '/y' }],
      },
    ]);
    const [anyone] = authorizationOf(plan, 'istio', pod('clock'));
    expect(anyone?.source).toBe('spiffe://cluster.local/*');
    expect(anyone?.except).toContain('spiffe://cluster.local/ns/default/sa/info');
    expect(authorizationOf(plan, 'istio', pod('stranger'))).toEqual([]);
  });
});
