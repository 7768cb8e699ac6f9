/** `npm run cost` works out what the federation of the settings costs, without asking anybody. */
import {
  autoModeNotes,
  bill,
  changes,
  type Line,
  onDemandNodes,
  regionOf,
  supportNotes,
  total,
} from '../support/cost/bill';
import { listPrices } from '../support/cost/list-prices';
import { MONTH_HOURS, type Prices, readPrices } from '../support/cost/prices';
import { type Transfer, transfers } from '../support/cost/transfer';
import { table } from '../support/terminal/table';
import { undeployedConfig } from '../support/settings/undeployed';
import { EXIT, orMistake, refuseAll, runProgram, UserError } from '../support/terminal/user-error';
import { today } from '../versions/verdicts';
import type { Config } from '../config';
import { newCommand } from './command';

interface Options {
  readonly gb?: string;
  readonly json?: true;
  readonly prices?: readonly string[];
}

export const command = newCommand('cost', [
  ['', 'what is billed by the hour, and what would change it'],
  ['--prices prices.yaml', 'with the prices of your contract; a file for each region'],
  ['--gb 500', 'also what 500 GB cost on each way that they may take'],
  ['--json', 'for a program, with the prices that were used'],
])
  .description(
    'Works out what the federation of the settings costs by the hour, day and month, from list prices ' +
      'and without asking anybody: what Terraform makes, and what Kubernetes makes for it.',
  )
  .option('--prices <file...>', 'YAML with prices of a region, in the form that --json shows')
  .option('--gb <number>', 'how much may pass, for the prices of what is moved')
  .option('--json', 'print it as JSON')
  .action((options: Options) =>
    runProgram(() => {
      const mistakes: string[] = [];
      const gigabytes = orMistake(mistakes, () => gigabytesOf(options.gb));
      const files = (options.prices ?? []).flatMap((file) => {
        const prices = orMistake(mistakes, () => readPrices(file));
        return prices === undefined ? [] : [{ file, prices }];
      });
      refuseAll(mistakes);
      const config = undeployedConfig();
      const on = today();
      const regions = regionsOf(config);
      const pricesOf = (region: string) =>
        files.find(({ prices }) => prices.region === region)?.prices ?? listPrices(region);
      const report = {
        regions,
        lines: bill(config, pricesOf, on),
        changes: changes(config, pricesOf, on),
        transfers: transfers(config, pricesOf),
        support: [...autoModeNotes(config), ...supportNotes(config, pricesOf, on)],
        nodes: onDemandNodes(config, pricesOf),
        unbilled: unbilledNotes(config),
        prices: regions.map(pricesOf),
      };
      const sources = regions.map((region) =>
        source(pricesOf(region), files.find(({ prices }) => prices.region === region)?.file),
      );
      const idle = files.filter(({ prices }) => !regions.includes(prices.region));
      for (const { file, prices } of idle) {
        console.error(
          `${file} has prices of ${prices.region}, where these settings have nothing: they are not used.`,
        );
      }
      console.log(
        options.json ? JSON.stringify(report, null, 2) : text(report, sources, gigabytes),
      );
      return EXIT.right;
    }),
  );

interface Report {
  /** In which AWS bills something. */
  readonly regions: readonly string[];
  readonly lines: readonly Line[];
  readonly changes: ReturnType<typeof changes>;
  readonly transfers: readonly Transfer[];
  readonly support: readonly string[];
  readonly nodes: number;
  /** What of it AWS bills to nobody. */
  readonly unbilled: readonly string[];
  /** Those of each region. */
  readonly prices: readonly Prices[];
}

/** Regions in which AWS bills something. */
function regionsOf(config: Config): string[] {
  const all = Object.values(config.clusters).flatMap((cluster) =>
    cluster.kind === 'kubeconfig' ? [] : [regionOf(config, cluster)],
  );
  return [...new Set(all)];
}

/** What is not in the sum: what is emulated is billed to nobody, and what is there already is paid for already. */
function unbilledNotes({ aws, clusters }: Config): string[] {
  const named = (kind: string) =>
    Object.entries(clusters).flatMap(([name, cluster]) =>
      cluster.kind === kind ? [`clusters.${name}`] : [],
    );
  const yours = named('kubeconfig');
  const existing = named('existing-eks');
  return [
    ...(aws.emulator === undefined
      ? []
      : ['Nothing is billed: an emulator takes the place of AWS. On AWS the same would cost:']),
    ...(yours.length === 0
      ? []
      : [
          yours.length === Object.keys(clusters).length
            ? 'AWS bills nothing for these settings: the clusters are there already (kind: kubeconfig), and what they cost is not known here.'
            : `${yours.join(', ')}: there already (kind: kubeconfig); what it costs is not known here.`,
        ]),
    ...(existing.length === 0
      ? []
      : [
          `${existing.join(', ')}: there already (kind: existing-eks); control plane, nodes and network are not in the sum.`,
        ]),
  ];
}

/** Where the prices of a region come from. */
function source(
  { region, checked, instancesChecked = checked }: Prices,
  file: string | undefined,
): string {
  const dates =
    checked === instancesChecked ? checked : `${checked} (instances: ${instancesChecked})`;
  return file === undefined
    ? `List prices of ${region}, as of ${dates}, without taxes.`
    : `Prices of ${region} from ${file}, as of ${dates}.`;
}

/** Which prices are of another region, since those of its own are not known. */
function borrowedNotes(lines: readonly Line[]): string[] {
  const borrowed = lines.filter(({ borrowedFrom }) => borrowedFrom !== undefined);
  const pairs = new Map(
    borrowed.map(({ region, borrowedFrom }) => [
      `${region} ${borrowedFrom}`,
      { region, borrowedFrom },
    ]),
  );
  return [...pairs.values()].map(({ region, borrowedFrom }) => {
    const of = borrowed.filter(
      (line) => line.region === region && line.borrowedFrom === borrowedFrom,
    );
    const kinds = [
      ...new Set(
        of.map(({ kind, what }) => (kind === 'EC2 instance' ? (what.split(' ')[0] ?? kind) : kind)),
      ),
    ].join(', ');
    return (
      `No price of ${region} is known for: ${kinds}. Those of ${borrowedFrom} are in the sum, and may be lower; ` +
      '--prices takes yours (docs/cost.md).'
    );
  });
}

function text(
  { lines, changes: others, transfers: moved, support, nodes, unbilled, regions, prices }: Report,
  sources: readonly string[],
  gigabytes: number | undefined,
): string {
  if (lines.length === 0) return unbilled.join('\n');
  const sum = total(lines);
  const rows = lines.map(({ what, count, hourly, madeBy }) => [
    what,
    String(count),
    madeBy,
    ...(hourly === undefined ? ['no price', '', ''] : money(hourly)),
  ]);
  const unpriced = lines.filter(({ hourly }) => hourly === undefined).length;
  return [
    ...unbilled,
    table(
      `USD, by prices of ${regions.join(' and ')}, whether it is used or not`,
      ['what', 'count', 'made by', 'an hour', 'a day', 'a month'],
      [...rows, ['all', '', '', ...money(sum)]],
    ),
    ...sources,
    ...borrowedNotes(lines),
    ...(unpriced === 0
      ? []
      : [
          `No price is known for ${unpriced} of the lines, and they are not in the sum; --prices takes yours (docs/cost.md).`,
        ]),
    'By use, on top: traffic, logs (about 0.50 a GB), requests to keys, capacity units of load balancers.',
    '',
    ...transferText(moved, prices, gigabytes),
    ...(others.length === 0 && nodes === 0
      ? []
      : [
          table(
            'Settings that would change it',
            ['setting', 'an hour', 'a month', 'but'],
            [
              ...others.map(({ setting, difference, note }) => [
                setting,
                signed(difference),
                signed(difference * MONTH_HOURS),
                note,
              ]),
              ...(nodes === 0
                ? []
                : [
                    [
                      'eks.nodeGroups[].capacity: spot',
                      `of ${nodes.toFixed(2)}`,
                      `of ${(nodes * MONTH_HOURS).toFixed(2)}`,
                      "the market's price, no list has it; AWS may take nodes back at two minutes' notice",
                    ],
                  ]),
            ],
          ),
        ]),
    ...support,
  ].join('\n');
}

/** @throws UserError when it is no amount. */
function gigabytesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const gigabytes = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (gigabytes > 0) return gigabytes;
  throw new UserError(`--gb ${text}: must be a number of GB above 0, such as 500`);
}

/** What a GB costs on each way that it may take: how much takes which, nobody knows here. */
function transferText(
  moved: readonly Transfer[],
  prices: readonly Prices[],
  gigabytes: number | undefined,
): string[] {
  if (moved.length === 0) return [];
  const rows = moved.map(({ path, perGigabyte }) => [
    path,
    perGigabyte === undefined ? 'no price' : perGigabyte.toFixed(3),
    ...(gigabytes === undefined
      ? []
      : [perGigabyte === undefined ? '' : (perGigabyte * gigabytes).toFixed(2)]),
  ]);
  const days = prices.flatMap(({ perGigabyte }) => perGigabyte?.checked ?? []).sort();
  return [
    table(
      'USD a GB, on top, by where it passes; a call may pass several',
      ['where', 'a GB', ...(gigabytes === undefined ? [] : [`${gigabytes} GB`])],
      rows,
    ),
    `Prices a GB are of ${days[0] ?? 'no known day'} or later (docs/cost.md).`,
    ...(moved.some(({ perGigabyte }) => perGigabyte === undefined)
      ? [
          'Where it says "no price", none of that region is known here; --prices takes yours. In every region where ' +
            'it is known, a GB through a NAT gateway costs what an hour of it does.',
        ]
      : []),
    '',
  ];
}

function money(hourly: number): string[] {
  return [hourly.toFixed(3), (hourly * 24).toFixed(2), (hourly * MONTH_HOURS).toFixed(2)];
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(2)}`;
}
