import { awsReason } from '../aws/trouble';
import type { Aws, Kind, Thing } from './kind';

/** What was found of a kind, or why nothing is known of it. */
export interface Looked {
  readonly kind: string;
  readonly things: readonly Thing[];
  readonly reason?: string;
}

/** Looks for all of a kind. */
export async function look(kind: Kind, aws: Aws, clusters: readonly string[]): Promise<Looked> {
  try {
    return { kind: kind.name, things: await kind.find(aws, clusters) };
  } catch (error) {
    return { kind: kind.name, things: [], reason: awsReason(error, aws.region) };
  }
}
