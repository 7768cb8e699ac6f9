import type { BorderOptions } from './border-options';
import { kindOf } from './meshes';
import type { GatewayAddresses, MeshKind } from './meshes/kind';
import { type Problem, refuse } from '../../problems';
import { type AccessPlan, enteredDirectlyBy, foreignBundle } from './plan';
import type { PlannedResource } from './resources';
import type { Service } from './services';

/** All custom resources that a plan comes to, in all clusters, in the order in which they are made. */
export function plannedResources(
  plan: AccessPlan,
  addresses: GatewayAddresses,
  borders?: BorderOptions,
): PlannedResource[] {
  return [
    ...accessResources(plan, borders),
    ...entranceResources(plan),
    ...routeInResources(plan, borders),
    ...routeBesideResources(plan, addresses, borders),
    ...routeOutResources(plan, addresses, borders),
    ...routeOfNameResources(plan),
  ];
}

/** Those that say who may call what. They are there before the borders. */
export function accessResources(plan: AccessPlan, borders?: BorderOptions): PlannedResource[] {
  return ofAll(plan, (kind, mesh) => kind.access(plan, mesh, borders));
}

/** Ports of gateways that the borders of other meshes call: open before anybody calls them. */
export function entranceResources(plan: AccessPlan): PlannedResource[] {
  return ofAll(plan, (kind, mesh) => kind.entrances(plan, mesh));
}

/** Those that lead from the gateways to the borders. They come after them and go before them. */
export function routeInResources(plan: AccessPlan, borders?: BorderOptions): PlannedResource[] {
  return ofAll(plan, (kind, mesh) => kind.routesIn(plan, mesh, borders));
}

/** Those that lead callers to the gateways, once these lead on. */
export function routeOutResources(
  plan: AccessPlan,
  addresses: GatewayAddresses,
  borders?: BorderOptions,
): PlannedResource[] {
  return ofAll(plan, (kind, mesh) => kind.routesOut(plan, mesh, addresses, borders));
}

/** The same for callers that have left by borders until now. Nothing leads there yet. */
export function routeBesideResources(
  plan: AccessPlan,
  addresses: GatewayAddresses,
  borders?: BorderOptions,
): PlannedResource[] {
  return ofAll(plan, (kind, mesh) => kind.routesBeside(plan, mesh, addresses, borders));
}

/** Those that lead names to outbound borders, or from there to another way, once that leads on. */
export function routeOfNameResources(plan: AccessPlan): PlannedResource[] {
  return ofAll(plan, (kind, mesh) => kind.routesOfNames(plan, mesh));
}

function ofAll(
  plan: AccessPlan,
  resources: (kind: MeshKind, mesh: string) => PlannedResource[],
): PlannedResource[] {
  return Object.entries(plan.meshes).flatMap(([name, mesh]) => resources(kindOf(mesh), name));
}

/**
 * What the pods of a service need to call foreign services: annotations of the pod template, by which
 * the sidecar gets its own certificate as files and the foreign roots. None for a service that calls
 * nothing foreign, nor for one whose calls leave its mesh by a border.
 *
 * The pods start without the roots, and pick them up when the federation brings them.
 *
 * @param service As rules write it: `istio/backend`.
 * @param further Plans of other federations of its mesh: its pods need the annotations of all of them as one.
 * @throws Error where two of the federations have a mesh of one name that the service calls.
 * @see https://istio.io/latest/docs/reference/config/annotations/
 */
export function callerPodAnnotations(
  plan: AccessPlan,
  service: string,
  further: readonly AccessPlan[] = [],
): Record<string, string> {
  const found: Service | undefined = plan.services.find(({ ref }) => ref === service);
  const plans = [plan, ...further];
  refuse(`What the pods of ${service} need`, sameMeshProblems(plans, service));
  return found === undefined
    ? {}
    : kindOf(found).callerPodAnnotations(plans.flatMap((each) => enteredDirectlyBy(each, service)));
}

/** Meshes of one name that a service calls in several federations. */
export function sameMeshProblems(plans: readonly AccessPlan[], service: string): Problem[] {
  const foreign = plans.flatMap((each) => enteredDirectlyBy(each, service));
  return foreign
    .filter((mesh, index) => foreign.indexOf(mesh) !== index)
    .map((mesh) => ({
      path: [],
      message:
        `two federations have a mesh ${mesh}, whose roots would be in one ConfigMap ` +
        `(${foreignBundle(mesh).configMap}); give it another name in one of them`,
    }));
}
