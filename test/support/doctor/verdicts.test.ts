import { describe, expect, it } from '@jest/globals';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import { consulKind } from '../../../support/doctor/kinds/consul';
import { istioKind } from '../../../support/doctor/kinds/istio';
import { ClusterDouble } from '../../helpers/cluster-double';

const condition = (type: string, status: string, message: string) => ({ type, status, message });
const gatewayApi = (kind: string, status?: object) => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind,
  ...(status && { status }),
});

describe('the verdict of a controller', () => {
  it("is read in Consul's config entries", () => {
    const status = { conditions: [condition('Synced', 'False', 'not tcp')] };
    expect(consulKind.refusal({ apiVersion: 'consul.hashicorp.com/v1alpha1', status })).toBe(
      'not tcp',
    );
    expect(consulKind.refusal({ apiVersion: 'consul.hashicorp.com/v1alpha1' })).toBeUndefined();
  });

  it.each([
    ['Consul', consulKind],
    ['Istio', istioKind],
  ])('is read in resources of the Gateway API by %s', (_, kind) => {
    const refusal = (object: YamlMap) => kind.refusal(object);
    const accepted = condition('Accepted', 'True', 'accepted');
    const programmed = condition('Programmed', 'False', 'no pods');
    expect(refusal(gatewayApi('Gateway', { conditions: [accepted, programmed] }))).toBe('no pods');
    const parents = [
      { conditions: [accepted] },
      { conditions: [condition('ResolvedRefs', 'False', 'no such Service')] },
    ];
    expect(refusal(gatewayApi('TLSRoute', { parents }))).toBe('no such Service');
    expect(refusal(gatewayApi('TLSRoute', { parents: parents.slice(0, 1) }))).toBeUndefined();
    expect(
      refusal(gatewayApi('Gateway', { conditions: [condition('Conflicted', 'False', 'none')] })),
    ).toBeUndefined();
  });

  it('is missing where nobody looks at a route, and the doctor says so', () => {
    expect(istioKind.refusal(gatewayApi('TLSRoute'))).toMatch(/^no controller has looked at it/);
  });
});

describe('intentions of Consul', () => {
  const denial = (pathRegex: string) =>
    consulKind.denial(
      new (class extends ClusterDouble {
        public override list(): Promise<YamlMap[]> {
          const sources = [
            {
              name: 'backend-outbound',
              permissions: [{ action: 'deny', http: { pathRegex } }],
            },
          ];
          const spec = { destination: { name: 'info' }, sources };
          return Promise.resolve([{ metadata: { name: 'own', namespace: 'shop' }, spec }]);
        }
      })(),
      {
        namespace: 'shop',
        labels: {},
        destination: 'info',
        source: 'backend-outbound',
        requests: [{ method: 'GET', path: '/weather' }],
      },
      'consul',
    );

  it('deny what a pattern of theirs is about', async () => {
    expect(await denial('/weather.*')).toMatch(/^ServiceIntentions shop\/own denies/);
  });

  it('are not judged by a pattern that JavaScript cannot read', async () => {
    expect(await denial('(?i)[[:alpha:]]*(?P<name>x)')).toBeUndefined();
  });
});
