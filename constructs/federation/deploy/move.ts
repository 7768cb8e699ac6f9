import { Construct } from 'constructs';
import { MadeWith, TerraformData } from '../../made-with';
import { type AccessPlan, meshOf } from '../plan/plan';

/**
 * Refuses to take the borders of a mesh away from where they are before there are new ones: for most of a
 * minute one direction would fail. With `bordersMovedFrom` the new ones come first, and what was kept of
 * the old place is forgotten; when that is taken out again, the old ones go.
 */
export class BordersHome extends Construct {
  public constructor(scope: Construct, id: string, plan: AccessPlan, mesh: string) {
    super(scope, id);
    const planned = meshOf(plan.meshes, mesh);
    const moved = new TerraformData(this, 'moved_from', {
      input: planned.bordersMovedFrom ?? 'nowhere',
    });
    new MadeWith(this, 'made_with', {
      what: `The home of the borders of ${mesh}`,
      settings: { namespace: planned.borderNamespace },
      because:
        'The deploy would take them away before new ones are up, and calls from one mesh to the other ' +
        'would fail.',
      otherwise:
        'To move them, say where they are (federation.borders.movedFrom, or bordersMovedFrom of the mesh ' +
        'in the policy): new ones then come first. Deploy, take that out again, deploy.',
      forgottenWith: moved,
    });
  }
}
