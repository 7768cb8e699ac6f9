import type { EC2Client } from '@aws-sdk/client-ec2';
import type { Config } from '../../config';
import { awsPlace } from '../../config/connection';
import { endpointServiceName, type NewCluster, waysOf } from '../../config/crossing';
import type { FoundEnd } from '../../config/partner-crossing';
import { accessTo, type AwsAccess, enter } from '../aws/access';
import { awsReason } from '../aws/trouble';
import { UserError } from '../terminal/user-error';

/**
 * Looks up in AWS what partners need to know of our end of a private connection. Nothing is changed there, and
 * nothing has to be there yet.
 *
 * @throws UserError when AWS cannot be asked
 */
export async function foundEnd(config: Config, mesh: string, owner: NewCluster): Promise<FoundEnd> {
  const place = awsPlace(owner.cluster, config.aws);
  const { access } = await enter(accessTo(config, place.region), place);
  const sdk = await import('@aws-sdk/client-ec2');
  const ec2 = new sdk.EC2Client(access);
  const ways = waysOf(config);
  try {
    const service = ways.includes('privatelink') ? await serviceOf(ec2, mesh, owner) : undefined;
    if (!ways.includes('peering')) return { service, requested: {}, accepted: {} };
    const vpc = await vpcOf(access, owner);
    return { service, vpc, ...(await peeringsOf(ec2, config, vpc)) };
  } catch (error) {
    throw new UserError(
      `AWS does not say what there is of the connection in ${place.region}: ${awsReason(error, place.region)}. Who asks needs ` +
        'eks:DescribeCluster, ec2:DescribeVpcPeeringConnections and ec2:DescribeVpcEndpointServiceConfigurations there.',
    );
  }
}

/** The endpoint service that the stack `crossing` has made. */
async function serviceOf(ec2: EC2Client, mesh: string, { cluster }: NewCluster) {
  const { DescribeVpcEndpointServiceConfigurationsCommand } = await import('@aws-sdk/client-ec2');
  const { ServiceConfigurations: found = [] } = await ec2.send(
    new DescribeVpcEndpointServiceConfigurationsCommand({
      Filters: [{ Name: 'tag:Name', Values: [endpointServiceName(cluster, mesh)] }],
    }),
  );
  return found.find(({ ServiceState }) => ServiceState === 'Available')?.ServiceName;
}

async function vpcOf(
  access: AwsAccess,
  { cluster: { name, existingVpc } }: NewCluster,
): Promise<string | undefined> {
  if (existingVpc !== undefined) return existingVpc.vpcId;
  const { DescribeClusterCommand, EKSClient, ResourceNotFoundException } =
    await import('@aws-sdk/client-eks');
  try {
    const { cluster } = await new EKSClient(access).send(new DescribeClusterCommand({ name }));
    return cluster?.resourcesVpcConfig?.vpcId;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Connections with the VPCs of partners, as far as their offers name these, by the partner's mesh. */
async function peeringsOf(
  ec2: EC2Client,
  { partners }: Config,
  vpc: string | undefined,
): Promise<Pick<FoundEnd, 'requested' | 'accepted'>> {
  if (vpc === undefined) return { requested: {}, accepted: {} };
  const { DescribeVpcPeeringConnectionsCommand } = await import('@aws-sdk/client-ec2');
  const ask = async (end: 'requester' | 'accepter', states: readonly string[]) => {
    const { VpcPeeringConnections: found = [] } = await ec2.send(
      new DescribeVpcPeeringConnectionsCommand({
        Filters: [{ Name: `${end}-vpc-info.vpc-id`, Values: [vpc] }],
      }),
    );
    const there = found.filter(({ Status }) => states.includes(Status?.Code ?? ''));
    return Object.fromEntries(
      Object.entries(partners).flatMap(([name, { offer }]) => {
        const theirs = offer?.connection?.peering?.vpc;
        const id = there.find(({ AccepterVpcInfo, RequesterVpcInfo }) => {
          const other = end === 'requester' ? AccepterVpcInfo : RequesterVpcInfo;
          return theirs !== undefined && other?.VpcId === theirs;
        })?.VpcPeeringConnectionId;
        return id === undefined ? [] : [[name, id] as const];
      }),
    );
  };
  const [requested, accepted] = await Promise.all([
    ask('requester', ['initiating-request', 'pending-acceptance', 'provisioning', 'active']),
    ask('accepter', ['provisioning', 'active']),
  ]);
  return { requested, accepted };
}
