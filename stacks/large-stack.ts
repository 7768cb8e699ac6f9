import { writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  DefaultTokenResolver,
  StringConcat,
  TerraformElement,
  TerraformOutput,
  TerraformStack,
  Tokenization,
} from 'cdktf';
import type { Construct } from 'constructs';
import { isYamlMap, type YamlMap, yamlMap } from '../constructs/kubernetes/yaml-file';

type Block = Record<string, unknown>;

const RESOLVER = new DefaultTokenResolver(new StringConcat());

/** How deep a resource is in what Terraform reads: below its kind of block and its type. */
const RESOURCE_DEPTH = 3;

/**
 * A stack of many resources. cdktf resolves each resource of a stack three times, value by value, and indents it:
 * here it does once, and each resource is a line. Terraform reads the same.
 */
export abstract class LargeStack extends TerraformStack {
  private readonly given?: object;
  private isWrittenHere = false;

  /** @param given The props, where all is used that is of other stacks in them. Else its resources are looked through. */
  protected constructor(scope: Construct, id: string, given?: object) {
    super(scope, id);
    this.given = given;
    const { synthesizer } = this;
    this.synthesizer = {
      synthesize: (session) => {
        // Everything but the file: aspects, validations, annotations.
        this.isWrittenHere = true;
        synthesizer.synthesize(session);
        this.isWrittenHere = false;
        const { synthesizedStackPath } = session.manifest.forStack(this);
        writeFileSync(path.join(session.outdir, synthesizedStackPath), this.text());
      },
    };
  }

  /** Finds what is of other stacks, so that those have outputs for it. */
  public override prepareStack(): void {
    this.ensureBackendExists();
    const resolve = this.resolver(true);
    if (this.given) resolve(this.given);
    else this.elements().forEach((element) => resolve(element.toTerraform()));
  }

  /** Terraform's version is checked by `required_version`: cdktf would start Terraform to ask for it. */
  public override hasResourceMove(): boolean {
    return false;
  }

  /** What Terraform reads. */
  public override toTerraform(): YamlMap {
    return this.isWrittenHere ? {} : yamlMap(JSON.parse(this.text()));
  }

  private elements(): TerraformElement[] {
    return this.node.findAll().filter((child) => TerraformElement.isTerraformElement(child));
  }

  private text(): string {
    const overrides: unknown = this['rawOverrides'];
    const overridden = Object.keys(yamlMap(overrides));
    const metadata: Block = {
      version: this['cdktfVersion'],
      stackName: this.node.id,
      backend: 'local',
      ...(overridden.length > 0 && { overrides: { stack: overridden } }),
    };
    const outputs: Block = {};
    const file: Block = { '//': { metadata, outputs } };
    // What is overridden has to be there as it is until then.
    const form = overridden.includes('resource') ? yamlMap : asLines;
    const resolve = this.resolver();
    for (const element of this.elements()) {
      merge(metadata, resolve(element.toMetadata()));
      if (TerraformOutput.isTerraformOutput(element)) merge(outputs, placeOf(element));
      merge(file, form(resolve(element.toTerraform())));
    }
    merge(file, resolve(overrides));
    const parts: string[] = [];
    write(parts, file, RESOURCE_DEPTH);
    parts.push('\n');
    return parts.join('');
  }

  /** Resolves one element after the other. What is the same text in many, such as the provider, it resolves once. */
  private resolver(preparing = false): (value: unknown) => YamlMap {
    const texts = new Map<string, unknown>();
    const byCdktf = (token: unknown): unknown => {
      const known = typeof token === 'string' ? texts.get(token) : undefined;
      if (known !== undefined) return known;
      const value: unknown = Tokenization.resolve(token, {
        scope: this,
        preparing,
        resolver: RESOLVER,
      });
      if (typeof token === 'string') texts.set(token, value);
      return value;
    };
    return (value) => yamlMap(resolved(value, byCdktf));
  }
}

/**
 * As cdktf does, which makes eight objects for each value on the way to its tokens: it gets only those values that
 * may be or have one. What has none stays the same object.
 */
export function resolved(value: unknown, byCdktf: (token: unknown) => unknown): unknown {
  if (isPlain(value)) return value;
  if (isList(value) && !value.some(isListToken)) {
    const all = value.map((one) => resolved(one, byCdktf));
    if (all.every((one, i) => one === value[i] && one !== undefined)) return value;
    return all.filter((one) => one !== undefined);
  }
  if (!isPlainMap(value)) return byCdktf(value);
  let all: Block | undefined;
  for (const key of Object.keys(value)) {
    if (!isPlain(key)) return byCdktf(value);
    const one = resolved(value[key], byCdktf);
    if (one === value[key]) continue;
    all ??= { ...value };
    all[key] = one;
  }
  return all ?? value;
}

function isListToken(value: unknown): boolean {
  return typeof value === 'string' ? value.includes('#{TfToken[') : isHuge(value);
}

function isHuge(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
}

/** Whether it was written as such: not made by a class, and so neither a token nor a construct. */
function isPlainMap(value: unknown): value is YamlMap {
  if (!isYamlMap(value) || Tokenization.isResolvable(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Whether a value is a single one without a token: tokens are texts with a mark in them, and huge numbers. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('TfToken[') && !value.includes('e+2');
  if (typeof value === 'number') return !isHuge(value);
  return value === undefined || value === null || typeof value === 'boolean';
}

/** An output's name in Terraform, by the constructs that it is in. */
function placeOf(output: TerraformOutput): YamlMap {
  const place = output.node.path.split('/');
  const name = place.pop() ?? '';
  return place.reduceRight<YamlMap>((inner, part) => ({ [part]: inner }), {
    [name]: output.friendlyUniqueId,
  });
}

/** Lists get longer; of two values the later one counts. */
function merge(into: Block, from: YamlMap): void {
  for (const [key, value] of Object.entries(from)) {
    if (value === undefined) continue;
    const there = into[key];
    if (isBlock(there) && isYamlMap(value)) merge(there, value);
    else into[key] = isList(there) && isList(value) ? [...there, ...value] : value;
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isBlock(value: unknown): value is Block {
  return isYamlMap(value);
}

class Line {
  public constructor(public readonly json: string) {}
}

/** With resources as their lines, which take less memory than what they are made of. */
function asLines(element: YamlMap): YamlMap {
  const { resource } = element;
  if (!isYamlMap(resource)) return element;
  const lines = Object.entries(resource).map(([type, all]) => [
    type,
    Object.fromEntries(
      Object.entries(yamlMap(all)).map(([id, one]) => [id, new Line(JSON.stringify(one))]),
    ),
  ]);
  return { ...element, resource: Object.fromEntries(lines) };
}

/** JSON with a line for each value at this depth. */
function write(parts: string[], value: unknown, depth: number): void {
  if (value instanceof Line) parts.push(value.json);
  else if (depth === 0 || !isYamlMap(value)) parts.push(JSON.stringify(value));
  else {
    let before = '{\n';
    for (const [key, inner] of Object.entries(value)) {
      if (inner === undefined) continue;
      parts.push(before, JSON.stringify(key), ': ');
      write(parts, inner, depth - 1);
      before = ',\n';
    }
    parts.push(before === '{\n' ? '{\n\n}' : '\n}');
  }
}
