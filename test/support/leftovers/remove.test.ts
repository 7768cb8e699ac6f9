import { expect, it } from '@jest/globals';
import type { Judged } from '../../../support/leftovers/judge';
import { accessTo } from '../../../support/aws/access';
import { clientsOf } from '../../../support/leftovers/clients';
import type { Kind, Thing } from '../../../support/leftovers/kind';
import { KINDS } from '../../../support/leftovers/kinds';
import { removeAll } from '../../../support/leftovers/remove';

/** What AWS says, by the id of the thing that it is about: each once, or always. */
type Says = Readonly<Record<string, readonly Error[] | Error>>;

/** No call is made. */
const aws = clientsOf(
  accessTo(
    { aws: { region: 'eu-north-1', tags: {}, emulator: { endpoint: 'http://[::1]' } } },
    'eu-north-1',
  ),
);

function refusal(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

const thing = (kind: string, id: string, more: Partial<Thing> = {}): Judged => ({
  kind,
  id,
  name: '',
  tags: {},
  of: 'mesh-istio',
  verdict: 'left behind',
  why: 'in no state',
  ...more,
});

/** Deletes things of an AWS that says so. @returns what was tried, and what was not deleted */
async function removed(things: readonly Judged[], says: Says, timeout?: number) {
  const tried: string[] = [];
  const there = new Map(things.map((one) => [one.id, one]));
  const left = new Map(Object.entries(says).map(([id, errors]) => [id, [errors].flat()]));
  const kinds = KINDS.map((kind): Kind => ({
    ...kind,
    find: () => Promise.resolve([...there.values()].filter((one) => one.kind === kind.name)),
    remove: (_, { id }) => {
      tried.push(id);
      const errors = left.get(id) ?? [];
      const error = Array.isArray(says[id]) ? errors.shift() : errors[0];
      if (error !== undefined) return Promise.reject(error);
      there.delete(id);
      return Promise.resolve();
    },
  }));
  const failures = await removeAll(kinds, aws, things, { clusters: [], timeout });
  return { tried, failures: failures.map(({ thing: { id }, reason }) => `${id}: ${reason}`) };
}

const PROTECTED = refusal(
  'OperationNotPermittedException',
  "Load balancer 'arn:lb' cannot be deleted because deletion protection is enabled",
);

it('says at once what is protected and how to lift that, and tries nothing that it needs', async () => {
  const { tried, failures } = await removed(
    [
      thing('VPC', 'vpc-1', { vpc: 'vpc-1' }),
      thing('subnet', 'subnet-1', { vpc: 'vpc-1' }),
      thing('target group', 'arn:tg', { heldBy: ['arn:lb'] }),
      thing('load balancer', 'arn:lb', { uses: ['subnet-1'], vpc: 'vpc-1' }),
      thing('Elastic IP address', 'eipalloc-1'),
    ],
    { 'arn:lb': PROTECTED },
  );
  expect(tried).toEqual(['arn:lb', 'eipalloc-1']);
  expect(failures).toEqual([
    'arn:lb: it is protected against deletion; where it may go: aws elbv2 modify-load-balancer-attributes ' +
      '--region eu-north-1 --load-balancer-arn arn:lb --attributes Key=deletion_protection.enabled,Value=false',
    ...['arn:tg', 'subnet-1', 'vpc-1'].map(
      (id) => `${id}: load balancer arn:lb stays and needs it`,
    ),
  ]);
});

it.each([
  [
    'EC2 instance',
    refusal(
      'OperationNotPermitted',
      "The instance 'i-1' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.",
    ),
    'aws ec2 modify-instance-attribute --region eu-north-1 --instance-id i-1 --no-disable-api-termination',
  ],
  [
    'EKS cluster',
    refusal('InvalidRequestException', 'Cluster has deletion protection enabled'),
    'aws eks update-cluster-config --region eu-north-1 --name i-1 --no-deletion-protection',
  ],
])('says of a protected %s how to lift that', async (kind, error, command) => {
  expect(await removed([thing(kind, 'i-1')], { 'i-1': error })).toEqual({
    tried: ['i-1'],
    failures: [`i-1: it is protected against deletion; where it may go: ${command}`],
  });
});

it('tries again what something else still needs', async () => {
  const inUse = refusal('DependencyViolation', 'has dependencies');
  const { tried, failures } = await removed([thing('subnet', 'subnet-1')], { 'subnet-1': [inUse] });
  expect([tried, failures]).toEqual([['subnet-1', 'subnet-1'], []]);
});

it('takes a key that somebody else has scheduled for deletion meanwhile for one that goes', async () => {
  const pending = refusal('KMSInvalidStateException', 'arn:key is pending deletion.');
  const key = thing('KMS key', 'key-1', { ending: 'is deleted in a week' });
  expect(await removed([key], { 'key-1': pending }, 0)).toEqual({ tried: ['key-1'], failures: [] });
});
