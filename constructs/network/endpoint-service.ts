import { DataAwsRegion } from '@cdktf/provider-aws/lib/data-aws-region';
import { DataAwsSubnet } from '@cdktf/provider-aws/lib/data-aws-subnet';
import { DataAwsVpcEndpointService } from '@cdktf/provider-aws/lib/data-aws-vpc-endpoint-service';
import { type TerraformDataSource, type TerraformProvider, Token } from 'cdktf';
import type { Construct } from 'constructs';

/** Looks a service of AWS up that endpoints lead to, in the region of the stack's provider. */
export type EndpointServices = (
  id: string,
  service: string,
  type: 'Gateway' | 'Interface',
) => DataAwsVpcEndpointService;

/**
 * Looks services of AWS up. Their names differ between partitions, so the pattern stands for all of them; beside
 * it is the name in most, since AWS documents patterns of filters in general and not of this call.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServices.html
 */
export function endpointServices(scope: Construct): EndpointServices {
  const { name: region } = new DataAwsRegion(scope, 'region');
  return (id, service, serviceType) =>
    new DataAwsVpcEndpointService(scope, id, {
      serviceType,
      filter: [
        { name: 'service-name', values: [`*.${service}`, `com.amazonaws.${region}.${service}`] },
      ],
    });
}

/**
 * Tells which of some subnets are in zones that a service has: AWS refuses an endpoint in any other. Names of zones
 * differ between accounts, so both are asked as the account of the subnets sees them.
 *
 * @see https://github.com/terraform-aws-modules/terraform-aws-vpc/issues/634
 */
export function subnetsInZonesOf(
  scope: Construct,
  subnetIds: readonly string[],
  provider?: TerraformProvider,
): (service: DataAwsVpcEndpointService) => string[] {
  const subnets = subnetIds.map((id, i) => {
    const subnet = addressOf(new DataAwsSubnet(scope, `subnet_${i}`, { id, provider }));
    return `{ id = ${subnet}.id, zone = ${subnet}.availability_zone }`;
  });
  return (service) =>
    Token.asList(
      `\${[for subnet in [${subnets.join(', ')}] : subnet.id ` +
        `if contains(${addressOf(service)}.availability_zones, subnet.zone)]}`,
    );
}

/** As it stands in a longer expression, where a token would bring braces of its own. */
function addressOf(data: TerraformDataSource): string {
  return `data.${data.terraformResourceType}.${data.friendlyUniqueId}`;
}
