import { expect, test } from '@jest/globals';
import { Testing } from 'cdktf';
import { formatFinding, Guardrails } from '../../constructs/guardrails';
import { addDefaultPair } from '../../support/synth/default-pair';
import { WAIVERS } from '../../scan/waivers';

const app = Testing.app();
addDefaultPair(app);
const findings = new Guardrails({ waivers: WAIVERS }).findings(app);

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
