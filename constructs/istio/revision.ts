import { DEFAULT_WORKLOAD_NAMESPACES } from '../kubernetes/workload-namespace';
import type { Problem } from '../problems';
import { DEFAULT_ISTIO_VERSION, type IstioMeshProps } from './props';

/** Further apart a control plane and sidecars are not supported. */
const MINORS_APART = 2;

/** A name as the charts make it for a revision. */
export function revisioned(name: string, revision: string | undefined): string {
  return revision === undefined ? name : `${name}-${revision}`;
}

/** The label of a namespace whose pods a control plane injects. */
export function injectionLabels(revision: string | undefined): Readonly<Record<string, string>> {
  return revision === undefined ? { 'istio-injection': 'enabled' } : { 'istio.io/rev': revision };
}

/** The newer of two versions. CRDs and the node agent serve both control planes. */
export function newerVersion(one: string, other = one): string {
  const [a, b] = [one, other].map((version) => version.split(/[.-]/).map(Number));
  const at = [0, 1, 2].find((part) => a?.[part] !== b?.[part]) ?? 0;
  return (a?.[at] ?? 0) >= (b?.[at] ?? 0) ? one : other;
}

/** What is wrong with `revision` and `canary`. */
export function canaryProblems({
  version = DEFAULT_ISTIO_VERSION,
  revision,
  canary,
  images,
  workloadNamespaces = DEFAULT_WORKLOAD_NAMESPACES,
}: Pick<
  IstioMeshProps,
  'version' | 'revision' | 'canary' | 'images' | 'workloadNamespaces'
>): readonly Problem[] {
  const problems: Problem[] = [];
  const mistake = (path: readonly PropertyKey[], message: string) =>
    problems.push({ path, message });
  for (const [path, name] of [
    [['revision'], revision],
    [['canary', 'revision'], canary?.revision],
  ] as const) {
    if (name !== undefined && !/^[a-z]?[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?$/.test(name)) {
      mistake(path, `is "${name}"; lower case letters, digits and "-", such as 1-32-0`);
    } else if (name === 'default') {
      // https://istio.io/latest/docs/setup/upgrade/canary/#default-tag
      mistake(
        path,
        'is "default", which Istio has for a control plane without a revision; take another name',
      );
    }
  }
  if (canary === undefined) return problems;
  if (canary.revision === revision) {
    mistake(['canary', 'revision'], `is ${canary.revision}, as the mesh's own; take another name`);
  }
  const minors = [version, canary.version].map((one) => Number(one.split('.')[1]));
  const [own = 0, other = 0] = minors;
  if (Math.abs(own - other) > MINORS_APART) {
    mistake(
      ['canary', 'version'],
      `is ${canary.version}, more than ${MINORS_APART} minor versions from ${version}; go by way of one between`,
    );
  }
  const known = workloadNamespaces.map(({ name }) => name);
  (canary.namespaces ?? []).forEach((name, index) => {
    if (!known.includes(name)) {
      mistake(
        ['canary', 'namespaces', index],
        `is ${name}, which is none of the mesh; one of ${known.join(', ')}`,
      );
    }
  });
  for (const image of ['pilot', 'proxy'] as const) {
    if (images?.[image] !== undefined) {
      mistake(
        ['images', image],
        'names one image for both control planes; take it out until the canary has taken over',
      );
    }
  }
  return problems;
}
