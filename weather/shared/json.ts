/** JSON of somebody else that is not as agreed. */
export class JsonError extends Error {}

/** A value in somebody else's JSON, and where in it. Reading it checks it. */
export class Json {
  private readonly value: unknown;
  private readonly path: string;

  constructor(value: unknown, path = '') {
    this.value = value;
    this.path = path;
  }

  /** @throws JsonError */
  static parse(text: string): Json {
    try {
      return new Json(JSON.parse(text));
    } catch {
      throw new JsonError('it is no JSON');
    }
  }

  get(key: string): Json {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) {
      throw this.mistake('an object');
    }
    const own = Object.entries(this.value).find(([name]) => name === key);
    return new Json(own?.[1], this.path === '' ? key : `${this.path}.${key}`);
  }

  /** The first entry of a list; where there is none, it is missing. */
  first(): Json {
    if (!Array.isArray(this.value)) throw this.mistake('a list');
    return new Json(this.value[0], `${this.path}[0]`);
  }

  /** Nothing where there is nothing. */
  optional<T>(read: (json: Json) => T): T | undefined {
    return this.value === undefined || this.value === null ? undefined : read(this);
  }

  /** @param most Longer text is cut. */
  text(most = 200): string {
    if (typeof this.value !== 'string') throw this.mistake('a text');
    return this.value.slice(0, most);
  }

  number(): number {
    if (typeof this.value !== 'number' || !Number.isFinite(this.value)) {
      throw this.mistake('a number');
    }
    return this.value;
  }

  boolean(): boolean {
    if (typeof this.value !== 'boolean') throw this.mistake('true or false');
    return this.value;
  }

  oneOf<T extends string>(values: readonly T[]): T {
    const found = values.find((value) => value === this.value);
    if (found === undefined) throw this.mistake(`one of ${values.join(', ')}`);
    return found;
  }

  /** @param most Further entries are left out. */
  list<T>(read: (json: Json) => T, most = 100): T[] {
    if (!Array.isArray(this.value)) throw this.mistake('a list');
    return this.value
      .slice(0, most)
      .map((entry: unknown, index) => read(new Json(entry, `${this.path}[${index}]`)));
  }

  private mistake(expected: string): JsonError {
    const place = this.path === '' ? 'it' : this.path;
    return new JsonError(
      `${place} ${this.value === undefined ? 'is missing' : `is not ${expected}`}`,
    );
  }
}
