import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from '../../support/paths';

/** The picture in CONTRIBUTING: folders and files by the box that names them, and the arrows between boxes. */
function picture() {
  const page = readFileSync(path.join(ROOT, 'CONTRIBUTING.md'), 'utf8');
  const [, mermaid = ''] = /```mermaid\n(.*?)```/s.exec(page) ?? [];
  const boxes = new Map<string, string>();
  let within = '';
  for (const line of mermaid.split('\n')) {
    const [, group] = /^\s*subgraph (\w+)$/.exec(line) ?? [];
    if (group !== undefined) within = `${group}/`;
    if (/^\s*end$/.test(line)) within = '';
    for (const [, box = '', label = ''] of line.matchAll(/(\w+)\["([^"]+)"\]/g)) {
      // `*` stands for the files of the group that lie in no folder.
      for (const name of label.split(', ')) {
        boxes.set(path.normalize(within + name.replace('*', '')), box);
      }
    }
  }
  const arrows = [...mermaid.matchAll(/^\s*(\w+)(?:\[.*?\])? --> (\w+)/gm)].map(
    ([, from = '', to = '']) => [from, to] as const,
  );
  return { boxes, arrows };
}

const { boxes, arrows } = picture();

function boxOf(file: string): string | undefined {
  for (let at = file.replace(/\.m?ts$/, ''); at !== '.'; at = path.dirname(at)) {
    const box = boxes.get(at) ?? boxes.get(`${at}/`);
    // A folder of `constructs` needs a box of its own.
    if (box !== undefined && (at !== 'constructs' || path.dirname(file) === at)) return box;
  }
  return undefined;
}

const SOURCES = readdirSync(ROOT)
  .filter(
    (name) => !/^(\.|node_modules$|dist$|cdktf\.out$|test$|examples$|docs$|findings$)/.test(name),
  )
  .flatMap((name) =>
    statSync(path.join(ROOT, name)).isDirectory()
      ? readdirSync(path.join(ROOT, name), { recursive: true, encoding: 'utf8' }).map((file) =>
          path.join(name, file),
        )
      : [name],
  )
  .filter((file) => /\.m?ts$/.test(file) && !file.includes('node_modules'));

/** What imports what, as `<box> --> <box>`, with one place for each. */
function imports(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of SOURCES) {
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    for (const [, target = ''] of text.matchAll(/(?:from |import\()'(\.[^']+)'/g)) {
      const to = path.join(path.dirname(file), target);
      const [one, other] = [boxOf(file), boxOf(to)];
      if (one !== other && !to.endsWith('.json'))
        found.set(`${one} --> ${other}`, `${file}: ${to}`);
    }
  }
  return found;
}

/** All boxes that arrows lead to from one. */
function below(box: string): Set<string> {
  const all = new Set<string>();
  const look = (at: string) => {
    for (const [from, to] of arrows) {
      if (from !== at || all.has(to)) continue;
      all.add(to);
      look(to);
    }
  };
  look(box);
  return all;
}

test('Each source file is in a box of the picture of layers', () => {
  expect(SOURCES.length).toBeGreaterThan(500);
  expect(SOURCES.filter((file) => boxOf(file) === undefined)).toEqual([]);
});

test('Each arrow of the picture stands for an import, and none leads back', () => {
  const found = imports();
  expect(arrows.length).toBeGreaterThan(8);
  for (const [from, to] of arrows) {
    expect([...found.keys()]).toContain(`${from} --> ${to}`);
    expect([...below(to)]).not.toContain(from);
  }
});

test('Each import follows the arrows of the picture', () => {
  const others = [...imports()].filter(([arrow]) => {
    const [from = '', to = ''] = arrow.split(' --> ');
    return !below(from).has(to);
  });
  expect(others).toEqual([]);
});
