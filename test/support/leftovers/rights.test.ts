import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type ConfigInput, defineConfig } from '../../../config';
import { leftoversPolicy } from '../../../support/leftovers/rights';
import { ROOT } from '../../../support/paths';

const endpoint = { publicCidrs: ['203.0.113.7/32'] };
const policy = (input: ConfigInput = {}, role?: string) =>
  leftoversPolicy(
    defineConfig({ eks: { endpoint }, aws: { accountId: '111122223333' }, ...input }).config,
    role,
  );
const actions = (one: ReturnType<typeof policy>) => one.Statement.flatMap(({ Action }) => Action);

/** The prefix that IAM has for the client of a service. */
const PREFIX: Readonly<Record<string, string>> = {
  'auto-scaling': 'autoscaling',
  'cloudwatch-logs': 'logs',
  ec2: 'ec2',
  eks: 'eks',
  'elastic-load-balancing': 'elasticloadbalancing',
  'elastic-load-balancing-v2': 'elasticloadbalancing',
  iam: 'iam',
  kms: 'kms',
};

/** Actions of the calls that the code imports. */
function called(): Set<string> {
  const folder = path.join(ROOT, 'support', 'leftovers');
  const text = readdirSync(folder)
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('\n');
  const found = [...text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-([\w-]+)'/g)];
  return new Set(
    found.flatMap(([, names = '', service = '']) =>
      [...names.matchAll(/\b(?:paginate(\w+)|(\w+)Command)\b/g)].flatMap(
        ([whole, paginated, command]) => {
          const prefix = PREFIX[service];
          // The second name of an import.
          const isAlias = names.includes(` as ${whole}`);
          return prefix === undefined || isAlias ? [] : `${prefix}:${paginated ?? command ?? ''}`;
        },
      ),
    ),
  );
}

describe('The rights to find and delete what is left', () => {
  it('are those of the calls in the code, and no others', () => {
    expect([...called()].sort()).toEqual([...new Set(actions(policy()))].sort());
  });

  it('are narrowed to the clusters where data would be lost', () => {
    const data = policy().Statement.filter(({ Action }) => Action.includes('ec2:DeleteVolume'));
    expect(data.map(({ Condition }) => Object.keys(Condition?.['StringEquals'] ?? {})[1])).toEqual([
      'aws:ResourceTag/kubernetes.io/cluster/mesh-istio',
      'aws:ResourceTag/kubernetes.io/cluster/mesh-consul',
    ]);
    const open = policy().Statement.filter(({ Resource }) => Resource.includes('*'));
    for (const { Sid, Action, Condition } of open) {
      const reads = Action.every((action) => /:(Describe|List)/.test(action));
      expect([Sid, reads || Condition !== undefined]).toEqual([Sid, true]);
    }
  });

  it('are also for what Auto Mode makes, which has another tag', () => {
    const auto = policy({
      clusters: { consul: { loadBalancers: 'auto-mode', eks: { compute: 'auto' } } },
    });
    const data = auto.Statement.filter(({ Action }) => Action.includes('ec2:DeleteVolume'));
    const tags = data.map(({ Condition }) => Condition?.['StringEquals'] ?? {});
    expect(tags).toContainEqual({
      'aws:RequestedRegion': ['eu-north-1'],
      'aws:ResourceTag/eks:eks-cluster-name': ['mesh-consul'],
    });
    expect(JSON.stringify(tags)).not.toContain(
      '"aws:ResourceTag/eks:eks-cluster-name":["mesh-istio"]',
    );
  });

  it('are for the issuers of clusters with IPv6 too, which have other names', () => {
    const issuers = policy().Statement.find(({ Sid }) => Sid === 'Issuers')?.Resource;
    expect(issuers).toEqual([
      'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-north-1.*',
      'arn:aws:iam::111122223333:oidc-provider/oidc-eks.eu-north-1.*',
    ]);
  });

  it('never delete a cluster that exists anyhow', () => {
    const own = policy({ clusters: { consul: { kind: 'existing-eks', name: 'theirs' } } });
    const deleting = own.Statement.filter(({ Action }) => Action.includes('eks:DeleteCluster'));
    expect(JSON.stringify(deleting)).toContain('cluster/mesh-istio');
    expect(JSON.stringify(deleting)).not.toContain('theirs');
    expect(JSON.stringify(own)).toContain('cluster/theirs');
  });

  it('only read the state, and take the role of a cluster, which has rights of its own', () => {
    const role = 'arn:aws:iam::444455556666:role/deploy';
    const input: ConfigInput = {
      clusters: { consul: { assumeRole: role } },
      state: { kind: 's3', bucket: 'mine' },
    };
    expect(actions(policy(input)).filter((one) => /^(s3|sts):/.test(one))).toEqual([
      'sts:AssumeRole',
      's3:ListBucket',
      's3:GetObject',
    ]);
    expect(JSON.stringify(policy(input))).not.toContain('mesh-consul');
    expect(JSON.stringify(policy(input, role))).not.toMatch(/mesh-istio|111122223333|s3:/);
  });
});
