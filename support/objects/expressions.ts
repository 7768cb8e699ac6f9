import { isYamlMap, type YamlMap } from '../../constructs/kubernetes/yaml-file';

/** Stands for what only a deploy knows, such as the address of a load balancer. */
export const UNKNOWN = 'known-after-deploy.example.com';

/** The same where only an address can be: before the prefix of a CIDR block. */
export const UNKNOWN_ADDRESS = '192.0.2.1';

/**
 * A value of a synthesised stack as it is without Terraform: a reference to another resource's argument
 * is followed, any other expression becomes `UNKNOWN` or an address, and escaped ones become what they stand for.
 */
export function withoutExpressions<T>(value: T, stack: YamlMap): T;
export function withoutExpressions(value: unknown, stack: YamlMap): unknown {
  if (typeof value === 'string') return text(value, stack);
  if (Array.isArray(value)) return value.map((item: unknown) => withoutExpressions(item, stack));
  if (!isYamlMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, withoutExpressions(entry, stack)]),
  );
}

function text(value: string, stack: YamlMap): string {
  let result = '';
  for (let i = 0; i < value.length; i++) {
    if (/^([$%])\1\{/.test(value.slice(i, i + 3))) {
      result += value.slice(i + 1, i + 3);
      i += 2;
    } else if (/^[$%]\{/.test(value.slice(i, i + 2))) {
      const end = expressionEnd(value, i + 2);
      const expression = value.slice(i + 2, end);
      const isAddress = /^\/\d/.test(value.slice(end + 1));
      result +=
        referenced(expression, stack) ?? (isAddress ? UNKNOWN_ADDRESS : unknown(expression));
      i = end;
    } else {
      result += value[i];
    }
  }
  return result;
}

/** A list stays one: it is part of another language, such as CEL. */
function unknown(expression: string): string {
  return expression.startsWith('jsonencode(split(') ? JSON.stringify([UNKNOWN]) : UNKNOWN;
}

/** Index of the brace that closes the expression. */
function expressionEnd(value: string, start: number): number {
  let depth = 1;
  let quoted = false;
  for (let i = start; i < value.length; i++) {
    const char = value[i];
    if (char === '\\') i++;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && char === '{') depth++;
    else if (!quoted && char === '}' && --depth === 0) return i;
  }
  throw new Error(`no end of the expression in ${value}`);
}

/**
 * The argument that `kubernetes_namespace_v1.x.metadata[0].name` refers to, when it is a plain one; a local, and
 * what is made of one as a template: see `shareFiles`.
 */
function referenced(expression: string, stack: YamlMap): string | undefined {
  const [, template, values] =
    /^(?:templatestring\()?local\.([\w-]+)(?:, \{(.*)\}\))?$/s.exec(expression) ?? [];
  if (template !== undefined) return filledIn(template, values, stack);
  const [type, name, ...path] = expression.split(/[.[\]]+/).filter((part) => part !== '');
  if (type === undefined || name === undefined) return undefined;
  const start: unknown = at(at(stack['resource'], type), name);
  const found = path.reduce<unknown>(at, start);
  return typeof found === 'string' && !found.includes('${') ? found : undefined;
}

function filledIn(name: string, values: string | undefined, stack: YamlMap): string | undefined {
  const local = at(stack['locals'], name);
  if (typeof local !== 'string') return undefined;
  const plain = text(local, stack);
  if (values === undefined) return plain;
  const all = new Map(
    [...values.matchAll(/(\w+) = "((?:\\.|[^"\\])*)"/gs)].map(([, key, value = '']) => [
      key,
      text(value.replace(/\\(.)/gs, '$1'), stack),
    ]),
  );
  return plain.replace(/\$\{(\w+)\}/g, (whole, key: string) => all.get(key) ?? whole);
}

function at(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return (value as unknown[])[Number(key)];
  if (!isYamlMap(value)) return undefined;
  // A block that can be there once may be written without a list.
  return key === '0' ? value : value[key];
}
