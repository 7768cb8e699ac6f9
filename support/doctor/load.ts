import '../synth/lean-tokens.cjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { App, Testing } from 'cdktf';
import { type Config, loadConfig } from '../../config';
import type { MeshSettings } from '../../config/meshes';
import { clusterConnection } from '../../config/connection';
import { gatewaySources } from '../../config/gateways';
import { awaitedConnections } from '../../config/partner-crossing';
import {
  asAgreed,
  awaited,
  federationStack,
  policyDifferences,
  termsProblems,
} from '../../config/partners';
import { hasGivenRoots, type PlacedMesh, placedMeshes } from '../../config/placed-meshes';
import { isPrivateConnection } from '../../config/ways';
import { DEFAULT_SCHEDULE } from '../../constructs/federation/plan';
import { staleSeconds } from '../../constructs/federation/plan/internal';
import { eksToken, type EksConnection } from '../../constructs/kubernetes/connection';
import { expandPath, type YamlMap } from '../../constructs/kubernetes/yaml-file';
import { addStacks } from '../../stacks';
import { FederationStack, type ReachedGateway } from '../../stacks/federation';
import { formatProblem, messageOf } from '../../constructs/problems';
import { noAnswer, troubleOf } from '../aws/trouble';
import { contextTo, kubectlIn, kubectlTo } from '../terminal/kubectl';
import { UserError } from '../terminal/user-error';
import { Cluster } from '../cluster/cluster';
import { forwarder } from '../cluster/port-forward';
import type { Deployed, Gateway } from './deployed';
import { wantedObjects } from './resources';

/**
 * The federation of the settings, and the clusters that they name.
 *
 * @param look at what the settings say, before any cluster is asked
 * @throws ConfigError listing every mistake in the settings; UserError when a cluster cannot be found.
 */
export async function loadDeployed(
  look: (known: Omit<Deployed, 'clusters'>) => void = () => undefined,
): Promise<Deployed> {
  const { config } = loadConfig({ unagreed: true });
  if (config.aws.emulator !== undefined) {
    throw new UserError('No Kubernetes runs behind an emulated EKS: there is nothing to look at.');
  }
  const known = configured(config);
  look(known);
  const clusters = await Promise.all(
    placedMeshes(config).map(
      async (placed) => [placed.name, await connect(config, placed)] as const,
    ),
  );
  return { ...known, clusters: Object.fromEntries(clusters) };
}

/** All that the settings say. @throws UserError where there is nothing to look at, or nothing to compare it with */
export function configured(said: Config): Omit<Deployed, 'clusters'> {
  const config = asAgreed(said);
  const [unusable] = termsProblems(config);
  if (unusable !== undefined) throw new UserError(formatProblem(unusable));
  const folder = mkdtempSync(path.join(tmpdir(), 'doctor-'));
  try {
    const app = new App({ outdir: folder });
    const plan = addStacks(app, config);
    const waiting = awaited(config);
    if (waiting.length > 0) {
      throw new UserError(
        `The federation is not deployed while the offer of ${waiting.join(' and ')} is not there, so there is ` +
          'nothing to look at: docs/two-organisations.md.',
      );
    }
    const [connection] = awaitedConnections(config);
    if (connection !== undefined) {
      throw new UserError(
        `The federation is not deployed yet, so there is nothing to look at. ${connection.message}: docs/crossings.md.`,
      );
    }
    const stack = app.node.findChild(federationStack(config));
    if (!(stack instanceof FederationStack)) throw new Error('there is no stack of the federation');
    const synthesised = JSON.parse(Testing.synth(stack)) as YamlMap;
    const { trust, borders } = config.federation;
    const meshes = placedMeshes(config);
    return {
      plan,
      stack: stack.node.id,
      borders,
      wanted: wantedObjects(synthesised),
      staleSeconds: staleSeconds(trust.schedule ?? DEFAULT_SCHEDULE),
      ownAuthorities: meshes
        .filter(({ mesh }) => mesh.kind === 'linkerd' && mesh.authority === 'own')
        .map(({ name }) => name),
      // Of a further federation the mesh is made by another file.
      installed: meshes
        .filter(({ mesh }) => config.federation.name === undefined && isInstalledHere(mesh))
        .map(({ name }) => name),
      partners: Object.keys(config.partners),
      differences: policyDifferences(said),
      givenRoots: [
        ...meshes.map(({ name }) => name).filter((name) => hasGivenRoots(config.federation, name)),
        ...Object.entries(config.partners).flatMap(([name, { offer }]) =>
          offer?.endpoint === undefined ? [name] : [],
        ),
      ],
      gateways: Object.fromEntries(
        Object.entries(stack.reached).map(([name, reached]) => [
          name,
          gateway(
            config,
            reached,
            meshes.find((one) => one.name === name),
          ),
        ]),
      ),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Values of your own can have a chart leave parts out, or call them otherwise. */
export function isInstalledHere(mesh: MeshSettings): boolean {
  switch (mesh.kind) {
    case 'istio':
      return mesh.values.istiod.length === 0;
    case 'consul':
      return mesh.values.length === 0;
    case 'linkerd':
      return mesh.values.controlPlane.length === 0;
  }
}

/** What this machine may expect of a gateway; that of a partner is not known to admit it. */
function gateway(config: Config, reached: ReachedGateway, placed?: PlacedMesh): Gateway {
  const { crossing } = config.federation;
  const internal = placed?.mesh.gateway.internal ?? false;
  // What AWS names resolves everywhere, to private addresses too.
  const named = reached.by === 'given' || reached.by === 'record';
  const elsewhere = crossing !== 'internet' || internal;
  return {
    ...reached,
    closed:
      placed === undefined ||
      internal ||
      isPrivateConnection(crossing) ||
      (named && elsewhere) ||
      isLimited(config, placed),
    private: named && elsewhere,
    ...(placed !== undefined &&
      placed.cluster.kind !== 'kubeconfig' && {
        controller: {
          said: placed.cluster.loadBalancers,
          setting: `clusters.${placed.clusterName}.loadBalancers`,
        },
      }),
  };
}

function isLimited(config: Config, placed: PlacedMesh): boolean {
  // Any address of a NAT gateway counts: that there is one is enough.
  const sources = gatewaySources(config, placed, () => ['192.0.2.1/32']);
  return sources !== undefined && !sources.includes('0.0.0.0/0');
}

/** The cluster of a mesh of ours. */
export async function connect(config: Config, { cluster }: PlacedMesh): Promise<Cluster> {
  // An ES module, and slow to load.
  const { KubeConfig: NewConfig } = await import('@kubernetes/client-node');
  const kubeconfig = new NewConfig();
  const connection = clusterConnection(cluster, config.aws.region);
  if (connection.kind === 'kubeconfig') {
    kubeconfig.loadFromFile(expandPath(connection.path));
    kubeconfig.setCurrentContext(connection.context);
    return new Cluster(kubeconfig, kubectlTo(connection), forwarder(kubeconfig));
  }
  await loadEks(kubeconfig, connection, config.aws);
  const known = usual(new NewConfig());
  const server = kubeconfig.getCurrentCluster()?.server ?? '';
  const context = (known && contextTo(server, known)) ?? connection.clusterName;
  return new Cluster(kubeconfig, kubectlIn(context), forwarder(kubeconfig));
}

/** The kubeconfig that kubectl reads by itself; nothing where it cannot be read. */
function usual(kubeconfig: KubeConfig): KubeConfig | undefined {
  try {
    kubeconfig.loadFromDefault();
    return kubeconfig;
  } catch {
    return undefined;
  }
}

/** By the AWS API, and with the AWS CLI for tokens, as the deploy does. */
async function loadEks(
  kubeconfig: KubeConfig,
  connection: EksConnection,
  aws: Config['aws'],
): Promise<void> {
  const { clusterName: name, region, roleArn } = connection;
  const { DescribeClusterCommand, EKSClient } = await import('@aws-sdk/client-eks');
  const { accessTo, takeRole } = await import('../aws/access.ts');
  const own = accessTo({ aws }, region);
  let cluster;
  try {
    const access =
      roleArn === undefined ? own : { ...own, credentials: await takeRole(own, roleArn) };
    ({ cluster } = await new EKSClient(access).send(new DescribeClusterCommand({ name })));
  } catch (error) {
    const problem = lookUpProblem(`The EKS cluster ${name} in ${region}`, region, error);
    throw problem === undefined ? error : new UserError(problem);
  }
  const { endpoint = '', certificateAuthority } = cluster ?? {};
  kubeconfig.loadFromOptions({
    clusters: [
      { name, server: endpoint, caData: certificateAuthority?.data, skipTLSVerify: false },
    ],
    users: [{ name, exec: { ...eksToken(connection), interactiveMode: 'Never' } }],
    contexts: [{ name, cluster: name, user: name }],
    currentContext: name,
  });
}

/** Why AWS does not describe a cluster, and what to do; nothing where that is a fault of the program. */
export function lookUpProblem(
  cluster: string,
  region: string,
  error: unknown,
  env = process.env,
): string | undefined {
  const reason = messageOf(error);
  const name = error instanceof Error ? error.name : '';
  const trouble = troubleOf(error, region);
  if (trouble !== undefined && trouble.kind !== 'denied') {
    return `${cluster} cannot be looked up. ${noAnswer(error, region, env) ?? ''}`;
  }
  if (error instanceof UserError) return `${cluster} cannot be looked up. ${reason}`;
  // AWS has answered.
  if (!(error instanceof Error && '$metadata' in error)) return undefined;
  const profile = env['AWS_PROFILE'] || 'not set';
  return (
    `${cluster} cannot be looked up: ${reason.replace(/\.$/, '')}.\n` +
    `AWS_PROFILE is ${profile}; "aws sts get-caller-identity" says whose account that is. ` +
    (name === 'ResourceNotFoundException'
      ? 'The cluster is in another account or region, or was not deployed yet.'
      : 'Who asks needs the right eks:DescribeCluster there.')
  );
}
