import { createHash } from 'node:crypto';
import { ServiceV1 } from '@cdktf/provider-kubernetes/lib/service-v1';
import { Construct } from 'constructs';
import { own } from '../../../plan/meshes/kind';
import { kindOf } from '../../../plan/meshes';
import type { PlannedBorder, PlannedInboundBorder } from '../../../plan/plan';
import type { EntranceProps } from '../kind';

/**
 * A Service of type LoadBalancer with a port for each border that leads in. It selects the pods of all of
 * them; a port leads to those pods that have a port of its name, which are those of one border.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
 */
export function linkerdEntrance(
  scope: Construct,
  { plan, mesh, provider }: EntranceProps,
): string | undefined {
  const planned = own(plan.meshes[mesh], 'linkerd');
  const borders = [...plan.borders, ...plan.formerBorders]
    .filter((border) => border.direction === 'in')
    .filter((border) => border.mesh === mesh);
  const namespaces = [...new Set(borders.map(({ namespace }) => namespace))];
  const services = new Map(
    namespaces.map((namespace) => [
      namespace,
      new ServiceV1(childOf(scope, 'entrance'), namespace, {
        metadata: {
          namespace,
          name: kindOf(planned).gateway(planned, plan.name).serviceName,
          labels: { 'app.kubernetes.io/part-of': 'mesh-federation' },
          annotations: { ...planned.mesh.entrance?.annotations },
        },
        spec: {
          type: 'LoadBalancer',
          selector: entranceLabels(mesh),
          port: borders.filter((border) => border.namespace === namespace).flatMap(portsOf),
          loadBalancerSourceRanges: [...(planned.mesh.entrance?.allowedSources ?? [])],
        },
        waitForLoadBalancer: true,
        provider,
      }),
    ]),
  );
  const service = services.get(planned.borderNamespace);
  if (service === undefined) return undefined;
  const ingress = `${service.fqn}.status[0].load_balancer[0].ingress[0]`;
  return `\${coalesce(${ingress}.hostname, ${ingress}.ip)}`;
}

function portsOf(border: PlannedInboundBorder) {
  return border.gatewayPorts.map((port) => ({
    name: `tls-${port}`,
    port,
    targetPort: entrancePort(border),
    protocol: 'TCP',
  }));
}

/** Labels of all pods behind the load balancer, and of no others. */
export function entranceLabels(mesh: string): Record<string, string> {
  return { 'mesh-federation/entrance': mesh };
}

/** Name of a border's port, the same whichever port of the load balancer leads to it: 15 characters at most. */
export function entrancePort({ name }: Pick<PlannedBorder, 'name'>): string {
  return `tls-${createHash('sha256').update(name).digest('hex').slice(0, 10)}`;
}

function childOf(scope: Construct, id: string): Construct {
  const child = scope.node.tryFindChild(id);
  return child instanceof Construct ? child : new Construct(scope, id);
}
