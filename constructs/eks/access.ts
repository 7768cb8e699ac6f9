import { createHash } from 'node:crypto';
import { EksAccessEntry } from '@cdktf/provider-aws/lib/eks-access-entry';
import { EksAccessPolicyAssociation } from '@cdktf/provider-aws/lib/eks-access-policy-association';
import { TerraformCount, Token } from 'cdktf';
import type { Construct } from 'constructs';
import { TerraformData } from '../terraform-data';
import type { AccessGrant, AccessLevel } from './props';

/** Names of the EKS access policies. */
const ACCESS_POLICIES: Readonly<Record<AccessLevel, string>> = {
  'cluster-admin': 'AmazonEKSClusterAdminPolicy',
  admin: 'AmazonEKSAdminPolicy',
  edit: 'AmazonEKSEditPolicy',
  view: 'AmazonEKSViewPolicy',
};

/** Settings of `grantAccess`. */
export interface AccessProps {
  /** Name of the cluster; a token of it orders them after it. */
  readonly clusterName: string;
  /** AWS partition of the cluster. */
  readonly partition: string;
  /** ARN of the user or role that deploys; a role, where its session does. */
  readonly caller: string;
  /** Whether who made the cluster is its administrator. */
  readonly creatorIsAdmin: boolean;
  /** Who else may use it. */
  readonly grants: readonly AccessGrant[];
}

/** What `grantAccess` makes. */
export interface Access {
  /** Entry of who made the cluster. */
  readonly creator: EksAccessEntry;
  /** What that one may do. */
  readonly creatorPolicy: EksAccessPolicyAssociation;
  /** Access entries, one for each grant. */
  readonly entries: readonly EksAccessEntry[];
  /** What each grant allows. */
  readonly policies: readonly EksAccessPolicyAssociation[];
}

/**
 * Access entries in a cluster: of who made it, and of all others.
 *
 * EKS has one entry for each user or role. So where a grant is for who made the cluster, that one's entry
 * serves both, and what the grant allows is added to it. Who made the cluster is kept from the first
 * deploy: when somebody else deploys, nobody loses access.
 */
export function grantAccess(scope: Construct, props: AccessProps): Access {
  const { clusterName, grants, creatorIsAdmin } = props;
  const kept = new TerraformData(scope, 'creator', {
    input: props.caller,
    lifecycle: { ignoreChanges: ['input'] },
  });
  const creator = `${kept.fqn}.input`;
  // One that only the deploy knows, such as a role of the same stack, is somebody else: no count may depend on it.
  const isCreator = (principals: readonly string[]) =>
    `contains([${principals
      .filter((principal) => !Token.isUnresolved(principal))
      .map((principal) => `"${principal}"`)
      .join(', ')}], ${creator})`;
  const isNotCreator = (principal: string) =>
    Token.isUnresolved(principal) ? true : `!${isCreator([principal])}`;
  const when = (condition: string | true) =>
    TerraformCount.of(condition === true ? 1 : Token.asNumber(`\${${condition} ? 1 : 0}`));
  const policyArn = (level: AccessLevel) =>
    `arn:${props.partition}:eks::aws:cluster-access-policy/${ACCESS_POLICIES[level]}`;
  const admins = grants.filter(({ level, namespaces }) => isWholeCluster(level, namespaces));

  const creatorEntry = new EksAccessEntry(scope, 'creator_entry', {
    clusterName,
    principalArn: `\${${creator}}`,
    count: when(creatorIsAdmin ? true : isCreator(grants.map(({ principalArn }) => principalArn))),
  });
  const creatorPolicy = new EksAccessPolicyAssociation(scope, 'creator_policy', {
    clusterName,
    principalArn: `\${${creator}}`,
    policyArn: policyArn('cluster-admin'),
    accessScope: { type: 'cluster' },
    count: when(creatorIsAdmin ? true : isCreator(admins.map(({ principalArn }) => principalArn))),
    dependsOn: [creatorEntry],
  });

  const made = grants.map(({ principalArn, level, namespaces }, i) => {
    const who = Token.isUnresolved(principalArn) ? String(i) : idOf(principalArn);
    const entry = new EksAccessEntry(scope, `access_entry_${who}`, {
      clusterName,
      principalArn,
      count: when(isNotCreator(principalArn)),
    });
    const isCreators = creatorIsAdmin
      ? level === 'cluster-admin'
      : isWholeCluster(level, namespaces);
    const policy = new EksAccessPolicyAssociation(scope, `access_policy_${who}`, {
      clusterName,
      principalArn,
      policyArn: policyArn(level),
      accessScope: namespaces
        ? { type: 'namespace', namespaces: [...namespaces] }
        : { type: 'cluster' },
      count: when(isCreators ? isNotCreator(principalArn) : true),
      dependsOn: [entry, creatorEntry],
    });
    return { entry, policy };
  });
  return {
    creator: creatorEntry,
    creatorPolicy,
    entries: made.map(({ entry }) => entry),
    policies: made.map(({ policy }) => policy),
  };
}

function isWholeCluster(level: AccessLevel, namespaces: readonly string[] | undefined): boolean {
  return level === 'cluster-admin' && namespaces === undefined;
}

/**
 * A part of a logical id. ARNs with other characters than `-` in the name are told apart by a digest:
 * `ci.deploy` is not `ci-deploy`.
 */
function idOf(principalArn: string): string {
  const readable = principalArn.replace(/[^0-9A-Za-z]+/g, '_');
  if (/:(user|role)\/[0-9A-Za-z]+(-[0-9A-Za-z]+)*$/.test(principalArn)) return readable;
  return `${readable}_${createHash('sha256').update(principalArn).digest('hex').slice(0, 8)}`;
}
