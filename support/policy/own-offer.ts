import { loadConfig } from '../../config';
import { memberOf } from '../../config/access-plan';
import { hasPrivateGateway } from '../../config/crossing';
import { placedMeshes } from '../../config/placed-meshes';
import { isPrivateConnection } from '../../config/ways';
import type {
  AccessPlan,
  MeshMember,
  PlannedMesh,
  SpireBundle,
} from '../../constructs/federation/plan';
import {
  entranceOf,
  JOB_NAMES,
  jobsNamespaceOf,
  meshOf,
  spireBundle,
  rootsIn,
  PUBLISHED,
} from '../../constructs/federation/plan/internal';
import { privateGatewayName } from '../../constructs/kubernetes/private-gateway';
import { textIn, type YamlMap, yamlMap, yamlMaps } from '../../constructs/kubernetes/yaml-file';
import { messageOf } from '../../constructs/problems';
import { ClusterError } from '../cluster/errors';
import { connect } from '../doctor/load';
import { told } from '../cluster/trouble';
import { UserError } from '../terminal/user-error';

/** What others need of a mesh, as its cluster has it. */
export interface Shown {
  /** Address of the gateway's load balancer; nothing while there is none. */
  readonly gateway?: string;
  /**
   * PEM of the roots by which others verify what it shows them, its own or those of its SPIRE; nothing where
   * the API server of its cluster does not have them.
   */
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
  const isPrivate =
    isPrivateConnection(config.federation.crossing) && hasPrivateGateway(config, placed);
  const service = isPrivate ? privateGatewayName(serviceName) : serviceName;
  try {
    return {
      gateway: addressOf(await read('Service', namespace, service)),
      roots: await shownRoots(mesh, member, plan, (place) =>
        read('ConfigMap', place.namespace, place.name),
      ),
    };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    const { what, mend } = told(error, `${mesh}'s cluster`, cluster.kubectl);
    throw new UserError(`${what}\n${mend}; or say --gateway and --roots.`);
  }
}

/**
 * What to do where the cluster of a mesh shows no address by which others enter it.
 *
 * @param stack Of the federation.
 */
export function noAddress(
  mesh: string,
  { in: way }: Pick<PlannedMesh, 'in'>,
  stack: string,
): string {
  return way === 'gateway'
    ? `the gateway of ${mesh} has no load balancer yet: deploy ${mesh}-mesh, or say by which address others reach it`
    : `the load balancer by which others enter ${mesh} has no address yet: it comes with the stack ${stack}, for ` +
        `which a partner's offer is needed; set meshes.${mesh}.gateway.address to the address that it will have`;
}

/**
 * The roots by which others verify a mesh, as its cluster shows them: SPIRE's where its borders have a SPIRE.
 *
 * @param read Reads a ConfigMap; nothing where there is none.
 * @returns PEM; nothing where they are not shown.
 * @throws UserError where SPIRE's ConfigMap has something else in it.
 */
export async function shownRoots(
  mesh: string,
  member: MeshMember,
  plan: AccessPlan,
  read: (place: {
    readonly namespace: string;
    readonly name: string;
  }) => Promise<YamlMap | undefined>,
): Promise<string | undefined> {
  const bundle = member.spire && spireBundle(member.spire);
  const published = publishedRoots(
    await read({ namespace: jobsNamespaceOf(plan, mesh), name: JOB_NAMES.publish(mesh) }),
    bundle !== undefined,
  );
  if (published !== undefined) return published;
  if (bundle !== undefined) {
    return rootsOfSpire(await read({ ...bundle, name: bundle.configMap }), bundle);
  }
  const own = await ownRoots(member);
  return own && certificatesOf(await read(own));
}

/** Where the mesh shows its own, if its API server has them. */
async function ownRoots(member: MeshMember) {
  // Needs the provider bindings, which who names gateway and roots may not have.
  const { deployedKindOf } = await import('../../constructs/federation/deploy/meshes/index.ts');
  const { namespace, env } = deployedKindOf(member).roots(member);
  const name = env['SOURCE_CONFIG_MAP'];
  return name === undefined ? undefined : { namespace, name };
}

/** Those that the job has published; not where that was before the mesh had a SPIRE, or has it no longer. */
function publishedRoots(published: YamlMap | undefined, ofSpire: boolean): string | undefined {
  const data = dataOf(published);
  const areOfSpire = textIn(data, PUBLISHED.inside) !== undefined;
  return areOfSpire === ofSpire ? textIn(data, PUBLISHED.roots) : undefined;
}

function rootsOfSpire(
  shown: YamlMap | undefined,
  { namespace, configMap, key }: Required<SpireBundle>,
): string | undefined {
  const bundle = textIn(dataOf(shown), key);
  if (bundle === undefined) return undefined;
  try {
    return rootsIn(bundle, `the ConfigMap ${namespace}/${configMap}`);
  } catch (error) {
    const reason = messageOf(error);
    throw new UserError(
      `spire.bundle: ${reason}; say where SPIRE publishes its roots, or name a PEM file with --roots`,
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

/** A mesh publishes its roots under a key of its own. */
function certificatesOf(configMap: YamlMap | undefined): string | undefined {
  return Object.values(dataOf(configMap)).find(
    (text): text is string => typeof text === 'string' && text.includes('BEGIN CERTIFICATE'),
  );
}
