import { describe, expect, it } from '@jest/globals';
import { explainOwners } from '../../../constructs/federation';
import { customResourceErrors } from '../../../support/upstream/custom-resources';
import { describeWithGatewayApi } from '../../helpers/suites';
import { differences } from './admitted';
import { compile, manifests, membersFor, ofKind, pair, planned, withApiGateways } from './fixtures';
import { World } from './world';

const policy = pair(
  { backend: { gatewayPort: 11_514, previousGatewayPort: 443 }, cart: {} },
  { info: {} },
  { from: 'istio/backend', to: 'consul/info', allow: [{ methods: ['GET'], pathPrefix: '/' }] },
  { from: 'istio/cart', to: 'consul/info' },
);
const plan = compile(policy, withApiGateways(membersFor(policy)));
const moving = compile(policy, withApiGateways(membersFor(policy), true));

describe("Consul's API gateway", () => {
  const resources = manifests(plan, 'consul');

  it('passes each port on to its border, and nothing else', () => {
    expect(differences(policy, plan, new World(plan, planned(plan)))).toEqual([]);
    expect(ofKind(resources, 'TCPRoute').map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining([
        'federation-backend-11514',
        'federation-backend-443',
        expect.stringMatching(/^federation-cart-/),
      ]),
    );
    expect(ofKind(resources, 'MeshService').map(({ spec }) => spec.name)).toEqual([
      'backend',
      'cart',
    ]);
    expect(ofKind(resources, 'IngressGateway')).toEqual([]);
  });

  it('has no Service by its class: the controller would make one whose sources nobody can set', () => {
    const [config] = ofKind(resources, 'GatewayClassConfig');
    expect(config?.spec).not.toHaveProperty('serviceType');
  });

  it('is the source by which a border’s intention knows it', () => {
    const sources = ofKind(resources, 'ServiceIntentions').find(
      ({ spec }) => spec.destination.name === 'backend',
    );
    expect(sources?.spec.sources).toEqual([{ name: 'api-gateway', action: 'allow' }]);
  });

  it('may have no border that is called like it, nor the port that its controller keeps', () => {
    const named = pair(
      { backend: { standIn: 'api-gateway', gatewayPort: 20_000 } },
      { info: {} },
      { from: 'istio/backend', to: 'consul/info' },
    );
    expect(() => compile(named, withApiGateways(membersFor(named)))).toThrow(
      /is 20000, which the gateway of consul has for/,
    );
    expect(() => compile(named, withApiGateways(membersFor(named)))).toThrow(
      /Consul service api-gateway/,
    );
  });

  it('is left to its owner, who is told what it needs', () => {
    const { consul, ...others } = policy.meshes;
    const meshes = { ...others, consul: { ...consul, gatewayListeners: 'existing' } };
    const kept = compile(
      { ...policy, meshes } as typeof policy,
      withApiGateways(membersFor(policy)),
    );
    expect(ofKind(manifests(kept, 'consul'), 'TCPRoute')).toEqual([]);
    expect(explainOwners(kept)).toContainEqual(
      expect.objectContaining({
        resource: 'Gateway consul/api-gateway',
        needs: expect.arrayContaining([
          'TCP listener on port 11514, and a TCPRoute from it to a MeshService of backend',
        ]),
      }),
    );
  });
});

describe('while calls move from an ingress gateway to it', () => {
  it('both lead to the same borders, which let both in', () => {
    const resources = manifests(moving, 'consul');
    const ports = ofKind(resources, 'IngressGateway').flatMap(({ spec }) =>
      spec.listeners.map(({ port }) => port),
    );
    expect(ports).toHaveLength(3);
    expect(ofKind(resources, 'TCPRoute')).toHaveLength(3);
    for (const service of ['backend', 'cart']) {
      const intention = ofKind(resources, 'ServiceIntentions').find(
        ({ spec }) => spec.destination.name === service,
      );
      expect(intention?.spec.sources.map(({ name }) => name)).toEqual([
        'api-gateway',
        'ingress-gateway',
      ]);
    }
    expect(differences(policy, moving, new World(moving, planned(moving)))).toEqual([]);
  });
});

describeWithGatewayApi('against the CRDs of the Gateway API', () => {
  it('all of it is valid', () => {
    const resources = manifests(moving, 'consul');
    expect(resources.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['Gateway', 'GatewayClass', 'GatewayClassConfig', 'TCPRoute']),
    );
    expect(resources.flatMap((resource) => customResourceErrors(resource))).toEqual([]);
  });
});
