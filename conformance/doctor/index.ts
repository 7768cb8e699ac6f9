import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { examine } from '../../support/doctor/examine';
import { type Finding, findingsOf, type Report } from '../../support/doctor/finding';
import { checkEnvoy } from '../../support/programs/envoy';
import { isMissing, missingText } from '../../support/programs/prerequisites';
import type { ControlPlaneBinaries } from '../binaries';
import { type Fault, FAULTS } from './faults';
import { checkProbes } from './probes';
import { RECORDED, RECORDED_FILE, recordKey } from './recorded';
import { WAYS } from './ways';
import { World } from './world';

/** A fault, and what the doctor said of it. */
export interface Diagnosis {
  readonly what: string;
  readonly mesh: string;
  /** Its words for the fault. */
  readonly said: string;
  /** What it says mends it; nothing where nothing was found. */
  readonly fix?: string;
  readonly level?: Finding['level'];
  /** What was wrong with that: nothing when the fault was named, and nothing else. */
  readonly wrong?: string;
}

/** What of a finding must be as it was recorded. */
const WORDS = ['level', 'said', 'fix'] as const;

type Word = (typeof WORDS)[number];

/** Breaks one thing after the other in a world in which all is right, and asks the doctor each time. */
export async function checkDoctor(
  binaries: ControlPlaneBinaries,
): Promise<readonly Diagnosis[] | { readonly skipped: string }> {
  const envoy = checkEnvoy();
  if (isMissing(envoy)) return { skipped: missingText(envoy) };
  const world = await World.start(binaries, envoy.program);
  try {
    const diagnoses = [nothing('Nothing is broken', await ask(world))];
    const tryEach = async (faults: readonly Fault[]) => {
      const { changes } = world;
      for (const fault of faults) {
        try {
          await fault.break(world, fault.mesh);
          diagnoses.push(await diagnose(world, fault));
        } finally {
          await world.mend(changes);
        }
      }
    };
    for (const { what, probe, wrong } of await checkProbes(world)) {
      diagnoses.push({
        what,
        mesh: 'both',
        said: probe.what,
        ...(wrong !== undefined && { wrong }),
      });
    }
    await tryEach(FAULTS);
    for (const { what, settings, addresses, arrange, faults } of WAYS) {
      try {
        await world.deploy(settings, addresses);
        await arrange(world);
        diagnoses.push(nothing(what, await ask(world)));
        await tryEach(faults);
      } finally {
        await world.mend();
      }
    }
    const all = [...diagnoses, nothing('All is mended', await ask(world))];
    if (process.env['RECORD_DIAGNOSES'] !== undefined) record(all);
    return all;
  } finally {
    await world.end();
  }
}

function ask({ deployed }: World): Promise<Report> {
  Object.values(deployed.clusters).forEach((cluster) => cluster.forget());
  return examine(deployed);
}

function nothing(what: string, report: Report): Diagnosis {
  const said = text(findingsOf(report));
  return { what, mesh: 'both', said, ...(said !== '' && { wrong: `it finds ${said}` }) };
}

async function diagnose(world: World, { what, mesh, code, place }: Fault): Promise<Diagnosis> {
  const report = await ask(world);
  const findings = findingsOf(report);
  const [first, ...others] = findings;
  const words = {
    level: first?.level,
    said: lasting(first?.what ?? ''),
    fix: lasting(first?.mend ?? ''),
  };
  const found = `it finds ${text(findings) || 'nothing'}`;
  const atPlace = report.calls.some(({ hops }) =>
    hops.some((hop) => hop.place === place && hop.findings.length > 0),
  );
  const recorded = RECORDED[recordKey({ what, mesh })];
  const other = WORDS.filter((one) => words[one] !== recorded?.[one]);
  const wrong =
    first?.code !== code || first.mesh !== mesh || others.length > 0
      ? found
      : !atPlace
        ? `${found}, at another hop than ${place}`
        : other.length > 0 && process.env['RECORD_DIAGNOSES'] === undefined
          ? `it says ${valuesOf(words, other)}, and ${valuesOf(recorded, other)} is in ${path.basename(RECORDED_FILE)}; RECORD_DIAGNOSES=true npm run conformance records it`
          : undefined;
  return { what, mesh, ...words, ...(wrong !== undefined && { wrong }) };
}

function text(findings: readonly Finding[]): string {
  return findings.map(({ mesh, code, what }) => `${mesh} ${code}: ${what}`).join(' | ');
}

function valuesOf(from: Partial<Record<Word, string>> | undefined, words: readonly Word[]): string {
  return words.map((word) => `${word} "${from?.[word] ?? ''}"`).join(', ');
}

/** Without what is another each time. */
function lasting(said: string): string {
  return said
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/([0-9A-F]{2}:){7}[0-9A-F]{2}\.\.\./g, 'FINGERPRINT');
}

/** Keeps what was said: all of it for the next time, what is so for the table in the docs. */
function record(diagnoses: readonly Diagnosis[]): void {
  const all = [...FAULTS, ...WAYS.flatMap(({ faults }) => faults)].map((fault) => {
    const own = diagnoses.find(({ what, mesh }) => what === fault.what && mesh === fault.mesh);
    const { place, code } = fault;
    const { level, said = '', fix } = own ?? {};
    return [recordKey(fault), { place, code, level, said, fix }] as const;
  });
  writeFileSync(RECORDED_FILE, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
}
