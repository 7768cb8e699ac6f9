import {
  type AccessPlan,
  arrowKey,
  crossCalls,
  type Mark,
  type Marked,
  type Marks,
  type Stop,
  stops,
} from '../../constructs/federation/plan';
import type { Finding, HopReport, Report } from '../doctor/finding';

/** From best to worst. What is a partner's to see says nothing where something of ours is seen. */
const ORDER: readonly Mark[] = ['theirs', 'right', 'unknown', 'warning', 'broken'];

/** What the doctor found, at the boxes and arrows of the drawing. A gateway is the arrow across the roots. */
export function marksOf(plan: AccessPlan, { calls }: Report): Marks {
  const boxes = new Map<string, Marked>();
  const arrows = new Map<string, Marked>();
  for (const call of crossCalls(plan)) {
    const found = calls.find((one) => one.call === call.id);
    if (found === undefined) continue;
    const passed = stops(plan, call);
    for (const hop of found.hops) {
      if (hop.place === 'gateway') add(arrows, crossing(passed), hop);
      else add(boxes, passed.find(({ place }) => place === hop.place)?.key, hop);
    }
  }
  return { boxes, arrows };
}

function crossing(passed: readonly Stop[]): string | undefined {
  const at = passed.findIndex(({ mesh }) => mesh !== passed[0]?.mesh);
  const [from, to] = [passed[at - 1], passed[at]];
  return from && to && arrowKey({ from: from.key, to: to.key });
}

function add(marks: Map<string, Marked>, key: string | undefined, hop: HopReport): void {
  if (key === undefined) return;
  const before = marks.get(key);
  const mark = markOf(hop);
  const worse = before === undefined || ORDER.indexOf(mark) > ORDER.indexOf(before.mark);
  const notes = hop.findings.map(({ level, code }) => `${level}: ${code}`);
  marks.set(key, {
    mark: worse ? mark : before.mark,
    notes: [...new Set([...(before?.notes ?? []), ...notes])],
  });
}

function markOf({ findings, notOurs }: HopReport): Mark {
  if (notOurs) return 'theirs';
  const has = (level: Finding['level']) => findings.some((one) => one.level === level);
  return (['broken', 'warning', 'unknown'] as const).find(has) ?? 'right';
}
