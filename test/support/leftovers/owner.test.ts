import { expect, it } from '@jest/globals';
import { Testing, TerraformStack } from 'cdktf';
import { type ConfigInput, defineConfig } from '../../../config';
import { ownerOf, tieOf } from '../../../support/leftovers/owner';
import { addStacks } from '../../../stacks';
import { synthesise } from '../../helpers/synth';

/** Kinds of leftovers by the resources of Terraform that have their name in a tag. */
const KINDS: Readonly<Record<string, string>> = {
  aws_egress_only_internet_gateway: 'egress-only internet gateway',
  aws_eip: 'Elastic IP address',
  aws_flow_log: 'flow log',
  aws_iam_openid_connect_provider: 'OIDC provider',
  aws_internet_gateway: 'internet gateway',
  aws_kms_key: 'KMS key',
  aws_nat_gateway: 'NAT gateway',
  aws_route_table: 'route table',
  aws_security_group: 'security group',
  aws_subnet: 'subnet',
  aws_vpc: 'VPC',
  aws_vpc_endpoint: 'VPC endpoint',
  aws_vpc_endpoint_service: 'VPC endpoint service',
  aws_vpc_peering_connection: 'VPC peering connection',
  aws_vpc_peering_connection_accepter: 'VPC peering connection',
};

/** They come and go with their VPC. */
const WITH_VPC = ['aws_default_security_group'];

it.each<[string, ConfigInput]>([
  ['by PrivateLink', { federation: { crossing: 'privatelink' } }],
  ['by peering', { federation: { crossing: 'peering' } }],
])('all that the stacks give a name is known by it, with endpoints, IPv6 and %s', (_, input) => {
  const { config } = defineConfig({
    eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
    network: { awsEndpoints: true },
    clusters: {
      istio: {
        kind: 'eks',
        loadBalancers: 'aws-load-balancer-controller',
        eks: { ipFamily: 'ipv6' },
      },
    },
    ...input,
  });
  const app = Testing.app();
  addStacks(app, config);
  const owner = ownerOf(config, ['mesh-istio', 'mesh-consul']);
  const named = app.node.children
    .filter((child) => TerraformStack.isStack(child))
    .flatMap((stack) => Object.entries(synthesise(stack).resource ?? {}))
    .filter(([type]) => !WITH_VPC.includes(type))
    .flatMap(([type, blocks]) =>
      Object.values(blocks).flatMap(({ tags }) => {
        const { Name } = (tags ?? {}) as { readonly Name?: string };
        return Name === undefined ? [] : [{ kind: KINDS[type] ?? type, name: Name }];
      }),
    );
  expect(named.length).toBeGreaterThan(30);
  const unknown = named.filter(
    ({ kind, name }) =>
      tieOf({ kind, id: name, name, tags: config.aws.tags }, owner, new Set())?.madeBy !==
      'Terraform',
  );
  expect(unknown).toEqual([]);
});
