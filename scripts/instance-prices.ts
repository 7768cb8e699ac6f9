/**
 * `npm run instance-prices` writes what instances cost in every region, from a public Go module that holds
 * AWS' price list: support/cost/instance-prices.ts. Needs Go, which compares the module's sum with that of
 * its checksum database.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { ROOT } from '../support/paths';
import { instancePrice } from '../support/cost/list-prices';

/** Its prices are those of the day in its version. */
const MODULE = 'github.com/cristim/ec2-instances-info';
const MODULE_VERSION = 'v0.0.0-20250528091325-32acf84f42eb';
const MODULE_DATE = '2025-05-28';

const FAMILIES =
  't3 t3a t4g m5 m5a m6a m6g m6i m7a m7g m7i m7i-flex m8g c5 c6a c6g c6i c7a c7g c7i c8g r5 r6g r6i r7g r7i r8g'.split(
    ' ',
  );

/** By how much a size may differ from its share of `large`: AWS rounds, and has one family that does more. */
const TOLERANCE = 0.01;

/** No local zones, no Wavelength zones. */
const REGION = /^[a-z]{2}-(gov-)?[a-z]+-\d$/;

const module = z.array(
  z.object({
    instance_type: z.string(),
    pricing: z.record(
      z.string(),
      z.looseObject({ linux: z.looseObject({ ondemand: z.string().optional() }).optional() }),
    ),
  }),
);

function prices(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const answer = execFileSync('go', ['mod', 'download', '-json', `${MODULE}@${MODULE_VERSION}`], {
    encoding: 'utf8',
    env: { ...process.env, GOFLAGS: '', GOWORK: 'off' },
  });
  const { Dir } = z.object({ Dir: z.string() }).parse(JSON.parse(answer));
  const file = path.join(Dir, 'data', 'instances.json');
  const all = module.parse(JSON.parse(readFileSync(file, 'utf8')));
  return new Map(
    all.map(({ instance_type: type, pricing }) => [
      type,
      new Map(
        Object.entries(pricing).flatMap(([region, { linux }]) =>
          linux?.ondemand === undefined || !(Number(linux.ondemand) > 0)
            ? []
            : [[region, linux.ondemand] as const],
        ),
      ),
    ]),
  );
}

function main(): void {
  const found = prices();
  const large = (family: string) => found.get(`${family}.large`) ?? new Map<string, string>();
  const regions = [...new Set(FAMILIES.flatMap((family) => [...large(family).keys()]))]
    .filter((region) => REGION.test(region))
    .sort();
  const rows = regions.map((region) =>
    [region, ...FAMILIES.map((family) => large(family).get(region) ?? '-')].join(' '),
  );
  for (const [type, ofRegions] of found) {
    const [family = '', size = ''] = type.split('.');
    if (!FAMILIES.includes(family)) continue;
    for (const region of regions) {
      const is = Number(ofRegions.get(region));
      const share = instancePrice(Number(large(family).get(region)), size);
      if (Math.abs(is - share) > TOLERANCE * is) {
        throw new Error(`${type} costs ${is} in ${region}, and not ${share} as a share of large`);
      }
    }
  }
  const lines = [
    '/*',
    ' * Made by `npm run instance-prices`: USD an hour of `large` of each family, on demand, Linux. As of',
    ` * ${MODULE_DATE}, from the price list of AWS in ${MODULE}@${MODULE_VERSION}.`,
    ' */',
    '',
    `export const INSTANCES_CHECKED = '${MODULE_DATE}';`,
    '',
    '/** A line for each region, `-` where it has no such instances. */',
    `export const INSTANCE_TABLE = \`region ${FAMILIES.join(' ')}`,
    `${rows.join('\n')}\`;`,
    '',
  ];
  writeFileSync(path.join(ROOT, 'support', 'cost', 'instance-prices.ts'), lines.join('\n'));
}

main();
