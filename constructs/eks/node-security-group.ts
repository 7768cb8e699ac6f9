import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { Construct } from 'constructs';
import { type Example, refuseUnlike } from '../example';
import type { IpFamily } from '../ip-family';
import { awsIdProblems } from '../network/aws-ids';
import { refuse } from '../problems';
import type { IEksCluster } from './interface';
import type { WebhookPort } from './props';
import { webhookPortProblems } from './validate';
import { WEBHOOK_PORT_EXAMPLE } from './props';

/** Settings of `NodeSecurityGroup`. */
export interface NodeSecurityGroupProps {
  /** The cluster whose nodes they are. */
  readonly cluster: Pick<IEksCluster, 'clusterName' | 'securityGroupId'>;
  /** The VPC that the nodes are in. */
  readonly vpcId: string;
  /**
   * Which addresses pods have. With `ipv6` they have a way out by it too.
   * @default 'ipv4'
   */
  readonly ipFamily?: IpFamily;
  /** Ports that the control plane may call, besides the kubelet's. */
  readonly webhookPorts: readonly WebhookPort[];
}

const EXAMPLE: Example<NodeSecurityGroupProps> = {
  cluster: { clusterName: 'shop', securityGroupId: 'sg-0123456789abcdef0' },
  vpcId: 'vpc-0123456789abcdef0',
  webhookPorts: [WEBHOOK_PORT_EXAMPLE],
};

/**
 * Who may talk to the nodes: each other, and the control plane on named ports. The controller that
 * makes load balancers adds the rules for its own node ports, and takes them away with the Service.
 *
 * The nodes are not in the group that EKS makes for the control plane, where everything may talk to
 * everything: only rules of this group, and one by which the nodes reach the Kubernetes API, hold.
 *
 * @throws Error listing every mistake in the ids and the ports.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#NodeSecurityGroup}
 */
export class NodeSecurityGroup extends Construct {
  /** The security group of the nodes. */
  public readonly group: SecurityGroup;
  /** By name: `nodes`, `kubelet` and `webhook_<port>`. */
  public readonly ingress: Readonly<Record<string, VpcSecurityGroupIngressRule>>;
  /** Rule that lets nodes out. */
  public readonly egress: VpcSecurityGroupEgressRule;
  /** The same by IPv6, where pods have such addresses. */
  public readonly ipv6Egress?: VpcSecurityGroupEgressRule;
  /** Rule in the control plane's group that lets the nodes call the Kubernetes API. */
  public readonly apiIngress: VpcSecurityGroupIngressRule;

  public constructor(scope: Construct, id: string, props: NodeSecurityGroupProps) {
    super(scope, id);
    refuseUnlike(`NodeSecurityGroup ${this.node.path}`, props, EXAMPLE);
    const { clusterName, securityGroupId: clusterSecurityGroupId } = props.cluster;
    refuse(`NodeSecurityGroup ${this.node.path}`, [
      ...awsIdProblems(['cluster', 'securityGroupId'], 'sg', clusterSecurityGroupId),
      ...awsIdProblems(['vpcId'], 'vpc', props.vpcId),
      ...webhookPortProblems(props.webhookPorts),
    ]);
    this.group = new SecurityGroup(this, 'group', {
      namePrefix: `${clusterName}-node-`,
      description: `Nodes of the EKS cluster ${clusterName}`,
      vpcId: props.vpcId,
      tags: {
        Name: `${clusterName}-node`,
        // The load balancer controller looks for the one group of a node that has this tag.
        [`kubernetes.io/cluster/${clusterName}`]: 'owned',
      },
    });
    const fromControlPlane = (name: string, port: number, description: string) =>
      new VpcSecurityGroupIngressRule(this, `ingress_${name}`, {
        securityGroupId: this.group.id,
        referencedSecurityGroupId: clusterSecurityGroupId,
        ipProtocol: 'tcp',
        fromPort: port,
        toPort: port,
        description,
      });
    this.ingress = {
      nodes: new VpcSecurityGroupIngressRule(this, 'ingress_nodes', {
        securityGroupId: this.group.id,
        referencedSecurityGroupId: this.group.id,
        ipProtocol: '-1',
        description: 'Nodes and pods to each other',
      }),
      kubelet: fromControlPlane('kubelet', 10250, 'Control plane to kubelet'),
      ...Object.fromEntries(
        props.webhookPorts.map(({ port, description }) => [
          `webhook_${port}`,
          fromControlPlane(`webhook_${port}`, port, description),
        ]),
      ),
    };
    this.egress = new VpcSecurityGroupEgressRule(this, 'egress', {
      securityGroupId: this.group.id,
      cidrIpv4: '0.0.0.0/0',
      ipProtocol: '-1',
      description: 'Images, AWS APIs, and what the workloads call',
    });
    if (props.ipFamily === 'ipv6') {
      this.ipv6Egress = new VpcSecurityGroupEgressRule(this, 'ipv6_egress', {
        securityGroupId: this.group.id,
        cidrIpv6: '::/0',
        ipProtocol: '-1',
        description: 'The same by IPv6',
      });
    }
    this.apiIngress = new VpcSecurityGroupIngressRule(this, 'api_ingress', {
      securityGroupId: clusterSecurityGroupId,
      referencedSecurityGroupId: this.group.id,
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
      description: 'Nodes and pods to the Kubernetes API',
    });
  }
}
