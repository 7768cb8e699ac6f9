import { describe, expect, it } from '@jest/globals';
import { Testing } from 'cdktf';
import { type ConfigInput, defineConfig } from '../../config';
import { addStacks } from '../../stacks';
import { type Block, resources, stackOf } from '../helpers/synth';

type Policy = Readonly<Record<'istio' | 'consul', object>>;

/** What the stack of a mesh keeps of the ways of calls, by the way. */
function kept(mesh: 'istio' | 'consul', settings: Partial<Policy> = {}) {
  const app = Testing.app();
  const { istio = {}, consul = {} } = settings;
  const services = {
    istio: { frontend: { namespace: 'weather' }, backend: { namespace: 'weather' } },
    consul: { info: { namespace: 'weather', intentionsName: 'allow-backend' } },
  };
  const input: ConfigInput = {
    eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
    accessPolicy: {
      meshes: {
        istio: { kind: 'istio', services: services.istio, ...istio },
        consul: { kind: 'consul', services: services.consul, ...consul },
      },
      rules: [
        { from: 'istio/frontend', to: 'istio/backend' },
        { from: 'istio/backend', to: 'consul/info' },
        { from: 'consul/info', to: 'istio/backend' },
      ],
    },
  };
  addStacks(app, defineConfig(input).config);
  return Object.entries(resources(stackOf(app, `${mesh}-mesh`), 'terraform_data')).filter(([id]) =>
    id.startsWith('kept-ways'),
  );
}

interface Check {
  readonly condition: string;
  readonly error_message: string;
}

function check(all: readonly (readonly [string, Block])[], way: string): Check {
  const found = all.flatMap(([, { lifecycle }]) => {
    const { postcondition = [] } = lifecycle as { postcondition?: Check[] };
    return postcondition.filter((one) => one.error_message.startsWith(way));
  });
  expect(found).toHaveLength(1);
  return found[0] ?? { condition: '', error_message: '' };
}

/** Whether what was kept is forgotten when this is deployed after a deploy without it. */
function trigger(all: readonly (readonly [string, Block])[], id: string) {
  const [, from] = all.find(([name]) => name.startsWith(`kept-ways_${id}-from_`)) ?? [];
  return { input: from?.input, ignores: (from?.lifecycle as Block | undefined)?.ignore_changes };
}

describe('A deployed pair keeps the way of its calls', () => {
  it('of each mesh in its own stack', () => {
    const ways = (mesh: 'istio' | 'consul') =>
      kept(mesh)
        .map(([id]) => id.replace(/^kept-ways_(.*)_.*$/, '$1'))
        .filter((id) => !id.endsWith('-from'));
    expect(ways('istio').sort()).toEqual(['in-from-consul', 'out-of-backend']);
    expect(ways('consul')).toEqual(['in-from-istio']);
  });

  it('into each mesh, from each other one', () => {
    const { condition, error_message: message } = check(
      kept('istio', { istio: { in: 'service' } }),
      'The way of calls from consul into istio',
    );
    expect(condition).toContain('"service"');
    expect(message).toMatch(/Nothing was changed.*inFrom of accessPolicy\.meshes\.istio/);
    expect(check(kept('consul'), 'The way of calls from istio into consul').condition).toContain(
      '"gateway"',
    );
  });

  it('out of an Istio mesh, of each service that calls another mesh', () => {
    const all = kept('istio', { istio: { out: 'border' } });
    const { condition, error_message: message } = check(
      all,
      'The way by which calls of istio/backend leave its mesh',
    );
    expect(condition).toContain('"border"');
    expect(message).toContain('outFrom of accessPolicy.meshes.istio');
    expect(JSON.stringify(all)).not.toContain('istio/frontend');
    expect(JSON.stringify(kept('consul'))).not.toContain('leave its mesh');
  });

  it.each([
    ['in-from-consul', { in: 'service', inFrom: 'gateway' }, 'gateway to service'],
    ['in-from-consul', { inFrom: 'service' }, 'service to gateway'],
    ['out-of-backend', { out: 'border', outFrom: 'sidecar' }, 'sidecar to border'],
  ])('until it is said what it was: %s', (id, istio, input) => {
    const all = kept('istio', { istio });
    expect(trigger(all, id)).toEqual({ input, ignores: undefined });
    const [from] = all.find(([name]) => name.startsWith(`kept-ways_${id}-from_`)) ?? [];
    const [, record] = all.find(([name]) => name.startsWith(`kept-ways_${id}_`)) ?? [];
    expect((record?.lifecycle as Block).replace_triggered_by).toEqual([
      `terraform_data.${from ?? ''}`,
    ]);
    expect(Object.values(record?.input as Block)).toEqual([input.split(' to ')[1]]);
    // Not once more when that is taken out: calls must stay where they are by then.
    expect(trigger(kept('istio'), id)).toEqual({ input: 'nowhere', ignores: ['input'] });
  });
});
