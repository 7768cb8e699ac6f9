import type { BorderOptions } from './border-options';
import { consulAccess } from './consul-access';
import { istioAccess } from './istio-access';
import type { AccessPlan } from './plan';
import type { PlannedResource } from './resources';
import { consulRoadsIn } from './consul-routes';
import { type GatewayAddresses, istioEntrances, istioRoadsIn, istioRoadsOut } from './istio-routes';

/** All custom resources that a plan comes to, in all clusters, in the order in which they are made. */
export function plannedResources(
  plan: AccessPlan,
  addresses: GatewayAddresses,
  borders?: BorderOptions,
): PlannedResource[] {
  return [
    ...accessResources(plan, borders),
    ...entranceResources(plan),
    ...roadInResources(plan, borders),
    ...roadOutResources(plan, addresses, borders),
  ];
}

/** Those that say who may call what. They are there before the borders. */
export function accessResources(plan: AccessPlan, borders?: BorderOptions): PlannedResource[] {
  return [...istioAccess(plan), ...consulAccess(plan, borders?.limits)];
}

/** Ports of gateways that the borders of other meshes call: open before anybody calls them. */
export function entranceResources(plan: AccessPlan): PlannedResource[] {
  return istioEntrances(plan);
}

/** Those that lead from the gateways to the borders. They come after them and go before them. */
export function roadInResources(plan: AccessPlan, borders?: BorderOptions): PlannedResource[] {
  return [...istioRoadsIn(plan), ...consulRoadsIn(plan, borders)];
}

/** Those that lead callers to the gateways, once these lead on. */
export function roadOutResources(
  plan: AccessPlan,
  addresses: GatewayAddresses,
  borders?: BorderOptions,
): PlannedResource[] {
  return istioRoadsOut(plan, addresses, borders?.limits);
}
