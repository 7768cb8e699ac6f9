import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Cluster } from '../../../support/cluster/cluster';

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

describe('a cluster that the doctor looks at', () => {
  it('is asked again after a look at which it did not answer', async () => {
    let up = false;
    const server = createServer((request, response) => {
      response.statusCode = up ? 200 : 503;
      const found = { metadata: { name: 'roots' } };
      const body = request.url?.startsWith('/api/') === true ? found : DISCOVERED;
      response.end(JSON.stringify(up ? body : { message: 'not yet' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const config = {
        getCurrentCluster: () => ({ server: `http://127.0.0.1:${port}` }),
        applyToHTTPSOptions: () => Promise.resolve(),
      };
      const noPods = () => Promise.reject(new Error('there are no pods'));
      const cluster = new Cluster(config, 'kubectl', noPods);
      const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'roots' };
      await expect(cluster.read(ref)).rejects.toThrow('not yet');
      up = true;
      cluster.forget();
      expect(await cluster.read(ref)).toEqual({ metadata: { name: 'roots' } });
    } finally {
      server.close();
    }
  });
});
