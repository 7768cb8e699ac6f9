import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Cluster } from '../../../support/cluster/cluster';
import { ApiError } from '../../../support/cluster/errors';

const DISCOVERED = {
  items: [
    {
      metadata: {},
      versions: [
        {
          version: 'v1',
          resources: [
            { resource: 'configmaps', responseKind: { kind: 'ConfigMap' }, scope: 'Namespaced' },
          ],
        },
      ],
    },
  ],
};

const REF = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'roots' };

/** Looks at an API server that says this of a path, and 404 where it says nothing. */
async function answeredBy(
  answer: (path: string) => { readonly status?: number; readonly body: unknown } | undefined,
  look: (cluster: Cluster) => Promise<void>,
): Promise<readonly string[]> {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const { status = 200, body } = answer(url) ?? { status: 404, body: {} };
    response.statusCode = status;
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const config = {
      // With a slash at its end, as some have it.
      getCurrentCluster: () => ({ server: `http://127.0.0.1:${port}/` }),
      applyToHTTPSOptions: () => Promise.resolve(),
    };
    const noPods = () => Promise.reject(new Error('there are no pods'));
    await look(new Cluster(config, 'kubectl', noPods));
    return asked;
  } finally {
    server.close();
  }
}

describe('a cluster that the doctor looks at', () => {
  it('is asked again after a look at which it did not answer', async () => {
    let up = false;
    const found = { metadata: { name: 'roots' } };
    await answeredBy(
      (path) =>
        up
          ? { body: path.startsWith('/api/') ? found : DISCOVERED }
          : { status: 503, body: { message: 'not yet' } },
      async (cluster) => {
        await expect(cluster.read(REF)).rejects.toThrow('not yet');
        up = true;
        cluster.forget();
        expect(await cluster.read(REF)).toEqual(found);
      },
    );
  });

  it('is asked for a schema again that it did not give', async () => {
    const kind = { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps', namespaced: true };
    let up = false;
    const schema = {
      'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'ConfigMap' }],
    };
    const asked = await answeredBy(
      () =>
        up
          ? { body: { components: { schemas: { ConfigMap: schema } } } }
          : { status: 503, body: { message: 'not yet' } },
      async (cluster) => {
        await expect(cluster.schema(kind)).rejects.toThrow('not yet');
        up = true;
        const first = await cluster.schema(kind);
        expect(await cluster.schema(kind)).toBe(first);
      },
    );
    expect(asked).toHaveLength(2);
  });

  it('is asked once for what is read again, and for nothing that it does not know', async () => {
    const found = { metadata: { name: 'roots' } };
    const asked = await answeredBy(
      (path) => {
        if (path.startsWith('/api/v1/namespaces/default/configmaps/')) {
          return path.endsWith('/roots') ? { body: found } : undefined;
        }
        return path.includes('configmaps')
          ? { body: { items: [found] } }
          : { body: path.startsWith('/api?') || path === '/api' ? DISCOVERED : { items: [] } };
      },
      async (cluster) => {
        expect(await cluster.read(REF)).toEqual(found);
        expect(await cluster.read(REF)).toEqual(found);
        expect(await cluster.read({ ...REF, name: 'others' })).toBeUndefined();
        expect(await cluster.read({ ...REF, kind: 'Server' })).toBeUndefined();
        expect(await cluster.read({ ...REF, apiVersion: 'v2' })).toBeUndefined();
        expect(await cluster.list('v1', 'ConfigMap', 'default')).toEqual([found]);
        expect(await cluster.list('v1', 'ConfigMap')).toEqual([found]);
        expect(await cluster.list('v1', 'Server')).toEqual([]);
      },
    );
    expect(asked.filter((path) => path.includes('configmaps'))).toEqual([
      '/api/v1/namespaces/default/configmaps/roots',
      '/api/v1/namespaces/default/configmaps/others',
      '/api/v1/namespaces/default/configmaps',
      '/api/v1/configmaps',
    ]);
  });

  it.each([
    [403, { message: 'configmaps "roots" is forbidden' }, 'configmaps "roots" is forbidden'],
    [502, '<h1>Bad gateway</h1>', '<h1>Bad gateway</h1>'],
    [500, '', 'status 500'],
    [302, '', 'status 302'],
    [200, '[]', 'no API server speaks so: []'],
  ])('says in its own words why it does not answer: %i, %j', async (status, body, message) => {
    await answeredBy(
      () => ({ status, body }),
      async (cluster) => {
        await expect(cluster.get('/version')).rejects.toEqual(new ApiError(status, message));
      },
    );
  });

  it('says what it has not', async () => {
    await answeredBy(
      () => undefined,
      async (cluster) => {
        await expect(cluster.get('/version')).rejects.toEqual(
          new ApiError(404, 'GET /version: not found'),
        );
      },
    );
  });
});
