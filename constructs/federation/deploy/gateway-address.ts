import { DataKubernetesServiceV1 } from '@cdktf/provider-kubernetes/lib/data-kubernetes-service-v1';
import type { TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import { type Example, filled, refuseUnlike } from '../../example';

/** Settings of `GatewayAddress`. */
export interface GatewayAddressProps {
  /** Namespace and name of the gateway's Service. */
  readonly namespace: string;
  /** The gateway's Kubernetes Service. */
  readonly serviceName: string;
  /**
   * The Kubernetes provider of the gateway's cluster, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
}

const EXAMPLE: Example<GatewayAddressProps> = {
  namespace: filled('gateways'),
  serviceName: filled('consul-ingress-gateway'),
};

/**
 * The address that a cloud gave to a gateway's load balancer: a host name on AWS, an IP address
 * elsewhere. The plan stops while there is none, and says what to wait for.
 *
 * @example
 * {@includeCode ../../../examples/constructs.ts#GatewayAddress}
 */
export class GatewayAddress extends Construct {
  /** Known to Terraform only. */
  public readonly address: string;
  /** The Service, as Terraform reads it. */
  public readonly service: DataKubernetesServiceV1;

  public constructor(scope: Construct, id: string, props: GatewayAddressProps) {
    super(scope, id);
    refuseUnlike(`GatewayAddress ${this.node.path}`, props, EXAMPLE);
    const { namespace, serviceName, provider } = props;
    this.service = new DataKubernetesServiceV1(this, 'service', {
      metadata: { namespace, name: serviceName },
      provider,
    });
    this.service.addOverride('lifecycle.postcondition', {
      condition: `\${can(${loadBalancerAddress('self')})}`,
      error_message:
        `The Service ${namespace}/${serviceName} has no load balancer yet. Wait until ` +
        `"kubectl -n ${namespace} get service ${serviceName}" shows an EXTERNAL-IP, then deploy again.`,
    });
    this.address = `\${${loadBalancerAddress(this.service.fqn)}}`;
  }
}

/** An expression for the address of a Service's load balancer: an error where there is none yet. */
export function loadBalancerAddress(service: string): string {
  const ingress = `${service}.status[0].load_balancer[0].ingress[0]`;
  return `coalesce(${ingress}.hostname, ${ingress}.ip)`;
}
