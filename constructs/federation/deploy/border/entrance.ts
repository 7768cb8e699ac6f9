import { createHash } from 'node:crypto';
import { ServiceV1 } from '@cdktf/provider-kubernetes/lib/service-v1';
import type { TerraformProvider } from 'cdktf';
import type { Construct } from 'constructs';
import { loadBalancerOf } from '../../plan/borders';
import {
  type AccessPlan,
  allBordersOf,
  BORDER_PORT,
  inboundBorders,
  meshOf,
  named,
  type PlannedInboundBorder,
  wayTo,
} from '../../plan/plan';
import { childOf } from '../child-of';
import { loadBalancerAddress } from '../gateway-address';
import { from, fromAnywhere } from './network-rules';
import type { BorderParts } from './parts';

/** Settings of `entrance`. */
export interface EntranceProps {
  readonly plan: AccessPlan;
  /** The policy's name for the mesh. */
  readonly mesh: string;
  readonly provider?: TerraformProvider;
}

/**
 * Makes what callers of other clusters enter by past a gateway: a Service of type LoadBalancer with a port for
 * each inbound border. It selects the pods of all of them; a port leads to those pods that have a port of
 * its name, which are those of one border.
 *
 * @param scope Of the mesh in the federation
 * @returns Its address, a token; nothing where nobody enters by it, or did until now
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
 */
export function entrance(
  scope: Construct,
  { plan, mesh, provider }: EntranceProps,
): string | undefined {
  const planned = meshOf(plan.meshes, mesh);
  const borders = allBordersOf(plan, mesh)
    .filter((border) => border.direction === 'in')
    .filter((border) => wayTo(border, 'load-balancer') !== undefined);
  const namespaces = [...new Set(borders.map(({ namespace }) => namespace))];
  const services = new Map(
    namespaces.map((namespace) => [
      namespace,
      new ServiceV1(childOf(scope, 'entrance'), namespace, {
        metadata: {
          namespace,
          name: loadBalancerOf(planned, plan.name).serviceName,
          labels: { 'app.kubernetes.io/part-of': 'mesh-federation' },
          annotations: { ...planned.mesh.entrance?.annotations },
        },
        spec: {
          type: 'LoadBalancer',
          loadBalancerClass: planned.mesh.entrance?.loadBalancerClass,
          selector: entranceLabels(mesh, plan.name),
          port: borders.filter((border) => border.namespace === namespace).flatMap(portsOf),
          loadBalancerSourceRanges: [...(planned.mesh.entrance?.allowedSources ?? [])],
        },
        waitForLoadBalancer: true,
        provider,
      }),
    ]),
  );
  const service = services.get(planned.borderNamespace);
  if (service === undefined || planned.in === 'gateway') return undefined;
  return `\${${loadBalancerAddress(service.fqn)}}`;
}

/** Whether everybody may connect to it, where there is one. */
export function isOpen(plan: AccessPlan, mesh: string): boolean {
  const { allowedSources = [] } = meshOf(plan.meshes, mesh).mesh.entrance ?? {};
  return (
    allowedSources.length === 0 &&
    inboundBorders(plan, mesh).some((border) => wayTo(border, 'load-balancer') !== undefined)
  );
}

/** Whether callers reach a border past its gateway and its sidecar. */
export function isEnteredPast(border: PlannedInboundBorder): boolean {
  return wayTo(border, 'load-balancer') !== undefined || wayTo(border, 'service') !== undefined;
}

/**
 * What a border needs for callers that reach it past the gateway, if there are any: how the load balancer finds
 * its pods, and who may connect. Without a certificate of the one foreign identity nobody gets past the handshake.
 */
export function enteredParts(
  border: PlannedInboundBorder,
): Pick<BorderParts, 'labels' | 'namedPort' | 'ingress'> {
  return wayTo(border, 'load-balancer') === undefined
    ? {
        labels: {},
        ingress: border.callerPods.map((pods) => from(pods, BORDER_PORT)),
      }
    : {
        labels: entranceLabels(border.mesh, border.federation),
        namedPort: { name: entrancePort(border), containerPort: BORDER_PORT },
        ingress: [fromAnywhere(BORDER_PORT)],
      };
}

function portsOf(border: PlannedInboundBorder) {
  const ports = wayTo(border, 'load-balancer')?.gatewayPorts ?? [];
  return ports.map((port) => ({
    name: `tls-${port}`,
    port,
    targetPort: entrancePort(border),
    protocol: 'TCP',
  }));
}

/**
 * Labels of all pods behind the load balancer, and of no others. A Service cannot ask for pods without a label, so
 * those of a federation with a name have another one.
 */
function entranceLabels(mesh: string, federation: string | undefined): Record<string, string> {
  return { [named('mesh-federation/entrance', federation, '.')]: mesh };
}

/** Name of a border's port, the same whichever port of the load balancer leads to it: 15 characters at most. */
function entrancePort({ name }: Pick<PlannedInboundBorder, 'name'>): string {
  return `tls-${createHash('sha256').update(name).digest('hex').slice(0, 10)}`;
}
