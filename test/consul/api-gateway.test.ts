import { describe, expect, it } from '@jest/globals';
import { ConsulMesh, type ConsulGatewayProps } from '../../constructs/consul';
import { nlbAnnotations } from '../../constructs/kubernetes';
import { clusterStack } from '../helpers/cluster';
import { type Block, releaseValues, resources, synthesise } from '../helpers/synth';

const clusterId = '11111111-2222-3333-4444-555555555555';

function given(gateway: ConsulGatewayProps, gatewayApiCrds?: 'existing') {
  const stack = clusterStack();
  return { stack, mesh: new ConsulMesh(stack, 'mesh', { clusterId, gateway, gatewayApiCrds }) };
}

type Stack = ReturnType<typeof clusterStack>;

function service(stack: Stack): Block | undefined {
  return Object.values(resources(stack, 'kubernetes_service_v1')).find(
    ({ metadata }) => (metadata as Block)['name'] === 'consul-api-gateway',
  );
}

/** What is looked up before anything is changed, with what is said then. */
function lookedUp(stack: Stack): string {
  return JSON.stringify(synthesise(stack).data);
}

describe('a Consul mesh with an API gateway', () => {
  const { stack, mesh } = given({
    kind: 'api',
    federationPorts: [443, 11_514],
    serviceAnnotations: nlbAnnotations(),
    allowedSources: ['192.0.2.0/24'],
  });

  it('has a Service of its own for it, with all that a load balancer is told', () => {
    expect(mesh.gateway).toEqual({
      kind: 'api',
      name: 'api-gateway',
      serviceName: 'consul-api-gateway',
    });
    expect(service(stack)).toMatchObject({
      metadata: { annotations: nlbAnnotations() },
      spec: {
        type: 'LoadBalancer',
        load_balancer_source_ranges: ['192.0.2.0/24'],
        // What Consul's controller writes on the pods of the Gateway of this name.
        selector: {
          component: 'api-gateway',
          'gateway.consul.hashicorp.com/name': 'api-gateway',
          'gateway.consul.hashicorp.com/namespace': 'consul',
        },
        port: [
          { port: 443, target_port: '30443' },
          { port: 11_514, target_port: '11514' },
        ],
      },
      wait_for_load_balancer: true,
    });
    // The controller deletes a Service that is named like its Gateway, where the class asks for none.
    expect(mesh.gateway.serviceName).not.toBe(mesh.gateway.name);
  });

  it('has no ingress gateway, and a controller that looks for TCPRoutes', () => {
    const values = releaseValues(stack, 'consul');
    expect(values.ingressGateways).toEqual({
      enabled: false,
      defaults: expect.anything(),
    });
    expect(values.global).toMatchObject({ crds: { enableTcpRoute: true } });
  });

  it('keeps one of its pods while nodes are drained', () => {
    expect(Object.values(resources(stack, 'kubernetes_pod_disruption_budget_v1'))).toMatchObject([
      { spec: { selector: { match_labels: { component: 'api-gateway' } } } },
    ]);
  });

  it('is refused where somebody else brings the CRDs, and no TCPRoute', () => {
    expect(lookedUp(given({ kind: 'api' }, 'existing').stack)).toMatch(
      /serves no TCPRoute.*experimental-install\.yaml/,
    );
    expect(lookedUp(given({}, 'existing').stack)).not.toMatch(/TCPRoute/);
  });
});

describe('the CRD of TCPRoute', () => {
  it.each([
    ['is there before an API gateway is, and stays', {}, undefined, true],
    ['is not looked for where nobody brought it', {}, 'existing', false],
    ['is looked for where an API gateway needs it', { beside: 'api' }, 'existing', true],
  ] as const)('%s', (_, gateway, crds, expected) => {
    expect(releaseValues(given(gateway, crds).stack, 'consul').global).toMatchObject({
      crds: { enableTcpRoute: expected },
    });
  });
});

describe('calls move from one gateway to the other', () => {
  const beside = { 'mesh-federation/beside': 'true' };
  const ingress = (stack: Stack) =>
    (releaseValues(stack, 'consul').ingressGateways as { gateways: Block[] }).gateways;

  it('while both are there, of which one says that nobody is told of it', () => {
    const first = given({ beside: 'api' });
    expect(first.mesh.besideGateway?.serviceName).toBe('consul-api-gateway');
    expect(first.mesh.besideGatewayBudget?.metadataInput?.name).toBe('consul-api-gateway');
    expect(service(first.stack)).toMatchObject({ metadata: { annotations: beside } });
    expect(JSON.stringify(ingress(first.stack))).not.toContain('beside');

    const second = given({ kind: 'api', beside: 'ingress' });
    expect(service(second.stack)).not.toMatchObject({ metadata: { annotations: beside } });
    expect(ingress(second.stack)).toMatchObject([
      { name: 'ingress-gateway', service: { annotations: 'mesh-federation/beside: "true"' } },
    ]);
  });

  it('to the other kind only', () => {
    expect(() => given({ beside: 'ingress' })).toThrow(
      'gateway.beside: must be the kind that the gateway is not',
    );
  });
});
