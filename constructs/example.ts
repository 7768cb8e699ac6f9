import { isRecord } from './is-record';
import { choice, type Problem, refuse } from './problems';
import { described } from './schema-words';

/*
 * What a program in JavaScript, or one with a "!" behind `process.env.TRUST_DOMAIN`, gives in place of what the types
 * ask for. An example of the props says what is asked for: the compiler sees to it that it has all that is required,
 * and what is given must be like it. It has of what is optional what matters, and no more.
 */

/** What no example can be written of, such as a construct or what a function returns. */
export class Must {
  // No other class is one.
  declare private readonly own: true;

  /**
   * @param text What it must do, for a message: `be a plan`.
   * @param holds Whether a value does so.
   */
  public constructor(
    public readonly text: string,
    public readonly holds: (value: unknown) => boolean = isRecord,
  ) {}
}

/** What may be left out, or is like this. */
export class Optional<T> {
  public constructor(public readonly example: Example<T>) {}
}

/** A map by names of the user's own; each entry is like this. */
export class Each<T> {
  public constructor(public readonly example: Example<T>) {}
}

/** One of several kinds, which `kind` says. */
export class ByKind<T extends { readonly kind: string }> {
  public constructor(
    public readonly examples: {
      readonly [K in T['kind']]: Example<Omit<Extract<T, { readonly kind: K }>, 'kind'>>;
    },
  ) {}
}

/** An example of what is to be given. Of a list it has one entry, and none where they may be anything. */
export type Example<T> =
  | Must
  | (T extends { readonly kind: string } ? ByKind<T> : never)
  | (T extends string | number | boolean
      ? T
      : T extends readonly (infer E)[]
        ? readonly Example<E>[]
        : T extends object
          ? string extends keyof T
            ? Each<T[string & keyof T]>
            : {
                readonly [K in keyof T]: Pick<T, never> extends Pick<T, K>
                  ? Optional<Exclude<T[K], undefined>>
                  : Example<T[K]>;
              }
          : never);

/** One of these texts. */
export function oneOf(...values: readonly string[]): Must {
  return new Must(`be ${choice(values)}`, (value) => values.some((one) => one === value));
}

/** Text that may be anything but empty. A construct says more of a text that has a form, with all else that is wrong. */
export function filled(example: string): Must {
  return new Must(
    `be text, such as ${example}`,
    (value) => typeof value === 'string' && value.trim() !== '',
  );
}

/** A certificate or a key. */
export const PEM = new Must('be text, in PEM', (value) => typeof value === 'string');

/** What Terraform objects are taken as: a provider, or what something waits for. */
export const DEPENDABLE = new Must('be a resource, a data source or a construct');

/**
 * Refuses what is not like the example, before anything is read of it.
 *
 * @param owner The construct, such as `EksCluster one`.
 * @param verdict What becomes of it.
 * @throws Error with all that is undefined or of another type
 */
export function refuseUnlike<T>(
  owner: string,
  given: T,
  example: Example<NoInfer<T>>,
  verdict?: string,
): void {
  refuse(owner, unlikeProblems([], given, example), verdict);
}

/** What is not like the example. What Terraform fills in is taken as it is. */
export function unlikeProblems(path: Problem['path'], given: unknown, example: unknown): Problem[] {
  const wrong = (right: string): Problem[] => {
    const what = given === undefined || given === null ? `is ${given}` : described(given);
    return [{ path, message: `${what}; must ${right}` }];
  };
  if (isRecord(given) && typeof given['resolve'] === 'function') return [];
  if (example instanceof Must) return example.holds(given) ? [] : wrong(example.text);
  if (example instanceof Optional) {
    return given === undefined ? [] : unlikeProblems(path, given, example.example);
  }
  if (isList(example)) {
    const [entry] = example;
    if (!isList(given)) return wrong('be a list');
    return entry === undefined
      ? []
      : given.flatMap((one, i) => unlikeProblems([...path, i], one, entry));
  }
  if (typeof example === 'string') {
    return typeof given === 'string' ? [] : wrong(`be text, such as ${example}`);
  }
  if (typeof example === 'number') {
    return typeof given === 'number' ? [] : wrong(`be a number, such as ${example}`);
  }
  if (!isRecord(example)) return typeof given === 'boolean' ? [] : wrong('be true or false');
  if (!isRecord(given)) return wrong('be a map');
  if (example instanceof Each) {
    return Object.entries(given).flatMap(([key, one]) =>
      unlikeProblems([...path, key], one, example.example),
    );
  }
  if (example instanceof ByKind) {
    const examples = new Map<unknown, unknown>(Object.entries(example.examples));
    const kind = given['kind'];
    return examples.has(kind)
      ? unlikeProblems(path, given, examples.get(kind))
      : unlikeProblems([...path, 'kind'], kind, oneOf(...Object.keys(example.examples)));
  }
  return Object.entries(example).flatMap(([key, one]) =>
    unlikeProblems([...path, key], given[key], one),
  );
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
