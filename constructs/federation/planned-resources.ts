import type { BorderOptions } from './border/border';
import { consulAccess } from './policy/consul-access';
import { istioAccess } from './policy/istio-access';
import type { AccessPlan } from './policy/plan';
import type { PlannedResource } from './resources';
import { consulRoutes } from './routing/consul-routes';
import { type GatewayAddresses, istioRoutes } from './routing/istio-routes';

/** All custom resources that a plan comes to, in all clusters. */
export function plannedResources(
  plan: AccessPlan,
  addresses: GatewayAddresses,
  borders?: BorderOptions,
): PlannedResource[] {
  return [...accessResources(plan, borders), ...roadResources(plan, addresses, borders)];
}

/** Those that say who may call what. They are there before the borders. */
export function accessResources(plan: AccessPlan, borders?: BorderOptions): PlannedResource[] {
  return [...istioAccess(plan), ...consulAccess(plan, borders?.limits)];
}

/** Those that lead to the borders. They come after them and go before them. */
export function roadResources(
  plan: AccessPlan,
  addresses: GatewayAddresses,
  borders?: BorderOptions,
): PlannedResource[] {
  return [...istioRoutes(plan, addresses, borders?.limits), ...consulRoutes(plan, borders)];
}
