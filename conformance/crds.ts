import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { YamlMap } from '../constructs/kubernetes/yaml-file';
import type { Manifest } from '../support/objects/kinds';
import { crdFiles } from '../support/upstream/schemas';

/** The CRDs of a mesh, in the pinned version. */
export function crds(mesh: 'istio' | 'consul-k8s'): Manifest[] {
  return crdFiles(mesh)
    .flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')))
    .map((document) => document.toJS() as YamlMap | null)
    .filter((crd): crd is Manifest => crd !== null);
}
