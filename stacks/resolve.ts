import { DefaultTokenResolver, type IResolvable, StringConcat, Tokenization } from 'cdktf';
import type { IConstruct } from 'constructs';
import { isYamlMap, type YamlMap, yamlMap } from '../constructs/kubernetes/yaml-file';

const RESOLVER = new DefaultTokenResolver(new StringConcat());

/** An attribute is below its kind of block, the type and the id of its resource. */
const ATTRIBUTE_DEPTH = 4;

/** @param preparing Whether what is of another stack gets an output there. */
export function resolved(scope: IConstruct, value: unknown, preparing = false): unknown {
  return Tokenization.resolve(value, { scope, preparing, resolver: RESOLVER });
}

/**
 * What an element of a stack adds to its file. Attributes in which there is nothing to resolve, which are most,
 * are left as they are: cdktf would go through them letter by letter.
 */
export function resolvedFragment(scope: IConstruct, fragment: unknown): YamlMap {
  return attributes(scope, yamlMap(fragment), ATTRIBUTE_DEPTH);
}

function attributes(scope: IConstruct, block: YamlMap, depth: number): YamlMap {
  return Object.fromEntries(
    Object.entries(block)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => {
        if (depth > 1 && isYamlMap(value) && !isResolvable(value)) {
          return [key, attributes(scope, value, depth - 1)];
        }
        return [key, hasToken(value) ? resolved(scope, value) : value];
      }),
  );
}

/** Whether cdktf would find something in it: an object of its own, or the mark of one in a text or a number. */
function hasToken(value: unknown): boolean {
  if (typeof value === 'string') return /TfToken\[|\de\+\d/.test(value);
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER;
  if (Array.isArray(value)) return value.some(hasToken);
  if (!isYamlMap(value)) return typeof value === 'function';
  return isResolvable(value) || Object.entries(value).some((entry) => entry.some(hasToken));
}

function isResolvable(value: YamlMap): value is YamlMap & IResolvable {
  return Tokenization.isResolvable(value);
}
