/*
 * The schedule of a CronJob, as Kubernetes reads it. No library reads the same language: others take a
 * seventh day of the week, seconds, "L" and "#", or make something else of "?".
 *
 * @see https://github.com/robfig/cron/blob/v3.0.1/parser.go `ParseStandard`
 * @see https://github.com/kubernetes/kubernetes/blob/v1.35.4/pkg/apis/batch/validation/validation.go `validateScheduleFormat`
 */

/** What a schedule comes to, or all that is wrong with it. */
export type CronSchedule =
  | {
      /** Longest time between two runs, in seconds. */
      readonly longestGapSeconds: number;
    }
  | { readonly problems: readonly string[] };

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MINUTE: Field = { name: 'minute', min: 0, max: 59 };
const HOUR: Field = { name: 'hour', min: 0, max: 23 };
const DAY_OF_MONTH: Field = { name: 'day of the month', min: 1, max: 31 };
const MONTH: Field = {
  name: 'month',
  min: 1,
  max: 12,
  names: 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' '),
};
const DAY_OF_WEEK: Field = {
  name: 'day of the week',
  min: 0,
  max: 6,
  names: 'sun mon tue wed thu fri sat'.split(' '),
};
const FIELDS = [MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK];

const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const EXAMPLE = 'must be five fields as for cron, such as "*/5 * * * *"';

/** What was read before: all of a federation's schedules are the same few, and each takes a walk over 28 years. */
const read = new Map<string, CronSchedule>();

/** Reads the schedule of a CronJob: five fields as for cron, `@hourly` and the like, or `@every 1h30m`. */
export function parseSchedule(schedule: string): CronSchedule {
  const known = read.get(schedule) ?? parse(schedule);
  read.set(schedule, known);
  return known;
}

function parse(schedule: string): CronSchedule {
  if (schedule.includes('TZ')) {
    return { problems: ['must not name a time zone; it is in UTC'] };
  }
  if (schedule.startsWith('@')) return parseDescriptor(schedule);
  const texts = schedule.split(/\s+/).filter((text) => text !== '');
  if (texts.length !== FIELDS.length) return { problems: [EXAMPLE] };
  const fields = FIELDS.map((field, index) => parseField(texts[index] ?? '', field));
  const problems = fields.flatMap((field) => ('problem' in field ? field.problem : []));
  const [minutes, hours, daysOfMonth, months, daysOfWeek] = fields.flatMap((field) =>
    'values' in field ? [field] : [],
  );
  if (!minutes || !hours || !daysOfMonth || !months || !daysOfWeek || problems.length > 0) {
    return { problems };
  }
  const gap = longestGap(
    minutes.values,
    hours.values,
    matchingDays(daysOfMonth, months, daysOfWeek),
  );
  return gap === undefined
    ? { problems: ['names a time that never comes; there is no such day'] }
    : { longestGapSeconds: gap * 60 };
}

function parseDescriptor(schedule: string): CronSchedule {
  const fields = DESCRIPTORS[schedule];
  if (fields !== undefined) return parseSchedule(fields);
  const seconds = /^@every /.test(schedule)
    ? durationSeconds(schedule.slice('@every '.length))
    : undefined;
  return seconds === undefined || seconds <= 0
    ? {
        problems: [`must be five fields, ${Object.keys(DESCRIPTORS).join(', ')} or "@every 1h30m"`],
      }
    : { longestGapSeconds: Math.max(1, Math.floor(seconds)) };
}

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

function durationSeconds(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, number = '', unit = '']) => sum + Number(number) * (UNITS[unit] ?? 0),
    0,
  );
}

interface Values {
  readonly values: readonly number[];
  /** Whether it is `*`: a day then has to match the other of the two day fields only. */
  readonly any: boolean;
}

/** A comma between items. */
function parseField(text: string, field: Field): Values | { readonly problem: string } {
  const values = new Set<number>();
  let any = false;
  for (const item of text.split(',').filter((part) => part !== '')) {
    const range = parseItem(item, field);
    if (typeof range === 'string') return { problem: range };
    any ||= range.any;
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
  }
  return { values: [...values].sort((one, other) => one - other), any };
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly any: boolean;
}

/** `*`, `5`, `1-5`, each with `/2` behind it where it has a step; or what is wrong with it. */
function parseItem(item: string, field: Field): Range | string {
  const { name, min, max } = field;
  const wrong = (reason: string) => `has "${item}" as its ${name}, ${reason}`;
  const [range = '', stepText, ...moreSteps] = item.split('/');
  const [low = '', high, ...moreHigh] = range.split('-');
  if (moreSteps.length > 0) return wrong('with too many slashes');
  const step = stepText === undefined ? 1 : number(stepText);
  if (step === undefined || step === 0)
    return wrong(`and ${stepText ?? ''} is no step; must be 1 or more`);
  if (low === '*' || low === '?') {
    const all = { from: min, to: max, step };
    return tooWide(item, field, all) ?? { ...all, any: step === 1 };
  }
  if (moreHigh.length > 0) return wrong('with too many hyphens');
  const from = numberOrName(low, field);
  const to = high === undefined ? from : numberOrName(high, field);
  if (from === undefined || to === undefined) {
    return wrong(
      `which is no number${field.names === undefined ? '' : ` and no name such as ${field.names[1] ?? ''}`}`,
    );
  }
  if (from < min || to > max || from > max) return wrong(`which must be ${min} to ${max}`);
  if (from > to) return wrong('whose end is before its beginning');
  const last = stepText !== undefined && high === undefined ? max : to;
  return tooWide(item, field, { from, to: last, step }) ?? { from, to: last, step, any: false };
}

/** A step past the end, as of every 90 minutes, leaves the beginning alone: that is no such interval. */
function tooWide(
  item: string,
  { name, min, max }: Field,
  { from, to, step }: Omit<Range, 'any'>,
): string | undefined {
  if (step === 1 || from + step <= to) return undefined;
  const unit = name === 'minute' ? 'm' : name === 'hour' ? 'h' : undefined;
  const rest =
    from === to
      ? 'leave the step out'
      : item.startsWith('*') && unit !== undefined
        ? `write ${from}, a step of ${to - from} at most, or "@every ${step}${unit}" for the whole schedule`
        : `write ${from}, or a step of ${to - from} at most`;
  return (
    `has "${item}" as its ${name}, which goes from ${min} to ${max}, so that only ${from} is left of it; ` +
    rest
  );
}

function number(text: string): number | undefined {
  return /^\+?\d+$/.test(text) ? Number(text) : undefined;
}

function numberOrName(text: string, { names, min }: Field): number | undefined {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  return index >= 0 ? index + min : number(text);
}

/** Leap years and days of the week are the same again after 28 years. */
const YEARS = 28;
const DAY_MINUTES = 24 * 60;

/** Days that match, counted from the first of a cycle. */
function matchingDays(daysOfMonth: Values, months: Values, daysOfWeek: Values): number[] {
  const matching: number[] = [];
  const end = Date.UTC(2000 + YEARS, 0, 1);
  for (let time = Date.UTC(2000, 0, 1), day = 0; time < end; time += DAY_MINUTES * 60_000, day++) {
    const date = new Date(time);
    const ofMonth = daysOfMonth.values.includes(date.getUTCDate());
    const ofWeek = daysOfWeek.values.includes(date.getUTCDay());
    const matches = daysOfMonth.any || daysOfWeek.any ? ofMonth && ofWeek : ofMonth || ofWeek;
    if (matches && months.values.includes(date.getUTCMonth() + 1)) matching.push(day);
  }
  return matching;
}

/** In minutes; `undefined` where there is no run at all. */
function longestGap(
  minutes: readonly number[],
  hours: readonly number[],
  days: readonly number[],
): number | undefined {
  const times = hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute));
  const [first] = times;
  const last = times.at(-1);
  const [firstDay] = days;
  if (first === undefined || last === undefined || firstDay === undefined) return undefined;
  const inDay = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const cycle = (Date.UTC(2000 + YEARS, 0, 1) - Date.UTC(2000, 0, 1)) / 60_000;
  const betweenDays = [...days.slice(1), firstDay + cycle / DAY_MINUTES].map(
    (day, index) => (day - (days[index] ?? 0)) * DAY_MINUTES + first - last,
  );
  return [...inDay, ...betweenDays].reduce((one, other) => Math.max(one, other), 0);
}
