import type {
  NetworkPolicyV1SpecEgress,
  NetworkPolicyV1SpecIngress,
} from '@cdktf/provider-kubernetes/lib/network-policy-v1';
import { NAMESPACE_NAME } from '../../../kubernetes/metadata';
import type { PlannedOutboundBorder, Pods } from '../../plan/plan';

/** Lets these pods connect to these ports. */
export function from(pods: Pods, ...ports: readonly number[]): NetworkPolicyV1SpecIngress {
  return { from: [peer(pods)], ports: ports.map(tcp) };
}

/** Lets it connect to these ports of these pods; to every port when none is named. */
export function to(pods: Pods, ...ports: readonly number[]): NetworkPolicyV1SpecEgress {
  return { to: [peer(pods)], ...(ports.length > 0 && { ports: ports.map(tcp) }) };
}

/** Lets it connect to ports outside of the cluster, whose address only DNS knows. */
export function toAnywhere(...ports: readonly number[]): NetworkPolicyV1SpecEgress {
  return {
    to: [{ ipBlock: { cidr: '0.0.0.0/0' } }, { ipBlock: { cidr: '::/0' } }],
    ports: ports.map(tcp),
  };
}

/** Lets an outbound border connect to where its calls enter the other mesh, or did until now. */
export function toForeign({
  crossings,
}: Pick<PlannedOutboundBorder, 'crossings'>): NetworkPolicyV1SpecEgress[] {
  const ways = crossings.flatMap(({ formerWay, ...way }) => [
    way,
    ...(formerWay === undefined ? [] : [formerWay]),
  ]);
  const ports = ways.flatMap(({ neighbour, gatewayPort }) =>
    neighbour === undefined ? [gatewayPort] : [],
  );
  return [
    ...(ports.length === 0 ? [] : [toAnywhere(...new Set(ports))]),
    ...ways.flatMap(({ neighbour, gatewayPort }) =>
      neighbour === undefined ? [] : [to(neighbour, gatewayPort)],
    ),
  ];
}

/** Lets everybody connect to these ports: whom a load balancer passes on, no rule can name. */
export function fromAnywhere(...ports: readonly number[]): NetworkPolicyV1SpecIngress {
  return {
    from: [{ ipBlock: { cidr: '0.0.0.0/0' } }, { ipBlock: { cidr: '::/0' } }],
    ports: ports.map(tcp),
  };
}

/** Cluster DNS, which may also be a cache on the node's own address. */
export const TO_DNS: NetworkPolicyV1SpecEgress = {
  ports: [
    { protocol: 'UDP', port: '53' },
    { protocol: 'TCP', port: '53' },
  ],
};

function peer({ namespace, labels }: Pods) {
  return {
    namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: namespace } },
    ...(labels !== undefined && { podSelector: { matchLabels: { ...labels } } }),
  };
}

function tcp(port: number) {
  return { protocol: 'TCP', port: String(port) };
}
