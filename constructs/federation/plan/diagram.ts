import type { AccessPlan, PlannedBorder } from './plan';
import { type Anyone, type Call, requestsOf, type Service } from './services';

/**
 * The federation as a Mermaid flowchart, which GitHub and many editors draw: each mesh with its trust
 * domain, its services and borders by identity, and the way of each call. Dotted lines cross the roots.
 *
 * @see https://mermaid.js.org/syntax/flowchart.html
 */
export function diagram(plan: AccessPlan): string {
  const ids = new Map<string, string>();
  const idOf = (key: string) => {
    const id = ids.get(key) ?? `n${ids.size}`;
    ids.set(key, id);
    return id;
  };
  const meshes = Object.entries(plan.meshes).flatMap(([name, { kind, mesh }]) => [
    `  subgraph ${idOf(name)}["${name} (${kind}), trust domain ${mesh.trustDomain}"]`,
    ...callersAndCallees(plan, name).map(
      (service) => `    ${idOf(keyOf(service))}["${nameOf(service)}"]`,
    ),
    ...plan.borders
      .filter((border) => border.mesh === name)
      .map((border) => `    ${idOf(borderKey(border))}{{"${border.name}<br/>${who(border)}"}}`),
    '  end',
  ]);
  return [
    'flowchart LR',
    ...meshes,
    ...arrows(plan).map(({ from, to, crosses, labels }) => {
      const arrow = crosses ? '-. ' : '-- ';
      const end = crosses ? ' .->' : ' -->';
      const label = labels.length === 0 ? 'mTLS across roots' : labels.join('<br/>');
      return `  ${idOf(from)} ${arrow}"${label}"${end} ${idOf(to)}`;
    }),
    '',
  ].join('\n');
}

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly crosses: boolean;
  readonly labels: readonly string[];
}

/** Each pair once, with what all its calls may ask for. */
function arrows(plan: AccessPlan): Arrow[] {
  const all = new Map<string, Arrow>();
  for (const call of plan.calls) {
    const stops = stopsOf(plan, call);
    stops.slice(1).forEach((to, index) => {
      const from = stops[index];
      if (from === undefined) return;
      const last = index === stops.length - 2;
      const key = `${from.key} ${to.key}`;
      const before = all.get(key)?.labels ?? [];
      const labels = last || from.mesh === to.mesh ? requests(call) : [];
      all.set(key, {
        from: from.key,
        to: to.key,
        crosses: from.mesh !== to.mesh,
        labels: [...new Set([...before, ...labels])],
      });
    });
  }
  return [...all.values()];
}

interface Stop {
  readonly key: string;
  readonly mesh: string;
}

/** Caller, the border that leads out, the one that leads in, callee. */
function stopsOf(plan: AccessPlan, call: Call): Stop[] {
  const borders = plan.borders
    .filter((border) => border.calls.some(({ id }) => id === call.id))
    .sort((one, other) => Number(leadsIn(one)) - Number(leadsIn(other)));
  return [
    { key: keyOf(call.caller), mesh: call.caller.mesh },
    ...borders.map((border) => ({ key: borderKey(border), mesh: border.mesh })),
    { key: keyOf(call.callee), mesh: call.callee.mesh },
  ];
}

function leadsIn({ direction }: PlannedBorder): boolean {
  return direction === 'in';
}

function requests(call: Call): string[] {
  if (call.callee.protocol === 'tcp') return ['tcp'];
  return requestsOf(call).map(
    ({ methods, path }) => `${methods === '*' ? 'every method' : methods} ${path}`,
  );
}

/** Services of a mesh that a rule names, and "every workload" where one does. */
function callersAndCallees(plan: AccessPlan, mesh: string): (Service | Anyone)[] {
  const all = plan.calls.flatMap(({ caller, callee }) => [caller, callee]);
  const byKey = new Map(all.map((one) => [keyOf(one), one]));
  return [...byKey.values()].filter((one) => one.mesh === mesh);
}

function keyOf(one: Service | Anyone): string {
  return `service ${one.ref}`;
}

function borderKey({ mesh, namespace, name }: PlannedBorder): string {
  return `border ${mesh} ${namespace}/${name}`;
}

function nameOf(one: Service | Anyone): string {
  return one.kind === 'anyone' ? 'every workload' : one.ref.slice(one.mesh.length + 1);
}

function who({ foreign }: PlannedBorder): string {
  return `stands in for ${foreign.ref}`;
}
