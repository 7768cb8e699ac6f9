/**
 * `npm run upgrade-plan` shows what a deploy of this build over the one before it does to the resources of the
 * default pair: which stay, move, go or are new. With `--record` this build becomes the one before, as for
 * a release. What changes in a resource that stays, Terraform's own plan says: `npx cdktf diff`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../support/paths';
import {
  type Addresses,
  changesSince,
  changesText,
  currentBuild,
} from '../support/terraform/upgrade-plan';

const FILE = path.join(ROOT, 'test', 'upgrade', 'addresses.json');

const build = currentBuild();
if (process.argv.includes('--record')) {
  writeFileSync(FILE, `${JSON.stringify(build.addresses, null, 2)}\n`);
} else {
  const earlier = JSON.parse(readFileSync(FILE, 'utf8')) as Addresses;
  console.log(changesText(changesSince(earlier, build)));
}
