import { homedir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { contextTo, kubectlTo } from '../../../support/terminal/kubectl';
import { temporaryFolder } from '../../helpers/files';
import { record } from '../../helpers/shell';

const folder = temporaryFolder();
const usual = path.join(homedir(), '.kube', 'config');

/** The words that kubectl gets when the command is pasted into a shell. */
function pasted(connection: Parameters<typeof kubectlTo>[0], KUBECONFIG?: string) {
  const command = `${kubectlTo(connection, { KUBECONFIG })} get --raw /readyz`;
  const { calls, exitCode } = record(command, folder, { kubectl: 'ok' });
  expect(exitCode).toBe(0);
  return calls[0]?.slice(1, -3);
}

test.each([
  ['that kubectl reads by itself', '~/.kube/config', undefined, []],
  ['that kubectl reads by itself', '~/.kube/config', '', []],
  ['that KUBECONFIG names', '~/team-a', path.join(homedir(), 'team-a'), []],
  ['that is another', '~/team-a', undefined, [path.join(homedir(), 'team-a')]],
  ['that is another', 'here/team-a', undefined, [path.resolve('here/team-a')]],
  ['that KUBECONFIG does not name', '~/.kube/config', '/team-a', [usual]],
  ['that KUBECONFIG names among others', '/team-a', '/team-b:/team-a', ['/team-a']],
  ['with a name that a shell would take apart', "/our team's", undefined, ["/our team's"]],
])('a kubeconfig %s: %s, with %s', (_, file, KUBECONFIG, named) => {
  expect(pasted({ path: file, context: 'team-a' }, KUBECONFIG)).toEqual([
    ...named.flatMap((one) => ['--kubeconfig', one]),
    '--context',
    'team-a',
  ]);
});

test('a context with a name that a shell would take apart', () => {
  expect(pasted({ path: usual, context: 'team a; echo' })).toEqual(['--context', 'team a; echo']);
});

test('the context that leads to an API server is found, whatever its name is', () => {
  const known = {
    contexts: [
      { name: 'other', cluster: 'b' },
      { name: 'arn:aws:eks:eu-north-1:111122223333:cluster/mesh-istio', cluster: 'a' },
    ],
    clusters: [
      { name: 'a', server: 'https://a.example.com' },
      { name: 'b', server: 'https://b.example.com' },
    ],
  };
  expect(contextTo('https://a.example.com', known)).toBe(known.contexts[1]?.name);
  expect(contextTo('https://c.example.com', known)).toBeUndefined();
});
