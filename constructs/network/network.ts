import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { DataAwsAvailabilityZones } from '@cdktf/provider-aws/lib/data-aws-availability-zones';
import { DefaultSecurityGroup } from '@cdktf/provider-aws/lib/default-security-group';
import { EgressOnlyInternetGateway } from '@cdktf/provider-aws/lib/egress-only-internet-gateway';
import { Eip } from '@cdktf/provider-aws/lib/eip';
import { FlowLog } from '@cdktf/provider-aws/lib/flow-log';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway';
import { NatGateway } from '@cdktf/provider-aws/lib/nat-gateway';
import { Route } from '@cdktf/provider-aws/lib/route';
import { RouteTable } from '@cdktf/provider-aws/lib/route-table';
import { RouteTableAssociation } from '@cdktf/provider-aws/lib/route-table-association';
import { Subnet } from '@cdktf/provider-aws/lib/subnet';
import { Vpc } from '@cdktf/provider-aws/lib/vpc';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint';
import { Fn, type ITerraformDependable, propertyAccess, Token } from 'cdktf';
import { Construct } from 'constructs';
import { type Example, filled, Optional, refuseUnlike } from '../example';
import { keyArnProblems } from '../aws-forms';
import { retentionProblems } from '../log-retention';
import { MadeWith } from '../made-with';
import { type Problem, refuse, within } from '../problems';
import { mustHold } from '../must-hold';
import { AwsEndpoints, endpointsAccountProblems, endpointsNameProblems } from './aws-endpoints';
import { planSubnets } from './subnets';
import { eksNameProblem } from '../eks-name';
import { endpointServices } from './endpoint-service';
import { natGatewayCount, networkAttributeProblems, networkProblems } from './validate';
import type { FlowLogSettings, INetwork, NetworkAttributes, NetworkProps } from './props';
import { ZONES_WITHOUT_EKS } from './zones';

/** Which /64 of the VPC's /56 the first public subnet has. Private ones come before, one for each zone. */
const FIRST_PUBLIC_64 = 128;

/**
 * A VPC with a public and a private subnet in each of several zones.
 *
 * @throws Error listing every mistake in the props.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#Network}
 */
export class Network extends Construct implements INetwork {
  /** The VPC itself, as a resource. */
  public readonly vpc: Vpc;
  public readonly cidr: string;
  public readonly ipv6Cidr?: string;
  /** Without any rule, so that nothing that forgets to name a security group is reachable. */
  public readonly defaultSecurityGroup: DefaultSecurityGroup;
  /** Way out of the public subnets. */
  public readonly internetGateway: InternetGateway;
  /** Way out of the private subnets by IPv6, which nobody comes in by; none without IPv6, or with `nat: 'none'`. */
  public readonly egressOnlyGateway?: EgressOnlyInternetGateway;
  /** By IPv6: of the public route table, and behind it of the private ones. */
  public readonly ipv6Routes: readonly Route[];
  /** Subnets for load balancers, one for each zone. */
  public readonly publicSubnets: readonly Subnet[];
  /** Subnets for nodes and pods, one for each zone. */
  public readonly privateSubnets: readonly Subnet[];
  /** The route table of all public subnets. */
  public readonly publicRouteTable: RouteTable;
  /** From the public subnets to the internet. */
  public readonly publicRoute: Route;
  /** Route tables of the private subnets, one for each zone. */
  public readonly privateRouteTables: readonly RouteTable[];
  /** From the private subnets to a NAT gateway, one for each zone; none without a NAT gateway. */
  public readonly privateRoutes: readonly Route[];
  /** Of the public subnets, and behind them of the private ones. */
  public readonly routeTableAssociations: readonly RouteTableAssociation[];
  /** Ways out of the private subnets, as many as `nat` says. */
  public readonly natGateways: readonly NatGateway[];
  /** Addresses of the NAT gateways; none where they were given. */
  public readonly natAddresses: readonly Eip[];
  /** Way to S3 past the NAT gateways, unless it was turned off. */
  public readonly s3Endpoint?: VpcEndpoint;
  /** Interface endpoints of AWS services, where they were asked for. */
  public readonly awsEndpoints?: AwsEndpoints;
  /** Log of all connections, where it was asked for. */
  public readonly flowLog?: FlowLog;
  /** Where the flow log is written. */
  public readonly flowLogGroup?: CloudwatchLogGroup;
  /** Role by which the flow log is written. */
  public readonly flowLogRole?: IamRole;
  public readonly egress: readonly ITerraformDependable[];

  /**
   * A VPC that exists, in place of a `Network`. Nothing in it is changed: the tags by which load
   * balancers find their subnets (`kubernetes.io/role/elb` and `kubernetes.io/role/internal-elb`) are
   * yours to set.
   *
   * @throws Error listing every mistake, such as an id that is none, or fewer than two private subnets.
   */
  public static fromAttributes(attributes: NetworkAttributes): INetwork {
    refuseUnlike('The network', attributes, ATTRIBUTES, 'cannot be used');
    refuse(
      `The network ${attributes.vpcId}`,
      networkAttributeProblems(attributes),
      'cannot be used',
    );
    return { publicSubnetIds: [], ...attributes, egress: [] };
  }

  public constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    refuseUnlike(`Network ${this.node.path}`, props, EXAMPLE);
    const { name, nat = 'one', zones = 3, ipv6 = false } = props;
    refuse(`Network ${name}`, [
      ...networkProblems(props),
      ...partProblems(props),
      ...retentionProblems(['flowLogs', 'retentionDays'], props.flowLogs?.retentionDays),
      ...keyArnProblems(['flowLogs', 'encryptionKeyArn'], props.flowLogs?.encryptionKeyArn),
    ]);
    const zoneNames = typeof zones === 'number' ? this.chooseZones(zones) : zones;
    const plan = planSubnets(props.cidr, zoneNames.length);

    this.cidr = props.cidr;
    const madeWith = new MadeWith(this, 'made_with', {
      what: `The VPC ${name}`,
      settings: { cidr: props.cidr, 'number of zones': String(zoneNames.length) },
      otherwise: 'To have another VPC, make it beside this one, or destroy this one first.',
    });
    this.vpc = new Vpc(this, 'vpc', {
      cidrBlock: props.cidr,
      enableDnsSupport: true,
      // EKS: without it nodes do not find the private endpoint.
      enableDnsHostnames: true,
      ...(ipv6 && { assignGeneratedIpv6CidrBlock: true }),
      tags: { Name: name },
      dependsOn: [madeWith],
    });
    if (ipv6) this.ipv6Cidr = this.vpc.ipv6CidrBlock;
    this.defaultSecurityGroup = new DefaultSecurityGroup(this, 'default_security_group', {
      vpcId: this.vpc.id,
      tags: { Name: `${name}-default-closed` },
    });
    this.internetGateway = new InternetGateway(this, 'internet_gateway', {
      vpcId: this.vpc.id,
      tags: { Name: name },
    });

    const clusterTags = Object.fromEntries(
      (props.clusterNames ?? []).map((cluster) => [`kubernetes.io/cluster/${cluster}`, 'shared']),
    );
    const subnet = (kind: 'public' | 'private', zone: number) =>
      new Subnet(this, `${kind}_subnet_${zone}`, {
        vpcId: this.vpc.id,
        cidrBlock: plan[kind][zone] ?? '',
        availabilityZone: zoneNames[zone] ?? '',
        ...(ipv6 && {
          ipv6CidrBlock: Fn.cidrsubnet(
            this.vpc.ipv6CidrBlock,
            8,
            kind === 'public' ? FIRST_PUBLIC_64 + zone : zone,
          ),
          assignIpv6AddressOnCreation: true,
        }),
        mapPublicIpOnLaunch: kind === 'public' && (props.publicAddresses ?? false),
        tags: {
          Name: `${name}-${kind}-${zone}`,
          [kind === 'public' ? 'kubernetes.io/role/elb' : 'kubernetes.io/role/internal-elb']: '1',
          ...clusterTags,
        },
        lifecycle: {
          // Terraform's choice of zones may be another one when AWS opens or closes a zone.
          ignoreChanges: ['availability_zone'],
          ...(typeof zones !== 'number' &&
            mustHold(
              `self.availability_zone == "${zones[zone] ?? ''}"`,
              `The subnet ${name}-${kind}-${zone} is in \${self.availability_zone}, and zones ` +
                `names ${zones[zone] ?? ''} in its place, which would destroy all that is in it. ` +
                'Nothing was changed: name the zones that it was made with, in the same order.',
            )),
        },
      });
    this.publicSubnets = zoneNames.map((_, zone) => subnet('public', zone));
    this.privateSubnets = zoneNames.map((_, zone) => subnet('private', zone));

    this.publicRouteTable = new RouteTable(this, 'public_route_table', {
      vpcId: this.vpc.id,
      tags: { Name: `${name}-public` },
    });
    this.publicRoute = new Route(this, 'public_route', {
      routeTableId: this.publicRouteTable.id,
      destinationCidrBlock: '0.0.0.0/0',
      gatewayId: this.internetGateway.id,
    });
    const publicAssociations = this.publicSubnets.map(
      ({ id: subnetId }, zone) =>
        new RouteTableAssociation(this, `public_route_table_association_${zone}`, {
          subnetId,
          routeTableId: this.publicRouteTable.id,
        }),
    );

    const addresses: Eip[] = [];
    this.natGateways = this.publicSubnets.slice(0, natGatewayCount(props)).map(
      ({ id: subnetId }, zone) =>
        new NatGateway(this, `nat_gateway_${zone}`, {
          subnetId,
          allocationId: props.natAllocationIds?.[zone] ?? this.natAddress(name, zone, addresses),
          tags: { Name: `${name}-${zone}` },
          dependsOn: [this.publicRoute],
        }),
    );

    this.privateRouteTables = this.privateSubnets.map(
      (_, zone) =>
        new RouteTable(this, `private_route_table_${zone}`, {
          vpcId: this.vpc.id,
          tags: { Name: `${name}-private-${zone}` },
        }),
    );
    const privateAssociations = this.privateSubnets.map(
      ({ id: subnetId }, zone) =>
        new RouteTableAssociation(this, `private_route_table_association_${zone}`, {
          subnetId,
          routeTableId: this.privateRouteTables[zone]?.id ?? '',
        }),
    );
    this.privateRoutes = this.privateRouteTables.flatMap((table, zone) => {
      const gateway = this.natGateways[nat === 'per-zone' ? zone : 0];
      return gateway === undefined
        ? []
        : new Route(this, `private_route_${zone}`, {
            routeTableId: table.id,
            destinationCidrBlock: '0.0.0.0/0',
            natGatewayId: gateway.id,
          });
    });

    if (ipv6 && nat !== 'none') {
      this.egressOnlyGateway = new EgressOnlyInternetGateway(this, 'egress_only_gateway', {
        vpcId: this.vpc.id,
        tags: { Name: name },
      });
    }
    this.ipv6Routes = ipv6 ? this.routesByIPv6() : [];

    if (props.s3Endpoint ?? true) {
      this.s3Endpoint = this.gatewayToS3(name);
    }
    const { awsEndpoints = false } = props;
    if (awsEndpoints !== false) {
      this.awsEndpoints = new AwsEndpoints(this, 'aws_endpoints', {
        ...(awsEndpoints !== true && awsEndpoints),
        name,
        vpcId: this.vpc.id,
        cidr: props.cidr,
        subnetIds: this.privateSubnetIds,
      });
    }
    if (props.flowLogs !== undefined) {
      const { log, group, role } = this.logConnections(name, props.flowLogs);
      this.flowLog = log;
      this.flowLogGroup = group;
      this.flowLogRole = role;
    }
    this.natAddresses = addresses;
    this.routeTableAssociations = [...publicAssociations, ...privateAssociations];
    this.egress = [
      this.publicRoute,
      ...publicAssociations,
      ...this.privateRoutes,
      ...this.ipv6Routes,
      ...privateAssociations,
      // Nodes fetch images and take roles by them.
      ...(this.awsEndpoints === undefined
        ? []
        : [
            ...Object.values(this.awsEndpoints.endpoints),
            ...(this.s3Endpoint ? [this.s3Endpoint] : []),
          ]),
    ];
  }

  /** Id by which AWS knows the VPC. */
  public get vpcId(): string {
    return this.vpc.id;
  }

  public get publicSubnetIds(): readonly string[] {
    return this.publicSubnets.map(({ id }) => id);
  }

  public get privateSubnetIds(): readonly string[] {
    return this.privateSubnets.map(({ id }) => id);
  }

  public get privateRouteTableIds(): readonly string[] {
    return this.privateRouteTables.map(({ id }) => id);
  }

  public get publicRouteTableIds(): readonly string[] {
    return [this.publicRouteTable.id];
  }

  private chooseZones(count: number): readonly string[] {
    const available = new DataAwsAvailabilityZones(this, 'zones', {
      state: 'available',
      excludeZoneIds: ZONES_WITHOUT_EKS,
      // Local zones and wavelength zones have to be opted into.
      filter: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }],
      lifecycle: mustHold(
        `length(self.names) >= ${count}`,
        `EKS can use \${length(self.names)} availability zones in this region, and ${count} are asked for: ask for fewer (network.zones in the settings).`,
      ),
    });
    return Array.from({ length: count }, (_, zone) =>
      // An index out of range is an error; Fn.element would take the first zone again.
      Token.asString(propertyAccess(available.names, [zone])),
    );
  }

  private routesByIPv6(): Route[] {
    const everywhere = { destinationIpv6CidrBlock: '::/0' };
    const { egressOnlyGateway } = this;
    return [
      new Route(this, 'public_ipv6_route', {
        ...everywhere,
        routeTableId: this.publicRouteTable.id,
        gatewayId: this.internetGateway.id,
      }),
      ...(egressOnlyGateway === undefined
        ? []
        : this.privateRouteTables.map(
            ({ id: routeTableId }, zone) =>
              new Route(this, `private_ipv6_route_${zone}`, {
                ...everywhere,
                routeTableId,
                egressOnlyGatewayId: egressOnlyGateway.id,
              }),
          )),
    ];
  }

  private natAddress(name: string, zone: number, made: Eip[]): string {
    const address = new Eip(this, `nat_address_${zone}`, {
      domain: 'vpc',
      tags: { Name: `${name}-nat-${zone}` },
      // An address that is mapped goes before the internet gateway does, or the VPC cannot.
      dependsOn: [this.internetGateway],
    });
    made.push(address);
    return address.allocationId;
  }

  private gatewayToS3(name: string): VpcEndpoint {
    return new VpcEndpoint(this, 's3_endpoint', {
      vpcId: this.vpc.id,
      vpcEndpointType: 'Gateway',
      serviceName: endpointServices(this)('s3', 's3', 'Gateway').serviceName,
      routeTableIds: [this.publicRouteTable.id, ...this.privateRouteTables.map(({ id }) => id)],
      tags: { Name: `${name}-s3` },
    });
  }

  private logConnections(
    name: string,
    { retentionDays, encryptionKeyArn }: FlowLogSettings,
  ): {
    readonly log: FlowLog;
    readonly group: CloudwatchLogGroup;
    readonly role: IamRole;
  } {
    const group = new CloudwatchLogGroup(this, 'flow_log_group', {
      name: `/aws/vpc/${name}/flow-log`,
      retentionInDays: retentionDays,
      kmsKeyId: encryptionKeyArn,
    });
    // https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    const { accountId } = new DataAwsCallerIdentity(this, 'flow_log_account');
    const role = new IamRole(this, 'flow_log_role', {
      namePrefix: `${name.slice(0, 26)}-flow-log-`,
      assumeRolePolicy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'vpc-flow-logs.amazonaws.com' },
            Action: 'sts:AssumeRole',
            // For logs of nobody else's.
            Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
          },
        ],
      }),
    });
    // Not logs:CreateLogGroup: the last entries come after the group's deletion and would make it anew.
    const policy = new IamRolePolicy(this, 'flow_log_policy', {
      name: 'write-flow-log',
      role: role.name,
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
            Resource: `${group.arn}:*`,
          },
          { Effect: 'Allow', Action: 'logs:DescribeLogGroups', Resource: '*' },
        ],
      }),
    });
    const log = new FlowLog(this, 'flow_log', {
      vpcId: this.vpc.id,
      trafficType: 'ALL',
      logDestination: group.arn,
      iamRoleArn: role.arn,
      tags: { Name: name },
      dependsOn: [policy],
    });
    return { log, group, role };
  }
}

/** What is wrong with the names of the clusters, and with what makes the endpoints. */
function partProblems({
  name,
  clusterNames = [],
  awsEndpoints = false,
}: Pick<NetworkProps, 'name' | 'clusterNames' | 'awsEndpoints'>): Problem[] {
  return [
    ...clusterNames.flatMap((cluster, i): Problem[] => {
      const message = eksNameProblem(cluster);
      return message === undefined ? [] : [{ path: ['clusterNames', i], message }];
    }),
    ...(awsEndpoints === false ? [] : endpointsNameProblems(name)),
    ...(typeof awsEndpoints === 'boolean'
      ? []
      : endpointsAccountProblems(awsEndpoints).map((one) => within(['awsEndpoints'], one))),
  ];
}

const EXAMPLE: Example<NetworkProps> = {
  name: filled('shop'),
  cidr: '10.10.0.0/16',
  ipv6: new Optional(true),
  publicAddresses: new Optional(true),
  s3Endpoint: new Optional(true),
  flowLogs: new Optional<FlowLogSettings>({ retentionDays: 365 }),
};

const ATTRIBUTES: Example<NetworkAttributes> = {
  vpcId: 'vpc-0123456789abcdef0',
  privateSubnetIds: ['subnet-0123456789abcdef0'],
  publicSubnetIds: new Optional<readonly string[]>(['subnet-0123456789abcdef0']),
  privateRouteTableIds: new Optional<readonly string[]>(['rtb-0123456789abcdef0']),
  publicRouteTableIds: new Optional<readonly string[]>(['rtb-0123456789abcdef0']),
};
