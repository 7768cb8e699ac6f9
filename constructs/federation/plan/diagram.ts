import { identityOf } from './borders';
import type { Place } from './hops';
import type { AccessPlan, PlannedBorder } from './plan';
import { type Anyone, type Call, requestsOf, type Service } from './services';

/** The federation as a picture, as data: boxes in meshes, and arrows between the boxes. */
export interface Drawing {
  /** In the order of the plan. */
  readonly meshes: readonly DrawnMesh[];
  /** Arrows between boxes: one for each pair. */
  readonly arrows: readonly Arrow[];
}

/** A mesh and what is in it. */
export interface DrawnMesh {
  /** The policy's name for the mesh. */
  readonly name: string;
  /** What kind of mesh it is: `istio`. */
  readonly kind: string;
  /** Trust domain of the mesh. */
  readonly trustDomain: string;
  /**
   * Name of its cluster, if it shares that with another mesh.
   * @default it has a cluster of its own
   */
  readonly cluster?: string;
  /** Services and borders of the mesh. */
  readonly boxes: readonly Box[];
}

/** The title of a mesh in a drawing. */
export function titleOf({ name, kind, trustDomain, cluster }: DrawnMesh): string {
  const place = cluster === undefined ? '' : ` in cluster ${cluster}`;
  return `${name === kind ? name : `${name} (${kind})`}${place}, trust domain ${trustDomain}`;
}

/** A service or a border. */
export interface Box {
  /** Key by which arrows refer to the box. */
  readonly key: string;
  /** Whether it is a service or a border. */
  readonly kind: 'service' | 'border';
  /** Name of the service or border, for people. */
  readonly name: string;
  /**
   * The identity in its certificates.
   * @default none: it stands for every workload of the mesh
   */
  readonly identity?: string;
  /**
   * The service of another mesh that a border represents.
   * @default none: it is a service
   */
  readonly represents?: string;
}

/** The way from one box to the next, for one or more calls. */
export interface Arrow {
  /** Key of a box. */
  readonly from: string;
  /** Key of a box. */
  readonly to: string;
  /** Whether it leads from one mesh to another, across the roots. */
  readonly crosses: boolean;
  /** Requests that the calls may make, on the arrow where that is enforced. */
  readonly requests: readonly string[];
  /** Ids of the calls that take it. */
  readonly calls: readonly Call['id'][];
}

/** A box that a call passes through. */
export interface Stop {
  /** Key of the box. */
  readonly key: string;
  /** The mesh that it is in. */
  readonly mesh: string;
  /** Its position on the way of the call. */
  readonly place: Exclude<Place, 'gateway'>;
}

/** The state of a box or an arrow. */
export type Mark = 'right' | 'warning' | 'unknown' | 'broken' | 'theirs';

/** What is known about the state of the boxes and arrows of a drawing. */
export interface Marks {
  /** Marks of boxes, by key. Nothing is known about other boxes. */
  readonly boxes: ReadonlyMap<string, Marked>;
  /** Marks of arrows, by `arrowKey`. */
  readonly arrows: ReadonlyMap<string, Marked>;
}

/** State of a box or an arrow, and the reason for it. */
export interface Marked {
  /** The state, which decides the colour. */
  readonly mark: Mark;
  /** Lines of text beside it. */
  readonly notes: readonly string[];
}

/** Draws the federation of a plan. */
export function drawing(plan: AccessPlan): Drawing {
  return {
    meshes: Object.entries(plan.meshes).map(([name, { kind, mesh, cluster }]) => ({
      name,
      kind,
      trustDomain: mesh.trustDomain,
      ...(cluster === undefined ? {} : { cluster }),
      boxes: [
        ...callersAndCallees(plan, name).map((service): Box => ({
          key: serviceKey(service),
          kind: 'service',
          name: nameOf(service),
          ...(service.kind !== 'anyone' && { identity: identityOf(plan.meshes, service) }),
        })),
        ...plan.borders
          .filter((border) => border.mesh === name)
          .map((border): Box => ({
            key: borderKey(border),
            kind: 'border',
            name: border.name,
            identity: border.identity,
            represents: border.foreign.ref,
          })),
      ],
    })),
    arrows: arrows(plan),
  };
}

/**
 * The federation as a Mermaid flowchart, which GitHub and many editors render: each mesh with its trust
 * domain, its services and borders, and the way of each call. Dotted lines cross from one root to another.
 *
 * @param marks The state of boxes and arrows, shown in colours. Default: none.
 * @see https://mermaid.js.org/syntax/flowchart.html
 */
export function diagram(plan: AccessPlan, marks?: Marks): string {
  const drawn = drawing(plan);
  const ids = new Map<string, string>();
  const idOf = (key: string) => {
    const id = ids.get(key) ?? `n${ids.size}`;
    ids.set(key, id);
    return id;
  };
  const noted = (lines: readonly string[], marked: Marked | undefined) =>
    [...lines, ...(marked?.notes ?? [])].join('<br/>');
  const meshes = drawn.meshes.flatMap((mesh) => [
    `  subgraph ${idOf(mesh.name)}["${titleOf(mesh)}"]`,
    ...mesh.boxes.map((box) => {
      const lines = [box.name, ...(box.represents ? [`represents ${box.represents}`] : [])];
      const text = `"${noted(lines, marks?.boxes.get(box.key))}"`;
      return `    ${idOf(box.key)}${box.kind === 'border' ? `{{${text}}}` : `[${text}]`}`;
    }),
    '  end',
  ]);
  return [
    'flowchart LR',
    ...meshes,
    ...drawn.arrows.map((arrow) => {
      const { from, to, crosses, requests } = arrow;
      const line = crosses ? '-. ' : '-- ';
      const end = crosses ? ' .->' : ' -->';
      const label = requests.length === 0 ? ['mTLS across roots'] : requests;
      return `  ${idOf(from)} ${line}"${noted(label, marks?.arrows.get(arrowKey(arrow)))}"${end} ${idOf(to)}`;
    }),
    ...(marks === undefined ? [] : styles(drawn, marks, idOf)),
    '',
  ].join('\n');
}

/** Colours of boxes and arrows with a mark. */
export interface MarkColours {
  /** Colour of frames, lines and texts. */
  readonly line: string;
  /** Colour of the marked areas. */
  readonly area: string;
}

/** The colours of each mark. */
export const MARK_COLOURS: Readonly<Record<Mark, MarkColours>> = {
  right: { line: '#1a7f37', area: '#dafbe1' },
  warning: { line: '#9a6700', area: '#fff8c5' },
  unknown: { line: '#57606a', area: '#eaeef2' },
  broken: { line: '#cf222e', area: '#ffebe9' },
  theirs: { line: '#8c959f', area: '#ffffff' },
};

/** What the colours mean, in words. */
export const MARK_WORDS: Readonly<Record<Mark, string>> = {
  right: 'right',
  warning: 'warning',
  broken: 'broken',
  unknown: 'could not be looked at',
  theirs: "a partner's, not visible from here",
};

/** What a legend has to explain: what can always be, and what else is there. */
export function marksIn({ boxes, arrows }: Marks): Mark[] {
  const found = [...boxes.values(), ...arrows.values()].map(({ mark }) => mark);
  return (['right', 'warning', 'broken', 'unknown', 'theirs'] as const).filter(
    (mark) => !(mark === 'unknown' || mark === 'theirs') || found.includes(mark),
  );
}

function styles(drawn: Drawing, marks: Marks, idOf: (key: string) => string): string[] {
  const kinds = Object.entries(MARK_COLOURS).map(
    ([mark, { line, area }]) =>
      `  classDef ${mark} fill:${area},stroke:${line},stroke-width:2px,color:#1f2328`,
  );
  const boxes = [...marks.boxes].map(([key, { mark }]) => `  class ${idOf(key)} ${mark}`);
  const lines = drawn.arrows.flatMap((arrow, index) => {
    const marked = marks.arrows.get(arrowKey(arrow));
    return marked === undefined
      ? []
      : [`  linkStyle ${index} stroke:${MARK_COLOURS[marked.mark].line},stroke-width:3px`];
  });
  const legend = marksIn(marks).map((mark) => `    mark_${mark}["${MARK_WORDS[mark]}"]:::${mark}`);
  return [...kinds, ...boxes, ...lines, '  subgraph found["what was found"]', ...legend, '  end'];
}

/** The key of an arrow in `Marks`. */
export function arrowKey({ from, to }: Pick<Arrow, 'from' | 'to'>): string {
  return `${from} -> ${to}`;
}

/** Each pair once, with what all its calls may ask for. */
function arrows(plan: AccessPlan): Arrow[] {
  const all = new Map<string, Arrow>();
  for (const call of plan.calls) {
    const passed = stops(plan, call);
    passed.slice(1).forEach((to, index) => {
      const from = passed[index];
      if (from === undefined) return;
      const last = index === passed.length - 2;
      const ends = { from: from.key, to: to.key };
      const before = all.get(arrowKey(ends));
      const asked = last || from.mesh === to.mesh ? requests(call) : [];
      all.set(arrowKey(ends), {
        ...ends,
        crosses: from.mesh !== to.mesh,
        requests: [...new Set([...(before?.requests ?? []), ...asked])],
        calls: [...(before?.calls ?? []), call.id],
      });
    });
  }
  return [...all.values()];
}

/** What a call passes through: caller, outbound border, inbound border, callee. */
export function stops(plan: AccessPlan, call: Call): Stop[] {
  const borders = plan.borders
    .filter((border) => border.calls.some(({ id }) => id === call.id))
    .sort((one, other) => Number(leadsIn(one)) - Number(leadsIn(other)));
  return [
    { key: serviceKey(call.caller), mesh: call.caller.mesh, place: 'caller' },
    ...borders.map((border): Stop => ({
      key: borderKey(border),
      mesh: border.mesh,
      place: leadsIn(border) ? 'border-in' : 'border-out',
    })),
    { key: serviceKey(call.callee), mesh: call.callee.mesh, place: 'callee' },
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
  const byKey = new Map(all.map((one) => [serviceKey(one), one]));
  return [...byKey.values()].filter((one) => one.mesh === mesh);
}

function serviceKey(one: Service | Anyone): string {
  return `service ${one.ref}`;
}

function borderKey({ mesh, namespace, name }: PlannedBorder): string {
  return `border ${mesh} ${namespace}/${name}`;
}

function nameOf(one: Service | Anyone): string {
  return one.kind === 'anyone' ? 'every workload' : one.ref.slice(one.mesh.length + 1);
}
