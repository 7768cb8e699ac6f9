import { posix, win32 } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import KoaRouter from '@koa/router';
import fc from 'fast-check';
import findMyWay from 'find-my-way';
import { Hono } from 'hono';
import { AMBIGUOUS_PATH, DECODABLE_PATH } from '../../../constructs/federation/plan/envoy/paths';
import { carelessReading } from '../../../rehearsal/careless';

/*
 * A rule with a path prefix holds only if no application reads a path that the border lets through as one
 * outside of the prefix, also one that decodes it once more than the border did. Real routers, and what
 * servers of files and proxies do, are asked for random spellings.
 */

const PREFIX = '/api/';

const RUNS = 2000;

/** What the border judges and forwards: decoded once, without dot segments; so this is what is generated. */
function letsThrough(path: string): boolean {
  return path.startsWith(PREFIX) && DECODABLE.test(path) && !AMBIGUOUS.test(path);
}

const [AMBIGUOUS, DECODABLE] = [matcher(AMBIGUOUS_PATH), matcher(DECODABLE_PATH)];

/** Envoy's regular expressions are of the whole path. */
function matcher(regex: string): RegExp {
  return new RegExp(`^(?:${regex.replace('(?i)', '')})$`, 'i');
}

/** By UTF-8, and what is no escape stays. */
function decodedOnceMore(path: string): string {
  return path.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}

type Where = 'inside' | 'outside' | 'nowhere';

const place = (path: string): Where => (`${path}/`.startsWith(PREFIX) ? 'inside' : 'outside');

/** Fastify's router. */
function fastify(options: Parameters<typeof findMyWay>[0]) {
  const router = findMyWay({ ...options, onBadUrl: () => undefined });
  router.on('GET', `${PREFIX}*`, () => undefined, 'inside');
  // The same without its last slash is no way out.
  router.on('GET', PREFIX.slice(0, -1), () => undefined, 'inside');
  router.on('GET', '/*', () => undefined, 'outside');
  return (path: string): Where => {
    const found = router.find('GET', path)?.store as Where | undefined;
    return found ?? 'nowhere';
  };
}

/** Koa's router, of the same kind as that of Express: both match by path-to-regexp. */
function koa(): (path: string) => Where {
  const router = new KoaRouter();
  router.get('inside', `${PREFIX}{*rest}`, () => undefined);
  router.get('outside', '/{*rest}', () => undefined);
  return (path) => {
    const [first] = router.match(path, 'GET').pathAndMethod;
    return first === undefined ? 'nowhere' : first.name === 'inside' ? 'inside' : 'outside';
  };
}

/** Hono, which reads the path from a URL, in which WHATWG's parser resolves dots in any spelling. */
function hono(): (path: string) => Promise<Where> {
  const app = new Hono();
  app.get(`${PREFIX}*`, (context) => context.text('inside'));
  app.get('*', (context) => context.text('outside'));
  return async (path) => {
    const answer = await app.fetch(new Request(new URL(`http://service${path}`)));
    return (await answer.text()) === 'inside' ? 'inside' : 'outside';
  };
}

const READERS: Readonly<Record<string, (path: string) => Where | Promise<Where>>> = {
  Fastify: fastify({}),
  'Fastify, as lenient as it can be': fastify({
    ignoreDuplicateSlashes: true,
    ignoreTrailingSlash: true,
    caseSensitive: false,
  }),
  Koa: koa(),
  Hono: hono(),
  'a server of files': (path) => place(posix.normalize(path)),
  'a server of files on Windows': (path) => place(win32.normalize(path).replaceAll('\\', '/')),
  'the most careless reading': (path) => place(carelessReading(path)),
};

/** What spellings are made of. */
const PIECES = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('.', '..', '/', ';', 'admin', 'x', 'ü', '~', '@', ':') },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(
        '.',
        '/',
        '\\',
        ';',
        '%',
        ' ',
        '\t',
        '?',
        '#',
        '\u00ad',
        '\u2025',
        '\uff0f',
        'a',
      )
      .map((text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16)}`).join('')),
  },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 0, max: 255 })
      .map((byte) => `%${byte.toString(16).padStart(2, '0')}`),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 2 }).map(encodeURIComponent) },
);

const SPELLINGS = fc
  .array(PIECES, { minLength: 1, maxLength: 8 })
  .map((pieces) => `${PREFIX}${pieces.join('')}`);

describe.each(Object.entries(READERS))('%s', (_name, whereOf) => {
  it('reads no path that a border lets through as one outside of the prefix', async () => {
    let judged = 0;
    await fc.assert(
      fc.asyncProperty(SPELLINGS, async (path) => {
        if (!letsThrough(path)) return;
        judged += 1;
        expect([await whereOf(path), await whereOf(decodedOnceMore(path))]).not.toContain(
          'outside',
        );
      }),
      { numRuns: RUNS },
    );
    // Otherwise nothing was shown.
    expect(judged).toBeGreaterThan(RUNS / 10);
  });
});

it('would find one that the border refuses', async () => {
  const refused = fc.sample(SPELLINGS, { numRuns: RUNS }).filter((path) => !letsThrough(path));
  const left = async (whereOf: (path: string) => Where | Promise<Where>) => {
    const places = await Promise.all(refused.map(async (path) => whereOf(decodedOnceMore(path))));
    return places.includes('outside');
  };
  // Routers that compare text are left by no spelling; these resolve what they read.
  for (const name of ['Hono', 'a server of files', 'the most careless reading'] as const) {
    expect([name, await left(READERS[name] ?? (() => 'nowhere'))]).toEqual([name, true]);
  }
});

it.each([
  'grüße',
  '文件.txt',
  '山.川',
  '.hidden',
  'v1.2',
  'a b',
  '100%',
  'x;v=1',
  'a..b',
  '...x',
  '~me',
])('leaves alone what is ordinary: %s', (name) => {
  expect(letsThrough(`${PREFIX}${encodeURIComponent(name)}`)).toBe(true);
  expect(letsThrough(`${PREFIX}${encodeURIComponent(name)}/x`)).toBe(true);
});
