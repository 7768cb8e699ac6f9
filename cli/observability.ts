/**
 * `npm run observability` prints what watches the federation in the cluster of a mesh, for whoever does not
 * have it made by a deploy.
 */
import { Option } from 'commander';
import type { Config } from '../config';
import { accessPlan } from '../config/access-plan';
import { dashboard, observabilityResources } from '../constructs/federation/plan/internal';
import { helmYaml } from '../constructs/kubernetes/helm-yaml';
import { undeployedConfig } from '../support/settings/undeployed';
import { EXIT, refuseAll, runProgram } from '../support/terminal/user-error';
import { newCommand } from './command';

interface Options {
  readonly mesh?: string;
  readonly namespace?: string;
  readonly dashboard?: true;
  readonly json?: true;
}

export const command = newCommand('observability', [
  ['--mesh istio', 'PodMonitor, PrometheusRule and dashboard of one cluster, as YAML'],
  ['--mesh istio --namespace monitoring', 'before federation.observability.namespace is set'],
  ['--dashboard', "the dashboard alone, for Grafana's import"],
])
  .description(
    'Prints what watches the borders and jobs of a mesh: a PodMonitor and a PrometheusRule for the ' +
      'Prometheus Operator, and a ConfigMap with a dashboard for Grafana. Deploys nothing. Who may read ' +
      'the metrics is a setting: federation.observability.namespace.',
  )
  .option(
    '--mesh <mesh>',
    'the mesh in whose cluster they belong, by its name in `meshes`; may be left out where there is one',
  )
  .option('--namespace <namespace>', 'namespace of Prometheus (default: that of the settings)')
  .addOption(
    new Option('--dashboard', 'print the JSON of the dashboard and nothing else').conflicts([
      'mesh',
      'namespace',
    ]),
  )
  .option('--json', 'print it as JSON')
  .action((options: Options) =>
    runProgram(() => {
      console.log(options.dashboard ? dashboardAsJson() : report(options));
      return EXIT.right;
    }),
  );

function dashboardAsJson(): string {
  const { name } = undeployedConfig().federation;
  return JSON.stringify(dashboard(name), null, 2);
}

function report({ mesh: said, namespace, json }: Options): string {
  const config = undeployedConfig();
  const names = Object.keys(config.meshes);
  const [only, ...others] = names;
  const mesh = said ?? (others.length === 0 ? only : undefined);
  const { observability } = config.federation;
  const there = namespace ?? observability.namespace;
  const known = mesh !== undefined && names.includes(mesh);
  refuseAll([
    ...(known ? [] : [meshProblem(mesh, config)]),
    ...(there === undefined
      ? [
          'Nobody may read the metrics yet: set federation.observability.namespace to the namespace of ' +
            'Prometheus and deploy, or name it here: --namespace monitoring.',
        ]
      : []),
  ]);
  if (mesh === undefined || there === undefined) throw new Error('what is missing was not told');
  const resources = observabilityResources(accessPlan(config), mesh, {
    ...observability,
    namespace: there,
  });
  if (json) return JSON.stringify(resources, null, 2);
  return Object.values(resources)
    .map((resource: object) => `---\n${helmYaml(resource)}`)
    .join('')
    .trimEnd();
}

function meshProblem(
  mesh: string | undefined,
  { meshes, partners }: Pick<Config, 'meshes' | 'partners'>,
): string {
  const names = Object.keys(meshes);
  if (mesh === undefined) return `Say which mesh: --mesh ${names.join(' or --mesh ')}.`;
  return `--mesh: ${
    Object.hasOwn(partners, mesh)
      ? `${mesh} is a partner's, who watches it; yours are`
      : `there is no mesh "${mesh}"; there are`
  }: ${names.join(', ')}`;
}
