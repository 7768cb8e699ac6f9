import type { Graph } from '@viz-js/viz' with { 'resolution-mode': 'import' };
import {
  type Arrow,
  arrowKey,
  type Box,
  type Drawing,
  type DrawnMesh,
  type Mark,
  MARK_COLOURS,
  type Marked,
  type Marks,
  titleOf,
} from '../../constructs/federation/plan';
import { MARK_WORDS, marksIn } from '../../constructs/federation/plan/internal';

/*
 * The federation as an SVG. Graphviz, as WebAssembly, finds the places of boxes and arrows and draws them.
 * @see https://graphviz.org/doc/info/attrs.html
 */

/** Colours of the meshes, in turn. */
const MESHES = [
  { line: '#3465c4', area: '#eef3fd' },
  { line: '#c0306f', area: '#fdf0f5' },
  { line: '#1b7f79', area: '#ecf7f6' },
  { line: '#7a4fb3', area: '#f4effb' },
] as const;

const BORDER = { line: '#b97b00', area: '#fff3d6' };
const SERVICE = { line: '#57606a', area: '#ffffff' };
const QUIET = '#56606f';

/** Requests on one arrow, past which it says how many more there are. */
const MOST_REQUESTS = 4;

/** Names stand out, and what follows them is small. The places of all texts are those of their middles. */
const STYLE = `text { font-family: Helvetica, Arial, 'Liberation Sans', sans-serif; }
.node text { font-size: 10px; fill: ${QUIET}; }
.node text:first-of-type { font-size: 13px; font-weight: 600; fill: #1c2430; }
.cluster text { font-weight: 600; }
.edge text { paint-order: stroke; stroke: white; stroke-width: 3px; stroke-linejoin: round; }
`;

/** What was found is the last lines of a box, in its colour. */
function styleOf(marks: Marks | undefined): string {
  const found = [...(marks?.boxes.values() ?? [])].filter(({ notes }) => notes.length > 0);
  const rules = found.map(
    (marked) =>
      `.${classOf(marked)} text:nth-last-of-type(-n+${marked.notes.length}) ` +
      `{ fill: ${MARK_COLOURS[marked.mark].line}; }\n`,
  );
  return `<style>\n${STYLE}${[...new Set(rules)].join('')}</style>`;
}

function classOf({ mark, notes }: Marked): string {
  return `${mark}_${notes.length}`;
}

/**
 * @param marks Colours for what was found out. Default: none.
 * @throws Error where Graphviz cannot draw it, which is a fault of this program.
 */
export async function svg(drawn: Drawing, marks?: Marks): Promise<string> {
  const { instance } = await import('@viz-js/viz');
  const viz = await instance();
  const result = viz.render(graphOf(drawn, marks), { format: 'svg', engine: 'dot' });
  if (result.status === 'failure') {
    throw new Error(result.errors.map(({ message }) => message).join('\n'));
  }
  // Without the XML declaration and the DTD, which a page with the picture in it cannot have.
  const picture = result.output.slice(result.output.indexOf('<svg'));
  return picture.replace(/^<svg[^>]*>/, (start) => `${start}\n${styleOf(marks)}`);
}

function graphOf({ meshes, arrows }: Drawing, marks: Marks | undefined): Graph {
  const ids = new Map(
    meshes.flatMap(({ boxes }) => boxes).map(({ key }, index) => [key, `n${index}`]),
  );
  const idOf = (key: string) => ids.get(key) ?? key;
  const meshOf = new Map(
    meshes.flatMap(({ boxes }, index) => boxes.map(({ key }) => [key, index] as const)),
  );
  const isBack = ({ from, to }: Arrow) => (meshOf.get(from) ?? 0) > (meshOf.get(to) ?? 0);
  return {
    name: 'federation',
    directed: true,
    graphAttributes: {
      rankdir: 'LR',
      ranksep: 0.8,
      nodesep: 0.22,
      fontname: FONT,
      bgcolor: 'white',
      pad: 0.2,
      ...(marks !== undefined && {
        label: { html: legend(marksIn(marks)) },
        labelloc: 'b',
        labeljust: 'l',
      }),
    },
    nodeAttributes: { fontname: FONT, fontsize: 12, margin: '0.16,0.07' },
    edgeAttributes: { fontname: FONT, fontsize: 10, color: QUIET, fontcolor: '#1c2430' },
    nodes: [],
    edges: arrows.map((arrow) => ({
      tail: idOf(arrow.from),
      head: idOf(arrow.to),
      attributes: arrowAttributes(arrow, isBack(arrow), marks?.arrows.get(arrowKey(arrow))),
    })),
    subgraphs: meshes.map((mesh, index) => ({
      name: `cluster_${index}`,
      graphAttributes: meshAttributes(mesh, index),
      nodes: mesh.boxes.map((box) => ({
        name: idOf(box.key),
        attributes: boxAttributes(box, mesh, marks?.boxes.get(box.key)),
      })),
    })),
  };
}

/** What the colours mean. */
function legend(found: readonly Mark[]): string {
  const cells = found.map((mark) => {
    const { line, area } = MARK_COLOURS[mark];
    const font = `<FONT POINT-SIZE="10" COLOR="${line}">${MARK_WORDS[mark]}&#160;</FONT>`;
    return `<TD BORDER="1" STYLE="ROUNDED" COLOR="${line}" BGCOLOR="${area}">${font}</TD>`;
  });
  return `<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="8" CELLPADDING="7"><TR>${cells.join('')}</TR></TABLE>`;
}

const FONT = 'Helvetica,Arial,sans-serif';

function meshAttributes(mesh: DrawnMesh, index: number) {
  const { line, area } = MESHES[index % MESHES.length] ?? MESHES[0];
  return {
    label: text([titleOf(mesh)]),
    labelloc: 't',
    labeljust: 'c',
    style: 'rounded,filled',
    color: line,
    fillcolor: area,
    fontcolor: line,
    fontsize: 14,
    margin: 16,
  };
}

function boxAttributes(
  { kind, name, identity, represents }: Box,
  { trustDomain }: DrawnMesh,
  marked: Marked | undefined,
) {
  const own = kind === 'border' ? BORDER : SERVICE;
  const { line, area } = marked === undefined ? own : MARK_COLOURS[marked.mark];
  return {
    shape: 'box',
    style: kind === 'border' ? 'filled' : 'filled,rounded',
    color: line,
    fillcolor: area,
    penwidth: marked === undefined && kind === 'service' ? 1.3 : 2,
    tooltip: text([identity ?? name]),
    ...(marked !== undefined && { class: classOf(marked) }),
    label: text([
      name,
      ...(represents === undefined ? [] : [`represents ${represents}`]),
      ...(identity === undefined ? [] : [within(identity, trustDomain)]),
      ...(marked?.notes ?? []),
    ]),
  };
}

/** An identity without what stands above all of its mesh. */
function within(identity: string, trustDomain: string): string {
  const [before, after] = [`spiffe://${trustDomain}/`, `.${trustDomain}`];
  if (identity.startsWith(before)) return identity.slice(before.length);
  return identity.endsWith(after) ? identity.slice(0, -after.length) : identity;
}

function arrowAttributes(
  { requests, crosses, calls }: Arrow,
  isBack: boolean,
  marked: Marked | undefined,
) {
  const more = requests.length - MOST_REQUESTS;
  const shown = more <= 0 ? requests : [...requests.slice(0, MOST_REQUESTS), `and ${more} more`];
  const line = marked === undefined ? undefined : MARK_COLOURS[marked.mark].line;
  return {
    // Not up to the frames of both meshes.
    label: text([...shown, ...(marked?.notes ?? [])].map((line) => `\u00a0${line}\u00a0`)),
    tooltip: text(calls),
    // The first mesh is on the left, whoever calls whom.
    ...(isBack && { constraint: false }),
    ...(crosses && { style: 'dashed', penwidth: 2, color: '#7a3fb3' }),
    ...(line !== undefined && { color: line, fontcolor: line, penwidth: 2.5 }),
  };
}

/** Lines as Graphviz takes them, in which a backslash begins an escape. */
function text(lines: readonly string[]): string {
  return lines.map((line) => line.replaceAll('\\', '\\\\')).join('\n');
}
