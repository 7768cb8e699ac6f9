import path from 'node:path';
import { expect, test } from '@jest/globals';
import { kubectlInOutputs } from '../../stacks/kubectl';
import { temporaryFolder } from '../helpers/files';
import { record } from '../helpers/shell';

const folder = temporaryFolder();

test.each([
  ['~/.kube/config', path.join(folder, '.kube/config')],
  ["~/our team's", path.join(folder, "our team's")],
  ['files/team a', 'files/team a'],
])('what a stack prints reaches its cluster by the kubeconfig %s', (file, read) => {
  const kubectl = kubectlInOutputs({ kind: 'kubeconfig', path: file, context: 'team a' });
  const { calls } = record(`${kubectl} get pods`, folder, { kubectl: '' });
  expect(calls).toEqual([['kubectl', '--kubeconfig', read, '--context', 'team a', 'get', 'pods']]);
});

test('what a stack prints reaches an EKS cluster by the context that its stack tells how to make', () => {
  const connection = { kind: 'eks', clusterName: 'mesh-istio', region: 'eu-north-1' } as const;
  expect(kubectlInOutputs(connection)).toBe('kubectl --context mesh-istio');
});
