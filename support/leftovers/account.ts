import {
  DeleteLogGroupCommand,
  ListTagsForResourceCommand,
  paginateDescribeLogGroups,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  DeleteInstanceProfileCommand,
  DeleteOpenIDConnectProviderCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetOpenIDConnectProviderCommand,
  GetRolePolicyCommand,
  ListOpenIDConnectProvidersCommand,
  ListRoleTagsCommand,
  paginateListAttachedRolePolicies,
  paginateListInstanceProfilesForRole,
  paginateListRolePolicies,
  paginateListRoles,
  RemoveRoleFromInstanceProfileCommand,
} from '@aws-sdk/client-iam';
import {
  DescribeKeyCommand,
  ListResourceTagsCommand,
  paginateListKeys,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { listPrices } from '../cost/list-prices';
import { MONTH_HOURS } from '../cost/prices';
import { all, tagsOf } from '../aws/answers';
import { ISSUERS } from '../aws/issuers';
import { type Aws, type Kind, lookAtEach, present, type Thing } from './kind';
import { CUT, escapeName, roleName } from './names';

/** USD a GB and month. @see https://aws.amazon.com/cloudwatch/pricing/ */
const STORED_LOGS = 0.03;

const GIBIBYTE = 1024 ** 3;

/** Logs that EKS and add-ons write by themselves, whoever made their groups. */
export const LOG_GROUPS: Kind = {
  name: 'log group',
  find: async ({ logs }, clusters) => {
    const found = await Promise.all(
      clusters.flatMap((cluster) =>
        ['eks', 'vpc', 'containerinsights'].map(async (service): Promise<Thing[]> => {
          const logGroupNamePrefix = `/aws/${service}/${cluster}/`;
          const pages = paginateDescribeLogGroups({ client: logs }, { logGroupNamePrefix });
          const groups = await all(pages, (page) => page.logGroups);
          return lookAtEach(
            groups,
            async ({
              logGroupName = '',
              arn = '',
              storedBytes = 0,
              kmsKeyId,
              deletionProtectionEnabled,
            }) => {
              const resourceArn = arn.replace(/:\*$/, '');
              const { tags } = await logs.send(new ListTagsForResourceCommand({ resourceArn }));
              return {
                kind: 'log group',
                id: logGroupName,
                name: logGroupName,
                arn: resourceArn,
                tags: tags ?? {},
                cluster: service === 'vpc' ? undefined : cluster,
                uses: present([kmsKeyId]),
                isProtected: deletionProtectionEnabled,
                hourly: (storedBytes / GIBIBYTE) * (STORED_LOGS / MONTH_HOURS),
                gibibytes: storedBytes / GIBIBYTE,
              };
            },
          );
        }),
      ),
    );
    return found.flat();
  },
  remove: async ({ logs }, { id }) => {
    await logs.send(new DeleteLogGroupCommand({ logGroupName: id }));
  },
  lift: ({ id }, region) =>
    `aws logs put-log-group-deletion-protection --region ${region} --log-group-identifier ${id} ` +
    '--no-deletion-protection-enabled',
};

export const KEYS: Kind = {
  name: 'KMS key',
  find: async ({ kms, region }) => {
    const { monthly } = listPrices(region);
    const keys = await all(paginateListKeys({ client: kms }, {}), (page) => page.Keys);
    const found = await Promise.all(
      keys.map(async ({ KeyId = '' }): Promise<Thing[]> => {
        try {
          const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
          if (KeyMetadata?.KeyManager !== 'CUSTOMER') return [];
          const { Tags = [] } = await kms.send(new ListResourceTagsCommand({ KeyId }));
          const tags = Object.fromEntries(
            Tags.map((tag) => [tag.TagKey ?? '', tag.TagValue ?? '']),
          );
          const end = KeyMetadata.DeletionDate?.toISOString().slice(0, 10);
          const ending = KeyMetadata.KeyState === 'PendingDeletion';
          return [
            {
              kind: 'KMS key',
              id: KeyId,
              name: tags['Name'] ?? '',
              arn: KeyMetadata.Arn,
              tags,
              ending: ending ? `is deleted on ${end ?? 'a day that AWS does not say'}` : undefined,
              hourly: ending ? undefined : monthly.kmsKey / MONTH_HOURS,
            },
          ];
        } catch (error) {
          // A key whose policy lets nobody look is none of ours.
          if (error instanceof Error && error.name === 'AccessDeniedException') return [];
          throw error;
        }
      }),
    );
    return found.flat();
  },
  remove: async ({ kms }, { id }) => {
    // The shortest that AWS has.
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: 7 }));
  },
};

export const OIDC_PROVIDERS: Kind = {
  name: 'OIDC provider',
  global: true,
  find: async ({ iam, region }) => {
    const { OpenIDConnectProviderList = [] } = await iam.send(
      new ListOpenIDConnectProvidersCommand({}),
    );
    const hosts = Object.values(ISSUERS).map((host) => `/${host}.${region}.`);
    const here = OpenIDConnectProviderList.flatMap(({ Arn = '' }) => Arn).filter((arn) =>
      hosts.some((host) => arn.includes(host)),
    );
    return lookAtEach(here, async (arn) => {
      const { Tags } = await iam.send(
        new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }),
      );
      const tags = tagsOf(Tags);
      return { kind: 'OIDC provider', id: arn, name: tags['Name'] ?? '', arn, tags };
    });
  },
  remove: async ({ iam }, { id }) => {
    await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: id }));
  },
};

export const ROLES: Kind = {
  name: 'IAM role',
  global: true,
  find: async ({ iam, region }, clusters) => {
    const roles = await all(paginateListRoles({ client: iam }, {}), (page) => page.Roles);
    const possible = roles.filter(({ RoleName = '' }) =>
      clusters.some((cluster) => roleName(cluster).test(RoleName)),
    );
    return lookAtEach(possible, async ({ RoleName = '', Arn }): Promise<Thing> => {
      const { Tags } = await iam.send(new ListRoleTagsCommand({ RoleName }));
      const named = clusters.filter((cluster) => roleName(cluster).test(RoleName));
      return {
        kind: 'IAM role',
        id: RoleName,
        name: RoleName,
        arn: Arn,
        tags: tagsOf(Tags),
        cluster: /-flow-log-[0-9a-f]+$/.test(RoleName)
          ? await writerOf({ iam, region }, RoleName, named)
          : named[0],
      };
    });
  },
  remove: async ({ iam }, { id: RoleName }) => {
    const of = { RoleName };
    for (const { InstanceProfileName = '' } of await all(
      paginateListInstanceProfilesForRole({ client: iam }, of),
      (page) => page.InstanceProfiles,
    )) {
      await iam.send(new RemoveRoleFromInstanceProfileCommand({ ...of, InstanceProfileName }));
      // EKS makes one for each node group.
      if (InstanceProfileName.startsWith('eks-')) {
        await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }));
      }
    }
    for (const { PolicyArn } of await all(
      paginateListAttachedRolePolicies({ client: iam }, of),
      (page) => page.AttachedPolicies,
    )) {
      await iam.send(new DetachRolePolicyCommand({ ...of, PolicyArn }));
    }
    for (const PolicyName of await all(
      paginateListRolePolicies({ client: iam }, of),
      (page) => page.PolicyNames,
    )) {
      await iam.send(new DeleteRolePolicyCommand({ ...of, PolicyName }));
    }
    await iam.send(new DeleteRoleCommand(of));
  },
};

/**
 * The cluster of this region whose flow log a role writes. A role without its policy was cut off, and is nobody's that
 * is known.
 */
async function writerOf(
  { iam, region }: Pick<Aws, 'iam' | 'region'>,
  RoleName: string,
  clusters: readonly string[],
): Promise<string | undefined> {
  const policies = await all(
    paginateListRolePolicies({ client: iam }, { RoleName }),
    (page) => page.PolicyNames,
  );
  const texts = await Promise.all(
    policies.map(async (PolicyName) => {
      const { PolicyDocument = '' } = await iam.send(
        new GetRolePolicyCommand({ RoleName, PolicyName }),
      );
      return decodeURIComponent(PolicyDocument);
    }),
  );
  const written = clusters.find((cluster) => {
    const log = new RegExp(
      `:logs:${region}:\\d+:log-group:/aws/vpc/${escapeName(cluster)}/flow-log:`,
    );
    return texts.some((text) => log.test(text));
  });
  // Of a name that is not cut there is no doubt.
  return written ?? clusters.find((cluster) => cluster.length < CUT && texts.length === 0);
}
