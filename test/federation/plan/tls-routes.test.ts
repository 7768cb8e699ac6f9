import { describe, expect, it } from '@jest/globals';
import { type AccessPolicy, compilePolicy } from '../../../constructs/federation';
import { customResourceErrors } from '../../../support/upstream/custom-resources';
import { describeWithGatewayApi } from '../../helpers/suites';
import { differences } from './admitted';
import { compile, manifests, membersFor, ofKind, pair, planned, withTlsRoutes } from './fixtures';
import { wayIn } from './evaluators/istio-semantics';
import { World } from './world';

const policy = pair(
  { backend: {}, cart: {} },
  { info: {} },
  { from: 'consul/info', to: 'istio/backend', allow: [{ methods: ['GET'] }] },
  { from: 'consul/info', to: 'istio/cart' },
);
const plan = compile(policy, withTlsRoutes(membersFor(policy)));
const resources = manifests(plan, 'istio');

describe("Istio's gateway by the Gateway API", () => {
  it('passes each name on to its border, and nothing else', () => {
    expect(differences(policy, plan, new World(plan, planned(plan)))).toEqual([]);
    expect(ofKind(resources, 'Gateway')).toEqual([]);
    // Those that lead calls out stay.
    expect(ofKind(resources, 'VirtualService').filter(({ spec }) => spec.gateways)).toEqual([]);
    expect(ofKind(resources, 'TLSRoute')).toHaveLength(1);
  });

  it('names the Service that is there, so that istiod deploys no gateway of its own', () => {
    const gateway = resources.find(
      ({ apiVersion }) => apiVersion === 'gateway.networking.k8s.io/v1',
    );
    expect(gateway?.spec).toMatchObject({
      gatewayClassName: 'istio',
      addresses: [
        { type: 'Hostname', value: 'istio-ingressgateway.istio-ingress.svc.cluster.local' },
      ],
      listeners: [{ port: 8443, protocol: 'TLS', tls: { mode: 'Passthrough' } }],
    });
  });

  it('lets the federations of a mesh enter one gateway, each by a Gateway of its own', () => {
    const partners = [
      ['bank', 'payments'],
      ['depot', 'parcels'],
    ] as const;
    const federations = partners.map(([mesh, service]) => {
      const one: AccessPolicy = {
        meshes: {
          shop: { kind: 'istio', services: { checkout: {} } },
          [mesh]: { kind: 'istio', services: { [service]: {} } },
        },
        rules: [{ from: `${mesh}/${service}`, to: 'shop/checkout' }],
      };
      const meshes = withTlsRoutes(membersFor(one));
      return compilePolicy({ policy: one, meshes, name: mesh });
    });
    const all = federations.flatMap((federation) => manifests(federation, 'shop'));
    const pod = { namespace: 'istio-ingress', labels: { istio: 'ingressgateway' } };
    const host = (name: string) => wayIn(all, pod, 8443, name)?.host;
    expect(host('checkout.shop.payments.bank.federation.internal')).toMatch(/^payments-border\./);
    expect(host('checkout.shop.parcels.depot.federation.internal')).toMatch(/^parcels-border\./);
  });

  it('takes routes of the borders’ namespace only', () => {
    const [route] = ofKind(resources, 'TLSRoute');
    const gateway = resources.find(
      ({ apiVersion }) => apiVersion === 'gateway.networking.k8s.io/v1',
    );
    expect(gateway?.spec).toMatchObject({
      listeners: [
        {
          allowedRoutes: {
            namespaces: {
              from: 'Selector',
              selector: { matchExpressions: [{ values: [route?.metadata.namespace] }] },
            },
          },
        },
      ],
    });
  });
});

describeWithGatewayApi('against the CRDs of the Gateway API', () => {
  it('all of it is valid', () => {
    const found = resources.filter(({ apiVersion }) =>
      apiVersion.startsWith('gateway.networking.k8s.io/'),
    );
    expect(found.map(({ kind }) => kind).sort()).toEqual(['Gateway', 'TLSRoute']);
    expect(found.flatMap((resource) => customResourceErrors(resource))).toEqual([]);
  });
});
