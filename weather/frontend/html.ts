/** HTML that goes into a page as it is: made by {@link html}, or a constant. */
export class Html {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

type Part = Html | string | number | false | undefined | readonly Part[];

/** HTML in which every text that is put in is escaped. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(
    strings
      .map((string, index) => string + (index < parts.length ? text(parts[index]) : ''))
      .join(''),
  );
}

function text(part: Part): string {
  if (part instanceof Html) return part.source;
  if (typeof part === 'object') return part.map(text).join('');
  if (part === undefined || part === false) return '';
  return String(part).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
