import {
  DeleteEgressOnlyInternetGatewayCommand,
  DeleteFlowLogsCommand,
  DeleteInternetGatewayCommand,
  DeleteNatGatewayCommand,
  DeleteNetworkInterfaceCommand,
  DeleteRouteTableCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DeleteVpcEndpointsCommand,
  DeleteVpcEndpointServiceConfigurationsCommand,
  DeleteVpcPeeringConnectionCommand,
  DescribeAddressesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DetachInternetGatewayCommand,
  paginateDescribeEgressOnlyInternetGateways,
  paginateDescribeFlowLogs,
  paginateDescribeInternetGateways,
  paginateDescribeNatGateways,
  paginateDescribeNetworkInterfaces,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  paginateDescribeVpcEndpoints,
  paginateDescribeVpcEndpointServiceConfigurations,
  paginateDescribeVpcPeeringConnections,
  paginateDescribeVpcs,
  ReleaseAddressCommand,
  RejectVpcEndpointConnectionsCommand,
  paginateDescribeVpcEndpointConnections,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type Tag,
} from '@aws-sdk/client-ec2';
import { listPrices } from '../cost/list-prices';
import { all, nameIn, tagsOf } from '../aws/answers';
import { type Aws, isGone, type Kind, present } from './kind';

const named = (kind: string, id = '', tags?: readonly Tag[]) => ({
  kind,
  id,
  name: nameIn(tags),
  tags: tagsOf(tags),
});

/** Those that are deleted are listed for an hour. */
function natGateways({ ec2 }: Aws) {
  return all(paginateDescribeNatGateways({ client: ec2 }, {}), (page) =>
    page.NatGateways?.filter(({ State }) => State !== 'deleted'),
  );
}

export const NAT_GATEWAYS: Kind = {
  name: 'NAT gateway',
  slow: true,
  find: async (aws) =>
    (await natGateways(aws)).map(
      ({ NatGatewayId, Tags, VpcId, SubnetId, NatGatewayAddresses }) => ({
        ...named('NAT gateway', NatGatewayId, Tags),
        uses: present([
          SubnetId,
          ...(NatGatewayAddresses ?? []).map(({ AllocationId }) => AllocationId),
        ]),
        vpc: VpcId,
        hourly: listPrices(aws.region).hourly.natGateway,
      }),
    ),
  remove: async ({ ec2 }, { id }) => {
    await ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: id }));
  },
};

export const ADDRESSES: Kind = {
  name: 'Elastic IP address',
  find: async (aws) => {
    const { hourly } = listPrices(aws.region);
    const { Addresses = [] } = await aws.ec2.send(new DescribeAddressesCommand({}));
    const gateways = await natGateways(aws);
    const ofGateway = new Set(
      gateways.flatMap(({ NatGatewayAddresses = [] }) =>
        NatGatewayAddresses.map(({ AllocationId }) => AllocationId),
      ),
    );
    return Addresses.map((address) => ({
      ...named('Elastic IP address', address.AllocationId, address.Tags),
      // The network interface of a NAT gateway goes with it.
      heldBy: ofGateway.has(address.AllocationId)
        ? []
        : present([address.InstanceId || address.NetworkInterfaceId]),
      hourly: hourly.publicIpv4Address,
    }));
  },
  remove: async ({ ec2 }, { id }) => {
    await ec2.send(new ReleaseAddressCommand({ AllocationId: id }));
  },
};

export const ENDPOINTS: Kind = {
  name: 'VPC endpoint',
  slow: true,
  find: async ({ ec2, region }) => {
    const { hourly } = listPrices(region);
    const found = await all(
      paginateDescribeVpcEndpoints({ client: ec2 }, {}),
      (page) => page.VpcEndpoints,
    );
    return found
      .filter(({ State }) => State?.toLowerCase() !== 'deleted')
      .map(
        ({ VpcEndpointId, Tags, VpcId, VpcEndpointType, SubnetIds = [], RouteTableIds = [] }) => ({
          ...named('VPC endpoint', VpcEndpointId, Tags),
          heldBy: [...SubnetIds, ...RouteTableIds],
          vpc: VpcId,
          hourly:
            VpcEndpointType === 'Interface'
              ? SubnetIds.length * hourly.interfaceEndpoint
              : undefined,
        }),
      );
  },
  remove: async ({ ec2 }, { id }) => {
    const { Unsuccessful = [] } = await ec2.send(
      new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }),
    );
    refuse(Unsuccessful[0]?.Error);
  },
};

export const ENDPOINT_SERVICES: Kind = {
  name: 'VPC endpoint service',
  slow: true,
  find: async ({ ec2 }) => {
    const found = await all(
      paginateDescribeVpcEndpointServiceConfigurations({ client: ec2 }, {}),
      (page) => page.ServiceConfigurations,
    );
    return found
      .filter(({ ServiceState }) => ServiceState !== 'Deleted')
      .map(({ ServiceId, Tags }) => named('VPC endpoint service', ServiceId, Tags));
  },
  remove: async ({ ec2 }, { id }) => {
    const Filters = [{ Name: 'service-id', Values: [id] }];
    const connections = await all(
      paginateDescribeVpcEndpointConnections({ client: ec2 }, { Filters }),
      (page) => page.VpcEndpointConnections,
    );
    const open = connections.flatMap(({ VpcEndpointId = '', VpcEndpointState = '' }) =>
      ['available', 'pendingacceptance'].includes(VpcEndpointState.toLowerCase())
        ? VpcEndpointId
        : [],
    );
    if (open.length > 0) {
      await ec2.send(
        new RejectVpcEndpointConnectionsCommand({ ServiceId: id, VpcEndpointIds: open }),
      );
    }
    const { Unsuccessful = [] } = await ec2.send(
      new DeleteVpcEndpointServiceConfigurationsCommand({ ServiceIds: [id] }),
    );
    refuse(Unsuccessful[0]?.Error);
  },
};

/** Some calls answer with 200 and what they did not do. */
function refuse(error: { readonly Code?: string; readonly Message?: string } | undefined): void {
  if (error === undefined) return;
  throw Object.assign(new Error(error.Message), { name: error.Code ?? 'Error' });
}

export const PEERINGS: Kind = {
  name: 'VPC peering connection',
  slow: true,
  find: async ({ ec2 }) => {
    const found = await all(
      paginateDescribeVpcPeeringConnections({ client: ec2 }, {}),
      (page) => page.VpcPeeringConnections,
    );
    return found
      .filter(({ Status }) => !['deleted', 'rejected', 'expired'].includes(Status?.Code ?? ''))
      .map(({ VpcPeeringConnectionId, Tags }) =>
        named('VPC peering connection', VpcPeeringConnectionId, Tags),
      );
  },
  remove: async ({ ec2 }, { id }) => {
    await ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: id }));
  },
};

export const FLOW_LOGS: Kind = {
  name: 'flow log',
  find: async ({ ec2 }) => {
    const found = await all(paginateDescribeFlowLogs({ client: ec2 }, {}), (page) => page.FlowLogs);
    return found.map(({ FlowLogId, Tags, ResourceId, DeliverLogsPermissionArn, LogGroupName }) => ({
      ...named('flow log', FlowLogId, Tags),
      vpc: ResourceId,
      uses: present([DeliverLogsPermissionArn, LogGroupName]),
    }));
  },
  remove: async ({ ec2 }, { id }) => {
    const { Unsuccessful = [] } = await ec2.send(new DeleteFlowLogsCommand({ FlowLogIds: [id] }));
    refuse(Unsuccessful[0]?.Error);
  },
};

/** What EKS calls its own. */
const OF_EKS = /^Amazon EKS (.+)$/;

/** Only those that are attached to nothing: the others go with what they are of. */
export const INTERFACES: Kind = {
  name: 'network interface',
  find: async (aws) => {
    const ofGateways = new Set(
      (await natGateways(aws)).flatMap(({ NatGatewayAddresses = [] }) =>
        NatGatewayAddresses.map(({ NetworkInterfaceId }) => NetworkInterfaceId),
      ),
    );
    const found = await all(
      paginateDescribeNetworkInterfaces({ client: aws.ec2 }, {}),
      (page) => page.NetworkInterfaces,
    );
    return found
      .filter(({ Status, RequesterManaged }) => Status === 'available' && RequesterManaged !== true)
      .filter(({ NetworkInterfaceId }) => !ofGateways.has(NetworkInterfaceId))
      .map(({ NetworkInterfaceId, TagSet, VpcId, Description = '' }) => ({
        ...named('network interface', NetworkInterfaceId, TagSet),
        name: Description,
        vpc: VpcId,
        cluster: OF_EKS.exec(Description)?.[1],
      }));
  },
  remove: async ({ ec2 }, { id }) => {
    await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id }));
  },
};

export const SECURITY_GROUPS: Kind = {
  name: 'security group',
  find: async ({ ec2 }) => {
    const found = await all(
      paginateDescribeSecurityGroups({ client: ec2 }, {}),
      (page) => page.SecurityGroups,
    );
    return found
      .filter(({ GroupName }) => GroupName !== 'default')
      .map(({ GroupId, GroupName, Tags, VpcId }) => ({
        ...named('security group', GroupId, Tags),
        name: nameIn(Tags) || (GroupName ?? ''),
        vpc: VpcId,
      }));
  },
  // Rules go first, as two groups that name each other hold each other back. Not while anything uses them.
  remove: async ({ ec2 }, { id: GroupId }) => {
    const { NetworkInterfaces = [] } = await ec2.send(
      new DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'group-id', Values: [GroupId] }] }),
    );
    const user = NetworkInterfaces[0]?.NetworkInterfaceId;
    if (user !== undefined) refuse({ Code: 'DependencyViolation', Message: `${user} is in it` });
    const { SecurityGroups = [] } = await ec2.send(
      new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }),
    );
    const { IpPermissions = [], IpPermissionsEgress = [] } = SecurityGroups[0] ?? {};
    const [inbound, outbound] = [IpPermissions, IpPermissionsEgress].map((rules) =>
      rules.filter(({ UserIdGroupPairs = [] }) => UserIdGroupPairs.length > 0),
    );
    if (inbound !== undefined && inbound.length > 0) {
      await unlessGone(
        ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: inbound })),
      );
    }
    if (outbound !== undefined && outbound.length > 0) {
      await unlessGone(
        ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: outbound })),
      );
    }
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
  },
};

/** What is gone may be the other group that a rule names; whether this one is gone, its deletion tells. */
async function unlessGone(revoked: Promise<unknown>): Promise<void> {
  try {
    await revoked;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

export const INTERNET_GATEWAYS: Kind = {
  name: 'internet gateway',
  find: async ({ ec2 }) => {
    const found = await all(
      paginateDescribeInternetGateways({ client: ec2 }, {}),
      (page) => page.InternetGateways,
    );
    return found.map(({ InternetGatewayId, Tags, Attachments = [] }) => ({
      ...named('internet gateway', InternetGatewayId, Tags),
      vpc: Attachments[0]?.VpcId,
    }));
  },
  remove: async ({ ec2 }, { id: InternetGatewayId, vpc: VpcId }) => {
    if (VpcId !== undefined) {
      await ec2
        .send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId }))
        .catch((error: unknown) => {
          // Of a former try.
          if (!(error instanceof Error) || error.name !== 'Gateway.NotAttached') throw error;
        });
    }
    await ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId }));
  },
};

export const EGRESS_ONLY_GATEWAYS: Kind = {
  name: 'egress-only internet gateway',
  find: async ({ ec2 }) => {
    const found = await all(
      paginateDescribeEgressOnlyInternetGateways({ client: ec2 }, {}),
      (page) => page.EgressOnlyInternetGateways,
    );
    return found.map(({ EgressOnlyInternetGatewayId, Tags, Attachments = [] }) => ({
      ...named('egress-only internet gateway', EgressOnlyInternetGatewayId, Tags),
      vpc: Attachments[0]?.VpcId,
    }));
  },
  remove: async ({ ec2 }, { id: EgressOnlyInternetGatewayId }) => {
    await ec2.send(new DeleteEgressOnlyInternetGatewayCommand({ EgressOnlyInternetGatewayId }));
  },
};

export const SUBNETS: Kind = {
  name: 'subnet',
  find: async ({ ec2 }) => {
    const found = await all(paginateDescribeSubnets({ client: ec2 }, {}), (page) => page.Subnets);
    return found.map(({ SubnetId, Tags, VpcId }) => ({
      ...named('subnet', SubnetId, Tags),
      vpc: VpcId,
    }));
  },
  remove: async ({ ec2 }, { id }) => {
    await ec2.send(new DeleteSubnetCommand({ SubnetId: id }));
  },
};

export const ROUTE_TABLES: Kind = {
  name: 'route table',
  find: async ({ ec2 }) => {
    const pages = paginateDescribeRouteTables({ client: ec2 }, {});
    const found = await all(pages, (page) => page.RouteTables);
    return found
      .filter(({ Associations = [] }) => !Associations.some(({ Main }) => Main))
      .map(({ RouteTableId, Tags, VpcId, Associations = [], Routes = [] }) => ({
        ...named('route table', RouteTableId, Tags),
        vpc: VpcId,
        heldBy: present(Associations.map(({ SubnetId }) => SubnetId)),
        uses: present(
          Routes.flatMap((route) => [
            route.GatewayId,
            route.EgressOnlyInternetGatewayId,
            route.NatGatewayId,
            route.VpcPeeringConnectionId,
          ]),
        ),
      }));
  },
  // With its subnet goes the association of a table.
  remove: async ({ ec2 }, { id }) => {
    await ec2.send(new DeleteRouteTableCommand({ RouteTableId: id }));
  },
};

export const VPCS: Kind = {
  name: 'VPC',
  find: async ({ ec2 }) => {
    const found = await all(paginateDescribeVpcs({ client: ec2 }, {}), (page) => page.Vpcs);
    return found
      .filter(({ IsDefault }) => IsDefault !== true)
      .map(({ VpcId, Tags }) => ({ ...named('VPC', VpcId, Tags), vpc: VpcId }));
  },
  remove: async ({ ec2 }, { id }) => {
    await ec2.send(new DeleteVpcCommand({ VpcId: id }));
  },
};
