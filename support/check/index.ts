import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { STSClient } from '@aws-sdk/client-sts';
import type { Config } from '../../config';
import type { NewClusterSettings } from '../../config/clusters';
import { unwatched, type Watch } from '../terminal/progress';
import {
  accessTo,
  answerWithin,
  assume,
  type AwsAccess,
  type Place,
  placesOf,
} from '../aws/access';
import { credentials, instanceTypes, kubernetesVersions, regionEnabled, untaken } from './account';
import { clusterFinding } from './clusters';
import { downloadFindings } from './downloads';
import { findOut, type Finding } from './finding';
import { type ExistingCluster, existingFindings } from './existing-clusters';
import { machineFindings, weatherKeyFindings } from './machine';
import { partnerFindings } from './partners';
import { quotaFindings } from './quotas';
import { stateBucketFindings } from './state-bucket';

/**
 * Finds out whether a deploy of these settings could be made from here. Changes nothing.
 *
 * @param watch is given each thing that is asked for
 */
export async function checkAll(config: Config, watch = unwatched): Promise<Finding[]> {
  const clusters = Object.entries(config.clusters);
  const ofAws = clusters.some(([, { kind }]) => kind !== 'kubeconfig');
  const found = await Promise.all([
    ofAws ? awsFindings(config, watch) : Promise.resolve([]),
    watch('the bucket of the state', stateBucketFindings(config)),
    ...clusters.map(([name, cluster]) =>
      cluster.kind === 'kubeconfig'
        ? watch(
            `the cluster of ${name}`,
            clusterFinding(name, cluster.path, cluster.context, meshesIn(config, name)),
          )
        : Promise.resolve([]),
    ),
    watch('charts and registries', downloadFindings(config)),
  ]);
  return [
    ...machineFindings(ofAws),
    ...weatherKeyFindings(config.weather),
    ...partnerFindings(config),
    ...found.flat(),
  ];
}

/** Of every region and account in which the settings have clusters. */
async function awsFindings(config: Config, watch: Watch): Promise<Finding[]> {
  const places = placesOf(config);
  const found = await Promise.all(
    places.map(async (place) => {
      const findings = await watch(`AWS in ${place.region}`, placeFindings(config, place));
      if (places.length === 1) return findings;
      const where = `${place.region}${place.accountId === undefined ? '' : ` of ${place.accountId}`}`;
      return findings.map((finding) => ({ ...finding, what: `${finding.what}, ${where}` }));
    }),
  );
  return found.flat();
}

async function placeFindings(config: Config, place: Place): Promise<Finding[]> {
  const { region, roleArn } = place;
  const own = {
    ...accessTo(config, region),
    maxAttempts: 2,
    requestHandler: answerWithin(15_000),
  };
  let access: AwsAccess = own;
  if (roleArn !== undefined) {
    const mine = await credentials(new STSClient(own), { region });
    if (mine.verdict !== 'right') return [mine];
    try {
      access = { ...own, credentials: await assume(own, roleArn) };
    } catch (error) {
      return [untaken(roleArn, error)];
    }
  }
  const who = await credentials(new STSClient(access), place);
  if (who.verdict !== 'right') return [who];
  const made = Object.values(config.clusters).flatMap((cluster): NewClusterSettings[] =>
    cluster.kind === 'eks' && place.clusters.includes(cluster.name) ? [cluster] : [],
  );
  const existing = Object.entries(config.clusters).flatMap(([name, cluster]): ExistingCluster[] =>
    cluster.kind === 'existing-eks' && place.clusters.includes(cluster.name)
      ? [{ name, cluster, meshes: meshesIn(config, name) }]
      : [],
  );
  const eks = new EKSClient(access);
  if (made.length === 0) return [who, ...(await existingFindings(eks, existing))];
  const ec2 = new EC2Client(access);
  const quotas = new ServiceQuotasClient(access);
  const [enabled] = await findOut('account', 'Region', () => regionEnabled(ec2, region));
  if (enabled?.verdict === 'wrong') return [who, enabled];
  const found = await Promise.all([
    existingFindings(eks, existing),
    kubernetesVersions(eks, made),
    findOut('account', 'Instance types', () => instanceTypes(ec2, region, made)),
    findOut('quotas', 'Quotas', () => quotaFindings({ ec2, eks, quotas }, made)),
  ]);
  return [who, ...(enabled === undefined ? [] : [enabled]), ...found.flat()];
}

/** The meshes that are to be in a cluster. */
function meshesIn({ meshes }: Pick<Config, 'meshes'>, cluster: string) {
  return Object.fromEntries(Object.entries(meshes).filter(([, mesh]) => mesh.cluster === cluster));
}
