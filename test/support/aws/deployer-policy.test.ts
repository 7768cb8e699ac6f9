import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type ConfigInput, defineConfig, loadConfig } from '../../../config';
import { deployerPolicy, UNCALLED } from '../../../support/aws/deployer-policy';
import { type Policy, policyParts } from '../../../support/aws/policy-document';
import { ROOT } from '../../../support/paths';
import { SAMPLE } from '../../../support/settings/page';
import { temporaryFolder, writeFile } from '../../helpers/files';

/* That it admits what a deploy calls, and no more, is in test/e2e/aws/pair.test.ts. */

const endpoint = { publicCidrs: ['203.0.113.7/32'] };

function policy(input: ConfigInput = {}) {
  return deployerPolicy(defineConfig({ eks: { endpoint }, ...input }).config);
}

const DEPLOY = 'arn:aws:iam::444455556666:role/deploy';

/** Of clusters with a private connection between them, the one of Consul elsewhere. */
function crossing(way: 'peering' | 'privatelink', consul: object, role?: string) {
  const settings: ConfigInput = {
    eks: { endpoint },
    aws: { accountId: '111122223333' },
    federation: { crossing: way },
    clusters: { consul },
  };
  return deployerPolicy(defineConfig(settings).config, role);
}

const actionsOf = ({ Statement }: Policy) => Statement.flatMap(({ Action }) => Action);
const statement = ({ Statement }: Policy, sid: string) => Statement.find(({ Sid }) => Sid === sid);

const folder = temporaryFolder();
const page = readFileSync(path.join(ROOT, 'docs', 'deployer-policy.md'), 'utf8');

describe("The deployer's policy", () => {
  it('is in the docs for the sample; `npm run -s iam > docs/deployer-policy.json` makes it', () => {
    writeFile(folder, 'federation.yaml', SAMPLE);
    const { config } = loadConfig({ folder, env: {} });
    const kept = readFileSync(path.join(ROOT, 'docs', 'deployer-policy.json'), 'utf8');
    expect(JSON.parse(kept)).toEqual(deployerPolicy(config));
  });

  it('is short enough for one managed policy, with the names of the pair', () => {
    // 6144 characters, white space apart: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    const usual = policy({
      aws: { accountId: '111122223333', region: 'eu-north-1' },
      state: { kind: 's3', bucket: 'b'.repeat(63) },
    });
    expect(JSON.stringify(usual).length).toBeLessThan(6144);
  });

  it('is cut in two where it is longer, and nothing is lost', () => {
    const long = crossing('privatelink', { name: 'c'.repeat(32), region: 'ap-southeast-2' });
    const parts = policyParts(long);
    expect(parts).toHaveLength(2);
    for (const part of parts) expect(JSON.stringify(part).length).toBeLessThanOrEqual(6144);
    expect(parts.flatMap(({ Statement }) => Statement)).toEqual(long.Statement);
    expect(policyParts(policy())).toEqual([policy()]);
  });

  it('names the clusters, the account and the region, and nothing else where a name can tell', () => {
    const { Statement } = policy({ aws: { accountId: '111122223333', region: 'eu-west-1' } });
    const resources = Statement.flatMap(({ Resource }) => Resource).filter((one) => one !== '*');
    expect(resources.filter((one) => !one.includes(':111122223333:'))).toEqual([]);
    const open = Statement.filter(({ Resource }) => Resource.includes('*'));
    expect(open.map(({ Sid }) => Sid)).toEqual(['Look', 'Network', 'NewKeys']);
    for (const { Sid, Action, Condition } of open) {
      const reads = Action.every((action) => /:(Describe|List|Get)/.test(action));
      expect([Sid, reads || Condition !== undefined]).toEqual([Sid, true]);
    }
    expect(JSON.stringify(Statement)).not.toMatch(/"\w+:\*"/);
  });

  it('has the state, where it is in a bucket', () => {
    const { Statement } = policy({ state: { kind: 's3', bucket: 'mine' } });
    expect(Statement.find(({ Sid }) => Sid === 'State')?.Resource).toEqual([
      'arn:aws:s3:::mine',
      'arn:aws:s3:::mine/mesh-federation/*',
    ]);
  });

  it('judges nothing by tags that it cannot have yet', () => {
    const byTags = policy().Statement.filter(({ Condition }) =>
      JSON.stringify(
        Object.keys({ ...Condition?.['StringLike'], ...Condition?.['StringEquals'] }),
      ).includes('aws:ResourceTag/'),
    );
    const judged = byTags.flatMap(({ Action }) => Action);
    expect(judged).toContain('kms:ScheduleKeyDeletion');
    // What AWS asks of a key that is being made, and Terraform and EKS of one that was made a moment ago.
    const early = [
      'kms:TagResource',
      'kms:DescribeKey',
      'kms:EnableKeyRotation',
      'kms:CreateGrant',
    ];
    const otherwise = actionsOf({
      ...policy(),
      Statement: policy().Statement.filter((one) => !byTags.some(({ Sid }) => Sid === one.Sid)),
    });
    expect(early.filter((action) => !otherwise.includes(action))).toEqual([]);
    expect(judged.filter((action) => /Create(?!Grant)/.test(action))).toEqual([]);
    expect(statement(policy(), 'NewKeys')).toMatchObject({
      Action: ['kms:CreateKey', 'kms:TagResource'],
      Resource: ['*'],
      Condition: {
        StringEquals: { 'aws:RequestedRegion': ['eu-north-1'] },
        StringLike: { 'aws:RequestTag/Name': ['mesh-istio*', 'mesh-consul*'] },
        // Nobody else's key is named anew by it.
        Null: { 'aws:ResourceTag/Name': ['true'] },
      },
    });
    expect(statement(policy(), 'GrantsForEKS')?.Condition).toEqual({
      StringLike: { 'kms:ViaService': ['eks.eu-north-1.*'] },
    });
  });

  it('lets EKS have a grant of a key that is given, and nothing else be done with it', () => {
    const encryptionKeyArn = 'arn:aws:kms:eu-north-1:111122223333:key/1234abcd';
    const given = policy({ eks: { endpoint, encryptionKeyArn } });
    expect(statement(given, 'GivenKeys')).toMatchObject({
      Action: ['kms:CreateGrant', 'kms:DescribeKey'],
      Resource: [encryptionKeyArn],
    });
    expect(statement(policy(), 'GivenKeys')).toBeUndefined();
  });

  it('may give endpoints of AWS services their usual names, and subnets what nodes in them need', () => {
    const closed = policy({ network: { awsEndpoints: true } });
    expect(actionsOf(closed)).toContain('route53:AssociateVPCWithHostedZone');
    expect(actionsOf(policy()).join()).not.toContain('route53');
    // Also of nodes that leave public subnets, when the settings no longer say so.
    expect(actionsOf(policy())).toContain('ec2:ModifySubnetAttribute');
  });

  it('may take the role of nodes out of what EKS Auto Mode has left, and of nothing else', () => {
    const auto = policy({ aws: { accountId: '111122223333' }, eks: { endpoint, compute: 'auto' } });
    expect(statement(auto, 'NodesOfAutoMode')).toMatchObject({
      Action: ['iam:RemoveRoleFromInstanceProfile'],
      Resource: ['arn:aws:iam::111122223333:instance-profile/eks*'],
    });
    expect(statement(policy(), 'NodesOfAutoMode')).toBeUndefined();
  });

  it('is for every region and account that a cluster is in', () => {
    const two = crossing('peering', { region: 'eu-west-1', accountId: '444455556666' });
    expect(statement(two, 'Network')?.Condition).toEqual({
      StringEquals: { 'aws:RequestedRegion': ['eu-north-1', 'eu-west-1'] },
    });
    const clusters = statement(two, 'Clusters')?.Resource;
    expect(clusters).toContain('arn:aws:eks:eu-north-1:111122223333:cluster/mesh-istio');
    expect(clusters).toContain('arn:aws:eks:eu-west-1:444455556666:cluster/mesh-consul');
    expect(statement(two, 'Issuers')?.Resource).toContain(
      'arn:aws:iam::444455556666:oidc-provider/oidc.eks.eu-west-1.*',
    );
  });

  it('lets take the role of a cluster, which has a policy of its own', () => {
    const elsewhere = { region: 'eu-west-1', assumeRole: DEPLOY };
    const [own, taken] = [crossing('peering', elsewhere), crossing('peering', elsewhere, DEPLOY)];
    expect(statement(own, 'OtherClusters')).toMatchObject({
      Action: ['sts:AssumeRole'],
      Resource: [DEPLOY],
    });
    expect(JSON.stringify(own)).not.toMatch(/mesh-consul|eu-west-1/);
    expect(JSON.stringify(taken)).not.toMatch(/mesh-istio|eu-north-1|111122223333|sts:AssumeRole/);
    expect(statement(taken, 'Clusters')?.Resource).toContain(
      'arn:aws:eks:eu-west-1:444455556666:cluster/mesh-consul',
    );
  });

  it('may change the names of gateways, and no other records of their zones', () => {
    const record = { zoneId: 'Z0123456789ABCDEFGHIJ', name: 'istio.example.com' };
    const { config } = defineConfig({
      eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
      meshes: { istio: { gateway: { record } } },
    });
    const zone = 'arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ';
    expect(statement(deployerPolicy(config), 'NameGateways')).toMatchObject({
      Action: ['route53:ChangeResourceRecordSets'],
      Resource: [zone],
      Condition: {
        'ForAllValues:StringEquals': {
          'route53:ChangeResourceRecordSetsNormalizedRecordNames': ['istio.example.com'],
        },
      },
    });
    expect(statement(deployerPolicy(config), 'ReadZones')?.Resource).toEqual([zone]);
    expect(actionsOf(deployerPolicy(config, DEPLOY)).join()).not.toContain('route53');
  });

  it('has what a peering needs, by the end that it is', () => {
    const elsewhere = { region: 'eu-west-1', assumeRole: DEPLOY };
    const asks = statement(crossing('peering', elsewhere), 'Peering')?.Action;
    const accepts = statement(crossing('peering', elsewhere, DEPLOY), 'Peering')?.Action;
    expect(asks).toContain('ec2:CreateVpcPeeringConnection');
    expect(asks).not.toContain('ec2:AcceptVpcPeeringConnection');
    expect(accepts).toContain('ec2:AcceptVpcPeeringConnection');
    expect(accepts?.join()).not.toMatch(/Create|Delete/);
    expect(actionsOf(policy()).join()).not.toMatch(/Peering|EndpointService(Conf|Perm)/);
  });

  it('has what PrivateLink needs, and more across regions', () => {
    const near = actionsOf(crossing('privatelink', {}));
    expect(near).toEqual(
      expect.arrayContaining([
        'ec2:CreateVpcEndpointServiceConfiguration',
        'ec2:RejectVpcEndpointConnections',
        'ec2:CreateVpcEndpoint',
        'elasticloadbalancing:DescribeLoadBalancers',
      ]),
    );
    expect(near).not.toContain('vpce:AllowMultiRegion');
    expect(actionsOf(crossing('privatelink', { region: 'eu-west-1' }))).toContain(
      'vpce:AllowMultiRegion',
    );
  });

  it('says why of each action that no call names, on its page too', () => {
    const apart = { region: 'eu-west-1' };
    const actions = new Set(
      [
        policy(),
        policy({ eks: { endpoint, compute: 'auto' } }),
        crossing('privatelink', apart),
      ].flatMap((one) => actionsOf(one)),
    );
    expect(Object.keys(UNCALLED).filter((action) => !actions.has(action))).toEqual([]);
    const rows = Object.entries(UNCALLED).map(([action, reason]) => [action, reason]);
    const shown = [...page.matchAll(/^\| `([\w:]+)` +\| (.*?) +\|$/gm)].map(([, a, b]) => [a, b]);
    expect(shown).toEqual(rows);
  });
});
