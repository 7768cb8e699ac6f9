import { consulAccess } from './policy/consul-access';
import { istioAccess } from './policy/istio-access';
import type { AccessPlan } from './policy/plan';
import type { PlannedResource } from './resources';
import { consulRoutes } from './routing/consul-routes';
import { type GatewayAddresses, istioRoutes } from './routing/istio-routes';

/** All custom resources that a plan comes to, in all clusters. */
export function plannedResources(plan: AccessPlan, addresses: GatewayAddresses): PlannedResource[] {
  return [
    ...istioAccess(plan),
    ...consulAccess(plan),
    ...istioRoutes(plan, addresses),
    ...consulRoutes(plan),
  ];
}
