import { afterAll, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { look } from '../../../constructs/federation/jobs/look';
import { type Answer, type HttpsServer, serve } from '../../helpers/api-server';
import { temporaryFolder, writeFile } from '../../helpers/files';

/*
 * A double of the few answers of an API server that the job needs. What the kubelet makes of the
 * annotation was seen on a real one.
 */
const pod = (name: string, ...configMaps: string[]) => ({
  metadata: { name },
  spec: { volumes: [{ emptyDir: {} }, ...configMaps.map((name) => ({ configMap: { name } }))] },
});
const pages: Readonly<Record<string, { metadata: object; items: object[] }>> = {
  '': {
    metadata: { continue: 'more' },
    items: [pod('one', 'federation-roots-consul'), pod('two')],
  },
  more: {
    metadata: {},
    items: [pod('three', 'other'), pod('gone', 'x', 'federation-roots-consul')],
  },
};
const patched: { path: string; body: unknown }[] = [];
/** Answers that come in place of the usual ones, each once, by method and the end of the path. */
let troubles: { readonly at: RegExp; readonly answer: Answer }[] = [];

/** What is asked in the namespace `shop`, and for nothing else. */
function answer(method: string, url: URL, text: string): Answer {
  const trouble = troubles.find(({ at }) => at.test(`${method} ${url.pathname}`));
  if (trouble !== undefined) {
    troubles = troubles.filter((one) => one !== trouble);
    return trouble.answer;
  }
  if (method === 'GET' && url.pathname === '/api/v1/namespaces/shop/pods') {
    return { status: 200, body: JSON.stringify(pages[url.searchParams.get('continue') ?? '']) };
  }
  if (method !== 'PATCH' || url.pathname.includes('/gone/')) return { status: 404, body: '{}' };
  patched.push({ path: url.pathname, body: JSON.parse(text) });
  return { status: 200, body: '{}' };
}

const folder = temporaryFolder();
const logged: Record<string, unknown>[] = [];
let server: HttpsServer;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  server = await serve(({ method = '', url = '' }, text) =>
    answer(method, new URL(url, 'https://localhost'), text),
  );
  writeFile(folder, 'token', 'token');
  writeFile(folder, 'ca.crt', server.authority);
  env = {
    SERVICE_ACCOUNT_FOLDER: folder,
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: String(server.port),
    NAMESPACES: 'shop',
    CONFIG_MAPS: 'federation-roots-consul',
  };
});
beforeEach(() => {
  patched.length = 0;
  logged.length = 0;
  troubles = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => {
    logged.push(JSON.parse(line) as Record<string, unknown>);
  });
});
afterAll(() => server.stop());

/** A run, and for how many seconds it would have waited. */
async function run(): Promise<{ code: number; waited: number[] }> {
  const waited: number[] = [];
  const code = await look(env, (seconds) => Promise.resolve(waited.push(seconds)));
  return { code, waited };
}

const ONE = '/api/v1/namespaces/shop/pods/one/status';

it('tells the kubelets of the pods that have foreign roots, by nothing but an annotation', async () => {
  expect(await run()).toEqual({ code: 0, waited: [] });
  const annotations = { 'mesh-federation/roots-looked-at': expect.stringMatching(/^20..-/) };
  expect(patched).toEqual([{ path: ONE, body: { metadata: { annotations } } }]);
});

it.each([
  ['a right that does not hold yet', /^GET/, 403],
  ['an API server that is busy', /^GET/, 429],
  ['one that is rolled out', /^PATCH/, 503],
  ['a change at the same time', /^PATCH/, 409],
  ['a list that has expired half-way', /^GET/, 410],
])('tries again after %s', async (_, at, status) => {
  troubles = [{ at, answer: { status, body: '{"message":"later"}' } }];
  expect(await run()).toEqual({ code: 0, waited: [1] });
  expect(patched.map(({ path }) => path)).toEqual([ONE]);
  expect(logged).toMatchObject([{ outcome: 'told', pods: ['shop/one'] }]);
});

it('waits for the kubelets where it may not tell them, tells the others, and says why', async () => {
  const refusal = { status: 403, body: '{"message":"admission webhook denied the request"}' };
  troubles = Array.from({ length: 5 }, () => ({ at: /^PATCH.*\/one\//, answer: refusal }));
  pages['']?.items.unshift(pod('first', 'federation-roots-consul'));
  expect(await run()).toEqual({ code: 0, waited: [1, 2, 4, 8, 80] });
  expect(patched.map(({ path }) => path)).toEqual([ONE.replace('one', 'first')]);
  expect(logged).toMatchObject([
    {
      outcome: 'waiting',
      pods: ['shop/first'],
      problems: [expect.stringContaining('403 admission webhook denied the request')],
    },
  ]);
});
