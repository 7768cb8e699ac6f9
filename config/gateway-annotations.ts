import { QUALIFIED_NAME } from '../constructs/dns-names';
import { closest, type Problem } from '../constructs/problems';
import { hasIPv4Subnets, hasIPv6Pods } from './clusters';
import { isOnAws } from './gateways';
import type { Settings } from './schema';
import { type PlacedMesh, placedMeshes } from './placed-meshes';

/*
 * Annotations of the gateways' Services. No API refuses one that nobody reads, and one that contradicts
 * another setting wins without a word.
 */

const PREFIX = 'service.beta.kubernetes.io';

/**
 * Behind `aws-load-balancer-`, for the controller of every EKS cluster and the AWS Load Balancer Controller.
 *
 * @see https://github.com/kubernetes/cloud-provider-aws/blob/v1.35.0/pkg/providers/v1/aws.go
 * @see https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/pkg/annotations/constants.go
 */
const AWS_NAMES = [
  ...['type', 'scheme', 'internal', 'name', 'subnets', 'attributes', 'nlb-target-type'],
  ...['additional-resource-tags', 'cross-zone-load-balancing-enabled', 'ip-address-type'],
  ...['ssl-cert', 'ssl-ports', 'ssl-negotiation-policy', 'alpn-policy', 'backend-protocol'],
  ...['access-log-enabled', 'access-log-emit-interval'],
  ...['access-log-s3-bucket-name', 'access-log-s3-bucket-prefix'],
  ...['connection-draining-enabled', 'connection-draining-timeout', 'connection-idle-timeout'],
  ...['healthcheck-healthy-threshold', 'healthcheck-unhealthy-threshold', 'healthcheck-timeout'],
  ...['healthcheck-interval', 'healthcheck-protocol', 'healthcheck-port', 'healthcheck-path'],
  ...['healthcheck-success-codes', 'target-group-attributes', 'target-node-labels'],
  ...['eip-allocations', 'eip-allocations-discovery-tags', 'private-ipv4-addresses'],
  ...['ipv6-addresses', 'security-groups', 'extra-security-groups', 'security-group-prefix-lists'],
  ...['manage-backend-security-group-rules', 'inbound-sg-rules-on-private-link-traffic'],
  ...['disable-nlb-sg', 'proxy-protocol', 'proxy-protocol-per-target-group'],
  ...['multi-cluster-target-group', 'enable-prefix-for-ipv6-source-nat'],
  ...['source-nat-ipv6-prefixes', 'minimum-load-balancer-capacity'],
  ...['enable-icmp-for-path-mtu-discovery', 'enable-tcp-udp-listener', 'quic-enabled-ports'],
];

/** Would break the TLS that the gateway passes on as it is. */
const ENDS_TLS = ['ssl-cert', 'ssl-ports', 'ssl-negotiation-policy', 'backend-protocol'];

/** What is wrong with annotations of the gateways; paths from the root. */
export function annotationProblems(config: Settings): Problem[] {
  return placedMeshes(config).flatMap((placed) => {
    const { name, clusterName, mesh } = placed;
    return Object.entries(mesh.gateway.annotations).flatMap(([key, value]): Problem[] => {
      const message = keyProblem(key) ?? awsNameProblem(key) ?? contradiction(placed, key, value);
      const comparedWith = [
        ['meshes', name, 'gateway', 'internal'],
        ['clusters', clusterName],
      ];
      return message === undefined
        ? []
        : [{ path: ['meshes', name, 'gateway', 'annotations', key], message, comparedWith }];
    });
  });
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/#syntax-and-character-set */
function keyProblem(key: string): string | undefined {
  return QUALIFIED_NAME.test(key)
    ? undefined
    : 'is no key of an annotation; write prefix/name, such as example.com/owner: the prefix in lower case ' +
        'like a DNS name, the name at most 63 letters, digits, "-", "_" and "."';
}

/** Where a key looks like one of AWS and is none. */
function awsNameProblem(key: string): string | undefined {
  const [prefix, name = ''] = key.includes('/') ? key.split('/') : ['', key];
  const [, aws] = /^aws-load-balancer-(.+)$/.exec(name) ?? [];
  if (aws === undefined) return undefined;
  if (prefix !== PREFIX) {
    return `is read by no controller; write ${PREFIX}/${name}`;
  }
  // With an id behind it.
  if (AWS_NAMES.includes(aws) || aws.startsWith('listener-attributes.')) return undefined;
  const meant = closest(aws, AWS_NAMES);
  return (
    'is read by no controller' +
    (meant === undefined
      ? '; take it out'
      : `; did you mean "${PREFIX}/aws-load-balancer-${meant}"?`)
  );
}

function contradiction(
  { mesh, cluster, clusterName }: PlacedMesh,
  key: string,
  value: string,
): string | undefined {
  const name = key.startsWith(`${PREFIX}/`) ? key.slice(PREFIX.length + 1) : '';
  if (name === 'load-balancer-source-ranges') {
    return 'is what gateway.allowedSources says; list the sources there';
  }
  if (!isOnAws(cluster) || !name.startsWith('aws-load-balancer-')) return undefined;
  const aws = name.slice('aws-load-balancer-'.length);
  const { internal } = mesh.gateway;
  if (
    hasIPv6Pods(cluster) &&
    ((aws === 'nlb-target-type' && value !== 'ip') ||
      (aws === 'ip-address-type' && value !== 'dualstack'))
  ) {
    return `is "${value}", but eks.ipFamily is ipv6, whose pods no load balancer reaches so; leave it out`;
  }
  if (aws === 'ip-address-type' && !['ipv4', 'dualstack'].includes(value)) {
    return `is "${value}"; must be ipv4 or dualstack`;
  }
  if (aws === 'ip-address-type' && value === 'dualstack' && hasIPv4Subnets(cluster)) {
    return (
      `is dualstack, but the VPC of clusters.${clusterName} is made here without IPv6, and no load balancer would ` +
      'be made; leave it out, or use a VPC of yours that has IPv6 (existingVpc)'
    );
  }
  if (
    aws === 'ip-address-type' &&
    value === 'dualstack' &&
    cluster.kind !== 'kubeconfig' &&
    cluster.loadBalancers === 'in-cloud'
  ) {
    return (
      `is dualstack, but clusters.${clusterName}.loadBalancers is in-cloud, whose load balancers have IPv4 only, ` +
      'since that controller does not read this; leave it out, or set loadBalancers to ' +
      'aws-load-balancer-controller or auto-mode, whichever makes them'
    );
  }
  if (
    (aws === 'scheme' && value !== (internal ? 'internal' : 'internet-facing')) ||
    (aws === 'internal' && value !== String(internal))
  ) {
    return `is "${value}", and gateway.internal is ${internal}; set that, and leave the annotation out`;
  }
  if (aws === 'additional-resource-tags') {
    return 'would take the place of all tags of aws.tags; add yours there';
  }
  if (aws === 'type' && !['nlb', 'nlb-ip', 'external'].includes(value)) {
    return `is "${value}"; must be nlb, or external for the AWS Load Balancer Controller`;
  }
  if (ENDS_TLS.includes(aws)) {
    return 'lets the load balancer end TLS, which only the border may end; leave it out';
  }
  return aws === 'proxy-protocol'
    ? 'puts a header in front of TLS that the gateway does not read; leave it out'
    : undefined;
}
