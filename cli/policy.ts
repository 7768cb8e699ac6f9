/**
 * `npm run policy` prints who may call what in all meshes and what enforces it, before anything is
 * deployed.
 */
import { Option } from 'commander';
import { agreementLines, agreements, awaitedNotes, endingRoots } from '../config/partners';
import { commandLine } from '../constructs/command-line';
import {
  type AccessPlan,
  callerPodAnnotations,
  crossCalls,
  explain,
  explainBorders,
  explainOwners,
  plannedResources,
} from '../constructs/federation/plan';
import { sameMeshProblems } from '../constructs/federation/plan/internal';
import { helmYaml } from '../constructs/kubernetes/helm-yaml';
import { policyAndPlan } from '../support/policy/access-plan';
import { policyTables } from '../support/policy/tables';
import { EXIT, orMistake, refuseAll, runProgram, UserError } from '../support/terminal/user-error';
import { newCommand } from './command';

interface Options {
  readonly json?: true;
  readonly yaml?: true;
  readonly annotations?: string;
  readonly with?: readonly string[];
  readonly mesh?: string;
}

export const command = newCommand('policy', [
  ['', 'the tables'],
  ['--yaml --mesh istio', 'the custom resources of one cluster'],
  ['--annotations istio/backend', "what a caller's pods need"],
  ['--annotations shop/checkout --with depot.yaml', 'of several federations of its mesh'],
])
  .description('Prints who may call what in all meshes, and what enforces it.')
  .option('--json', 'print it as JSON')
  .addOption(new Option('--yaml', 'print the custom resources that it comes to').conflicts('json'))
  .addOption(
    new Option(
      '--annotations <service>',
      'print what the pod template of a calling Istio service needs: istio/backend',
    ).conflicts(['json', 'yaml']),
  )
  .option(
    '--with <file...>',
    'with --annotations: settings of other federations of the mesh, whose annotations the same pods need',
  )
  .option('--mesh <mesh>', 'with --yaml: only those of one mesh, by its name in `meshes`')
  .action((options: Options) =>
    runProgram(() => {
      console.log(report(options));
      return EXIT.right;
    }),
  );

function report({ json, yaml, annotations, with: others = [], mesh }: Options): string {
  refuseAll([
    ...(mesh !== undefined && yaml === undefined
      ? [
          `--mesh goes with --yaml: "${commandLine('policy', `--yaml --mesh ${mesh}`, true)}" prints the custom ` +
            `resources of ${mesh}.`,
        ]
      : []),
    ...(others.length > 0 && annotations === undefined
      ? [
          `--with goes with --annotations: "${commandLine('policy', `--annotations shop/checkout --with ${others.join(' ')}`, true)}".`,
        ]
      : []),
  ]);
  const { config, plan } = policyAndPlan();
  const partners = Object.keys(config.partners);
  if (annotations === undefined) {
    const ending = endingRoots(config).map(({ message }) => message);
    for (const note of [...awaitedNotes(config), ...ending]) console.error(`Note: ${note}`);
  }
  if (yaml) {
    return resourcesAsYaml(plan, mesh);
  }
  if (annotations !== undefined) {
    const found = podAnnotations(plan, annotations, others);
    const none =
      Object.keys(found).length === 0 ? `# ${withoutAnnotations(plan, annotations)}\n` : '';
    return none + helmYaml({ annotations: found });
  }
  if (json) {
    const report = {
      lines: explain(plan, partners),
      borders: explainBorders(plan),
      owners: explainOwners(plan),
      partners: agreements(config),
    };
    return JSON.stringify(report, null, 2);
  }
  const agreed = agreements(config).flatMap(agreementLines);
  return agreed.length === 0
    ? policyTables(plan, partners)
    : `${policyTables(plan, partners)}\n\nWhat comes from partners and is agreed with them, to be compared with them\n${agreed.map((line) => `  ${line}`).join('\n')}`;
}

function podAnnotations(
  plan: AccessPlan,
  service: string,
  files: readonly string[],
): Record<string, string> {
  const mistakes: string[] = [];
  const plans = [
    { where: '--annotations', plan },
    ...files.flatMap((file) => {
      const read = orMistake(mistakes, () => policyAndPlan(file, '--with'));
      return read === undefined ? [] : [{ where: `--with: ${file}`, plan: read.plan }];
    }),
  ];
  for (const { where, plan: one } of plans) {
    const known = one.services.map(({ ref }) => ref);
    if (!known.includes(service)) {
      mistakes.push(
        `${where}: accessPolicy has no service "${service}"; there are: ${known.join(', ')}`,
      );
    }
  }
  refuseAll(mistakes);
  const further = plans.slice(1).map((one) => one.plan);
  const [twice] = sameMeshProblems([plan, ...further], service);
  if (twice !== undefined) throw new UserError(`--with: ${twice.message}`);
  return callerPodAnnotations(plan, service, further);
}

/** Why the pods of a service need none. */
function withoutAnnotations(plan: AccessPlan, service: string): string {
  const isCaller = crossCalls(plan).some(({ caller }) => caller.ref === service);
  return `The pods of ${service} need no annotations: ${
    isCaller
      ? 'its calls to other meshes leave by a border, which speaks for it'
      : 'no rule lets it call a service of another mesh'
  }.`;
}

/** In the order in which they are made. */
function resourcesAsYaml(plan: AccessPlan, only?: string): string {
  const names = Object.keys(plan.meshes);
  if (only !== undefined && !names.includes(only)) {
    throw new UserError(`--mesh: there is no mesh "${only}"; there are: ${names.join(', ')}`);
  }
  return plannedResources(plan, (mesh) => `${mesh}-gateway.invalid`)
    .filter(({ mesh }) => only === undefined || mesh === only)
    .map(({ mesh, manifest }) => `---\n# In the cluster of ${mesh}\n${helmYaml(manifest)}`)
    .join('');
}
