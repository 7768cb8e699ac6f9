import { AutoScalingClient, paginateDescribeAutoScalingGroups } from '@aws-sdk/client-auto-scaling';
import { CloudWatchLogsClient, paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import {
  EC2Client,
  DescribeAddressesCommand,
  paginateDescribeInstances,
  paginateDescribeInternetGateways,
  paginateDescribeLaunchTemplates,
  paginateDescribeNatGateways,
  paginateDescribeNetworkInterfaces,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  paginateDescribeVolumes,
  paginateDescribeVpcEndpoints,
  paginateDescribeVpcs,
  type RouteTable,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import {
  DescribeAddonCommand,
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  EKSClient,
  ListAddonsCommand,
  paginateListAccessEntries,
  paginateListClusters,
  paginateListNodegroups,
  paginateListPodIdentityAssociations,
  type Addon,
  type Cluster,
  type Nodegroup,
} from '@aws-sdk/client-eks';
import {
  ElasticLoadBalancingV2Client,
  paginateDescribeLoadBalancers,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  paginateListRoles,
} from '@aws-sdk/client-iam';
import {
  DescribeKeyCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  paginateListAliases,
  paginateListKeys,
} from '@aws-sdk/client-kms';
import type { AwsAccess } from './access';
import { all, nameIn, tagsOf } from './answers';

// It tells of versions to come. The pinned ones run on Node.js 20.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

/** What exists in one region of one account, as the AWS API says; default VPCs are left out. */
export interface Inventory {
  readonly vpcs: readonly Vpc[];
  readonly subnets: readonly Subnet[];
  readonly natGateways: readonly NatGateway[];
  readonly clusters: readonly EksCluster[];
  readonly instances: readonly Named[];
  readonly volumes: readonly Named[];
  readonly elasticIps: readonly ElasticIp[];
  readonly loadBalancers: readonly Named[];
  readonly interfaceEndpoints: readonly Named[];
  readonly gatewayEndpoints: readonly Named[];
  readonly internetGateways: readonly Named[];
  /** Without the main one of each VPC, which comes and goes with it. */
  readonly routeTables: readonly Named[];
  readonly launchTemplates: readonly Named[];
  readonly kmsKeys: readonly KmsKey[];
  readonly logGroups: readonly LogGroup[];
  readonly oidcProviders: readonly Named[];
  readonly roles: readonly Named[];
  readonly securityGroups: readonly Named[];
  readonly networkInterfaces: readonly Named[];
  readonly autoScalingGroups: readonly Named[];
}

export interface Named {
  readonly id: string;
  readonly name: string;
}

interface Vpc extends Named {
  readonly cidr: string;
  readonly internetGateway: boolean;
  readonly s3Endpoint: boolean;
}

interface Subnet extends Named {
  readonly vpc: string;
  readonly zone: string;
  readonly cidr: string;
  /** Where its default route leads: that makes a subnet public or private. */
  readonly wayOut: 'internet gateway' | 'NAT gateway' | 'none';
  readonly tags: Readonly<Record<string, string>>;
}

/** Its name is the address. */
interface ElasticIp extends Named {
  readonly tags: Readonly<Record<string, string>>;
}

interface NatGateway extends Named {
  readonly vpc: string;
  readonly subnet: string;
}

export interface EksCluster {
  readonly name: string;
  readonly cluster: Cluster;
  readonly nodeGroups: readonly Nodegroup[];
  readonly addons: readonly Addon[];
  readonly accessEntries: readonly string[];
  /** `namespace/service account` of each Pod Identity association. */
  readonly podIdentities: readonly string[];
}

export interface KmsKey extends Named {
  readonly arn: string;
  readonly rotates: boolean;
  readonly pendingDeletion: boolean;
}

interface LogGroup extends Named {
  readonly retentionDays?: number;
}

/** Asks the AWS API what exists. */
export async function readInventory(access: AwsAccess): Promise<Inventory> {
  const ec2 = new EC2Client(access);
  const [network, clusters, rest] = await Promise.all([
    readNetwork(ec2),
    readClusters(new EKSClient(access)),
    readRest(access),
  ]);
  return { ...network, clusters, ...(await readCompute(ec2)), ...rest };
}

async function readNetwork(client: EC2Client) {
  const vpcs = (await all(paginateDescribeVpcs({ client }, {}), (p) => p.Vpcs)).filter(
    (v) => !v.IsDefault,
  );
  const ours = new Set(vpcs.map((vpc) => vpc.VpcId));
  const [subnets, routes, gateways, nats, endpoints, groups, interfaces] = await Promise.all([
    all(paginateDescribeSubnets({ client }, {}), (p) => p.Subnets),
    all(paginateDescribeRouteTables({ client }, {}), (p) => p.RouteTables),
    all(paginateDescribeInternetGateways({ client }, {}), (p) => p.InternetGateways),
    all(paginateDescribeNatGateways({ client }, {}), (p) => p.NatGateways),
    all(paginateDescribeVpcEndpoints({ client }, {}), (p) => p.VpcEndpoints),
    all(paginateDescribeSecurityGroups({ client }, {}), (p) => p.SecurityGroups),
    all(paginateDescribeNetworkInterfaces({ client }, {}), (p) => p.NetworkInterfaces),
  ]);
  const ofType = (type: VpcEndpoint['VpcEndpointType']) =>
    endpoints
      // A deleted one is still listed for a while.
      .filter((e) => e.VpcEndpointType === type && e.State?.toLowerCase() !== 'deleted')
      .map((e) => ({ id: e.VpcEndpointId ?? '', name: e.ServiceName ?? '' }));
  return {
    vpcs: vpcs.map((vpc) => ({
      id: vpc.VpcId ?? '',
      name: nameIn(vpc.Tags),
      cidr: vpc.CidrBlock ?? '',
      internetGateway: gateways.some((g) => g.Attachments?.some((a) => a.VpcId === vpc.VpcId)),
      s3Endpoint: endpoints.some((e) => e.VpcId === vpc.VpcId && e.ServiceName?.endsWith('.s3')),
    })),
    subnets: subnets
      .filter((subnet) => ours.has(subnet.VpcId))
      .map((subnet) => ({
        id: subnet.SubnetId ?? '',
        name: nameIn(subnet.Tags),
        vpc: subnet.VpcId ?? '',
        zone: subnet.AvailabilityZone ?? '',
        cidr: subnet.CidrBlock ?? '',
        wayOut: wayOut(routeTableOf(subnet.SubnetId, subnet.VpcId, routes)),
        tags: tagsOf(subnet.Tags),
      })),
    natGateways: nats
      .filter((nat) => nat.State !== 'deleted')
      .map((nat) => ({
        id: nat.NatGatewayId ?? '',
        name: nameIn(nat.Tags),
        vpc: nat.VpcId ?? '',
        subnet: nat.SubnetId ?? '',
      })),
    interfaceEndpoints: ofType('Interface'),
    gatewayEndpoints: ofType('Gateway'),
    internetGateways: gateways
      .filter((g) => !g.Attachments?.some((a) => !ours.has(a.VpcId)))
      .map((g) => ({ id: g.InternetGatewayId ?? '', name: nameIn(g.Tags) })),
    routeTables: routes
      .filter((table) => ours.has(table.VpcId) && !table.Associations?.some((a) => a.Main))
      .map((table) => ({ id: table.RouteTableId ?? '', name: nameIn(table.Tags) })),
    securityGroups: groups
      .filter((group) => group.GroupName !== 'default')
      .map((group) => ({ id: group.GroupId ?? '', name: group.GroupName ?? '' })),
    networkInterfaces: interfaces.map((i) => ({
      id: i.NetworkInterfaceId ?? '',
      name: i.Description ?? '',
    })),
  };
}

function routeTableOf(subnet = '', vpc = '', tables: readonly RouteTable[] = []) {
  return (
    tables.find((table) => table.Associations?.some((a) => a.SubnetId === subnet)) ??
    tables.find((table) => table.VpcId === vpc && table.Associations?.some((a) => a.Main))
  );
}

function wayOut(table: RouteTable | undefined): Subnet['wayOut'] {
  const route = table?.Routes?.find((r) => r.DestinationCidrBlock === '0.0.0.0/0');
  if (route?.GatewayId?.startsWith('igw-')) return 'internet gateway';
  return route?.NatGatewayId ? 'NAT gateway' : 'none';
}

async function readCompute(client: EC2Client) {
  const [reservations, volumes, templates, { Addresses = [] }] = await Promise.all([
    all(paginateDescribeInstances({ client }, {}), (p) => p.Reservations),
    all(paginateDescribeVolumes({ client }, {}), (p) => p.Volumes),
    all(paginateDescribeLaunchTemplates({ client }, {}), (p) => p.LaunchTemplates),
    client.send(new DescribeAddressesCommand({})),
  ]);
  return {
    launchTemplates: templates.map((template) => ({
      id: template.LaunchTemplateId ?? '',
      name: template.LaunchTemplateName ?? '',
    })),
    instances: reservations
      .flatMap((reservation) => reservation.Instances ?? [])
      .filter((instance) => instance.State?.Name !== 'terminated')
      .map((i) => ({
        id: i.InstanceId ?? '',
        name: `${i.InstanceType} in ${i.Placement?.AvailabilityZone}`,
      })),
    volumes: volumes.map((v) => ({ id: v.VolumeId ?? '', name: `${v.Size} GiB ${v.VolumeType}` })),
    elasticIps: Addresses.map((address) => ({
      id: address.AllocationId ?? '',
      name: address.PublicIp ?? '',
      tags: tagsOf(address.Tags),
    })),
  };
}

async function readClusters(client: EKSClient): Promise<EksCluster[]> {
  const names = await all(paginateListClusters({ client }, {}), (p) => p.clusters);
  return Promise.all(
    names.map(async (name) => {
      const of = { clusterName: name };
      const [{ cluster }, nodeGroups, { addons = [] }, accessEntries, identities] =
        await Promise.all([
          client.send(new DescribeClusterCommand({ name })),
          all(paginateListNodegroups({ client }, of), (p) => p.nodegroups),
          client.send(new ListAddonsCommand(of)),
          all(paginateListAccessEntries({ client }, of), (p) => p.accessEntries),
          all(paginateListPodIdentityAssociations({ client }, of), (p) => p.associations),
        ]);
      return {
        name,
        cluster: cluster ?? {},
        nodeGroups: await Promise.all(
          nodeGroups.map(async (nodegroupName) => {
            const answer = await client.send(
              new DescribeNodegroupCommand({ ...of, nodegroupName }),
            );
            return answer.nodegroup ?? {};
          }),
        ),
        addons: await Promise.all(
          addons.map(async (addonName) => {
            const answer = await client.send(new DescribeAddonCommand({ ...of, addonName }));
            return answer.addon ?? {};
          }),
        ),
        accessEntries,
        podIdentities: identities.map((i) => `${i.namespace}/${i.serviceAccount}`),
      };
    }),
  );
}

async function readRest(access: AwsAccess) {
  const kms = new KMSClient(access);
  const iam = new IAMClient(access);
  const logs = new CloudWatchLogsClient(access);
  const autoScaling = new AutoScalingClient(access);
  const elb = new ElasticLoadBalancingV2Client(access);
  const [kmsKeys, roles, { OpenIDConnectProviderList = [] }, logGroups, groups, balancers] =
    await Promise.all([
      readKeys(kms),
      all(paginateListRoles({ client: iam }, {}), (p) => p.Roles),
      iam.send(new ListOpenIDConnectProvidersCommand({})),
      all(paginateDescribeLogGroups({ client: logs }, {}), (p) => p.logGroups),
      all(
        paginateDescribeAutoScalingGroups({ client: autoScaling }, {}),
        (p) => p.AutoScalingGroups,
      ),
      all(paginateDescribeLoadBalancers({ client: elb }, {}), (p) => p.LoadBalancers),
    ]);
  return {
    kmsKeys,
    roles: roles
      .filter((role) => !role.Path?.startsWith('/aws-service-role/'))
      .map((role) => ({ id: role.Arn ?? '', name: role.RoleName ?? '' })),
    oidcProviders: OpenIDConnectProviderList.map(({ Arn = '' }) => ({
      id: Arn,
      name: Arn.slice(Arn.indexOf('oidc-provider/') + 'oidc-provider/'.length),
    })),
    logGroups: logGroups.map((group) => ({
      id: group.arn?.replace(/:\*$/, '') ?? '',
      name: group.logGroupName ?? '',
      retentionDays: group.retentionInDays,
    })),
    autoScalingGroups: groups.map((group) => ({
      id: group.AutoScalingGroupARN ?? '',
      name: group.AutoScalingGroupName ?? '',
    })),
    loadBalancers: balancers.map((balancer) => ({
      id: balancer.LoadBalancerArn ?? '',
      name: balancer.LoadBalancerName ?? '',
    })),
  };
}

/** The customer's own keys: those that AWS keeps for itself cost nothing. */
async function readKeys(client: KMSClient): Promise<KmsKey[]> {
  const keys = await all(paginateListKeys({ client }, {}), (p) => p.Keys);
  const aliases = await all(paginateListAliases({ client }, {}), (p) => p.Aliases);
  const described = await Promise.all(
    keys.map(async ({ KeyId = '' }) => {
      const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
      const name = aliases.find((alias) => alias.TargetKeyId === KeyId)?.AliasName ?? '';
      if (KeyMetadata?.KeyManager !== 'CUSTOMER' || name.startsWith('alias/aws/')) return [];
      const pendingDeletion = KeyMetadata.KeyState === 'PendingDeletion';
      const rotation = pendingDeletion
        ? undefined
        : await client.send(new GetKeyRotationStatusCommand({ KeyId }));
      return [
        {
          id: KeyId,
          arn: KeyMetadata.Arn ?? '',
          name,
          rotates: rotation?.KeyRotationEnabled ?? false,
          pendingDeletion,
        },
      ];
    }),
  );
  return described.flat();
}
