import type { Construct } from 'constructs';
import { WEBHOOK_PORTS } from '../constructs/eks';
import { EksStack, type EksStackProps } from './eks-stack';

/** The EKS cluster of the Consul mesh. */
export class ConsulClusterStack extends EksStack {
  public constructor(scope: Construct, id: string, props: EksStackProps) {
    super(scope, id, props, WEBHOOK_PORTS.consul);
  }
}
