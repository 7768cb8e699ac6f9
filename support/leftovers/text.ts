import { listPrices } from '../cost/list-prices';
import { MONTH_HOURS } from '../cost/prices';
import { table } from '../terminal/table';
import { leftBehind } from './agreed';
import type { Failure, Found } from './index';
import type { Judged, Verdict } from './judge';
import { KINDS } from './kinds';

/** What was found in one place, to read in a terminal. */
export function foundText({ place, account, things, unseen }: Found): string {
  const where = `account ${account}, ${place.region}`;
  const left = inOrder(leftBehind(things));
  const kept = inOrder(of(things, 'kept'));
  const inUse = of(things, 'in use');
  const ending = of(things, 'ending');
  const parts = [
    left.length === 0
      ? `Nothing is left behind of ${place.clusters.join(', ')} (${where}).`
      : table(
          `Left behind (${where})`,
          ['what', 'name', 'id', 'why', 'USD an hour'],
          [
            ...left.map((one) => [one.kind, one.name, shortId(one), one.why, price(one.hourly)]),
            ['all', '', '', '', price(sum(left))],
          ],
        ),
    ...(kept.length === 0
      ? []
      : [
          `${table(
            "Not deleted, since it may be somebody's",
            ['what', 'name', 'id', 'why', 'USD an hour'],
            kept.map((one) => [one.kind, one.name, shortId(one), one.why, price(one.hourly)]),
          )}\nWhere you know that nobody has a state of it: --without-state <cluster> counts it as left behind.`,
        ]),
    ...liftText(kept, place.region),
    ...(inUse.length === 0
      ? []
      : [table('In use', ['what', 'count', 'why', 'USD an hour'], summary(inUse))]),
    ...(ending.length === 0
      ? []
      : [
          ending
            .map(({ name, id, why }) => `KMS key ${name || id} ${why}; it costs nothing.`)
            .join('\n'),
        ]),
    ...unseen.map(({ kind, reason }) => `Not looked for: ${kind}. ${reason}`),
  ];
  return parts.join('\n\n');
}

/** How to lift the protection of what has one. */
function liftText(things: readonly Judged[], region: string): string[] {
  const lines = things.flatMap((one) => {
    const lift = KINDS.find(({ name }) => name === one.kind)?.lift;
    return one.isProtected !== true || lift === undefined
      ? []
      : [`${one.kind} ${one.name || one.id} is protected; where it may go: ${lift(one, region)}`];
  });
  return lines.length === 0 ? [] : [lines.join('\n')];
}

/** Whose prices were shown, where any were. */
export function pricesText(found: readonly Found[]): string {
  const shown = found.filter(({ things }) => things.some(({ hourly }) => hourly !== undefined));
  const prices = [...new Set(shown.map(({ place }) => place.region))].map(listPrices);
  if (prices.length === 0) return '';
  const of = prices.map(({ region, checked }) => `${region} as of ${checked}`).join(', ');
  const lacking = prices.filter(({ hourly, borrowed = {} }) =>
    Object.values(borrowed).some((names) => names.some((name) => name in hourly)),
  );
  return [
    `\n\nList prices of ${of}.`,
    ...lacking.map(({ region }) => `What is not known of ${region} is of us-east-1.`),
  ].join(' ');
}

/** The question before a deletion. */
export function questionText({ place, account, things }: Found): string {
  const left = leftBehind(things);
  const data = left.filter(({ gibibytes = 0 }) => gibibytes > 0);
  const lost = data.length === 0 ? '' : ` With them goes the data of ${counted(data)}.`;
  return (
    `This deletes ${count(left.length, 'thing')} of account ${account} in ${place.region}, and cannot be undone.${lost}\n` +
    'Delete them? Only "yes" does. '
  );
}

/** What became of a question that nobody agreed to. */
export function refusedText({ place, account }: Found): string {
  return `Nothing was deleted of account ${account} in ${place.region}.`;
}

/** What became of a deletion. */
export function removedText({ things }: Found, failures: readonly Failure[]): string {
  const left = leftBehind(things).length;
  if (failures.length === 0) {
    const keys = leftBehind(things).some(({ kind }) => kind === 'KMS key');
    return `${count(left, 'thing')} deleted.${keys ? ' KMS keys wait 7 days for it, and cost nothing.' : ''}`;
  }
  return `${table(
    'Not deleted',
    ['what', 'name', 'id', 'why'],
    failures.map(({ thing, reason }) => [thing.kind, thing.name, shortId(thing), reason]),
  )}\nRun it again: what can go later is deleted then.`;
}

function of(things: readonly Judged[], verdict: Verdict): Judged[] {
  return things.filter((one) => one.verdict === verdict);
}

function inOrder(things: readonly Judged[]): Judged[] {
  const place = ({ kind }: Judged) => KINDS.findIndex(({ name }) => name === kind);
  return [...things].sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name));
}

function summary(things: readonly Judged[]): string[][] {
  const groups = new Map<string, Judged[]>();
  for (const one of inOrder(things)) {
    const key = `${one.kind}\n${one.why}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group) => [
    group[0]?.kind ?? '',
    String(group.length),
    group[0]?.why ?? '',
    price(sum(group)),
  ]);
}

/** The end of an ARN says enough. */
function shortId({ id }: Judged): string {
  return id.startsWith('arn:') ? id.split(':').slice(5).join(':') : id;
}

function sum(things: readonly Judged[]): number {
  return things.reduce((total, { hourly = 0 }) => total + hourly, 0);
}

function price(hourly: number | undefined): string {
  if (hourly === undefined) return '';
  const text = hourly.toFixed(3);
  return hourly > 0 && Number(text) === 0 ? `${(hourly * MONTH_HOURS).toFixed(2)} a month` : text;
}

function counted(things: readonly Judged[]): string {
  const kinds = [...new Set(things.map(({ kind }) => kind))];
  return kinds
    .map((kind) => count(things.filter((one) => one.kind === kind).length, kind))
    .join(', ');
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
