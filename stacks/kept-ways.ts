import { Construct } from 'constructs';
import type { AccessPlan } from '../constructs/federation/plan';
import { inboundBorders, isCrossing, kindOf } from '../constructs/federation/plan/internal';
import { MadeWith } from '../constructs/made-with';
import { TerraformData } from '../constructs/terraform-data';

/** A way of calls, as a setting of the access policy says it. */
interface Way {
  readonly id: string;
  /** As a sentence about it begins. */
  readonly what: string;
  readonly setting: 'in' | 'out';
  readonly now: string;
  /** What it was, where that stays open. */
  readonly before: string | undefined;
  /** Where the setting is. */
  readonly path: string;
}

/**
 * Refuses to close the way of calls before they take another one. The stack of the mesh is deployed before the
 * federation's, and would take the load balancer, or the annotations of pods, away while calls still need them.
 * With `inFrom` or `outFrom` both ways are there, and what was kept of the former one is forgotten.
 */
export class KeptWays extends Construct {
  public constructor(scope: Construct, id: string, plan: AccessPlan, mesh: string) {
    super(scope, id);
    for (const way of [...waysInto(plan, mesh), ...waysOut(plan, mesh)]) this.keep(way);
  }

  private keep({ id, what, setting, now, before, path }: Way): void {
    const from = new TerraformData(this, `${id}-from`, {
      input: before === undefined ? 'nowhere' : `${before} to ${now}`,
      // Else taking that out would let it be forgotten once more.
      lifecycle: before === undefined ? { ignoreChanges: ['input'] } : undefined,
    });
    new MadeWith(this, id, {
      what,
      settings: { [setting]: now },
      because:
        'The deploy would close the former way before calls take the new one, and they would fail meanwhile.',
      otherwise:
        `To change it, say what it was (${setting}From of ${path}): the former way then stays open. Deploy, take ` +
        'that out again, deploy.',
      forgottenWith: from,
    });
  }
}

/** How each other mesh enters, where there are two ways. */
function waysInto(plan: AccessPlan, mesh: string): Way[] {
  const member = plan.meshes[mesh];
  if (member === undefined || kindOf(member).entrance === undefined) return [];
  const byCaller = new Map(
    inboundBorders(plan, mesh).map((border) => [border.foreignMesh, border]),
  );
  return [...byCaller].map(([foreignMesh, { enteredBy, formerWay }]) => ({
    id: `in-from-${foreignMesh}`,
    what: `The way of calls from ${foreignMesh} into ${mesh}`,
    setting: 'in',
    now: settingOf(enteredBy),
    before: formerWay && settingOf(formerWay.enteredBy),
    path: `accessPolicy.meshes.${mesh}`,
  }));
}

/** How each calling service leaves, where there are two ways. */
function waysOut({ calls, meshes, services }: AccessPlan, mesh: string): Way[] {
  const member = meshes[mesh];
  if (member === undefined || !kindOf(member).choosesWayOut) return [];
  return services
    .filter((service) => service.mesh === mesh)
    .filter((service) => calls.some((call) => call.caller === service && isCrossing(call)))
    .map(({ id, ref, out, formerOut }) => ({
      id: `out-of-${id}`,
      what: `The way by which calls of ${ref} leave its mesh`,
      setting: 'out',
      now: out,
      before: formerOut,
      path: `accessPolicy.meshes.${mesh} or its service ${id}`,
    }));
}

function settingOf(way: 'gateway' | 'load-balancer' | 'service'): string {
  return way === 'gateway' ? 'gateway' : 'service';
}
