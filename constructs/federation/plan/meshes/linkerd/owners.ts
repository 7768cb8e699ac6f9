import type { AccessPlan } from '../../plan';
import { requestsOf } from '../../services';
import { own, type OwnersLine } from '../kind';
import { identitiesOf } from './access';

/** What the owners of a Linkerd mesh's Servers that the federation leaves alone have to admit. */
export function linkerdOwners(plan: AccessPlan, mesh: string): OwnersLine[] {
  return plan.services.flatMap((one): OwnersLine[] => {
    if (one.mesh !== mesh) return [];
    const service = own(one, 'linkerd');
    if (service.server !== 'existing') return [];
    return [
      {
        mesh,
        resource: `Server of ${service.name}`,
        needs: plan.calls
          .filter(({ callee }) => callee === one)
          .flatMap((call) =>
            requestsOf(call).flatMap(({ methods, path }) =>
              identitiesOf(plan, mesh, call).map(
                (identity) => `allow ${identity}${methods === '-' ? '' : `: ${methods} ${path}`}`,
              ),
            ),
          ),
      },
    ];
  });
}
