import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { Report, Verdict } from '../../conformance/check';
import { counts, reportText } from '../../conformance/report';

const accepted: Verdict = {
  cluster: 'mesh-istio',
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: 'roots',
  origin: 'kubernetes_config_map_v1.roots',
  warnings: [],
};
const refused: Verdict = { ...accepted, name: 'other', refusal: 'data: Invalid value' };
const control: Verdict = { ...accepted, refusal: 'strict decoding error: unknown field "x"' };
const report: Report = { verdicts: [accepted, refused], controls: [control], leftOut: ['a chart'] };

describe('a report', () => {
  it('counts what was shown, and what was not', () => {
    expect(counts(report)).toEqual({ passed: 2, failed: 1, skipped: 1 });
  });

  it.each([
    ['was accepted', undefined],
    ['was refused for another reason', 'namespaces "shop" not found'],
  ])('fails when an invented field %s', (_, refusal) => {
    const bad = { verdicts: [accepted], controls: [{ ...control, refusal }], leftOut: [] };
    expect(counts(bad)).toEqual({ passed: 1, failed: 1, skipped: 0 });
    expect(stripVTControlCharacters(reportText(bad))).toMatch(
      /An invented field was not noticed\n.*ConfigMap roots/,
    );
  });

  it('fails when somebody did what a policy is against, or could not do what must go on', () => {
    const attempt = {
      cluster: 'consul',
      what: 'developer writes roots',
      expected: 'refused' as const,
    };
    const held = { ...attempt, answer: 'refused by its rule', passed: true };
    const gone = { ...attempt, answer: '200 ', passed: false };
    const good = { verdicts: [accepted], controls: [control], leftOut: [] };
    expect(counts(good, [held])).toEqual({ passed: 3, failed: 0, skipped: 0 });
    expect(counts(good, [held, gone])).toEqual({ passed: 3, failed: 1, skipped: 0 });
    expect(reportText(good, [gone])).toContain(
      'consul: developer writes roots: must be refused, and the answer is 200',
    );
  });

  it('fails when there was nothing to show', () => {
    expect(counts({ verdicts: [], controls: [], leftOut: [] }).failed).toBe(1);
  });

  it("has the server's reason for each refusal", () => {
    expect(stripVTControlCharacters(reportText(report))).toContain(
      'mesh-istio: ConfigMap other (kubernetes_config_map_v1.roots): data: Invalid value',
    );
  });
});
