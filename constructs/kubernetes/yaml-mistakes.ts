import { type Document, isAlias, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { DocumentOptions, ErrorCode, ParseOptions, SchemaOptions } from 'yaml';

/** A place in a text, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One mistake in a YAML text. */
export interface YamlMistake extends Position {
  /** What is wrong, and what would be right. */
  readonly message: string;
  /** Whether the rest of the text can be read all the same: a key that is set twice. */
  readonly readable: boolean;
}

/** How the parser takes a text. */
export type YamlOptions = ParseOptions & DocumentOptions & SchemaOptions;

/** A YAML text, read. */
export interface YamlText {
  readonly document: Document.Parsed;
  /** In the order of the text, one for each line. */
  readonly mistakes: readonly YamlMistake[];
  readonly positionOf: (offset: number) => Position;
}

/** Reads a YAML text, with words for its mistakes that say what would be right. */
export function parseYaml(text: string, options: YamlOptions = {}): YamlText {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    ...options,
    lineCounter: counter,
    prettyErrors: false,
  });
  const positionOf = (offset: number): Position => {
    const { line, col } = counter.linePos(offset);
    return { line, column: col };
  };
  if (/^\ufffd\ufffd|^\ufeff?[^\n]{0,1}\0/.test(text)) {
    // As "echo ... > file" of Windows PowerShell writes it. Else it is told that it holds no settings.
    const message = 'is in UTF-16, not in UTF-8; save it in UTF-8';
    return { document, mistakes: [{ line: 1, column: 1, message, readable: false }], positionOf };
  }
  const lines = text.split(/\r?\n/);
  const found = [
    ...document.errors.map(({ code, message, pos }) => ({ code, message, offset: pos[0] })),
    ...unresolved(document),
  ];
  const mistakes = found
    .sort((a, b) => a.offset - b.offset)
    .map(({ code, message, offset }): YamlMistake => {
      const position = positionOf(offset);
      const line = lines[position.line - 1] ?? '';
      const previous = lines[position.line - 2] ?? '';
      return {
        ...position,
        message:
          code === 'DUPLICATE_KEY'
            ? duplicate(document, offset, positionOf)
            : inWords(code, message, line, previous),
        readable: code === 'DUPLICATE_KEY',
      };
    });
  const first = new Map<number, YamlMistake>();
  for (const mistake of mistakes) {
    if (!first.has(mistake.line)) first.set(mistake.line, mistake);
  }
  return { document, mistakes: [...first.values()], positionOf };
}

interface Found {
  readonly code: ErrorCode | 'NO_ANCHOR' | 'NO_TEXT_KEY';
  readonly message: string;
  readonly offset: number;
}

/** What the parser leaves to whoever uses the document: aliases of nothing, and keys that are no text. */
function unresolved(document: Document.Parsed): Found[] {
  const found: Found[] = [];
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) === undefined) {
        const offset = alias.range?.[0] ?? 0;
        found.push({ code: 'NO_ANCHOR', message: `there is no anchor "&${alias.source}"`, offset });
      }
    },
    Pair(_, { key }) {
      if (key !== null && !isScalar(key) && !isAlias(key)) {
        const range = (key as { readonly range?: readonly number[] | null }).range;
        found.push({
          code: 'NO_TEXT_KEY',
          message: 'a key must be a text',
          offset: range?.[0] ?? 0,
        });
      }
    },
  });
  return found;
}

/** Names a key that is set twice, and where else. */
function duplicate(
  document: Document.Parsed,
  offset: number,
  positionOf: (offset: number) => Position,
): string {
  let message = 'a key is set twice; keep one of them';
  visit(document, {
    Map(_, map) {
      const keys = map.items.flatMap(({ key }) =>
        isScalar(key) && key.range ? [{ name: String(key.value), offset: key.range[0] }] : [],
      );
      const here = keys.find((key) => key.offset === offset);
      const before = keys.find((key) => key.name === here?.name && key.offset < offset);
      if (here === undefined || before === undefined) return;
      const { line } = positionOf(before.offset);
      message = `"${here.name}" is set twice, first in line ${line}; keep one of them`;
    },
  });
  return message;
}

/** A text that starts with what a plain one cannot start with. */
const RESERVED = /(?:^|[:,[{-])\s+([*&!%@`>|]\S.*|\{\{.*)$/;

function inWords(code: Found['code'], message: string, line: string, previous: string): string {
  const [, bracket] = /end with a ([\]}])/.exec(message) ?? [];
  if (bracket !== undefined) {
    return `a bracket is not closed before this line; "${bracket}" is missing`;
  }
  const unquoted = RESERVED.exec(line)?.[1];
  switch (code) {
    case 'NO_ANCHOR':
      return `${message} before it; a text that starts with "*" must be in quotes${unquoted === undefined ? '' : `: ${quoted(unquoted)}`}`;
    case 'BAD_ALIAS':
    case 'BAD_SCALAR_START':
    case 'UNEXPECTED_TOKEN':
    case 'NO_TEXT_KEY':
      if (unquoted !== undefined) {
        return `a text that starts with "${unquoted[0]}" must be in quotes: ${quoted(unquoted)}`;
      }
      break;
    case 'TAB_AS_INDENT':
      return 'is indented with a tab; use spaces';
    case 'BLOCK_AS_IMPLICIT_KEY': {
      const value = /^[^:]*:\s+(.*)$/.exec(line)?.[1];
      return value === undefined
        ? message
        : `a text with ": " in it must be in quotes: ${quoted(value)}`;
    }
    case 'MULTILINE_IMPLICIT_KEY': {
      const joined = [line, previous].find((text) => /^\s*[\w-]+:[^\s:/]/.test(text));
      if (joined !== undefined) {
        return `a space must follow the colon: ${joined.trim().replace(':', ': ')}`;
      }
      break;
    }
    case 'BAD_INDENT':
      return 'is not indented like the lines that it belongs to; let it start in the same column';
    case 'MISSING_CHAR': {
      const [, quote] = /^Missing closing (['"])quote$/.exec(message) ?? [];
      if (quote !== undefined) {
        return `a text in quotes does not end before here; ${quote} is missing at its end`;
      }
      return `${message[0]?.toLowerCase()}${message.slice(1).replace(/"quote$/, 'quote: "')}`;
    }
    case 'MULTIPLE_DOCS':
      return 'a second document starts here ("---"); keep one in a file';
    default:
  }
  return `${message[0]?.toLowerCase() ?? ''}${message.slice(1)}`;
}

/** The text up to what closes a bracket around it or starts a comment, in quotes. */
function quoted(text: string): string {
  const value = text.replace(/\s+#.*$/, '').replace(/^(?!\{)([^[\]{}]*?)[\s\]}]+$/, '$1');
  return JSON.stringify(value.trim());
}
