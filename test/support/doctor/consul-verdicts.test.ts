import { describe, expect, it } from '@jest/globals';
import { consulKind } from '../../../support/doctor/kinds/consul';

const condition = (type: string, status: string, message: string) => ({ type, status, message });

describe("the verdict of Consul's controller", () => {
  it('is read in a config entry, in a Gateway, and in a route for each Gateway that it names', () => {
    const verdict = (status: object) => consulKind.refusal({ status });
    expect(verdict({ conditions: [condition('Synced', 'False', 'not tcp')] })).toBe('not tcp');
    expect(
      verdict({
        conditions: [
          condition('Accepted', 'True', 'accepted'),
          condition('Programmed', 'False', 'no pods'),
        ],
      }),
    ).toBe('no pods');
    const parents = [
      { conditions: [condition('Accepted', 'True', 'accepted')] },
      { conditions: [condition('ResolvedRefs', 'False', 'no such MeshService')] },
    ];
    expect(verdict({ parents })).toBe('no such MeshService');
  });

  it('is for a resource where nothing is against it', () => {
    expect(consulKind.refusal({})).toBeUndefined();
    expect(
      consulKind.refusal({ status: { conditions: [condition('Conflicted', 'False', 'none')] } }),
    ).toBeUndefined();
  });
});
