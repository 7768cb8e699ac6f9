import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { YamlMap } from '../constructs/kubernetes/yaml-file';
import type { Manifest } from '../support/objects/kinds';
import { GATEWAY_API_CRDS, moduleCrdFiles, MONITORING_CRDS } from '../support/upstream/module-crds';
import { crdFiles } from '../support/upstream/schemas';

/** The CRDs of a mesh, in the pinned version. */
export function crds(mesh: 'istio' | 'consul-k8s' | 'linkerd'): Manifest[] {
  return read(crdFiles(mesh));
}

/** Those of no mesh; none where they were not fetched. */
export function otherCrds(): Manifest[] {
  return [MONITORING_CRDS, GATEWAY_API_CRDS].flatMap((those) => read(moduleCrdFiles(those) ?? []));
}

function read(files: readonly string[]): Manifest[] {
  return files
    .flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')))
    .map((document) => document.toJS() as YamlMap | null)
    .filter((crd): crd is Manifest => crd !== null);
}
