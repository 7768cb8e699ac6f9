import { setTimeout as sleep } from 'node:timers/promises';
import { type YamlMap, yamlMap } from '../constructs/kubernetes/yaml-file';
import { type Kind, type Manifest, servedKinds } from '../support/objects/kinds';
import { accepted, type ApiServer, CONTROLLERS } from './api-server';

/*
 * What is in a server before something is deployed to it, and what its controllers, of which none runs, would
 * write.
 */

/** Makes namespaces and CRDs. */
export async function prepare(
  server: ApiServer,
  namespaces: readonly string[],
  crds: readonly Manifest[] = [],
): Promise<void> {
  for (const name of namespaces) {
    const path = `/api/v1/namespaces/${name}`;
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    accepted(path, await server.apply(path, object));
  }
  for (const crd of crds) {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`;
    accepted(path, await server.apply(path, crd));
  }
}

/** The kinds of a server, once it serves those of these CRDs too: a moment after it has taken them. */
export async function servedWith(
  server: ApiServer,
  crds: readonly Manifest[],
): Promise<readonly Kind[]> {
  await prepare(server, [], crds);
  for (let tries = 0; ; tries++) {
    const kinds = await servedKinds(server);
    const names = kinds.map(
      ({ apiVersion, resource }) => `${resource}.${apiVersion.split('/')[0]}`,
    );
    const missing = crds.find(({ metadata }) => !names.includes(metadata.name));
    if (missing === undefined) return kinds;
    if (tries > 1200) throw new Error(`CRD ${missing.metadata.name} is not served`);
    await sleep(100);
  }
}

/**
 * Writes the status of an object as soon as the object is there, and again where it was changed meanwhile. One that
 * does not come within two minutes is left out: what was to make it says why.
 *
 * @param statusOf From the metadata of the object.
 */
export async function writeStatus(
  server: ApiServer,
  path: string,
  statusOf: (metadata: YamlMap) => YamlMap,
): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const found = await server.get(path).catch(() => undefined);
    if (found !== undefined) {
      const status = statusOf(yamlMap(found['metadata']));
      const object = { ...found, status };
      const answer = await server.as(CONTROLLERS, 'PUT', `${path}/status`, object);
      if (answer.status !== 409) {
        accepted(`PUT ${path}/status`, answer);
        return;
      }
    }
    await sleep(200);
  }
}

/** Deletes an object, as somebody does by hand. */
export async function remove(server: ApiServer, path: string): Promise<void> {
  accepted(`DELETE ${path}`, await server.as(CONTROLLERS, 'DELETE', path));
}
