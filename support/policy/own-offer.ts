import { loadConfig } from '../../config';
import { memberOf } from '../../config/access-plan';
import { placedMeshes } from '../../config/placed-meshes';
import { entranceOf } from '../../constructs/federation/plan/borders';
import {
  type AccessPlan,
  JOB_NAMES,
  jobsNamespaceOf,
  meshOf,
} from '../../constructs/federation/plan/plan';
import { PUBLISHED } from '../../constructs/federation/jobs/keys';
import { textIn, type YamlMap, yamlMap, yamlMaps } from '../../constructs/kubernetes/yaml-file';
import { connect } from '../doctor/load';
import { UserError } from '../terminal/user-error';

/** What others need of a mesh, as its cluster has it. */
export interface Shown {
  /** Address of the gateway's load balancer; nothing while there is none. */
  readonly gateway?: string;
  /** PEM of its roots; nothing where the API server of its cluster does not have them. */
  readonly roots?: string;
}

/**
 * Looks at the cluster of a mesh of ours. Nothing is changed there.
 *
 * @throws ConfigError; UserError when the cluster cannot be found or does not answer
 */
export async function shownBy(mesh: string, plan: AccessPlan): Promise<Shown> {
  const { config } = loadConfig({ unagreed: true });
  const placed = placedMeshes(config).find(({ name }) => name === mesh);
  if (placed === undefined) throw new Error(`meshes has no ${mesh}`);
  const member = memberOf(placed, config.aws.region);
  const cluster = await connect(config, placed);
  const read = (kind: string, namespace: string, name: string) =>
    cluster.read({ apiVersion: 'v1', kind, namespace, name });
  const { namespace, serviceName } = entranceOf(meshOf(plan.meshes, mesh), plan.name);
  // Needs the provider bindings, which who names gateway and roots may not have.
  const { deployedKindOf } = await import('../../constructs/federation/deploy/meshes/index.ts');
  const source = deployedKindOf(member).roots(member);
  const own = source.env['SOURCE_CONFIG_MAP'];
  try {
    const service = await read('Service', namespace, serviceName);
    const published = await read('ConfigMap', jobsNamespaceOf(plan, mesh), JOB_NAMES.publish(mesh));
    const meshes = own === undefined ? undefined : await read('ConfigMap', source.namespace, own);
    return {
      gateway: addressOf(service),
      roots: textIn(dataOf(published), PUBLISHED.roots) ?? certificatesOf(meshes),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `The cluster of ${mesh} cannot be asked: ${reason}. "${cluster.kubectl} get --raw /readyz" should print ` +
        'ok; or say --gateway and --roots.',
    );
  }
}

function addressOf(service: YamlMap | undefined): string | undefined {
  const status = yamlMap(service?.['status']);
  const balancer = yamlMap(status['loadBalancer']);
  const [first = {}] = yamlMaps(balancer['ingress']);
  return textIn(first, 'hostname') ?? textIn(first, 'ip');
}

function dataOf(configMap: YamlMap | undefined): YamlMap {
  return yamlMap(configMap?.['data']);
}

/** A mesh shows its roots under a key of its own. */
function certificatesOf(configMap: YamlMap | undefined): string | undefined {
  return Object.values(dataOf(configMap)).find(
    (text): text is string => typeof text === 'string' && text.includes('BEGIN CERTIFICATE'),
  );
}
