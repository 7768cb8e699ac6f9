import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { STSClient } from '@aws-sdk/client-sts';
import type { Config } from '../../config';
import type { NewClusterSettings } from '../../config/clusters';
import { credentials, instanceTypes, kubernetesVersions, regionEnabled } from './account';
import { clusterFinding } from './clusters';
import { downloadFindings } from './downloads';
import { findOut, type Finding } from './finding';
import { machineFindings, weatherKeyFindings } from './machine';
import { quotaFindings } from './quotas';

/** Finds out whether a deploy of these settings could be made from here. Changes nothing. */
export async function checkAll(config: Config): Promise<Finding[]> {
  const clusters = Object.entries(config.clusters);
  const ofAws = clusters.some(([, { kind }]) => kind !== 'kubeconfig');
  const found = await Promise.all([
    ofAws ? awsFindings(config) : Promise.resolve([]),
    ...clusters.map(([name, cluster]) =>
      cluster.kind === 'kubeconfig'
        ? clusterFinding(name, cluster.path, cluster.context, meshesIn(config, name))
        : Promise.resolve([]),
    ),
    downloadFindings(config),
  ]);
  return [...machineFindings(ofAws), ...weatherKeyFindings(config.weather), ...found.flat()];
}

async function awsFindings({ aws, clusters }: Config): Promise<Finding[]> {
  const access = {
    region: aws.region,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 15_000 },
    ...(aws.emulator && {
      endpoint: aws.emulator.endpoint,
      credentials: { accessKeyId: 'emulated', secretAccessKey: 'emulated' },
    }),
  };
  const who = await credentials(new STSClient(access), aws.accountId);
  if (who.verdict !== 'right') return [who];
  const made = Object.values(clusters).flatMap((cluster): NewClusterSettings[] =>
    cluster.kind === 'eks' ? [cluster] : [],
  );
  if (made.length === 0) return [who];
  const ec2 = new EC2Client(access);
  const eks = new EKSClient(access);
  const quotas = new ServiceQuotasClient(access);
  const [region] = await findOut('account', 'Region', () => regionEnabled(ec2, aws.region));
  if (region?.verdict === 'wrong') return [who, region];
  const found = await Promise.all([
    kubernetesVersions(eks, made),
    findOut('account', 'Instance types', () => instanceTypes(ec2, aws.region, made)),
    findOut('quotas', 'Quotas', () => quotaFindings({ ec2, eks, quotas }, made)),
  ]);
  return [who, ...(region === undefined ? [] : [region]), ...found.flat()];
}

/** The meshes that are to be in a cluster. */
function meshesIn({ meshes }: Pick<Config, 'meshes'>, cluster: string) {
  return Object.fromEntries(Object.entries(meshes).filter(([, mesh]) => mesh.cluster === cluster));
}
