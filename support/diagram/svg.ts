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
const INK = '#1c2430';

/** Requests on one arrow, past which it says how many more there are. */
const MOST_REQUESTS = 4;

/**
 * Texts in a font that every reader has. Graphviz measures them in a wide one, so that they fit into their frames
 * whatever font that is.
 */
const STYLE = `<style>
text { font-family: Helvetica, Arial, 'Liberation Sans', sans-serif; }
.edge text { paint-order: stroke; stroke: white; stroke-width: 3px; stroke-linejoin: round; }
</style>`;

const MEASURED = 'DejaVu Sans';

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
  return picture.replace(/^<svg[^>]*>/, (start) => `${start}\n${STYLE}`);
}

/**
 * Meshes are beside each other, in their order. A border is on the side of its mesh where the one is that it
 * represents a service of, so calls across the roots are short, both ways, and lead through no other frame.
 */
function graphOf({ meshes, arrows }: Drawing, marks: Marks | undefined): Graph {
  const all = meshes.flatMap(({ boxes }, mesh) => boxes.map((box) => ({ ...box, mesh })));
  const placed = new Map(
    all.map((box, index) => [
      box.key,
      { id: `n${index}`, mesh: box.mesh, column: columnOf(box, box.mesh, meshes) },
    ]),
  );
  const edges = arrows.map((arrow) => {
    const [from, to] = [placed.get(arrow.from), placed.get(arrow.to)];
    // Whoever calls whom, what is further to the left stays there.
    const isBack = (from?.column ?? 0) > (to?.column ?? 0);
    const [left, right] = isBack ? [to, from] : [from, to];
    return { arrow, isBack, left, right };
  });
  const within = edges.filter(({ left, right }) => left?.mesh === right?.mesh);
  return {
    name: 'federation',
    directed: true,
    graphAttributes: {
      rankdir: 'LR',
      ranksep: 0.6,
      nodesep: 0.22,
      // Else the columns of each mesh are found without a look at the others.
      newrank: true,
      fontname: MEASURED,
      bgcolor: 'white',
      pad: 0.2,
      ...(marks !== undefined && {
        label: { html: legend(marksIn(marks)) },
        labelloc: 'b',
        labeljust: 'l',
      }),
    },
    nodeAttributes: { fontname: MEASURED, margin: '0.16,0.07' },
    edgeAttributes: { fontname: MEASURED, fontsize: 10, color: QUIET, fontcolor: INK },
    nodes: gaps(meshes).map((name) => ({ name, attributes: { style: 'invis', shape: 'point' } })),
    edges: [
      ...edges.map(({ arrow, isBack, left, right }) => ({
        tail: left?.id ?? arrow.from,
        head: right?.id ?? arrow.to,
        attributes: {
          ...arrowAttributes(arrow, marks?.arrows.get(arrowKey(arrow))),
          ...(isBack && { dir: 'back' }),
        },
      })),
      // The first and the last of each mesh keep it off the next, and draw borders to the gap between.
      ...[...placed.values()].flatMap(({ id, mesh }) => {
        const [before, after] = [gaps(meshes)[mesh - 1], gaps(meshes)[mesh]];
        const isFirst = within.every(({ right }) => right?.id !== id);
        const isLast = within.every(({ left }) => left?.id !== id);
        const attributes = { style: 'invis', weight: 8 };
        return [
          ...(before !== undefined && isFirst ? [{ tail: before, head: id, attributes }] : []),
          ...(after !== undefined && isLast ? [{ tail: id, head: after, attributes }] : []),
        ];
      }),
    ],
    subgraphs: meshes.map((mesh, index) => ({
      name: `cluster_${index}`,
      graphAttributes: meshAttributes(mesh, index),
      nodes: mesh.boxes.map((box) => ({
        name: placed.get(box.key)?.id ?? box.key,
        attributes: boxAttributes(box, mesh, marks?.boxes.get(box.key)),
      })),
    })),
  };
}

/** Names of the places between two meshes. */
function gaps(meshes: readonly DrawnMesh[]): string[] {
  return meshes.slice(1).map((_, index) => `gap${index}`);
}

/** Where a box is from left to right: services in the middle of a mesh, borders left or right of them. */
function columnOf({ represents }: Box, mesh: number, meshes: readonly DrawnMesh[]): number {
  if (represents === undefined) return mesh;
  const other = meshes.findIndex(({ name }) => represents.startsWith(`${name}/`));
  return other < mesh ? mesh - 0.25 : mesh + 0.25;
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

function meshAttributes(mesh: DrawnMesh, index: number) {
  const { line, area } = MESHES[index % MESHES.length] ?? MESHES[0];
  return {
    label: lines([{ text: titleOf(mesh), size: 14, colour: line, bold: true }]),
    labelloc: 't',
    labeljust: 'c',
    style: 'rounded,filled',
    color: line,
    fillcolor: area,
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
    label: lines([
      { text: name, size: 13, colour: INK, bold: true },
      ...[
        ...(represents === undefined ? [] : [`represents ${represents}`]),
        ...(identity === undefined ? [] : [within(identity, trustDomain)]),
      ].map((text) => ({ text, size: 10, colour: QUIET })),
      ...(marked?.notes ?? []).map((text) => ({ text, size: 10, colour: line })),
    ]),
  };
}

/** An identity without what stands above all of its mesh. */
function within(identity: string, trustDomain: string): string {
  const [before, after] = [`spiffe://${trustDomain}/`, `.${trustDomain}`];
  if (identity.startsWith(before)) return identity.slice(before.length);
  return identity.endsWith(after) ? identity.slice(0, -after.length) : identity;
}

function arrowAttributes({ requests, crosses, calls }: Arrow, marked: Marked | undefined) {
  const more = requests.length - MOST_REQUESTS;
  const shown = more <= 0 ? requests : [...requests.slice(0, MOST_REQUESTS), `and ${more} more`];
  const line = marked === undefined ? undefined : MARK_COLOURS[marked.mark].line;
  return {
    // Not up to the frames of both meshes.
    label: text([...shown, ...(marked?.notes ?? [])].map((line) => `\u00a0${line}\u00a0`)),
    tooltip: text(calls),
    ...(crosses && { style: 'dashed', penwidth: 2, color: '#7a3fb3' }),
    ...(line !== undefined && { color: line, fontcolor: line, penwidth: 2.5 }),
  };
}

/** Lines as Graphviz takes them, in which a backslash begins an escape. */
function text(lines: readonly string[]): string {
  return lines.map((line) => line.replaceAll('\\', '\\\\')).join('\n');
}

interface Line {
  readonly text: string;
  /** In points. */
  readonly size: number;
  readonly colour: string;
  readonly bold?: true;
}

/** Lines of different looks, which Graphviz measures as they are drawn. */
function lines(all: readonly Line[]) {
  const html = all.map(({ text, size, colour, bold }) => {
    const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    return `<FONT POINT-SIZE="${size}" COLOR="${colour}">${bold ? `<B>${escaped}</B>` : escaped}</FONT>`;
  });
  return { html: html.join('<BR/>') };
}
