import { DataAwsLbs } from '@cdktf/provider-aws/lib/data-aws-lbs';
import { DataAwsVpcEndpointService } from '@cdktf/provider-aws/lib/data-aws-vpc-endpoint-service';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint';
import { VpcEndpointConnectionAccepter } from '@cdktf/provider-aws/lib/vpc-endpoint-connection-accepter';
import { VpcEndpointService } from '@cdktf/provider-aws/lib/vpc-endpoint-service';
import { VpcEndpointServiceAllowedPrincipal } from '@cdktf/provider-aws/lib/vpc-endpoint-service-allowed-principal';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { Fn, type ITerraformDependable, type TerraformProvider, Token } from 'cdktf';
import { Construct } from 'constructs';
import { regionProblems } from '../aws-forms';
import { Each, type Example, filled, Optional, refuseUnlike } from '../example';
import { portProblems } from '../kubernetes/name-problems';
import { type Problem, refuse, repeatProblems } from '../problems';
import { isUnresolved } from '../unresolved';
import { mustHold } from '../must-hold';
import { awsIdProblems, awsIdsProblems } from './aws-ids';
import { subnetsInZonesOf } from './endpoint-service';
import { nameTagProblems } from './name-tag';
import type { INetwork } from './props';
import { securityGroupNameProblem } from './security-group-name';
import { NETWORK_EXAMPLE } from './props';

/** In the place of one that is not there; never created with. */
const NO_LOAD_BALANCER =
  'arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/none/0';

/** Settings of `PrivateLinkService`. */
export interface PrivateLinkServiceProps {
  /** Name of the service. */
  readonly name: string;
  /** Tags by which the one Network Load Balancer is found: see `nlbTags`. */
  readonly loadBalancerTags: Readonly<Record<string, string>>;
  /** What makes the load balancer, for the message while there is none. */
  readonly madeBy: string;
  /**
   * ARNs of those who may ask for a connection: an account (`arn:aws:iam::111122223333:root`), a role or a
   * user. Nobody else sees the service.
   */
  readonly allowedPrincipals: readonly string[];
  /**
   * Whether each connection waits until it is accepted, by `accept` or by hand.
   * @default true
   */
  readonly acceptance?: boolean;
  /**
   * Further regions from which it may be asked for.
   * @default its own only
   */
  readonly supportedRegions?: readonly string[];
  /**
   * The AWS provider of the load balancer's account and region.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
}

const SERVICE: Example<PrivateLinkServiceProps> = {
  name: 'bank-gateway',
  loadBalancerTags: new Each('bank'),
  madeBy: filled('AWS Load Balancer Controller'),
  allowedPrincipals: ['arn:aws:iam::111122223333:root'],
  supportedRegions: new Optional<readonly string[]>(['eu-north-1']),
  acceptance: new Optional(true),
};

/**
 * Offers an internal Network Load Balancer to another VPC by PrivateLink, whatever addresses that has, and
 * whoever owns it.
 *
 * To the load balancer's targets such connections come from the load balancer's own addresses.
 *
 * @throws Error listing every mistake in the name and in who is allowed.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#PrivateLinkService}
 */
export class PrivateLinkService extends Construct {
  /** The `aws_vpc_endpoint_service`. */
  public readonly service: VpcEndpointService;
  /** Permissions to connect: one for each of `allowedPrincipals`. */
  public readonly permissions: readonly VpcEndpointServiceAllowedPrincipal[];
  private readonly provider?: TerraformProvider;

  public constructor(scope: Construct, id: string, props: PrivateLinkServiceProps) {
    super(scope, id);
    refuseUnlike(`PrivateLinkService ${this.node.path}`, props, SERVICE);
    refuse(`PrivateLinkService ${props.name}`, [
      ...nameTagProblems(props.name),
      ...principalProblems(props.allowedPrincipals),
      ...(Object.keys(props.loadBalancerTags).length > 0
        ? []
        : [{ path: ['loadBalancerTags'], message: TAGLESS }]),
      ...(props.supportedRegions?.length === 0
        ? [{ path: ['supportedRegions'], message: 'is empty; list one at least, or leave it out' }]
        : []),
      ...(props.supportedRegions ?? []).flatMap((region, i) =>
        regionProblems(['supportedRegions', i], region),
      ),
    ]);
    const { name, provider } = props;
    this.provider = provider;
    const found = new DataAwsLbs(this, 'load_balancer', {
      tags: { ...props.loadBalancerTags },
      provider,
      lifecycle: mustHold(
        'length(self.arns) == 1',
        `\${length(self.arns)} load balancers have the tags of ${name} ` +
          `(${Object.entries(props.loadBalancerTags)
            .map(([key, value]) => `${key}=${value}`)
            .join(
              ', ',
            )}); one must have them. ${props.madeBy} makes it: look what it says of itself, ` +
          'then deploy again.',
      ),
    });
    this.service = new VpcEndpointService(this, 'service', {
      // Without one a deploy stops above. A destroy does not, and the provider refuses an empty list even then.
      networkLoadBalancerArns: Token.asList(Fn.coalescelist([found.arns, [NO_LOAD_BALANCER]])),
      acceptanceRequired: props.acceptance ?? true,
      supportedRegions: props.supportedRegions && [...props.supportedRegions],
      tags: { Name: name },
      provider,
    });
    this.permissions = props.allowedPrincipals.map(
      (principalArn, i) =>
        new VpcEndpointServiceAllowedPrincipal(this, `allowed_principal_${i}`, {
          vpcEndpointServiceId: this.service.id,
          principalArn,
          provider,
        }),
    );
  }

  /** Name by which the other side asks for it: `com.amazonaws.vpce.<region>.vpce-svc-<id>`. */
  public get serviceName(): string {
    return this.service.serviceName;
  }

  /**
   * Lets an endpoint in that has asked: no other one of the allowed accounts gets a connection.
   *
   * @param id Of the construct, unique in this one.
   *
   * @throws Error when the id of the endpoint is none.
   */
  public accept(id: string, endpointId: string): VpcEndpointConnectionAccepter {
    refuse(
      `An endpoint of ${this.node.path}`,
      awsIdProblems(['endpointId'], 'vpce', endpointId),
      'cannot be accepted',
    );
    return new VpcEndpointConnectionAccepter(this, id, {
      vpcEndpointServiceId: this.service.id,
      vpcEndpointId: endpointId,
      provider: this.provider,
    });
  }
}

/** Settings of `PrivateLinkEndpoint`. */
export interface PrivateLinkEndpointProps {
  /** Name of the endpoint. */
  readonly name: string;
  /** Name of the service, as its owner says it. */
  readonly serviceName: string;
  /**
   * The AWS region in which the service is offered.
   * @default that of the endpoint
   */
  readonly serviceRegion?: string;
  /** The VPC that the endpoint is in, with an address in each private subnet whose zone the service has. */
  readonly network: INetwork;
  /** TCP ports of the service that may be called. */
  readonly ports: readonly number[];
  /** Security groups of those who may call, such as that of a cluster's nodes. Nobody else may. */
  readonly callers: readonly string[];
  /**
   * The AWS provider of the VPC's account and region.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
  /**
   * What must be there before it may be asked for: the service's permissions.
   * @default nothing
   */
  readonly dependsOn?: readonly ITerraformDependable[];
}

const ENDPOINT: Example<PrivateLinkEndpointProps> = {
  name: 'shop-to-bank',
  serviceName: 'com.amazonaws.vpce.eu-north-1.vpce-svc-0123456789abcdef0',
  network: NETWORK_EXAMPLE,
  ports: [10443],
  callers: ['sg-0123456789abcdef0'],
};

/**
 * The way to a `PrivateLinkService` of another VPC: an interface endpoint whose addresses are of this one,
 * and a security group that lets the callers' groups in and nobody else.
 *
 * @throws Error listing every mistake in the names, the ports and the callers.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#PrivateLinkEndpoint}
 */
export class PrivateLinkEndpoint extends Construct {
  /** The `aws_vpc_endpoint`. */
  public readonly endpoint: VpcEndpoint;
  /** Who may call it. It lets nothing out. */
  public readonly securityGroup: SecurityGroup;
  /** Security group rules: one for each caller and port. */
  public readonly rules: readonly VpcSecurityGroupIngressRule[];

  public constructor(scope: Construct, id: string, props: PrivateLinkEndpointProps) {
    super(scope, id);
    refuseUnlike(`PrivateLinkEndpoint ${this.node.path}`, props, ENDPOINT);
    refuse(`PrivateLinkEndpoint ${props.name}`, endpointProblems(props));
    const { name, network, provider, serviceName } = props;
    this.securityGroup = new SecurityGroup(this, 'security_group', {
      namePrefix: `${name}-`,
      description: `Who may call ${name}`,
      vpcId: network.vpcId,
      tags: { Name: name },
      provider,
    });
    this.rules = props.callers.flatMap((referencedSecurityGroupId, i) =>
      props.ports.map(
        (port) =>
          new VpcSecurityGroupIngressRule(this, `rule_${i}_${port}`, {
            securityGroupId: this.securityGroup.id,
            referencedSecurityGroupId,
            ipProtocol: 'tcp',
            fromPort: port,
            toPort: port,
            description: 'Callers of the other VPC',
            provider,
          }),
      ),
    );
    this.endpoint = new VpcEndpoint(this, 'endpoint', {
      vpcId: network.vpcId,
      vpcEndpointType: 'Interface',
      serviceName,
      serviceRegion: props.serviceRegion,
      subnetIds: this.subnetsOfService(props),
      securityGroupIds: [this.securityGroup.id],
      tags: { Name: name },
      provider,
      dependsOn: [...(props.dependsOn ?? []), ...this.rules],
    });
  }

  /** Name by which the callers reach the service. It leads to addresses of their own VPC. */
  public get address(): string {
    return this.endpoint.dnsEntry.get(0).dnsName;
  }

  /** Those in zones that the service has. From another region it is in any zone. */
  private subnetsOfService({
    network,
    provider,
    serviceName,
    serviceRegion,
    dependsOn,
  }: PrivateLinkEndpointProps): string[] {
    if (serviceRegion !== undefined) return [...network.privateSubnetIds];
    const service = new DataAwsVpcEndpointService(this, 'service', {
      serviceName,
      provider,
      dependsOn: [...(dependsOn ?? [])],
    });
    return subnetsInZonesOf(this, network.privateSubnetIds, provider)(service);
  }
}

/** Names of services of partners and of AWS's own alike. The partition of China begins with `cn.`. */
const SERVICE_NAME = /^[a-z]+(\.[-a-z0-9]+){3,}$/;

const TAGLESS =
  'is empty, which every load balancer matches; list those of one, such as nlbTags returns';

function principalProblems(allowed: readonly string[]): Problem[] {
  const path = ['allowedPrincipals'];
  if (allowed.length === 0) {
    return [{ path, message: 'is empty, so nobody could connect; list the ARN of an account' }];
  }
  return allowed.flatMap((arn, i) =>
    isUnresolved(arn) || /^arn:[-a-z]+:iam::\d{12}:(root|(user|role)\/.+)$/.test(arn)
      ? []
      : [
          {
            path: [...path, i],
            message:
              `is "${arn}"; must be the ARN of an account, a role or a user, such as ` +
              'arn:aws:iam::111122223333:root',
          },
        ],
  );
}

function endpointProblems(props: PrivateLinkEndpointProps): Problem[] {
  const { name, serviceName, ports, callers, network } = props;
  const reserved = securityGroupNameProblem(name);
  const empty = Object.entries({ ports, callers }).flatMap(([path, list]) =>
    list.length > 0
      ? []
      : [{ path: [path], message: 'is empty, so nobody could call; list at least one' }],
  );
  const wrong = [
    ...ports.flatMap((port, i) => portProblems(['ports', i], port)),
    ...repeatProblems(['ports'], ports),
    ...awsIdProblems(['network', 'vpcId'], 'vpc', network.vpcId),
    ...awsIdsProblems(['callers'], 'sg', callers),
    ...repeatProblems(['callers'], callers),
  ];
  const nowhere =
    network.privateSubnetIds.length > 0
      ? []
      : [{ path: ['network', 'privateSubnetIds'], message: 'is empty; list at least one' }];
  return [
    ...regionProblems(['serviceRegion'], props.serviceRegion),
    ...(reserved === undefined ? [] : [{ path: ['name'], message: reserved }]),
    ...(isUnresolved(serviceName) || SERVICE_NAME.test(serviceName)
      ? []
      : [
          {
            path: ['serviceName'],
            message:
              `is "${serviceName}"; must be the name of an endpoint service, such as ` +
              'com.amazonaws.vpce.eu-north-1.vpce-svc-0123456789abcdef0',
          },
        ]),
    ...empty,
    ...wrong,
    ...nowhere,
  ];
}
