import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { missingPlugin } from '../../../support/terminal/reason';

/** What Node.js says of a program that cannot be started, which the Kubernetes client hands on. */
async function refusal(program: string): Promise<unknown> {
  const [error] = (await once(spawn(program), 'error').catch((thrown: unknown) => [thrown])) as [
    unknown,
  ];
  return error;
}

test('names the program for credentials that is not installed', async () => {
  expect(missingPlugin(await refusal('no-such-plugin'))).toBe(
    'no-such-plugin, which the kubeconfig calls for credentials, is not installed or not on the PATH',
  );
});

test('says nothing of another refusal', async () => {
  expect(missingPlugin(await refusal('/'))).toBeUndefined();
  expect(missingPlugin(new Error('connect ECONNREFUSED 192.0.2.1:443'))).toBeUndefined();
});
