import {
  Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import { readYaml, type YamlFile, type YamlMap } from './yaml-file';

/*
 * YAML as Helm and Kubernetes read it, which is not as this project reads its own settings. Theirs is
 * a library for YAML 1.1 with peculiarities of its own; ours reads YAML 1.2. `off`, `0440` and `1_000`
 * mean something else in each, and so does a merge key behind the key that it repeats.
 *
 * https://github.com/yaml/go-yaml/blob/v2.4.2/resolve.go, decode.go, below
 * https://github.com/kubernetes-sigs/yaml/blob/v1.6.0/yaml.go
 */

/**
 * Reads a file of a chart's values as Helm does.
 *
 * @throws When the file is missing, is no YAML, is no mapping or holds what has no JSON form, which Helm
 * refuses too; and when a key is there twice, of which Helm silently takes the last. With line and
 * column.
 */
export function readHelmValues(path: string): YamlMap {
  // Nothing is resolved: every scalar comes as its text.
  const file = readYaml(path, 'values file', {
    schema: 'failsafe',
    resolveKnownTags: false,
    uniqueKeys: false,
  });
  return file.contents === null ? {} : new Reader(file).map(file.contents);
}

/**
 * A value as YAML text that Helm, Kubernetes and Istio read as it is: a text that they would take for
 * something else is in quotes.
 */
export function helmYaml(value: unknown): string {
  const document = new Document(value, { version: '1.1', aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, node) => {
      const { value: text } = node;
      // The library quotes what YAML 1.1 takes for something else, and they take more for numbers.
      if (typeof text === 'string' && (/^\s/.test(text) || /^[^a-zA-Z/$][^\n]*$/.test(text))) {
        node.type = Scalar.QUOTE_DOUBLE;
      }
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** More than any chart's values have; aliases of aliases can make billions. */
const MOST_VALUES = 200_000;

class Reader {
  private count = 0;
  private readonly open = new Set<Node>();

  public constructor(private readonly file: YamlFile) {}

  /** Keys in their order: a later one wins, also over one that came by `<<`, and so does `<<` itself. */
  public map(node: YAMLMap): YamlMap {
    return this.within(node, () => {
      const result = new Map<string, unknown>();
      const own = new Set<string>();
      for (const pair of node.items) {
        if (isMergeKey(pair)) {
          for (const [key, value] of this.merged(pair)) result.set(key, value);
          continue;
        }
        const key = this.key(pair, node);
        if (own.has(key)) {
          throw this.file.mistake(pair.key, `the key "${key}" is there twice`);
        }
        own.add(key);
        result.set(key, this.value(pair.value));
      }
      return Object.fromEntries(result);
    });
  }

  /** Of several maps the first wins. */
  private merged({ key, value }: Pair): [string, unknown][] {
    const source = this.target(value);
    const maps = isSeq(source) ? source.items.map((item) => this.target(item)) : [source];
    return maps.reverse().flatMap((map) => {
      if (!isMap(map)) throw this.file.mistake(key, '"<<" takes a map, or a list of maps');
      return Object.entries(this.map(map));
    });
  }

  private key({ key }: Pair, map: YAMLMap): string {
    const value = this.value(key);
    if (typeof value === 'string' || typeof value === 'boolean') return String(value);
    if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
    throw this.file.mistake(
      isScalar(key) ? key : map,
      'a key must be a text; put it in quotes where it looks like something else',
    );
  }

  private value(node: unknown): unknown {
    if (++this.count > MOST_VALUES) {
      throw this.file.mistake(undefined, `it holds more than ${MOST_VALUES} values`);
    }
    const target = this.target(node);
    if (isMap(target)) return this.map(target);
    if (isSeq(target)) {
      return this.within(target, () => target.items.map((item) => this.value(item)));
    }
    return isScalar(target) ? this.scalar(target) : null;
  }

  private target(node: unknown): unknown {
    if (!isAlias(node)) return node;
    const target = node.resolve(this.file.document);
    if (target === undefined) {
      throw this.file.mistake(node, `there is no anchor "&${node.source}" above`);
    }
    return target;
  }

  /** An anchor's own content may not lead back to it. */
  private within<T>(node: Node, read: () => T): T {
    if (this.open.has(node)) throw this.file.mistake(node, 'an anchor contains itself');
    this.open.add(node);
    try {
      return read();
    } finally {
      this.open.delete(node);
    }
  }

  private scalar(node: Scalar): unknown {
    const text = String(node.value);
    const plain = node.type === Scalar.PLAIN;
    const tag = node.tag?.replace('tag:yaml.org,2002:', '!!');
    const value = tag === undefined && plain ? plainValue(text) : tagged(tag, text);
    if (value === undefined) throw this.file.mistake(node, `"${text}" is no ${tag}`);
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw this.file.mistake(node, `${text} cannot be a value, since JSON has no such number`);
    }
    return value;
  }
}

function isMergeKey({ key }: Pair): boolean {
  return isScalar(key) && key.value === '<<' && (key.type === Scalar.PLAIN || key.tag === MERGE);
}

const MERGE = 'tag:yaml.org,2002:merge';

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...spelt(true, 'y', 'yes', 'true', 'on'),
  ...spelt(false, 'n', 'no', 'false', 'off'),
  ...spelt(null, '~', 'null', ''),
  ...spelt(NaN, '.nan'),
  ...spelt(Infinity, '.inf', '+.inf'),
  ...spelt(-Infinity, '-.inf'),
  ['.NaN', NaN],
]);

/** Lower case, upper case, and with a capital. */
function spelt(value: unknown, ...words: readonly string[]): [string, unknown][] {
  return words.flatMap((word) =>
    [word, word.toUpperCase(), word.replace(/[a-z]/, (letter) => letter.toUpperCase())].map(
      (spelling): [string, unknown] => [spelling, value],
    ),
  );
}

/** What a text without quotes and without a tag is. Neither dates nor `1:30` are anything but texts. */
function plainValue(text: string): unknown {
  if (WORDS.has(text)) return WORDS.get(text);
  return numberIn(text) ?? text;
}

function numberIn(text: string): number | undefined {
  if (!/^[-+.0-9]/.test(text)) return undefined;
  // Behind a leading dot they separate digits; elsewhere they are dropped.
  if (text.startsWith('.') && /\D_|_(\D|$)/.test(text)) return undefined;
  const digits = text.replaceAll('_', '');
  const whole = wholeNumber(digits);
  if (whole !== undefined) return whole;
  const decimal = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(digits);
  const value = Number(digits);
  return decimal && Number.isFinite(value) ? value : undefined;
}

/** As Go reads it with base 0, within 64 bits: octal by a leading 0 too. */
function wholeNumber(text: string): number | undefined {
  const [, sign = '', octal, other] =
    /^([-+]?)(?:0([0-7]+)|(0|[1-9][0-9]*|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+))$/.exec(text) ??
    [];
  const digits = octal === undefined ? other : `0o${octal}`;
  if (digits === undefined) return undefined;
  const size = BigInt(digits);
  const most = sign === '' ? 2n ** 64n - 1n : sign === '-' ? 2n ** 63n : 2n ** 63n - 1n;
  if (size > most) return undefined;
  return Number(sign === '-' ? -size : size);
}

/** A text in quotes, or one with a tag. Nothing where the two do not fit. */
function tagged(tag: string | undefined, text: string): unknown {
  const value = plainValue(text);
  switch (tag) {
    case '!!bool':
      return typeof value === 'boolean' ? value : undefined;
    case '!!null':
      return value === null ? value : undefined;
    case '!!float':
      return typeof value === 'number' ? value : undefined;
    case '!!int':
      return Number.isInteger(value) && wholeNumber(text.replaceAll('_', '')) !== undefined
        ? value
        : undefined;
    case '!!binary':
      return Buffer.from(text, 'base64').toString();
    default:
      return text;
  }
}
