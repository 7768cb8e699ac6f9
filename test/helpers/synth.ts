import { type App, TerraformStack, Testing } from 'cdktf';
import { parse } from 'yaml';

/** A resource or data source of a synthesised stack, as Terraform reads it. */
export type Block = Readonly<Record<string, unknown>>;

/** A synthesised stack, as Terraform reads it. */
export interface Synthesised {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  readonly data?: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  readonly provider?: Readonly<Record<string, readonly Block[]>>;
  readonly output?: Readonly<Record<string, Block>>;
  readonly moved?: readonly Block[];
}

/** The stack of this name. */
export function stackOf(app: App, name: string): TerraformStack {
  const stack = app.node.tryFindChild(name);
  if (!TerraformStack.isStack(stack)) throw new Error(`no stack ${name}`);
  return stack;
}

/** What was made of a stack, and of how many constructs. */
const made = new WeakMap<TerraformStack, { readonly size: number; readonly file: Synthesised }>();

/** The stack as Terraform reads it, after its validations; once for as long as nothing is added to it. */
export function synthesise(stack: TerraformStack): Synthesised {
  const size = stack.node.findAll().length;
  const before = made.get(stack);
  if (before?.size === size) return before.file;
  const file = JSON.parse(Testing.synth(stack, true)) as Synthesised;
  // A synthesis may add constructs of its own.
  made.set(stack, { size: stack.node.findAll().length, file });
  return file;
}

/** All resources of one type, by logical id. */
export function resources(stack: TerraformStack, type: string): Readonly<Record<string, Block>> {
  return synthesise(stack).resource?.[type] ?? {};
}

/** The one resource of this type whose attributes contain these. */
export function resource(stack: TerraformStack, type: string, attributes: Block = {}): Block {
  const found = Object.values(resources(stack, type)).filter((block) =>
    Object.entries(attributes).every(
      ([key, value]) => JSON.stringify(block[key]) === JSON.stringify(value),
    ),
  );
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(`${found.length} resources ${type} with ${JSON.stringify(attributes)}`);
  }
  return only;
}

/** The values of a Helm release, as Helm reads them. */
export function releaseValues(stack: TerraformStack, release: string): Block {
  const [text] = resource(stack, 'helm_release', { name: release }).values as string[];
  return parse(text ?? '') as Block;
}

/** The custom resources of a stack, as the API server gets them: those that a CRD is for. */
export function customResources(stack: TerraformStack): Block[] {
  return Object.values(resources(stack, 'kubernetes_manifest'))
    .map(({ manifest }) => manifest as Block)
    .filter(({ apiVersion }) => !String(apiVersion).startsWith('admissionregistration.k8s.io/'));
}

/** The addresses of all resources, or of those of one type. */
export function addresses({ resource = {} }: Synthesised, only?: string): string[] {
  return Object.entries(resource).flatMap(([type, ofType]) =>
    only === undefined || type === only ? Object.keys(ofType).map((id) => `${type}.${id}`) : [],
  );
}

/** The addresses of everything that comes before one resource, in however many steps. */
export function before({ resource }: Synthesised, address: string): ReadonlySet<string> {
  const found = new Set<string>();
  const next = [address];
  for (let at = next.pop(); at !== undefined; at = next.pop()) {
    const [type = '', id = ''] = at.split('.');
    for (const other of (resource?.[type]?.[id]?.['depends_on'] ?? []) as string[]) {
      if (!found.has(other)) next.push(other);
      found.add(other);
    }
  }
  return found;
}
