import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { EKSClient } from '@aws-sdk/client-eks';
import type { ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { KMSClient } from '@aws-sdk/client-kms';

/** Who is asked, in one region of one account. */
export interface Aws {
  readonly region: string;
  readonly autoScaling: AutoScalingClient;
  readonly ec2: EC2Client;
  readonly eks: EKSClient;
  readonly classicBalancers: ElasticLoadBalancingClient;
  readonly balancers: ElasticLoadBalancingV2Client;
  readonly iam: IAMClient;
  readonly kms: KMSClient;
  readonly logs: CloudWatchLogsClient;
}

/** Something in the account. */
export interface Thing {
  /** Name of its kind: `NAT gateway`. */
  readonly kind: string;
  /** What AWS deletes it by. */
  readonly id: string;
  /** By which people know it: its tag `Name`, where AWS gives it no name. */
  readonly name: string;
  /** Where it has one. */
  readonly arn?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The VPC that it is in. */
  readonly vpc?: string;
  /** The cluster that it is of, where AWS itself says so and not a tag. */
  readonly cluster?: string;
  /** What it is attached to, by id: it stays as long as one of these. */
  readonly heldBy?: readonly string[];
  /** What it needs, by id or ARN: these stay as long as it. Its VPC is needed without being listed. */
  readonly uses?: readonly string[];
  /** Of a cluster: CREATING, ACTIVE ... */
  readonly status?: string;
  /** Whether AWS lists it as protected against deletion. */
  readonly isProtected?: boolean;
  /** Whether it is on its way out, and costs nothing. */
  readonly ending?: string;
  /** USD an hour by the list prices of its region, or of us-east-1 where those are not known; nothing where it is free of charge. */
  readonly hourly?: number;
  /** GiB of data that go with it. */
  readonly gibibytes?: number;
}

/** One kind of things that a federation may leave behind. */
export interface Kind {
  readonly name: string;
  /** Whether it is of the whole account and not of a region. */
  readonly global?: true;
  /** Whether its deletion takes time, and what comes after it has to wait. */
  readonly slow?: true;
  /**
   * All that may be the federation's.
   *
   * @param clusters names of its clusters
   */
  readonly find: (aws: Aws, clusters: readonly string[]) => Promise<Thing[]>;
  /** Asks AWS to delete it. */
  readonly remove: (aws: Aws, thing: Thing) => Promise<void>;
  /** The command that lifts its protection against deletion, of what may have one. */
  readonly lift?: (thing: Thing, region: string) => string;
}

const GONE = /NotFound|NoSuchEntity/;

/** The state of a key that somebody else has scheduled for deletion meanwhile. */
const PENDING = /pending deletion/;

/** Whether AWS says that there is no such thing, or no more. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // Auto Scaling has no name for it.
  return (
    GONE.test(error.name) ||
    (error.name === 'ValidationError' && /not found/.test(error.message)) ||
    (error.name === 'KMSInvalidStateException' && PENDING.test(error.message))
  );
}

/** Looks at each; what goes meanwhile is left out. */
export async function lookAtEach<T, R>(
  list: readonly T[],
  look: (one: T) => Promise<R>,
): Promise<R[]> {
  const found = await Promise.all(
    list.map(async (one) => {
      try {
        return [await look(one)];
      } catch (error) {
        if (isGone(error)) return [];
        throw error;
      }
    }),
  );
  return found.flat();
}

/** Without what is not there. */
export function present(ids: readonly (string | undefined)[]): string[] {
  return ids.flatMap((id) => (id === undefined || id === '' ? [] : id));
}

/** Parts of a list, since many calls take only so many at once. */
export function inParts<T>(list: readonly T[], size: number): T[][] {
  const count = Math.ceil(list.length / size);
  return Array.from({ length: count }, (_, i) => list.slice(i * size, (i + 1) * size));
}
