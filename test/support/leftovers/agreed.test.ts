import { describe, expect, it } from '@jest/globals';
import { agreedNow, leftBehind } from '../../../support/leftovers/agreed';
import type { Judged, Verdict } from '../../../support/leftovers/judge';

const thing = (
  kind: string,
  verdict: Verdict = 'left behind',
  why = 'nothing uses it',
): Judged => ({
  kind,
  id: `${kind}-1`,
  name: kind,
  tags: {},
  of: 'mesh-istio',
  verdict,
  why,
});
const [group, volume, address] = [thing('group'), thing('volume'), thing('address')];

describe('What was agreed to', () => {
  it('goes when it is as it was', () => {
    expect(agreedNow([group, volume], { things: [group, volume], unseen: [] })).toEqual({
      going: [group, volume],
      failures: [],
    });
  });

  it('is no failure when it is gone by now, or about to go', () => {
    const ending = thing('volume', 'ending', 'is deleted tomorrow');
    expect(agreedNow([group, volume], { things: [ending], unseen: [] })).toEqual({
      going: [],
      failures: [],
    });
  });

  it('is told when it could not be looked at again, of every thing of that kind', () => {
    const second = { ...group, id: 'group-2' };
    const unseen = [{ kind: 'group', reason: 'the service is busy' }];
    expect(agreedNow([group, second, address], { things: [address], unseen })).toEqual({
      going: [address],
      failures: [group, second].map((one) => ({
        thing: one,
        reason: 'it could not be looked at again: the service is busy',
      })),
    });
  });

  it('stays when it came into use, and that is told', () => {
    const used = thing('volume', 'in use', 'i-1 uses it');
    const kept = thing('address', 'kept', 'of mesh-istio, which is UPDATING');
    const { going, failures } = agreedNow([group, volume, address], {
      things: [group, used, kept],
      unseen: [],
    });
    expect(going).toEqual([group]);
    expect(failures.map(({ reason }) => reason)).toEqual([
      'it may be in use by now: i-1 uses it',
      'it may be in use by now: of mesh-istio, which is UPDATING',
    ]);
  });

  it('is nothing that has come since', () => {
    expect(agreedNow([group], { things: [group, volume], unseen: [] }).going).toEqual([group]);
  });
});

describe('What may be deleted', () => {
  it('is what is left behind, and nothing else', () => {
    const others = (['in use', 'kept', 'ending'] as const).map((verdict) =>
      thing('other', verdict),
    );
    expect(leftBehind([...others, group])).toEqual([group]);
  });
});
