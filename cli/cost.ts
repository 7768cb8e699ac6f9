/** `npm run cost` works out what the federation of the settings costs, without asking anybody. */
import {
  autoModeNotes,
  bill,
  changes,
  type Line,
  onDemandNodes,
  supportNotes,
  total,
} from '../support/cost/bill';
import { LIST_PRICES, MONTH_HOURS, type Prices, readPrices } from '../support/cost/prices';
import { table } from '../support/terminal/table';
import { undeployedConfig } from '../support/settings/undeployed';
import { EXIT, runProgram } from '../support/terminal/user-error';
import { today } from '../versions/verdicts';
import type { Config } from '../config';
import { newCommand } from './command';

interface Options {
  readonly json?: true;
  readonly prices?: string;
}

export const command = newCommand('cost', [
  ['', 'what is billed by the hour, and what would change it'],
  ['--prices prices.yaml', 'with the prices of your region and your contract'],
  ['--json', 'for a program, with the prices that were used'],
])
  .description(
    'Works out what the federation of the settings costs by the hour, day and month, from list prices ' +
      'and without asking anybody: what Terraform makes, and what Kubernetes makes for it.',
  )
  .option('--prices <file>', 'YAML with prices, in the form that --json shows')
  .option('--json', 'print it as JSON')
  .action((options: Options) =>
    runProgram(() => {
      const config = undeployedConfig();
      const prices = options.prices === undefined ? LIST_PRICES : readPrices(options.prices);
      const on = today();
      const regions = regionsOf(config);
      const report = {
        regions,
        lines: bill(config, prices, on),
        changes: changes(config, prices, on),
        support: [...autoModeNotes(config), ...supportNotes(config, prices, on)],
        nodes: onDemandNodes(config, prices),
        unbilled: unbilledNotes(config),
        prices,
      };
      console.log(options.json ? JSON.stringify(report, null, 2) : text(report));
      return EXIT.right;
    }),
  );

interface Report {
  /** In which AWS bills something. The prices are of one, which may be another. */
  readonly regions: readonly string[];
  readonly lines: readonly Line[];
  readonly changes: ReturnType<typeof changes>;
  readonly support: readonly string[];
  readonly nodes: number;
  /** What of it AWS bills to nobody. */
  readonly unbilled: readonly string[];
  readonly prices: Prices;
}

/** Regions in which AWS bills something. */
function regionsOf({ aws, clusters }: Config): string[] {
  const all = Object.values(clusters).flatMap((cluster) =>
    cluster.kind === 'kubeconfig' ? [] : [cluster.region ?? aws.region],
  );
  return [...new Set(all)];
}

/** What AWS bills to nobody: what is emulated, and clusters that are somebody else's matter. */
function unbilledNotes({ aws, clusters }: Config): string[] {
  const yours = Object.entries(clusters).flatMap(([name, { kind }]) =>
    kind === 'kubeconfig' ? [`clusters.${name}`] : [],
  );
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
  ];
}

function text({
  lines,
  changes: others,
  support,
  nodes,
  unbilled,
  prices,
  regions,
}: Report): string {
  if (lines.length === 0) return unbilled.join('\n');
  const sum = total(lines);
  const rows = lines.map(({ what, count, hourly, madeBy }) => [
    what,
    String(count),
    madeBy,
    ...(hourly === undefined ? ['no price', '', ''] : money(hourly)),
  ]);
  const unpriced = lines.filter(({ hourly }) => hourly === undefined).length;
  const foreign = regions.filter((region) => region !== prices.region);
  const elsewhere =
    foreign.length === 0
      ? []
      : [
          `They are not those of ${foreign.join(' and ')}: what it costs there may be much more. No price of ` +
            'another region comes with this program; --prices takes yours (docs/cost.md).',
        ];
  return [
    ...unbilled,
    table(
      `USD, by prices of ${prices.region}, whether it is used or not`,
      ['what', 'count', 'made by', 'an hour', 'a day', 'a month'],
      [...rows, ['all', '', '', ...money(sum)]],
    ),
    `List prices of ${prices.region}, as of ${prices.checked}, without taxes.`,
    ...elsewhere,
    ...(unpriced === 0
      ? []
      : [`${unpriced} of the lines have no price in the file, and are not in the sum.`]),
    'By use, on top: traffic, logs (about 0.50 a GB), requests to keys, capacity units of load balancers.',
    '',
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

function money(hourly: number): string[] {
  return [hourly.toFixed(3), (hourly * 24).toFixed(2), (hourly * MONTH_HOURS).toFixed(2)];
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(2)}`;
}
