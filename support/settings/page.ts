import { z } from 'zod';
import { profiles } from '../../config/profiles';
import { settings } from '../../config/settings';
import { markdownTable } from '../markdown';

/** A `federation.yaml` that works, once the addresses and the account are yours. */
export const SAMPLE = `aws:
  region: eu-north-1
  accountId: '111122223333' # no other account is ever touched
eks:
  endpoint:
    publicCidrs: [203.0.113.7/32] # who may reach the Kubernetes APIs: yours, with /32 behind it
`;

/** A setting as JSON Schema has it, and what is said to whom breaks a rule of it. */
type Setting = z.core.JSONSchema.JSONSchema & {
  readonly rules?: readonly string[];
  readonly whenChanged?: string;
};

/** The page of all settings, from their schema. */
export function settingsPage(): string {
  const root: Setting = z.toJSONSchema(settings, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const rules = rulesOf(zodSchema);
      if (rules.length > 0) Object.assign(jsonSchema, { rules });
    },
  });
  const sections = Object.entries(root.properties ?? {}).map(([name, section]) =>
    sectionText(name, setting(section)),
  );
  return `${[INTRODUCTION, profileTable(), MERGING, ...sections].join('\n\n')}\n`;
}

/** How meshes are named. */
export const MESHES = `meshes:
  shop: { kind: istio, trustDomain: shop.example.com }
  depot: { kind: istio, trustDomain: depot.example.com, cluster: berlin } # by its name in clusters
  bank: { kind: consul }
clusters:
  shop: { kind: eks, name: mesh-shop, cidr: 10.10.0.0/16 } # of a mesh that is called like it
  berlin: { kind: existing-eks, name: berlin }
  bank: { kind: eks, name: mesh-bank, cidr: 10.20.0.0/16 }
accessPolicy:
  meshes: # by the same names
    shop: { services: { checkout: {} } }
    depot: { services: { stock: {} } }
    bank: { services: { payments: {} } }
  rules:
    - { from: shop/checkout, to: bank/payments }
    - { from: bank/payments, to: depot/stock }
`;

const INTRODUCTION = `<!-- Made by \`npm run docs\` from config/. -->

# Settings

All that differs from a profile goes into \`federation.yaml\`, in the project's root. This one works:

\`\`\`yaml
${SAMPLE}\`\`\`

\`FEDERATION_CONFIG\` names another file. \`npx cdktf synth\` checks it, deploys nothing, and lists every mistake, each with where it is, what is wrong and what would be right.

## Profiles

\`profile: thesis\` in the file, or \`FEDERATION_PROFILE=thesis\` before a command, chooses where to start from. Each has a state of its own.`;

const MERGING =
  'Settings are laid over the profile: maps are merged, a list takes the place of the whole list. ' +
  'In the tables `[]` stands for each entry of a list, `<name>` for a name of your own, `meshes.istio` ' +
  'for a mesh of kind `istio`, whatever it is called, `meshes.consul` for one of kind ' +
  '`consul`, `meshes.linkerd` for one of kind `linkerd`.\n\n' +
  'The default is a pair of meshes, `istio` and `consul`, each in a new EKS cluster of the same name. ' +
  'Other meshes, as many as you like:\n\n' +
  `\`\`\`yaml\n${MESHES}\`\`\`\n\n` +
  '**When changed** says what a deploy with another value does to a pair that runs ' +
  '([what that means](changing-a-deployed-pair.md)): "nothing"; "in place"; "restarts pods", a few at a ' +
  'time and new ones first, but for Consul\'s servers, which restart one by one; "replaces the nodes, new ' +
  'ones first", so that for a while both are there and are paid for; "recreates", with a gap; "removes ' +
  'what it takes away"; or "refused", by the plan and before anything is changed. No change of a setting ' +
  'makes a cluster, a key, an address, a root or a trust domain anew.';

function profileTable(): string {
  const rows = Object.entries(profiles({})).map(([name, { description }]) => [
    `\`${name}\``,
    description,
  ]);
  return markdownTable(['profile', 'what it is'], rows);
}

/** The clusters have these sections once more, to differ from what they share. */
const SHARED = ['network', 'eks'];

function sectionText(name: string, section: Setting): string {
  const heading = `## ${name}\n\n${section.description ?? ''}`.trim();
  const named = setting(section.additionalProperties);
  if (named.oneOf !== undefined) {
    return [heading, ...anotherKind(named), variants(`${name}.<name>`, named)].join('\n\n');
  }
  if (section.oneOf !== undefined) {
    return [heading, ...anotherKind(section), variants(name, section)].join('\n\n');
  }
  return [heading, settingsTable(children(name, section))].join('\n\n');
}

/** What becomes of a deployed pair whose kind changes. */
function anotherKind({ whenChanged }: Setting): string[] {
  return whenChanged === undefined ? [] : [`Another kind, when changed: ${whenChanged}.`];
}

/** One table for each kind. */
function variants(path: string, { oneOf = [], default: standard }: Setting): string {
  return oneOf
    .map(setting)
    .map((variant) => {
      const kind = setting(variant.properties?.['kind']);
      const usual = kindOf(standard) === kind.const ? ' This is the default.' : '';
      return [
        `### \`${path}.kind: ${String(kind.const)}\``,
        `${kind.description ?? ''}${usual}`,
        settingsTable(children(pathOfKind(path, variant), variant).filter(isNoKind)),
      ].join('\n\n');
    })
    .join('\n\n');
}

function settingsTable(rows: readonly (readonly string[])[]): string {
  // Where no setting of a table says it, there is no column for it.
  const said = rows.some(([, , , , change]) => change !== '');
  return markdownTable(
    ['setting', 'default', 'meaning', 'allowed', ...(said ? ['when changed'] : [])],
    said ? rows : rows.map((row) => row.slice(0, 4)),
  );
}

/** A row for each setting below this one. */
function children(path: string, parent: Setting): string[][] {
  const required = new Set(parent.required ?? []);
  return Object.entries(parent.properties ?? {}).flatMap(([name, property]) =>
    rowsOf(`${path}.${name}`, setting(property), required.has(name)),
  );
}

function rowsOf(path: string, schema: Setting, required: boolean): string[][] {
  const { said, standard } = described(schema.description ?? '');
  const shared = SHARED.some((name) => path === `clusters.<name>.${name}`);
  const isMap = schema.properties !== undefined;
  const ownDefault = isMap || shared ? '' : defaultOf(schema, required);
  const row = [
    `\`${path}\``,
    standard ?? ownDefault,
    said,
    allowed(schema),
    schema.whenChanged ?? '',
  ];
  if (shared) return [row];
  if (isMap) return [...(said === '' ? [] : [row]), ...children(path, schema)];
  return [row, ...children(`${path}[]`, setting(schema.items)), ...recordRows(path, schema)];
}

/** A description may end with the default, where that is no fixed value. */
function described(description: string): { readonly said: string; readonly standard?: string } {
  const found = /^(.*?)\s*\bDefault: (.*?)\.(?:\s+(.*))?$/s.exec(description);
  if (found === null) return { said: description };
  const [, before = '', standard, after = ''] = found;
  return { said: `${before} ${after}`.trim(), standard };
}

function recordRows(path: string, { additionalProperties }: Setting): string[][] {
  const named = setting(additionalProperties);
  return [
    ...children(`${path}.<name>`, named),
    ...(named.oneOf ?? [])
      .map(setting)
      .flatMap((variant) => children(pathOfKind(`${path}.<name>`, variant), variant))
      .filter(isNoKind),
  ];
}

/** In the tables a mesh is called like its kind. */
function pathOfKind(path: string, variant: Setting): string {
  const { const: kind } = setting(variant.properties?.['kind']);
  return path.replace(/\bmeshes\.<name>$/, `meshes.${String(kind)}`);
}

/** A row of what has a table of its own for each kind says which it is: it allows that one value. */
function isNoKind([setting = '', , , values = '']: readonly string[]): boolean {
  return !setting.endsWith('.kind`') || values.includes(', ');
}

function defaultOf({ default: standard, const: constant }: Setting, required: boolean): string {
  const value = standard ?? constant;
  if (value !== undefined) return `\`${JSON.stringify(value)}\``;
  return required ? 'must be set' : 'none';
}

function allowed(schema: Setting): string {
  const { type, minimum, maximum, minItems, maxItems, anyOf, oneOf, rules = [] } = schema;
  const values = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(', ');
  const said = rules.map((rule) => rule.replace(/^must be /, ''));
  if (type === 'integer') {
    return [
      `whole number${range(minimum, maximum)}`,
      ...said.filter((rule) => !rule.startsWith('a whole number')),
    ].join('; ');
  }
  if (said.length > 0) return said.join('; ');
  const kinds = oneOf?.map((variant) => setting(setting(variant).properties?.['kind']).const);
  if (kinds !== undefined) return `kind ${kinds.map((kind) => `\`${String(kind)}\``).join(', ')}`;
  if (anyOf !== undefined) return anyOf.map((variant) => allowed(setting(variant))).join(', or ');
  switch (type) {
    case 'boolean':
      return '`true`, `false`';
    case 'number':
      return `number${range(minimum, maximum)}`;
    case 'array': {
      const entry = setting(schema.items);
      const of = entry.properties === undefined ? `: ${allowed(entry)}` : '';
      return `list${range(minItems, maxItems)}${of}`;
    }
    case 'object':
      return 'map';
    default:
      return 'text';
  }
}

/** Bounds; those of the type itself say nothing. */
function range(least?: number, most?: number): string {
  const [from, to] = [least, most].map((bound) =>
    bound === undefined || Math.abs(bound) === Number.MAX_SAFE_INTEGER ? undefined : bound,
  );
  if (from !== undefined && to !== undefined) return `, ${from} to ${to}`;
  if (from !== undefined) return `, ${from} or more`;
  return to === undefined ? '' : `, ${to} at most`;
}

/** What a schema says to whom breaks it: `must be such as ...`. */
function rulesOf(schema: z.core.$ZodType): string[] {
  const { error, checks = [] } = schema._zod.def;
  return [error, ...checks.map((check) => check._zod.def.error)].flatMap((say) => {
    if (say === undefined) return [];
    const issue = { code: 'custom', input: undefined, path: [], message: '' };
    // Each takes the issues of its own schema; those with words of their own look at none.
    const rule: unknown = Reflect.apply(say, undefined, [issue]);
    return typeof rule === 'string' ? [rule] : [];
  });
}

function setting(schema: unknown): Setting {
  return isSetting(schema) ? schema : {};
}

function isSetting(schema: unknown): schema is Setting {
  return typeof schema === 'object' && schema !== null;
}

function kindOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
}
