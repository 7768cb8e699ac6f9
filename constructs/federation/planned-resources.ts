import { consulAccess } from './policy/consul-access';
import { istioAccess } from './policy/istio-access';
import type { AccessPlan } from './policy/plan';
import type { PlannedResource } from './resources';
import { consulRoutes } from './routing/consul-routes';
import { type GatewayAddresses, istioRoutes } from './routing/istio-routes';

/** All custom resources that a plan comes to, in all clusters. */
export function plannedResources(plan: AccessPlan, addresses: GatewayAddresses): PlannedResource[] {
  return [...accessResources(plan), ...roadResources(plan, addresses)];
}

/** Those that say who may call what. They are there before the borders. */
export function accessResources(plan: AccessPlan): PlannedResource[] {
  return [...istioAccess(plan), ...consulAccess(plan)];
}

/** Those that lead to the borders. They come after them and go before them. */
export function roadResources(plan: AccessPlan, addresses: GatewayAddresses): PlannedResource[] {
  return [...istioRoutes(plan, addresses), ...consulRoutes(plan)];
}
