import { z } from 'zod';
import type { Emulator } from '../../support/demo/emulator';
import type { Policy, Statement } from '../../support/aws/policy-document';

/** One kind of call that the emulator has answered. */
const call = z.object({
  /** As IAM names it: `eks:CreateCluster`. */
  action: z.string(),
  /** Who asked. */
  agent: z.string(),
  /** Of EKS, whose paths have the cluster's name. */
  path: z.string(),
  names: z.record(z.string(), z.string()),
});

export type RecordedCall = z.infer<typeof call>;

/** All calls that an emulator has answered so far. */
export async function recordedCalls({ endpoint }: Emulator): Promise<RecordedCall[]> {
  const answer = await fetch(`${endpoint}/_emulator/calls`);
  return z.array(call).parse(await answer.json());
}

/** The ARN that IAM would judge a call by, where its name is in the call; else any. */
function resourceOf({ action, path, names }: RecordedCall): string | undefined {
  const [, cluster] = /^\/clusters\/([^/]+)/.exec(path) ?? [];
  if (cluster !== undefined) {
    const below = /^\/clusters\/[^/]+\/([^/]+)/.test(path);
    return `arn:aws:eks:eu-north-1:123456789012:${below ? 'addon/' : 'cluster/'}${cluster}${below ? '/x/y' : ''}`;
  }
  if (names['RoleName'] !== undefined) return `arn:aws:iam::123456789012:role/${names['RoleName']}`;
  if (names['OpenIDConnectProviderArn'] !== undefined) return names['OpenIDConnectProviderArn'];
  if (action.startsWith('logs:') && names['logGroupName'] !== undefined) {
    return `arn:aws:logs:eu-north-1:123456789012:log-group:${names['logGroupName']}`;
  }
  return undefined;
}

/** IAM's `*` stands for any characters, slashes and colons too. */
function matches(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${escaped}$`).test(text);
}

function admits({ Action, Resource }: Statement, one: RecordedCall): boolean {
  const resource = resourceOf(one);
  return (
    Action.includes(one.action) &&
    (resource === undefined || Resource.some((pattern) => matches(pattern, resource)))
  );
}

/** Calls that no statement admits. `sts:GetCallerIdentity` needs no right. */
export function refused(policy: Policy, calls: readonly RecordedCall[]): string[] {
  return calls
    .filter(({ action }) => action !== 'sts:GetCallerIdentity')
    .filter((one) => !policy.Statement.some((statement) => admits(statement, one)))
    .map((one) => `${one.action} ${resourceOf(one) ?? ''}`);
}
