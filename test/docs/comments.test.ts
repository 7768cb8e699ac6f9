import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from '../../support/paths';

interface Comment {
  /** `constructs/eks/props.ts:12` */
  readonly where: string;
  /** Without its tags, on one line. */
  readonly text: string;
  readonly hasTags: boolean;
  /** Name of what it is about; nothing where that has none. */
  readonly name: string;
}

/** The comments of what is exported or a member of it. The programs of the jobs export nothing. */
const COMMENTS = readdirSync(path.join(ROOT, 'constructs'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('federation/jobs/'))
  .flatMap((file): Comment[] => {
    const source = readFileSync(path.join(ROOT, 'constructs', file), 'utf8');
    const comment =
      /\/\*\*\s(.*?)\s\*\/\n[ \t]*(?:(?:export|public|static|abstract|readonly|async|const|function|class|interface|type|get) )*(?!private|protected)(\w*)/gs;
    return [...source.matchAll(comment)].map(({ index, 1: body = '', 2: name = '' }) => {
      const lines = body.replace(/^\s*\* ?/gm, '');
      const [text = ''] = lines.split(/^@|\s@(?:default|see|internal)\b/m);
      return {
        where: `constructs/${file}:${source.slice(0, index).split('\n').length}`,
        text: text.replace(/\s+/g, ' ').trim(),
        hasTags: text !== lines,
        name,
      };
    });
  });

/** What leans on what stands before it in the source; in a list of properties nothing does. */
const LEANS = /^(?:Of|By|For|In|To|From|As|With|Until|Theirs|Where|See|And|Or|None|Those|That)\b/;

const FILLERS = /^(?:a|an|the|of|its|it|is|this|that|what|which|ones?|name|id)$/;

function wordsOf(text: string): string[] {
  return text
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
}

/** Why a comment says nothing by itself; nothing where it does. */
function fault({ text, hasTags, name }: Omit<Comment, 'where'>): string | undefined {
  if (text === '') return hasTags ? undefined : 'is empty';
  const words = text.split(' ');
  if (/^(?!coredns|istiod|kubectl)[a-z]/.test(text)) return 'begins with a small letter';
  if (!/[.:!?)]$|```$|https:\S+$/.test(text)) return 'ends without a full stop';
  // A name of the code makes a short one whole.
  if (words.length < (text.includes('`') ? 2 : 4)) return 'is too short';
  if (words.length < 6 && LEANS.test(text)) return 'is part of a sentence';
  const named = wordsOf(name);
  const said = wordsOf(text).filter((word) => !FILLERS.test(word));
  if (
    said.length > 0 &&
    said.every((word) => named.some((one) => one === word || `${one}s` === word))
  ) {
    return 'repeats the name';
  }
  return undefined;
}

test.each([
  ['Which ones.', 'ports'],
  ['A name', 'name'],
  ['the port of the Service that callers use.', 'port'],
  ['The port of the Service that callers use', 'port'],
  ['The id of the crossing.', 'crossing'],
  ['Of the frames only.', 'line'],
  ['By `arrowKey`.', 'arrows'],
  ['`default/border`', 'border'],
])('"%s" is no comment of %s', (text, name) => {
  expect(fault({ text, name, hasTags: false })).toBeDefined();
});

test('Every comment of a construct says something by itself', () => {
  expect(COMMENTS.length).toBeGreaterThan(1500);
  const faults = COMMENTS.flatMap((comment) => {
    const found = fault(comment);
    return found === undefined
      ? []
      : [`${comment.where}: ${comment.name}: "${comment.text}" ${found}`];
  });
  expect(faults).toEqual([]);
});
