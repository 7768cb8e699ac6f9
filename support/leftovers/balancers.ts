import {
  DeleteLoadBalancerCommand as DeleteClassicCommand,
  DescribeTagsCommand as DescribeClassicTagsCommand,
  paginateDescribeLoadBalancers as paginateDescribeClassic,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DescribeTagsCommand,
  paginateDescribeLoadBalancers,
  paginateDescribeTargetGroups,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { listPrices } from '../cost/list-prices';
import { all, tagsOf } from '../aws/answers';
import { type Aws, inParts, type Kind, present } from './kind';

/** So many at once are asked for their tags. */
const TAGGED = 20;

/** USD an hour. @see https://aws.amazon.com/elasticloadbalancing/pricing/ */
const CLASSIC = 0.025;

/** Tags by ARN. */
async function tags({ balancers }: Aws, arns: readonly string[]) {
  const answers = await Promise.all(
    inParts(arns, TAGGED).map((ResourceArns) =>
      balancers.send(new DescribeTagsCommand({ ResourceArns })),
    ),
  );
  return new Map(
    answers
      .flatMap(({ TagDescriptions = [] }) => TagDescriptions)
      .map(({ ResourceArn = '', Tags }) => [ResourceArn, tagsOf(Tags)]),
  );
}

export const LOAD_BALANCERS: Kind = {
  name: 'load balancer',
  slow: true,
  find: async (aws) => {
    const { hourly } = listPrices(aws.region);
    const pages = paginateDescribeLoadBalancers({ client: aws.balancers }, {});
    const found = await all(pages, (page) => page.LoadBalancers);
    const arns = found.map(({ LoadBalancerArn = '' }) => LoadBalancerArn);
    const tagged = await tags(aws, arns);
    return found.map(
      ({
        LoadBalancerArn = '',
        LoadBalancerName = '',
        VpcId,
        AvailabilityZones = [],
        SecurityGroups = [],
      }) => ({
        kind: 'load balancer',
        id: LoadBalancerArn,
        name: LoadBalancerName,
        arn: LoadBalancerArn,
        tags: tagged.get(LoadBalancerArn) ?? {},
        vpc: VpcId,
        uses: present([...AvailabilityZones.map(({ SubnetId }) => SubnetId), ...SecurityGroups]),
        hourly: hourly.networkLoadBalancer,
      }),
    );
  },
  remove: async ({ balancers }, { id }) => {
    await balancers.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: id }));
  },
  lift: ({ id }, region) =>
    `aws elbv2 modify-load-balancer-attributes --region ${region} --load-balancer-arn ${id} ` +
    '--attributes Key=deletion_protection.enabled,Value=false',
};

/** Those that Kubernetes makes for a Service without annotations. */
export const CLASSIC_LOAD_BALANCERS: Kind = {
  name: 'classic load balancer',
  slow: true,
  find: async ({ classicBalancers: client }) => {
    const found = await all(
      paginateDescribeClassic({ client }, {}),
      (page) => page.LoadBalancerDescriptions,
    );
    const answers = await Promise.all(
      inParts(found, TAGGED).map((part) =>
        client.send(
          new DescribeClassicTagsCommand({
            LoadBalancerNames: part.flatMap(({ LoadBalancerName = '' }) => LoadBalancerName),
          }),
        ),
      ),
    );
    const tagged = answers.flatMap(({ TagDescriptions = [] }) => TagDescriptions);
    return found.map(({ LoadBalancerName = '', VPCId }) => ({
      kind: 'classic load balancer',
      id: LoadBalancerName,
      name: LoadBalancerName,
      tags: tagsOf(tagged.find((one) => one.LoadBalancerName === LoadBalancerName)?.Tags),
      vpc: VPCId,
      hourly: CLASSIC,
    }));
  },
  remove: async ({ classicBalancers }, { id }) => {
    await classicBalancers.send(new DeleteClassicCommand({ LoadBalancerName: id }));
  },
};

export const TARGET_GROUPS: Kind = {
  name: 'target group',
  find: async (aws) => {
    const pages = paginateDescribeTargetGroups({ client: aws.balancers }, {});
    const found = await all(pages, (page) => page.TargetGroups);
    const arns = found.map(({ TargetGroupArn = '' }) => TargetGroupArn);
    const tagged = await tags(aws, arns);
    return found.map(({ TargetGroupArn = '', TargetGroupName = '', VpcId, LoadBalancerArns }) => ({
      kind: 'target group',
      id: TargetGroupArn,
      name: TargetGroupName,
      arn: TargetGroupArn,
      tags: tagged.get(TargetGroupArn) ?? {},
      vpc: VpcId,
      heldBy: LoadBalancerArns,
    }));
  },
  remove: async ({ balancers }, { id }) => {
    await balancers.send(new DeleteTargetGroupCommand({ TargetGroupArn: id }));
  },
};
