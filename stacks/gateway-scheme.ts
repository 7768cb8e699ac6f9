import type { TerraformStack } from 'cdktf';
import type { LoadBalancerController } from '../constructs/kubernetes';
import { MadeWith } from '../constructs/made-with';

/**
 * Refuses to turn the load balancer of a gateway from one that the internet reaches to an internal one, or
 * back: EKS' own controller leaves the load balancer of a Service as it was made, whatever the Service says
 * later. It would go on to take connections from the internet, and everybody would think it did not.
 *
 * And refuses another controller: the one that made a load balancer keeps it, and what the Service says to the
 * other one is lost on it. PrivateLink would look for tags that nobody has set.
 *
 * @see https://github.com/kubernetes/cloud-provider-aws/blob/v1.35.0/pkg/providers/v1/aws_loadbalancer.go
 */
export function keepGatewayScheme(
  stack: TerraformStack,
  gateway: {
    /** How a person reaches its cluster. */
    readonly kubectl: string;
    readonly internal: boolean;
    readonly controller: LoadBalancerController;
    readonly namespace: string;
    readonly service: string;
  },
  id = 'load_balancer',
): void {
  const { kubectl, internal, controller, namespace, service } = gateway;
  new MadeWith(stack, id, {
    what: `The load balancer of the Service ${namespace}/${service}`,
    settings: { internal: String(internal), loadBalancers: controller },
    because:
      'It stays as it was made, with the controller that made it: it would be reachable from where it was before.',
    otherwise:
      `Another one has another address, and calls from the other meshes fail until it is there: ${kubectl} ` +
      `-n ${namespace} delete service ${service}; terraform state rm terraform_data.${id}, in this ` +
      "stack's folder; and deploy all stacks.",
  });
}
