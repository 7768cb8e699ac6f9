import type { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { TerraformLocal } from 'cdktf';
import type { Construct } from 'constructs';

/** Below this, what is saved is not worth a place of its own. */
const LEAST_CHARACTERS_SAVED = 4000;

/** A string or number of JSON, as it is written. */
const LITERAL = /"(?:\\.|[^"\\])*"|-?\d[\w.+-]*/g;
/** What only Terraform knows. */
const EXPRESSION = '${';

/** Texts that differ in literals only, line by line. */
interface Alike {
  readonly lines: readonly string[];
  readonly members: Member[];
}

interface Member {
  readonly configMap: ConfigMapV1;
  readonly file: string;
  /** By number of the line, where it is not that of the first member. */
  readonly own: ReadonlyMap<number, string>;
}

/**
 * Writes once what the files of several borders have in common: a template of Terraform's for each kind of file,
 * and for each border what it puts into it. The files that are deployed stay the same.
 *
 * @param scope Where the templates are made.
 */
export function shareFiles(scope: Construct, configMaps: readonly ConfigMapV1[]): void {
  const files = new Map<string, Alike[]>();
  for (const configMap of configMaps) {
    for (const [file, text] of Object.entries(configMap.dataInput ?? {})) {
      const lines = text.split('\n');
      const known = files.get(file) ?? [];
      files.set(file, known);
      collect(known, { configMap, file }, lines);
    }
  }
  for (const [file, groups] of files) groups.forEach((alike) => share(scope, file, alike));
}

function share(scope: Construct, file: string, { lines, members }: Alike): void {
  const size = lines.reduce((sum, line) => sum + line.length + 1, 0);
  const [first] = members;
  if (first === undefined || (members.length - 1) * size < LEAST_CHARACTERS_SAVED) return;
  const { template, values } = templateOf(lines, members);
  const local = new TerraformLocal(scope, `${placeOf(first, scope)}-${file}`, template);
  const common = `local.${local.friendlyUniqueId}`;
  members.forEach(({ configMap }, i) => {
    const own = Object.entries(values).map(([name, of]) => `${name} = ${quoted(of[i] ?? '')}`);
    configMap.data = {
      ...configMap.dataInput,
      [file]:
        own.length === 0 ? `\${${common}}` : `\${templatestring(${common}, {${own.join(', ')}})}`,
    };
  });
}

/** Where a border is made, from the place up that has all of them: in two meshes one may have the same name. */
function placeOf({ configMap }: Member, scope: Construct): string {
  const above = [...scope.node.scopes, configMap];
  return configMap.node.scopes
    .filter((one) => !above.includes(one))
    .map(({ node }) => node.id)
    .join('-');
}

/**
 * Whether Terraform reads nothing in it but literals that hold an expression, which are never part of a
 * template: there it would be read twice.
 */
function isPlain(line: string): boolean {
  if (!line.includes('${') && !line.includes('%{')) return true;
  return (
    !/[$%]\{/.test(form(line)) &&
    (line.match(LITERAL) ?? []).every(
      (literal) =>
        !/\$\$\{|%\{|\\/.test(literal) && literal.split('{').length === literal.split('}').length,
    )
  );
}

/** Puts a text to those that it is like. */
function collect(
  known: Alike[],
  of: Pick<Member, 'configMap' | 'file'>,
  lines: readonly string[],
): void {
  for (const alike of known) {
    if (alike.lines.length !== lines.length) continue;
    const own = new Map<number, string>();
    lines.forEach((line, i) => {
      if (line !== alike.lines[i]) own.set(i, line);
    });
    if ([...own].every(([i, line]) => isPlain(line) && form(line) === form(alike.lines[i] ?? ''))) {
      alike.members.push({ ...of, own });
      return;
    }
  }
  if (lines.every(isPlain)) known.push({ lines, members: [{ ...of, own: new Map() }] });
}

/** A line without its literals. */
function form(line: string): string {
  return line.replace(LITERAL, '0');
}

function templateOf(
  lines: readonly string[],
  members: readonly Member[],
): { template: string; values: Record<string, string[]> } {
  const differing = new Set(members.flatMap(({ own }) => [...own.keys()]));
  // By all values together: what is the same for each border has one name.
  const names = new Map<string, string>();
  const values: Record<string, string[]> = {};
  let key = 'value';
  const template = lines.map((line, i) => {
    key = /^\s*"@?(\w+)": /.exec(line)?.[1] ?? key;
    if (!differing.has(i) && !line.includes(EXPRESSION)) return line;
    const all = members.map(({ own }) => (own.get(i) ?? line).match(LITERAL) ?? []);
    let literal = -1;
    return line.replace(LITERAL, (text) => {
      literal++;
      const here = all.map((literals) => literals[literal] ?? '');
      if (!text.includes(EXPRESSION) && here.every((other) => other === text)) return text;
      const [quote, inner] = here.every((other) => other.startsWith('"'))
        ? ['"', here.map((other) => other.slice(1, -1))]
        : ['', here];
      const vector = JSON.stringify(inner);
      const name = names.get(vector) ?? unused(key, values);
      names.set(vector, name);
      values[name] = inner;
      return `${quote}$\${${name}}${quote}`;
    });
  });
  return { template: template.join('\n'), values };
}

function unused(key: string, taken: Readonly<Record<string, unknown>>): string {
  for (let i = 1; ; i++) {
    const name = i === 1 ? key : `${key}_${i}`;
    if (!Object.hasOwn(taken, name)) return name;
  }
}

/** As a string of Terraform's language. */
function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
