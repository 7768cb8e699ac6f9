import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { helmProgram } from '../../../support/upstream/helm';
import { fetchSchemas } from '../../../support/upstream/fetched-schemas';
import { CONSUL, ISTIO } from '../../../versions';
import { temporaryFolder } from '../../helpers/files';

const parent = temporaryFolder();
const folder = path.join(parent, 'schemas');
const asked: string[] = [];
let stop: (() => void) | undefined;

afterEach(() => stop?.());

/** A mirror that has what the filter lets through. */
async function mirror(has: (file: string) => boolean): Promise<NodeJS.ProcessEnv> {
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    response.writeHead(has(url) ? 200 : 404).end(url);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { SCHEMAS_MIRROR: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

describe('What the tests hold the project against', () => {
  it('is fetched whole or not at all', async () => {
    await expect(
      fetchSchemas(folder, await mirror((file) => !file.endsWith('_meshes.yaml'))),
    ).rejects.toThrow(/_meshes\.yaml answers 404/);
    expect(readdirSync(parent)).toEqual([]);
  });

  it('is of the pinned versions', async () => {
    await fetchSchemas(folder, await mirror(() => true));
    const crds = path.join(folder, `crds/istio-${ISTIO.version}/crds.yaml`);
    expect(readFileSync(crds, 'utf8')).toBe(
      `/istio/istio/${ISTIO.version}/manifests/charts/base/files/crd-all.gen.yaml`,
    );
    expect(existsSync(path.join(folder, `chart-values/consul-${CONSUL.version}/values.yaml`))).toBe(
      true,
    );
    expect(asked.every((url) => url.includes(ISTIO.version) || url.includes(CONSUL.version))).toBe(
      true,
    );
  });

  it('is not to be had where the mirror cannot be reached, and the error says what to do', async () => {
    await expect(fetchSchemas(folder, { SCHEMAS_MIRROR: 'http://127.0.0.1:9' })).rejects.toThrow(
      /^cannot reach http:\/\/127\.0\.0\.1:9\/.*set SCHEMAS_MIRROR to a copy$/,
    );
  });

  it('is rendered by the Helm that is named, and by no other', () => {
    expect(helmProgram({ ...process.env, HELM_BIN: process.execPath })).toBeUndefined();
    expect(helmProgram({ PATH: '/nowhere', XDG_CACHE_HOME: parent })).toBeUndefined();
  });
});
