import { describe, expect, it } from '@jest/globals';
import { arrowKey, crossCalls, hops } from '../../../constructs/federation/plan';
import { marksOf } from '../../../support/diagram/marks';
import type { Finding, HopReport, Report } from '../../../support/doctor/finding';
import { planOf, WEATHER } from '../../helpers/plans';

const plan = planOf(WEATHER);

/** What the doctor says when it finds this at the hops that are named by call and place. */
function reportOf(found: Readonly<Record<string, Partial<HopReport>>>): Report {
  return {
    calls: crossCalls(plan).map((call) => ({
      call: call.id,
      hops: hops(plan, call, { addresses: () => '192.0.2.1' }).map(({ place, mesh, name }) => ({
        place,
        mesh,
        name,
        looked: [],
        findings: [],
        ...found[`${call.id} ${place}`],
      })),
    })),
  };
}

const finding = (level: Finding['level'], code: string): Finding => ({
  code,
  level,
  mesh: 'istio',
  what: 'What.',
  mend: 'mend',
});

describe('the colours of the drawing', () => {
  it('are green where all that was looked at is right', () => {
    const { boxes, arrows } = marksOf(plan, reportOf({}));
    expect([...boxes.keys()].sort()).toEqual([
      'border consul default/backend-inbound',
      'border consul default/backend-outbound',
      'border istio default/info-border',
      'service consul/info',
      'service istio/backend',
    ]);
    expect(arrows.size).toBe(2);
    const marks = [...boxes.values(), ...arrows.values()].map(({ mark }) => mark);
    expect(new Set(marks)).toEqual(new Set(['right']));
  });

  it('are at the hop of the finding: a gateway is the arrow across the roots', () => {
    const { boxes, arrows } = marksOf(
      plan,
      reportOf({
        'consul/info -> istio/backend border-out': {
          findings: [finding('broken', 'roots-missing')],
        },
        'consul/info -> istio/backend gateway': { findings: [finding('warning', 'no-address')] },
      }),
    );
    expect(boxes.get('border consul default/backend-outbound')).toEqual({
      mark: 'broken',
      notes: ['broken: roots-missing'],
    });
    const arrow = arrowKey({
      from: 'border consul default/backend-outbound',
      to: 'border istio default/info-border',
    });
    expect(arrows.get(arrow)).toEqual({ mark: 'warning', notes: ['warning: no-address'] });
    expect(boxes.get('border istio default/info-border')?.mark).toBe('right');
  });

  it('are those of the worst where several calls pass, with each finding once', () => {
    const late = finding('warning', 'pods-late');
    const { boxes } = marksOf(
      plan,
      reportOf({
        'istio/backend -> consul/info caller': { findings: [late] },
        'consul/info -> istio/backend callee': { findings: [finding('broken', 'no-pods'), late] },
      }),
    );
    expect(boxes.get('service istio/backend')).toEqual({
      mark: 'broken',
      notes: ['warning: pods-late', 'broken: no-pods'],
    });
  });

  it("say of a partner's that it is not visible from here", () => {
    const { boxes } = marksOf(
      plan,
      reportOf({ 'istio/backend -> consul/info border-in': { notOurs: true } }),
    );
    expect(boxes.get('border consul default/backend-inbound')?.mark).toBe('theirs');
  });
});
