import { DataAwsLbHostedZoneId } from '@cdktf/provider-aws/lib/data-aws-lb-hosted-zone-id';
import { Route53Record } from '@cdktf/provider-aws/lib/route53-record';
import { type TerraformProvider, Token } from 'cdktf';
import { Construct } from 'constructs';
import { type Example, filled, oneOf, Optional, refuseUnlike } from '../example';
import { refuse } from '../problems';
import { RECORD_TYPES, type RecordType, recordProblem } from './record';

/** Settings of `GatewayRecord`. */
export interface GatewayRecordProps {
  /** Id of the hosted zone, which exists. */
  readonly zoneId: string;
  /** Name of the record, in the zone's domain: `istio.mesh.example.com`. */
  readonly name: string;
  /** Host name of the gateway's Network Load Balancer. */
  readonly address: string;
  /**
   * How the record points to the load balancer.
   * @default 'alias'
   */
  readonly type?: RecordType;
  /**
   * The AWS provider of the load balancer's region. Its account must be that of the zone.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
}

const EXAMPLE: Example<GatewayRecordProps> = {
  zoneId: 'Z0123456789ABCDEFGHIJ',
  name: 'bank.mesh.example.com',
  address: filled('k8s-bank-0123456789.elb.eu-north-1.amazonaws.com'),
  type: new Optional<RecordType>(oneOf(...RECORD_TYPES)),
};

/**
 * A name for a gateway that outlives its load balancer: when that is replaced, the record leads to the next
 * one, and callers keep the name. A record that somebody else made is not overwritten.
 *
 * @throws Error when the id or the name cannot be one.
 *
 * @see https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#GatewayRecord}
 */
export class GatewayRecord extends Construct {
  /** The `aws_route53_record`. */
  public readonly record: Route53Record;

  public constructor(scope: Construct, id: string, props: GatewayRecordProps) {
    super(scope, id);
    refuseUnlike(`GatewayRecord ${this.node.path}`, props, EXAMPLE);
    const { zoneId, name, address, type = 'alias', provider } = props;
    refuse(
      `GatewayRecord ${name}`,
      Object.entries({ zoneId, name }).flatMap(([path, value]) => {
        const message = Token.isUnresolved(value) ? undefined : recordProblem({ [path]: value });
        return message === undefined ? [] : [{ path: [path], message }];
      }),
    );
    const leads =
      type === 'CNAME'
        ? { type, ttl: 60, records: [address] }
        : {
            type: 'A',
            alias: {
              name: address,
              zoneId: new DataAwsLbHostedZoneId(this, 'load_balancers', {
                loadBalancerType: 'network',
                provider,
              }).id,
              // With one load balancer there is nothing to choose from.
              evaluateTargetHealth: false,
            },
          };
    this.record = new Route53Record(this, 'record', { zoneId, name, ...leads, provider });
  }

  /** The name, once the record is there. */
  public get address(): string {
    return this.record.fqdn;
  }
}
