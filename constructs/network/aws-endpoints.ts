import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { Construct } from 'constructs';
import { type Example, refuseUnlike } from '../example';
import { type Problem, refuse, repeatProblems } from '../problems';
import { isUnresolved } from '../unresolved';
import { accountProblems } from './account-problems';
import { cidrProblem } from '../address';
import { awsIdProblems, awsIdsProblems } from './aws-ids';
import { AWS_ENDPOINTS, type AwsEndpoint } from './aws-services';
import { endpointServices, subnetsInZonesOf } from './endpoint-service';
import { securityGroupNameProblem } from './security-group-name';

/**
 * Services whose endpoint passes on calls of known accounts only. Not STS, which takes calls of pods that have no
 * account yet; nor EKS Auth, for which AWS documents no endpoint policy.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/vpc-interface-endpoints.html that of EKS takes one
 */
const KNOWN_ACCOUNTS_ONLY: readonly AwsEndpoint[] = [
  'ec2',
  'ecr.api',
  'ecr.dkr',
  'eks',
  'elasticloadbalancing',
  'logs',
];

/** What is wrong with a name by which that of their security group begins. */
export function endpointsNameProblems(name: string): Problem[] {
  const message = securityGroupNameProblem(name);
  return message === undefined ? [] : [{ path: ['name'], message }];
}

/** What is wrong with who may call through them. */
export function endpointsAccountProblems({
  accounts = [],
}: Pick<AwsEndpointsProps, 'accounts'>): Problem[] {
  return accounts.flatMap((account, i) => accountProblems(['accounts', i], account));
}

/** Settings of `AwsEndpoints`. */
export interface AwsEndpointsProps {
  /** Prefix of all names. */
  readonly name: string;
  /** The VPC that the endpoints are in. */
  readonly vpcId: string;
  /** Addresses of the VPC, which alone may call the endpoints. */
  readonly cidr: string;
  /** One for each zone: each endpoint has an address in each that its service has, and is paid for each. */
  readonly subnetIds: readonly string[];
  /**
   * Services that get an endpoint.
   * @default all of `AWS_ENDPOINTS`
   */
  readonly services?: readonly AwsEndpoint[];
  /**
   * Ids of further accounts whose users and roles may call through the endpoints: that of a role which somebody
   * in the VPC takes (`assumeRole`).
   * @default none: that of the VPC alone
   */
  readonly accounts?: readonly string[];
}

const EXAMPLE: Example<AwsEndpointsProps> = {
  name: 'bank',
  vpcId: 'vpc-0123456789abcdef0',
  cidr: '10.20.0.0/16',
  subnetIds: ['subnet-0123456789abcdef0'],
};

/**
 * The way to AWS's own services from a VPC without the internet: an interface endpoint for each, by the
 * service's usual name, for the addresses of the VPC alone. S3 has a gateway endpoint of its own in `Network`.
 *
 * @throws Error listing every mistake in the names, the ids, the addresses and the lists.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#AwsEndpoints}
 */
export class AwsEndpoints extends Construct {
  /** Who may call them. It lets nothing out. */
  public readonly securityGroup: SecurityGroup;
  /** Lets the VPC in. */
  public readonly rule: VpcSecurityGroupIngressRule;
  /** The endpoints, by the service that they lead to. */
  public readonly endpoints: Readonly<Partial<Record<AwsEndpoint, VpcEndpoint>>>;

  public constructor(scope: Construct, id: string, props: AwsEndpointsProps) {
    super(scope, id);
    refuseUnlike(`AwsEndpoints ${this.node.path}`, props, EXAMPLE);
    const {
      name,
      vpcId,
      cidr,
      subnetIds,
      services = AWS_ENDPOINTS,
      accounts: further = [],
    } = props;
    const wrongCidr = isUnresolved(cidr) ? undefined : cidrProblem(cidr);
    refuse(`AwsEndpoints ${name}`, [
      ...endpointsNameProblems(name),
      ...endpointsAccountProblems(props),
      ...awsIdProblems(['vpcId'], 'vpc', vpcId),
      ...(wrongCidr === undefined ? [] : [{ path: ['cidr'], message: wrongCidr }]),
      ...(subnetIds.length > 0
        ? []
        : [{ path: ['subnetIds'], message: 'is empty; list one for each zone' }]),
      ...awsIdsProblems(['subnetIds'], 'subnet', subnetIds),
      ...repeatProblems(['subnetIds'], subnetIds),
      ...repeatProblems(['services'], services),
    ]);
    this.securityGroup = new SecurityGroup(this, 'security_group', {
      namePrefix: `${name}-endpoints-`,
      description: `Endpoints of AWS services in ${name}`,
      vpcId,
      tags: { Name: `${name}-endpoints` },
    });
    this.rule = new VpcSecurityGroupIngressRule(this, 'rule', {
      securityGroupId: this.securityGroup.id,
      cidrIpv4: cidr,
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
      description: 'All of the VPC',
    });
    const { accountId } = new DataAwsCallerIdentity(this, 'caller');
    const accounts = [...new Set([accountId, ...further])];
    const knownAccounts = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: '*',
          Action: '*',
          Resource: '*',
          Condition: { StringEquals: { 'aws:PrincipalAccount': accounts } },
        },
      ],
    });
    const find = endpointServices(this);
    const subnetsOf = subnetsInZonesOf(this, subnetIds);
    this.endpoints = Object.fromEntries(
      services.map((service) => {
        const found = find(`${service}_service`, service, 'Interface');
        const endpoint = new VpcEndpoint(this, service, {
          vpcId,
          vpcEndpointType: 'Interface',
          serviceName: found.serviceName,
          subnetIds: subnetsOf(found),
          securityGroupIds: [this.securityGroup.id],
          privateDnsEnabled: true,
          ...(KNOWN_ACCOUNTS_ONLY.includes(service) && { policy: knownAccounts }),
          tags: { Name: `${name}-${service}` },
          dependsOn: [this.rule],
        });
        return [service, endpoint];
      }),
    );
  }
}
