import { type Example, oneOf, Optional, refuseUnlike } from '../example';
import type { IpFamily } from '../ip-family';
import { type Problem, refuse, within } from '../problems';
import { tagProblems } from '../tags';

/** A port of a gateway's Service. */
export interface ServicePort {
  /** Name of the port, unique in its Service. */
  readonly name: string;
  /** Number, 1 to 65535. */
  readonly port: number;
  /**
   * Port of the pods.
   * @default the same
   */
  readonly targetPort?: number;
}

/**
 * Who makes load balancers for the Services of an EKS cluster:
 *
 * - `in-cloud`: the controller that every EKS cluster without Auto Mode has.
 * - `aws-load-balancer-controller`: the AWS Load Balancer Controller, which somebody has installed.
 * - `auto-mode`: EKS Auto Mode.
 */
export const LOAD_BALANCER_CONTROLLERS = [
  'in-cloud',
  'aws-load-balancer-controller',
  'auto-mode',
] as const;
/** What creates load balancers in a cluster: one of `LOAD_BALANCER_CONTROLLERS`. */
export type LoadBalancerController = (typeof LOAD_BALANCER_CONTROLLERS)[number];

/**
 * What each leaves on a Service that it has taken, so that its load balancer goes first. That of Auto Mode is not
 * documented; it was read on Services of such clusters.
 *
 * @see https://github.com/kubernetes/cloud-provider/blob/v0.35.0/service/helpers/helper.go
 * @see https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/v2.13.0/controllers/service/service_controller.go
 */
const FINALIZERS: Readonly<Record<LoadBalancerController, string>> = {
  'in-cloud': 'service.kubernetes.io/load-balancer-cleanup',
  'aws-load-balancer-controller': 'service.k8s.aws/resources',
  'auto-mode': 'service.eks.amazonaws.com/resources',
};

/** Who has taken a Service, by its finalizers; nobody that is known, where there is none of theirs. */
export function controllerBy(finalizers: readonly string[]): LoadBalancerController | undefined {
  return LOAD_BALANCER_CONTROLLERS.find((controller) =>
    finalizers.includes(FINALIZERS[controller]),
  );
}

/** Choices for an AWS Network Load Balancer in front of a Service. */
export interface NlbOptions {
  /**
   * Who makes it. A Service keeps the controller that made its load balancer: for another one it must be
   * recreated, and has another address.
   * @default 'in-cloud'
   */
  readonly controller?: LoadBalancerController;
  /**
   * Whether it is reachable from inside the VPC only.
   * @default false
   */
  readonly internal?: boolean;
  /**
   * Which addresses pods have. With `ipv6` it has addresses of both families and leads to the pods themselves,
   * since nodes have no port of theirs by IPv6.
   * @default 'ipv4'
   */
  readonly ipFamily?: IpFamily;
  /**
   * Tags of the load balancer in AWS: see `tagProblems` for what they may hold.
   * @default none
   */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Ids of the subnets that it is in.
   * @default those of the VPC that have a tag for it, `kubernetes.io/role/elb` or
   * `kubernetes.io/role/internal-elb`
   */
  readonly subnetIds?: readonly string[];
}

const PREFIX = 'service.beta.kubernetes.io/aws-load-balancer';

/** @see https://docs.aws.amazon.com/eks/latest/userguide/cni-ipv6.html */
const IPV4_ONLY: Problem = {
  path: ['controller'],
  message:
    'is in-cloud, which reaches pods by IPv4 only, and they have IPv6 addresses (ipFamily: ipv6); install the AWS ' +
    'Load Balancer Controller and say aws-load-balancer-controller, or use EKS Auto Mode and say auto-mode',
};

/** What is wrong with the choices for a load balancer. */
export function nlbProblems({
  controller = 'in-cloud',
  ipFamily,
  tags = {},
}: NlbOptions): Problem[] {
  return [
    ...tagProblems(tags).map((problem) => within(['tags'], problem)),
    ...(ipFamily === 'ipv6' && controller === 'in-cloud' ? [IPV4_ONLY] : []),
  ];
}

/**
 * Service annotations that make a Network Load Balancer on EKS: a TCP load balancer, as TLS
 * passthrough needs it.
 *
 * Those for the controller that every EKS cluster has work equally where the AWS Load Balancer
 * Controller is installed and claims new Services for itself: that one reads `scheme` (internal
 * unless told otherwise) and `nlb-target-type`, which the built-in one ignores.
 *
 * The two other controllers give their load balancers a security group. It judges by the sources of the
 * Service, but not what comes by PrivateLink, whose callers have addresses of another VPC: those the
 * service's owner admits.
 *
 * @throws Error when a tag holds what the annotation cannot carry, or pods with IPv6 addresses are to be reached by
 *   the controller that every EKS cluster has, which knows addresses of IPv4 only.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html
 * @see https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-nlb.html
 * @see https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/
 */
export function nlbAnnotations(options: NlbOptions = {}): Readonly<Record<string, string>> {
  const { controller = 'in-cloud', internal = false, subnetIds = [] } = options;
  const isIPv6 = options.ipFamily === 'ipv6';
  refuse('The load balancer', nlbProblems(options));
  const tags = Object.entries(options.tags ?? {}).map(([key, value]) => `${key}=${value}`);
  return {
    ...(controller === 'auto-mode'
      ? {}
      : { [`${PREFIX}-type`]: controller === 'in-cloud' ? 'nlb' : 'external' }),
    [`${PREFIX}-scheme`]: internal ? 'internal' : 'internet-facing',
    [`${PREFIX}-nlb-target-type`]: isIPv6 ? 'ip' : 'instance',
    ...(isIPv6 && { [`${PREFIX}-ip-address-type`]: 'dualstack' }),
    // Otherwise the address of a zone without a node is taken out of DNS.
    ...(controller === 'in-cloud'
      ? { [`${PREFIX}-cross-zone-load-balancing-enabled`]: 'true' }
      : { [`${PREFIX}-attributes`]: 'load_balancing.cross_zone.enabled=true' }),
    ...(internal && controller === 'in-cloud' ? { [`${PREFIX}-internal`]: 'true' } : {}),
    ...(internal && controller !== 'in-cloud'
      ? { [`${PREFIX}-inbound-sg-rules-on-private-link-traffic`]: 'off' }
      : {}),
    ...(subnetIds.length > 0 ? { [`${PREFIX}-subnets`]: subnetIds.join(',') } : {}),
    ...(tags.length > 0 ? { [`${PREFIX}-additional-resource-tags`]: tags.join(',') } : {}),
  };
}

/**
 * The class that a controller gives to each Service that names none, by a webhook. Terraform would recreate
 * the Service for it, so it says the class itself.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/migrate-auto.html
 */
export function loadBalancerClass(controller: LoadBalancerController): string | undefined {
  return {
    'in-cloud': undefined,
    'aws-load-balancer-controller': 'service.k8s.aws/nlb',
    'auto-mode': 'eks.amazonaws.com/nlb',
  }[controller];
}

/** A Service of type LoadBalancer in an EKS cluster. */
export interface LoadBalancedService {
  /** The EKS cluster that the Service is in. */
  readonly clusterName: string;
  /** Namespace of the Service. */
  readonly namespace: string;
  /** The Kubernetes Service that the load balancer belongs to. */
  readonly serviceName: string;
  /**
   * Which controller makes the load balancer.
   * @default 'in-cloud'
   */
  readonly controller?: LoadBalancerController;
}

const SERVICE: Example<LoadBalancedService> = {
  clusterName: 'bank',
  namespace: 'gateways',
  serviceName: 'gateway',
  controller: new Optional<LoadBalancerController>(oneOf(...LOAD_BALANCER_CONTROLLERS)),
};

/**
 * The tags that a controller gives to the load balancer of a Service, by which it is found in AWS.
 *
 * @see https://github.com/kubernetes/cloud-provider-aws/blob/v1.35.0/pkg/providers/v1/aws_loadbalancer.go
 * @see https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/pkg/deploy/tracking/provider.go
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKSLoadBalancingPolicy.html
 */
export function nlbTags(service: LoadBalancedService): Readonly<Record<string, string>> {
  refuseUnlike('The tags of a load balancer', service, SERVICE);
  const { clusterName, controller = 'in-cloud' } = service;
  const name = `${service.namespace}/${service.serviceName}`;
  switch (controller) {
    case 'in-cloud':
      return {
        [`kubernetes.io/cluster/${clusterName}`]: 'owned',
        'kubernetes.io/service-name': name,
      };
    case 'aws-load-balancer-controller':
      return {
        'elbv2.k8s.aws/cluster': clusterName,
        'service.k8s.aws/stack': name,
        'service.k8s.aws/resource': 'LoadBalancer',
      };
    case 'auto-mode':
      return {
        'eks:eks-cluster-name': clusterName,
        'service.eks.amazonaws.com/stack': name,
        'service.eks.amazonaws.com/resource': 'LoadBalancer',
      };
  }
}

/**
 * What is wrong with the ports of one gateway: out of range, used twice, or used by its proxy.
 *
 * @param path Of the props that have them.
 * @param reserved Ports that the gateway's own proxy listens on, and what for.
 */
export function gatewayPortProblems(
  path: Problem['path'],
  ports: readonly ServicePort[],
  reserved: Readonly<Record<number, string>> = {},
): Problem[] {
  const seen = new Map<number, string>();
  const mistake = (message: string): Problem[] => [{ path: [...path], message }];
  return ports.flatMap(({ name, port }) => {
    if (!Number.isInteger(port) || port < 1 || port > 65535) {
      return mistake(`port ${port} (${name}) must be a whole number from 1 to 65535`);
    }
    const other = seen.get(port);
    seen.set(port, name);
    if (other !== undefined) {
      return mistake(
        `port ${port} is used twice: by ${other} and by ${name}; give one of them another`,
      );
    }
    const use = reserved[port];
    return use === undefined
      ? []
      : mistake(`port ${port} (${name}) is the proxy's own: ${use}; take another`);
  });
}
