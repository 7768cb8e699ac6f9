import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
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
const pages: Readonly<Record<string, object>> = {
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

/** What is asked in the namespace `shop`, and for nothing else. */
function answer(method: string, url: URL, text: string): Answer {
  if (method === 'GET' && url.pathname === '/api/v1/namespaces/shop/pods') {
    return { status: 200, body: JSON.stringify(pages[url.searchParams.get('continue') ?? '']) };
  }
  if (method !== 'PATCH' || url.pathname.includes('/gone/')) return { status: 404, body: '{}' };
  patched.push({ path: url.pathname, body: JSON.parse(text) });
  return { status: 200, body: '{}' };
}

const folder = temporaryFolder();
let server: HttpsServer;

beforeAll(async () => {
  jest.spyOn(console, 'log').mockReturnValue();
  server = await serve(({ method = '', url = '' }, text) =>
    answer(method, new URL(url, 'https://localhost'), text),
  );
  writeFile(folder, 'token', 'token');
  writeFile(folder, 'ca.crt', server.authority);
});
afterAll(() => server.stop());

it('tells the kubelets of the pods that have foreign roots, by nothing but an annotation', async () => {
  const env = {
    SERVICE_ACCOUNT_FOLDER: folder,
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: String(server.port),
    NAMESPACES: 'shop',
    CONFIG_MAPS: 'federation-roots-consul',
  };
  expect(await look(env)).toBe(0);
  const annotations = { 'mesh-federation/roots-looked-at': expect.stringMatching(/^20..-/) };
  expect(patched).toEqual([
    { path: '/api/v1/namespaces/shop/pods/one/status', body: { metadata: { annotations } } },
  ]);
});
