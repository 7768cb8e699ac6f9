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
 * A stack of many resources. cdktf resolves each resource of a stack three times, and indents it: here it does
 * once, and each resource is a line. Terraform reads the same.
 */
export abstract class LargeStack extends TerraformStack {
  private readonly given: unknown;
  private isWrittenHere = false;

  /** @param given The props: what is of another stack comes by them. */
  protected constructor(scope: Construct, id: string, given: unknown) {
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
        writeFileSync(
          path.join(session.outdir, synthesizedStackPath),
          `${inLines(this.toTerraform(), RESOURCE_DEPTH)}\n`,
        );
      },
    };
  }

  /** Finds what is of other stacks, so that those have outputs for it. */
  public override prepareStack(): void {
    this.ensureBackendExists();
    this.resolved(this.given, true);
  }

  /** Terraform's version is checked by `required_version`: cdktf would start Terraform to ask for it. */
  public override hasResourceMove(): boolean {
    return false;
  }

  /** What Terraform reads. */
  public override toTerraform(): YamlMap {
    if (this.isWrittenHere) return {};
    const elements = this.node
      .findAll()
      .filter((child) => TerraformElement.isTerraformElement(child));
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
    for (const element of elements) {
      merge(metadata, this.resolved(element.toMetadata()));
      if (TerraformOutput.isTerraformOutput(element)) merge(outputs, placeOf(element));
      merge(file, this.resolved(element.toTerraform()));
    }
    merge(file, this.resolved(overrides));
    return file;
  }

  private resolved(value: unknown, preparing = false): YamlMap {
    return yamlMap(Tokenization.resolve(value, { scope: this, preparing, resolver: RESOLVER }));
  }
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

/** JSON with a line for each value at this depth. */
function inLines(value: unknown, depth: number): string {
  if (depth === 0 || !isYamlMap(value)) return JSON.stringify(value);
  const lines = Object.entries(value).map(
    ([key, inner]) => `${JSON.stringify(key)}: ${inLines(inner, depth - 1)}`,
  );
  return `{\n${lines.join(',\n')}\n}`;
}
