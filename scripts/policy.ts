/**
 * `npm run policy` prints who may call what in both meshes and what enforces it, before anything is
 * deployed.
 */
import './support/lean-dependencies.cjs';
import { App } from 'cdktf';
import { Command, Option } from 'commander';
import { stringify } from 'yaml';
import { ConfigError, loadConfig, type Side, SIDES } from '../config';
import {
  type AccessPlan,
  callerPodAnnotations,
  explain,
  explainBorders,
  plannedResources,
} from '../constructs/federation';
import { addStacks } from '../stacks';
import { policyTables } from './support/policy-tables';

interface Options {
  readonly json?: true;
  readonly yaml?: true;
  readonly annotations?: string;
  readonly mesh?: Side;
}

const program = new Command('npm run policy --')
  .description('Prints who may call what in both meshes, and what enforces it.')
  .option('--json', 'print it as JSON')
  .addOption(new Option('--yaml', 'print the custom resources that it comes to').conflicts('json'))
  .addOption(
    new Option(
      '--annotations <service>',
      'print what the pod template of a calling Istio service needs: istio/backend',
    ).conflicts(['json', 'yaml']),
  )
  .addOption(new Option('--mesh <mesh>', 'with --yaml: only those of one cluster').choices(SIDES))
  .parse();

function report({ json, yaml, annotations, mesh }: Options): string {
  // What only a deploy needs must not be in the way.
  const { config } = loadConfig({ assume: { eks: { endpoint: { privateOnly: true } } } });
  const plan = addStacks(new App(), config);
  if (yaml) {
    return resourcesAsYaml(plan, mesh);
  }
  if (annotations !== undefined) {
    return stringify({ annotations: podAnnotations(plan, annotations) });
  }
  if (json) {
    return JSON.stringify({ lines: explain(plan), borders: explainBorders(plan) }, null, 2);
  }
  return policyTables(plan);
}

function podAnnotations(plan: AccessPlan, service: string): Record<string, string> {
  const known = plan.services.map(({ ref }) => ref);
  if (!known.includes(service)) {
    const message = `has no service "${service}"; there are: ${known.join(', ')}`;
    throw new ConfigError([{ path: ['accessPolicy'], message }], '--annotations');
  }
  return callerPodAnnotations(plan, service);
}

/** In the order in which they are made. */
function resourcesAsYaml(plan: AccessPlan, only?: Side): string {
  return plannedResources(plan, (mesh) => `${mesh}-gateway.invalid`)
    .filter(({ mesh }) => only === undefined || mesh === only)
    .map(({ mesh, manifest }) => `---\n# In the cluster of ${mesh}\n${stringify(manifest)}`)
    .join('');
}

try {
  console.log(report(program.opts<Options>()));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
