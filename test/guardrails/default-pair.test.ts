import { expect, test } from '@jest/globals';
import { formatFinding, Guardrails } from '../../constructs/guardrails';
import { defaultPair } from '../../scan/default-pair';
import { WAIVERS } from '../../scan/waivers';
import { temporaryFolder } from '../support/files';

const findings = new Guardrails({ waivers: WAIVERS }).findings(defaultPair(temporaryFolder()));

test('The default pair keeps every rule that is not waived', () => {
  expect(
    findings.filter(({ waiver }) => waiver === undefined).map((finding) => formatFinding(finding)),
  ).toEqual([]);
});

test('Every waiver of the default pair is needed', () => {
  expect(
    WAIVERS.filter((waiver) => !findings.some((finding) => finding.waiver === waiver)),
  ).toEqual([]);
});
