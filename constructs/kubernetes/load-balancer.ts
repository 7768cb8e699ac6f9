import { refuse } from '../problems';
import { tagProblems } from '../tags';

/** A port of a gateway's Service. */
export interface ServicePort {
  /** Name of the port, unique in its Service. */
  readonly name: string;
  /** Number, 1 to 65535. */
  readonly port: number;
}

/** Choices for an AWS Network Load Balancer in front of a Service. */
export interface NlbOptions {
  /**
   * Whether it is reachable from inside the VPC only.
   * @default false
   */
  readonly internal?: boolean;
  /** Tags of the load balancer in AWS: see `tagProblems` for what they may hold. */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Ids of the subnets that it is in.
   * @default those of the VPC that have a tag for it, `kubernetes.io/role/elb` or
   * `kubernetes.io/role/internal-elb`
   */
  readonly subnetIds?: readonly string[];
}

/**
 * Service annotations that make a Network Load Balancer on EKS: a TCP load balancer, as TLS
 * passthrough needs it.
 *
 * They work with the controller that every EKS cluster has, and equally where the AWS Load Balancer
 * Controller is installed and claims new Services for itself: that one reads `scheme` (internal
 * unless told otherwise) and `nlb-target-type`, which the built-in one ignores.
 *
 * @throws Error when a tag holds what the annotation cannot carry.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html
 * @see https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/
 */
export function nlbAnnotations(options: NlbOptions = {}): Readonly<Record<string, string>> {
  const prefix = 'service.beta.kubernetes.io/aws-load-balancer';
  const internal = options.internal ?? false;
  const { subnetIds = [] } = options;
  refuse('The load balancer', tagProblems(options.tags ?? {}));
  const tags = Object.entries(options.tags ?? {}).map(([key, value]) => `${key}=${value}`);
  return {
    [`${prefix}-type`]: 'nlb',
    [`${prefix}-scheme`]: internal ? 'internal' : 'internet-facing',
    [`${prefix}-nlb-target-type`]: 'instance',
    // Otherwise the address of a zone without a node is taken out of DNS.
    [`${prefix}-cross-zone-load-balancing-enabled`]: 'true',
    ...(internal ? { [`${prefix}-internal`]: 'true' } : {}),
    ...(subnetIds.length > 0 ? { [`${prefix}-subnets`]: subnetIds.join(',') } : {}),
    ...(tags.length > 0 ? { [`${prefix}-additional-resource-tags`]: tags.join(',') } : {}),
  };
}

/**
 * What is wrong with the ports of one gateway: out of range, used twice, or used by its proxy.
 *
 * @param reserved Ports that the gateway's own proxy listens on, and what for.
 * @returns One sentence for each mistake.
 */
export function portProblems(
  ports: readonly ServicePort[],
  reserved: Readonly<Record<number, string>> = {},
): string[] {
  const seen = new Map<number, string>();
  return ports.flatMap(({ name, port }) => {
    if (!Number.isInteger(port) || port < 1 || port > 65535) {
      return [`port ${port} (${name}) must be a whole number from 1 to 65535`];
    }
    const other = seen.get(port);
    seen.set(port, name);
    if (other !== undefined) {
      return [`port ${port} is used twice: by ${other} and by ${name}`];
    }
    const use = reserved[port];
    return use === undefined ? [] : [`port ${port} (${name}) is the proxy's own: ${use}`];
  });
}
