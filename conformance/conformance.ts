/**
 * `npm run conformance` applies every Kubernetes object that the project generates to a real API
 * server, strictly: a field that it does not know is an error. Then it tries what the admission policies
 * are against, deploys two halves of a federation from two states, plans other connections of a mesh, deploys
 * Gateways and resources of Consul that a controller refuses, and breaks a working pair in a hundred ways to see
 * the doctor name each. See README.md.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Testing, type TerraformStack } from 'cdktf';
import type { YamlMap } from '../constructs/kubernetes/yaml-file';
import { messageOf } from '../constructs/problems';
import { checkAdmission } from './admission';
import { controlPlaneBinaries } from './binaries';
import { checkConformance } from './check';
import { checkCrossing } from './crossing';
import { checkDoctor } from './doctor';
import { checkGateways } from './gateways';
import { checkHalves } from './halves';
import { checkTakenUp } from './taken-up';
import { federatedStacks, LINKERD_CLUSTER, linkerdStacks } from './configuration';
import { type Source, sources } from '../support/objects/sources';
import { type Counts, counts, failuresIn, reportText } from './report';
import {
  linkerdSchemasFolder,
  linkerdSchemasMissing,
  schemasFolder,
  schemasMissing,
} from '../support/upstream/schemas';
import {
  GATEWAY_API_CRDS,
  missing,
  moduleCrdFiles,
  MONITORING_CRDS,
} from '../support/upstream/module-crds';
import { CACHE } from '../support/paths';

/** For `.ci/run`: a check that was skipped is not one that passed. */
interface Summary extends Counts {
  /** A line each. */
  readonly failures: readonly string[];
}

const SUMMARY = path.join(CACHE, 'conformance-summary.json');

async function main(): Promise<Summary> {
  if (schemasFolder() === undefined) return skip(schemasMissing);
  const binaries = controlPlaneBinaries(process.env, console.log);
  if ('problem' in binaries)
    return skip(`${binaries.name}: ${binaries.problem}. ${binaries.remedy}`);

  const start = performance.now();
  const operator = moduleCrdFiles(MONITORING_CRDS) !== undefined;
  const gatewayApi = moduleCrdFiles(GATEWAY_API_CRDS) !== undefined;
  const sourcesOf = (stacks: readonly TerraformStack[]) =>
    stacks.flatMap((stack) => sources(JSON.parse(Testing.synth(stack, true)) as YamlMap));
  const linkerd = linkerdSchemasFolder() !== undefined;
  const found = [
    ...sourcesOf(federatedStacks({ operator, gatewayApi })),
    ...sourcesOf(linkerdStacks()).filter(
      (source) => source.cluster === LINKERD_CLUSTER && (linkerd || isOfKubernetes(source)),
    ),
  ];
  const report = await checkConformance(found, binaries);
  const [gateways, takenUp, [halves, crossing]] = await Promise.all([
    // These wait most of their time.
    checkGateways(binaries),
    checkTakenUp(binaries),
    checkHalves(binaries).then(async (first) => [first, await checkCrossing(binaries)] as const),
  ]);
  const attempts = [
    ...(await checkAdmission(binaries)),
    ...('skipped' in halves ? [] : halves),
    ...('skipped' in crossing ? [] : crossing),
    ...('skipped' in gateways ? [] : gateways),
    ...('skipped' in takenUp ? [] : takenUp),
  ];
  const doctor = await checkDoctor(binaries);
  const diagnoses = 'skipped' in doctor ? [] : doctor;
  const whole = {
    ...report,
    leftOut: [
      ...report.leftOut,
      ...(operator ? [] : [`PodMonitor and PrometheusRule: ${missing(MONITORING_CRDS)}`]),
      ...(gatewayApi ? [] : [`a gateway of the Gateway API: ${missing(GATEWAY_API_CRDS)}`]),
      ...(linkerd ? [] : [`Linkerd's own kinds and charts: ${linkerdSchemasMissing}`]),
      ...('skipped' in doctor ? [`the faults of the doctor: ${doctor.skipped}`] : []),
      ...('skipped' in halves ? [`the deploy of two halves: ${halves.skipped}`] : []),
      ...('skipped' in crossing ? [`other connections of a mesh: ${crossing.skipped}`] : []),
      ...('skipped' in gateways ? [`Gateways that are not taken up: ${gateways.skipped}`] : []),
      ...('skipped' in takenUp
        ? [`Consul's resources that are not taken up: ${takenUp.skipped}`]
        : []),
    ],
  };
  const result = counts(whole, attempts, diagnoses);
  console.log(reportText(whole, attempts, diagnoses));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`\n${sentence(result)}, ${seconds} s.`);
  return { ...result, failures: Object.values(failuresIn(whole, attempts, diagnoses)).flat() };
}

/** What every API server knows, without the CRDs of a mesh. */
function isOfKubernetes({ content }: Source): boolean {
  return (
    content.kind === 'typed' ||
    (content.kind === 'manifest' && !String(content.manifest['apiVersion']).includes('linkerd.io'))
  );
}

function skip(reason: string): Summary {
  console.log(`Skipped: ${reason}`);
  return { passed: 0, failed: 0, skipped: 1, failures: [] };
}

function sentence({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} left out`;
}

rmSync(SUMMARY, { force: true });
main().then(
  (result) => {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(SUMMARY, JSON.stringify(result));
    process.exitCode = result.failed === 0 ? 0 : 1;
  },
  (error: unknown) => {
    console.error(`conformance: ${messageOf(error)}`);
    process.exitCode = 2;
  },
);
