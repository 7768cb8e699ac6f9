import type { ConsulGateway, ConsulGatewayKind, IConsulMesh } from './interface';

/** What the ingress gateway is called unless you say otherwise. */
export const DEFAULT_CONSUL_GATEWAY_NAME = 'ingress-gateway';

/** What the API gateway is called unless you say otherwise. */
export const DEFAULT_CONSUL_API_GATEWAY_NAME = 'api-gateway';

/** What a gateway is called unless its settings say otherwise. */
export function gatewayName(kind: ConsulGatewayKind): string {
  return kind === 'api' ? DEFAULT_CONSUL_API_GATEWAY_NAME : DEFAULT_CONSUL_GATEWAY_NAME;
}

/** The gateways of a mesh that lead to borders: first the one that other meshes call. */
export function consulGateways({
  gateway,
  besideGateway,
}: Pick<IConsulMesh, 'gateway' | 'besideGateway'>): readonly [ConsulGateway, ...ConsulGateway[]] {
  return besideGateway === undefined ? [gateway] : [gateway, besideGateway];
}

/**
 * Labels of a gateway's pods. Those of an API gateway are of Consul's controller.
 *
 * @see https://github.com/hashicorp/consul-k8s/blob/v2.0.3/control-plane/api-gateway/common/labels.go
 */
export function gatewayPodLabels(
  { namespace, releaseName }: Pick<IConsulMesh, 'namespace' | 'releaseName'>,
  { kind, name, serviceName }: ConsulGateway,
): Readonly<Record<string, string>> {
  return kind === 'api'
    ? {
        component: 'api-gateway',
        'gateway.consul.hashicorp.com/name': name,
        'gateway.consul.hashicorp.com/namespace': namespace,
      }
    : { release: releaseName, 'ingress-gateway-name': serviceName };
}

/**
 * Ports that no listener of an API gateway may have.
 *
 * @see https://github.com/hashicorp/consul-k8s/blob/v2.0.3/control-plane/api-gateway/binding/validation.go `validateListeners`
 */
export const API_GATEWAY_PORTS: Readonly<Record<number, string>> = {
  20000: "what Consul's controller keeps it for",
};

/** Above which an API gateway's pods have the ports that only root could listen on. */
export const PRIVILEGED_PORTS_AT = 30_000;

/**
 * Where the pods of an API gateway listen for a port of its Gateway: none of them needs the right to bind a
 * port below 1024.
 *
 * @see https://github.com/hashicorp/consul-k8s/blob/v2.0.3/control-plane/api-gateway/common/helpers.go `ToContainerPort`
 */
export function apiGatewayPodPort(port: number): number {
  return port < 1024 ? PRIVILEGED_PORTS_AT + port : port;
}
