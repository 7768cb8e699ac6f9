import type { Config } from '../../config';
import type { EksClusterSettings, NewClusterSettings } from '../../config/clusters';
import { awsPlace } from '../../config/connection';
import {
  callingClusters,
  hasPrivateGateway,
  newClusters,
  peeredPairs,
  recordOf,
  waysOf,
} from '../../config/crossing';
import { partnerClusters } from '../../config/partner-crossing';
import { placedMeshes } from '../../config/placed-meshes';
import { allow, type Statement } from './policy-document';

/**
 * What makes the records of gateways: those names alone, in their zones.
 *
 * @see https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html
 */
export function rightsToName(
  config: Config,
  isOwn: (cluster: EksClusterSettings) => boolean,
  partition: string,
): Statement[] {
  const records = placedMeshes(config).flatMap(({ mesh, cluster }) =>
    cluster.kind !== 'kubeconfig' && isOwn(cluster) ? (recordOf(mesh) ?? []) : [],
  );
  if (records.length === 0) return [];
  const zones = [
    ...new Set(records.map(({ zoneId }) => `arn:${partition}:route53:::hostedzone/${zoneId}`)),
  ];
  return [
    allow('NameGateways', ['route53:ChangeResourceRecordSets'], zones, {
      'ForAllValues:StringEquals': {
        'route53:ChangeResourceRecordSetsNormalizedRecordNames': [
          ...new Set(records.map(({ name }) => name)),
        ],
      },
    }),
    allow('ReadZones', ['route53:GetHostedZone', 'route53:ListResourceRecordSets'], zones),
    allow('WaitForNames', ['route53:GetChange'], [`arn:${partition}:route53:::change/*`]),
  ];
}

/** What makes the private connection between clusters, by the end that is the deployer's own. */
export function rightsToCross(
  config: Config,
  isOwn: (cluster: NewClusterSettings) => boolean,
  inRegion: Statement['Condition'],
): Statement[] {
  const ways = waysOf(config);
  const peerings = ways.includes('peering') ? peeredPairs(config) : [];
  const entered = ways.includes('privatelink')
    ? placedMeshes(config)
        .filter((placed) => hasPrivateGateway(config, placed))
        .flatMap((placed) => {
          const owner = newClusters(config).find(({ name }) => name === placed.clusterName);
          const [caller] = callingClusters(config, placed);
          return owner === undefined || caller === undefined ? [] : [{ owner, caller }];
        })
    : [];
  const regionOf = (cluster: NewClusterSettings) => awsPlace(cluster, config.aws).region;
  const offers = entered.filter(({ owner }) => isOwn(owner.cluster));
  const calls = entered.filter(({ caller }) => isOwn(caller.cluster));
  const hasEndpoints = newClusters(config).some(
    ({ cluster }) => isOwn(cluster) && cluster.network.awsEndpoints,
  );
  const when = (condition: boolean, Sid: string, Action: readonly string[]) =>
    condition ? [allow(Sid, Action, ['*'], inRegion)] : [];
  const withPartners = partnerClusters(config).filter(({ cluster }) => isOwn(cluster));
  const peers = ways.includes('peering') && withPartners.length > 0;
  const linked = ways.includes('privatelink') ? withPartners : [];
  const farther =
    [...offers, ...calls].some(
      ({ owner, caller }) => regionOf(owner.cluster) !== regionOf(caller.cluster),
    ) || linked.some(({ cluster, regions }) => regions.some((one) => one !== regionOf(cluster)));
  // Which of two VPCs requests is known with the partner's offer only.
  const asks = peers || peerings.some(([requester]) => isOwn(requester.cluster));
  const accepts = peers || peerings.some(([, accepter]) => isOwn(accepter.cluster));
  return [
    ...when(asks || accepts, 'Peering', [
      ...(accepts ? ['ec2:AcceptVpcPeeringConnection'] : []),
      ...(asks ? ['ec2:CreateVpcPeeringConnection', 'ec2:DeleteVpcPeeringConnection'] : []),
      'ec2:DescribeVpcPeeringConnections',
      'ec2:ModifyVpcPeeringConnectionOptions',
    ]),
    ...when(offers.length > 0 || linked.some(({ entered }) => entered), 'OfferGateways', [
      'ec2:AcceptVpcEndpointConnections',
      'ec2:CreateVpcEndpointServiceConfiguration',
      'ec2:DeleteVpcEndpointServiceConfigurations',
      'ec2:DescribeVpcEndpointConnections',
      'ec2:DescribeVpcEndpointServiceConfigurations',
      'ec2:DescribeVpcEndpointServicePermissions',
      'ec2:ModifyVpcEndpointServiceConfiguration',
      'ec2:ModifyVpcEndpointServicePermissions',
      'ec2:RejectVpcEndpointConnections',
      'elasticloadbalancing:DescribeLoadBalancers',
      'elasticloadbalancing:DescribeTags',
    ]),
    ...when(calls.length > 0 || linked.some((one) => one.calls) || hasEndpoints, 'Endpoints', [
      'ec2:ModifyVpcEndpoint',
    ]),
    ...when(farther, 'AcrossRegions', ['vpce:AllowMultiRegion']),
  ];
}
