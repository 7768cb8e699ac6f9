import { DataAwsRegion } from '@cdktf/provider-aws/lib/data-aws-region';
import { DataAwsVpcEndpointService } from '@cdktf/provider-aws/lib/data-aws-vpc-endpoint-service';
import type { Construct } from 'constructs';

/** The name of a service of AWS by which an endpoint asks for it, in the region of the stack's provider. */
export type EndpointServiceName = (
  id: string,
  service: string,
  type: 'Gateway' | 'Interface',
) => string;

/**
 * Looks services of AWS up. Their names differ between partitions, so the pattern stands for all of them; beside
 * it is the name in most, since AWS documents patterns of filters in general and not of this call.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServices.html
 */
export function endpointServiceNames(scope: Construct): EndpointServiceName {
  const { name: region } = new DataAwsRegion(scope, 'region');
  return (id, service, serviceType) =>
    new DataAwsVpcEndpointService(scope, id, {
      serviceType,
      filter: [
        { name: 'service-name', values: [`*.${service}`, `com.amazonaws.${region}.${service}`] },
      ],
    }).serviceName;
}
