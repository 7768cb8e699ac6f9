/*
 * Names that Terraform makes unique by an end of its own (`name_prefix`), as far as the project gives their start.
 */

const UNIQUE = '[0-9a-f]{26}';

/** So much of a cluster's name is in that of the role of its flow log. */
export const CUT = 26;

/** Of the roles of a cluster. What is cut is told apart by the log that the role writes. */
export function roleName(cluster: string): RegExp {
  const start = escapeName(cluster);
  const cut = escapeName(cluster.slice(0, CUT));
  return new RegExp(`^(${start}-(api|node|cni|ebs)|${cut}-flow-log)-${UNIQUE}$`);
}

/** Of the launch templates of a cluster. */
export function templateName(cluster: string, groups: readonly string[]): RegExp {
  return new RegExp(`^${escapeName(cluster)}-(${groups.map(escapeName).join('|')})-${UNIQUE}$`);
}

/** For an expression that means just this name. */
export function escapeName(name: string): string {
  return name.replace(/[^\w]/g, '\\$&');
}
