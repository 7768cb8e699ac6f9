import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import {
  type Addresses,
  changesSince,
  changesText,
  currentBuild,
} from '../../support/terraform/upgrade-plan';

/** Kinds whose loss costs an outage, data, money or somebody else's trust. */
const COSTLY =
  /^(aws_(eks_cluster|eks_node_group|vpc|subnet|nat_gateway|eip|internet_gateway|kms_key|security_group|cloudwatch_log_group)|helm_release|kubernetes_(namespace_v1|storage_class_v1)|tls_private_key)\./;

test('A deploy over the build before this one takes nothing away that is costly to lose', () => {
  const earlier = JSON.parse(
    readFileSync(path.join(__dirname, 'addresses.json'), 'utf8'),
  ) as Addresses;
  const changes = changesSince(earlier, currentBuild());
  expect(changes.reduce((sum, { stay }) => sum + stay, 0)).toBeGreaterThan(200);
  expect(
    changes.flatMap(({ stack, gone }) =>
      gone.filter((address) => COSTLY.test(address)).map((address) => `${stack}: ${address}`),
    ),
  ).toEqual([]);
});

test('The plan tells apart what stays, moves, goes and is new', () => {
  const changes = changesSince(
    { one: ['a.stays', 'a.old', 'a.gone'], left: ['b.gone'] },
    {
      addresses: { one: ['a.stays', 'a.next', 'a.new'] },
      moved: {
        one: [
          { from: 'a.old', to: 'a.next' },
          { from: 'a.never', to: 'a.new' },
        ],
      },
    },
  );
  expect(changes).toEqual([
    { stack: 'left', stay: 0, moved: [], gone: ['b.gone'], added: [] },
    {
      stack: 'one',
      stay: 1,
      moved: [{ from: 'a.old', to: 'a.next' }],
      gone: ['a.gone'],
      added: ['a.new'],
    },
  ]);
  expect(changesText(changes)).toContain(
    '1 stay, 1 keep what they are under a new address, 1 go, 1 are new.',
  );
});
