import {
  DataKubernetesResources,
  type DataKubernetesResourcesConfig,
} from '@cdktf/provider-kubernetes/lib/data-kubernetes-resources';
import { type TerraformProvider, TerraformStack, Token } from 'cdktf';
import { Construct } from 'constructs';
import { MadeWith } from '../../made-with';
import { TerraformData } from '../../terraform-data';
import { BORDER_SELECTOR } from '../plan/observability/labels';
import { type AccessPlan, meshOf, type PlannedBorder } from '../plan/plan';
import { mustHold } from '../../must-hold';
import type { Border } from './border/border';
import { childOf } from './child-of';

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

/** Where the borders of a namespace are made. They are other resources than those of another one. */
export function placeOfBorders(scope: Construct, namespace: string): Construct {
  return childOf(scope, namespace === 'default' ? 'borders' : `borders-${namespace}`);
}

/** The Services that applications call were part of the border before borders could move. */
export function takeOverServices(
  scope: Construct,
  { direction, name }: PlannedBorder,
  made: Border,
): void {
  if (direction === 'in') return;
  // A part "Default" of a path is left out of logical ids.
  const former = childOf(childOf(childOf(scope, 'Default'), 'borders'), name);
  for (const [namespace, service] of made.services) {
    const id = namespace === 'default' ? 'service' : `alias-${namespace}`;
    const { node } = new Construct(former, id);
    service.moveFromId(
      `${service.terraformResourceType}.${TerraformStack.of(scope).getLogicalId(node)}`,
    );
  }
}

/**
 * A deploy would take away the borders of another namespace, which carry calls, before the others are there. They
 * were in `default` before they had a namespace of their own; of any other one `BordersHome` refuses to let go.
 */
export function refuseToMoveAtOnce(
  scope: Construct,
  plan: AccessPlan,
  mesh: string,
  provider: TerraformProvider | undefined,
): void {
  const names = plan.borders.filter((one) => one.mesh === mesh).map(({ name }) => name);
  const { borderNamespace, bordersMovedFrom } = meshOf(plan.meshes, mesh);
  if (names.length === 0 || [borderNamespace, bordersMovedFrom].includes('default')) return;
  // Without a namespace it would list those in "default" too, and no others.
  const listed = (
    id: string,
    namespace: string,
    more?: Pick<DataKubernetesResourcesConfig, 'count' | 'lifecycle'>,
  ) =>
    new DataKubernetesResources(scope, id, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace,
      labelSelector: BORDER_SELECTOR,
      provider,
      ...more,
    });
  const inDefault = listed('borders-in-default', 'default');
  const left =
    `setsubtract(setintersection(${inDefault.fqn}.objects[*].metadata.name, ${JSON.stringify(names)}), ` +
    'self.objects[*].metadata.name)';
  // The provider shows half a megabyte of each Deployment, so it reads them only where it matters.
  listed('borders-there', borderNamespace, {
    count: Token.asNumber(`\${length(${inDefault.fqn}.objects) == 0 ? 0 : 1}`),
    lifecycle: mustHold(
      `length(${left}) == 0`,
      `Borders of the mesh ${mesh} run in the namespace default (\${join(", ", ${left})}), and are ` +
        `to be in ${borderNamespace}: this deploy would take them away before the others are there, and ` +
        'calls between the meshes would fail meanwhile. Nothing was changed. Say from where they ' +
        'move (federation.borders.movedFrom: default in the settings, bordersMovedFrom of the mesh ' +
        'in a policy), deploy, take it out, deploy again. Or leave them where they are ' +
        '(federation.borders.namespace: default, borderNamespace).',
    ),
  });
}
