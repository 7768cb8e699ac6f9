import {
  type AccessPlan,
  explain,
  explainBorders,
  explainOwners,
} from '../../constructs/federation/plan';
import { table } from '../terminal/table';

/** Who may call what and what sees to it, the borders, and what is left to others, as tables to read in a terminal. */
export function policyTables(plan: AccessPlan, partners: readonly string[] = []): string {
  const lines = explain(plan, partners);
  if (lines.length === 0) {
    return 'There is no rule, so nobody may call anything: accessPolicy.rules says who may call what.';
  }
  const borders = explainBorders(plan);
  const tables = [
    table(
      'Who may call what; whatever is in no line is denied',
      ['From', 'To', 'Methods', 'Path', 'Enforced by, in the order of the request'],
      lines.map(({ caller, callee, protocol, methods, path, enforcedBy }) => [
        caller,
        protocol === 'http' ? callee : `${callee} (${protocol})`,
        methods,
        path,
        enforcedBy
          .map(({ mesh, resource, way }) => `${mesh}: ${resource}${way ? ` (${way} way)` : ''}`)
          .join('\n'),
      ]),
    ),
  ];
  if (borders.length > 0) {
    tables.push(
      table(
        'Borders: what each is in its mesh, and the only foreign identities that it accepts',
        ['Border', 'Represents', 'Identities'],
        borders.map(({ mesh, border, foreign, identity, peers }) => [
          `${mesh}: ${border}`,
          foreign,
          [`is      ${identity}`, ...peers.map((peer) => `accepts ${peer}`)].join('\n'),
        ]),
      ),
    );
  }
  const owners = explainOwners(plan);
  if (owners.length > 0) {
    tables.push(
      table(
        'Resources that are yours, and what they must say',
        ['Resource', 'Must have'],
        owners.map(({ mesh, resource, needs }) => [`${mesh}: ${resource}`, needs.join('\n')]),
      ),
    );
  }
  return tables.join('\n\n');
}
