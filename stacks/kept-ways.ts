import { Construct } from 'constructs';
import type { AccessPlan } from '../constructs/federation/plan';
import { kindOf } from '../constructs/federation/plan/internal';
import { MadeWith, TerraformData } from '../constructs/made-with';

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
 * With `inFrom` both ways are there, and what was kept of the former one is forgotten.
 */
export class KeptWays extends Construct {
  public constructor(scope: Construct, id: string, plan: AccessPlan, mesh: string) {
    super(scope, id);
    for (const way of waysInto(plan, mesh)) this.keep(way);
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
        `To change it, say what it was (${path}.${setting}From): the former way then stays open. Deploy, take that ` +
        'out again, deploy.',
      forgottenWith: from,
    });
  }
}

/** How each other mesh enters, where there are two ways. */
function waysInto({ borders, meshes }: AccessPlan, mesh: string): Way[] {
  const member = meshes[mesh];
  if (member === undefined || kindOf(member).entrance === undefined) return [];
  const entered = borders
    .filter((border) => border.direction === 'in')
    .filter((border) => border.mesh === mesh);
  const byCaller = new Map(entered.map((border) => [border.foreignMesh, border]));
  return [...byCaller].map(([foreignMesh, { enteredBy, formerWay }]) => ({
    id: `in-from-${foreignMesh}`,
    what: `The way of calls from ${foreignMesh} into ${mesh}`,
    setting: 'in',
    now: settingOf(enteredBy),
    before: formerWay && settingOf(formerWay.enteredBy),
    path: `accessPolicy.meshes.${mesh}`,
  }));
}

function settingOf(way: 'gateway' | 'load-balancer' | 'service'): string {
  return way === 'gateway' ? 'gateway' : 'service';
}
