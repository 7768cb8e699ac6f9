import { QUALIFIED_NAME } from '../dns-names';
import type { Problem } from '../problems';
import type { Taint } from './props';
import { isUnresolved } from '../unresolved';

/**
 * EKS refuses labels that begin with these, or the kubelet does and the node never joins.
 *
 * @see https://github.com/kubernetes/cloud-provider-aws/issues/242
 * @see https://github.com/terraform-aws-modules/terraform-aws-eks/issues/3346
 */
const RESERVED = ['kubernetes.io', 'k8s.io', 'eks.amazonaws.com'];

/** Of a whole key and of a value, by the EKS API; Kubernetes itself has longer keys. */
const MAX_LENGTH = 63;

/** Most taints of a group, by the EKS API. */
const MAX_TAINTS = 50;

const VALUE = /^[0-9A-Za-z]([-0-9A-Za-z_.]*[0-9A-Za-z])?$/;

/** What is wrong with the labels of a node group; paths from the labels. */
export function nodeLabelProblems(labels: Readonly<Record<string, string>>): Problem[] {
  return Object.entries(labels).flatMap(([key, value]) =>
    [keyProblem('label', key), valueProblem(value)].flatMap((message) =>
      message === undefined ? [] : [{ path: [key], message }],
    ),
  );
}

/** What is wrong with the taints of a node group; paths from the taints. */
export function taintProblems(taints: readonly Taint[]): Problem[] {
  const problems: Problem[] = taints.flatMap(({ key, value, effect }, i) => {
    const first = taints.findIndex((other) => other.key === key && other.effect === effect);
    const twice =
      first < i
        ? `${key} is there twice with the effect ${effect}; leave one of them out`
        : undefined;
    const found: readonly (readonly [string, string | undefined])[] = [
      ['key', keyProblem('taint', key) ?? twice],
      // Unlike a label, a taint may do without one.
      ['value', value === undefined || value === '' ? undefined : valueProblem(value)],
    ];
    return found.flatMap(([part, message]) =>
      message === undefined ? [] : [{ path: [i, part], message }],
    );
  });
  if (taints.length > MAX_TAINTS) {
    const message = `has ${taints.length} entries; EKS takes ${MAX_TAINTS} at most`;
    problems.push({ path: [], message });
  }
  return problems;
}

function keyProblem(what: string, key: string): string | undefined {
  if (isUnresolved(key)) return undefined;
  if (key.length > MAX_LENGTH) {
    return `the key has ${key.length} characters, what is before "/" included; EKS takes ${MAX_LENGTH} at most`;
  }
  if (!QUALIFIED_NAME.test(key)) {
    return (
      `"${key}" is no key of a ${what}; must be letters, digits, "-", "_" and ".", a letter or digit at ` +
      'both ends, with or without "example.com/" before it'
    );
  }
  const [, prefix] = key.split('/').reverse();
  const reserved = RESERVED.find((domain) => prefix === domain || prefix?.endsWith(`.${domain}`));
  return reserved === undefined
    ? undefined
    : `"${prefix ?? ''}/" is kept for Kubernetes and EKS, which refuse it or whose nodes never join; ` +
        'use a prefix of your own, such as example.com/';
}

function valueProblem(value: string): string | undefined {
  if (isUnresolved(value)) return undefined;
  if (value === '') return 'is empty, which EKS refuses; give it a value, such as "true"';
  return value.length <= MAX_LENGTH && VALUE.test(value)
    ? undefined
    : `is "${value}"; must be ${MAX_LENGTH} letters, digits, "-", "_" and "." at most, a letter or digit at both ends`;
}
