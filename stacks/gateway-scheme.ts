import type { TerraformStack } from 'cdktf';
import { MadeWith } from '../constructs/made-with';

/**
 * Refuses to turn the load balancer of a gateway from one that the internet reaches to an internal one, or
 * back: EKS' own controller leaves the load balancer of a Service as it was made, whatever the Service says
 * later. It would go on to take connections from the internet, and everybody would think it did not.
 *
 * @see https://github.com/kubernetes/cloud-provider-aws/blob/v1.35.0/pkg/providers/v1/aws_loadbalancer.go
 */
export function keepGatewayScheme(
  stack: TerraformStack,
  gateway: { readonly internal: boolean; readonly namespace: string; readonly service: string },
  id = 'load_balancer',
): void {
  const { internal, namespace, service } = gateway;
  new MadeWith(stack, id, {
    what: `The load balancer of the Service ${namespace}/${service}`,
    settings: { internal: String(internal) },
    because: 'EKS keeps it as it was made: it would be reachable from where it was before.',
    otherwise:
      `For another one, let it be recreated; calls from the other mesh fail meanwhile: kubectl -n ` +
      `${namespace} delete service ${service}; terraform state rm terraform_data.${id}, in this ` +
      "stack's folder; and deploy all stacks.",
  });
}
