import { describe, expect, it, test } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { defineConfig } from '../../config';
import { addStacks } from '../../stacks';
import { FederationStack } from '../../stacks/federation';
import { synthesise } from '../helpers/synth';

/*
 * Terraform knows a resource by its logical id: with another id it destroys what is deployed and makes
 * it anew. A change here is a major version, unless it only adds lines. `npx jest logical-ids -u`
 * records it.
 */
test.each([
  ['stay as they are', {}],
  ['stay as they were, with the application in the namespace default', { namespace: 'default' }],
])('The logical ids of everything that is deployed %s', (_, weather) => {
  const app = Testing.app();
  const { config } = defineConfig({
    eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
    network: { flowLogs: { enabled: true } },
    weather,
  });
  addStacks(app, config);
  const stacks = app.node.children.filter((child) => TerraformStack.isStack(child));
  const ids = stacks.flatMap((stack) => {
    const { resource = {}, output = {} } = synthesise(stack);
    return [
      ...Object.entries(resource).flatMap(([type, byId]) =>
        Object.keys(byId).map((id) => `${stack.node.id}: ${type}.${id}`),
      ),
      ...Object.keys(output).map((id) => `${stack.node.id}: output.${id}`),
    ];
  });
  expect(ids.sort().join('\n')).toMatchSnapshot();
});

interface Place {
  readonly namespace?: string;
  readonly movedFrom?: string;
}

function federationOf(borders: Place, weather: Place = {}): FederationStack {
  const app = Testing.app();
  const eks = { endpoint: { publicCidrs: ['203.0.113.7/32'] } };
  addStacks(app, defineConfig({ eks, federation: { borders }, weather }).config);
  const [stack] = app.node.children.filter((child) => child instanceof FederationStack);
  if (stack === undefined) throw new Error('no federation');
  return stack;
}

describe('Borders that move to a namespace of their own', () => {
  const idsOf = (borders: Place) =>
    Object.entries(synthesise(federationOf(borders)).resource ?? {}).flatMap(([type, byId]) =>
      Object.keys(byId).map((id) => `${type}.${id}`),
    );

  it('leave all that is deployed as it is, until they are told to go', () => {
    const [before, meanwhile] = [idsOf({ namespace: 'default' }), idsOf({ movedFrom: 'default' })];
    expect(meanwhile).toEqual(expect.arrayContaining(before));
    expect(meanwhile.length).toBeGreaterThan(before.length);
  });

  it('take over the Services that applications call, also those of an earlier release', () => {
    expect(synthesise(federationOf({}, { namespace: 'default' })).moved).toContainEqual({
      // Of the outbound border, when it was in the namespace default.
      from: 'kubernetes_service_v1.federation_consul_borders_backend-outbound_service_79F86424',
      to: 'kubernetes_service_v1.federation_consul_services_backend-outbound_default_7CAA0FBF',
    });
  });
});
