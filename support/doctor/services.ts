import type { z } from 'zod';
import type { Hop, HopService } from '../../constructs/federation/plan';
import { controllerBy } from '../../constructs/kubernetes/load-balancer';
import { clusterOf, type Deployed, gatewayOf } from './deployed';
import { DEPLOY_ALL, type Finding, findingIn } from './finding';
import { endpointSliceSchema, SERVICE_LABEL, serviceSchema } from './objects';

/** What is wrong with the Service by which a hop is found. */
export async function serviceFindings(
  deployed: Deployed,
  { mesh, service: wanted, place, entrance }: Hop,
): Promise<Finding[]> {
  if (wanted === undefined) return [];
  const { namespace, name, port } = wanted;
  const cluster = clusterOf(deployed, mesh);
  const { kubectl } = cluster;
  const finding = findingIn(mesh);
  const broken = (...said: Parameters<typeof finding>) => [finding(...said)];
  const found = await cluster.read({ apiVersion: 'v1', kind: 'Service', namespace, name });
  if (found === undefined) {
    return broken(
      'service-missing',
      `There is no Service ${namespace}/${name}.`,
      place === 'callee' || place === 'caller'
        ? `make it, or set name, namespace and port of the service in accessPolicy`
        : DEPLOY_ALL,
    );
  }
  const { metadata, spec, status } = serviceSchema.parse(found);
  if (!spec.ports.some((one) => one.port === port)) {
    const ports = spec.ports.map((one) => one.port).join(', ');
    return broken(
      'port-missing',
      `Service ${namespace}/${name} has no port ${port}; it has ${ports || 'none'}.`,
      place === 'gateway'
        ? DEPLOY_ALL
        : `add the port to the Service, or set port of the service in accessPolicy`,
    );
  }
  const behind = await endpointsOf(deployed, mesh, wanted, spec);
  if (!behind.some(({ endpoints }) => endpoints.some(({ conditions }) => conditions.ready))) {
    return broken(
      'no-endpoints',
      `No pod behind Service ${namespace}/${name} is ready, so nobody takes what is sent there.`,
      `${kubectl} -n ${namespace} get pods,endpointslices; its selector must be the labels of the pods`,
    );
  }
  // Within the cluster nobody needs it, and what stands before the gateway may do without it.
  const balanced =
    entrance !== undefined &&
    entrance.enteredBy !== 'service' &&
    gatewayOf(deployed, mesh).by !== 'given';
  const missing = status.loadBalancer.ingress.length === 0;
  const { controller } = gatewayOf(deployed, mesh);
  const taken = controllerBy(metadata.finalizers);
  if (balanced && controller !== undefined && taken !== undefined && taken !== controller.said) {
    return [
      finding(
        'other-controller',
        `The load balancer of Service ${namespace}/${name} is made by ${taken}, and ${controller.setting} is ` +
          `${controller.said}: what the Service says of scheme, sources and tags is for that one, and this one may ` +
          'read it otherwise.',
        `set ${controller.setting}: ${taken}; the plan of ${mesh}-mesh then says how the load balancer is replaced`,
        missing ? 'broken' : 'warning',
      ),
    ];
  }
  if (balanced && missing) {
    return broken(
      'no-load-balancer',
      `Service ${namespace}/${name} has no load balancer yet, so the other mesh has no address to call.`,
      `${kubectl} -n ${namespace} describe service ${name}; its events say what the cloud answered`,
    );
  }
  return [];
}

/**
 * What is behind a port of a Service: pods without a port of that name are not, though they are behind
 * another port of it.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
 */
async function endpointsOf(
  deployed: Deployed,
  mesh: string,
  { namespace, name, port }: HopService,
  { ports }: z.output<typeof serviceSchema>['spec'],
) {
  const cluster = clusterOf(deployed, mesh);
  const slices = await cluster.list('discovery.k8s.io/v1', 'EndpointSlice', namespace);
  const wanted = ports.find((one) => one.port === port)?.name;
  return slices
    .map((slice) => endpointSliceSchema.parse(slice))
    .filter(({ metadata }) => metadata.labels[SERVICE_LABEL] === name)
    .flatMap(({ endpoints, ports: own }) => {
      const target = own.find((one) => one.name === wanted);
      return target === undefined ? [] : [{ endpoints, target: target.port }];
    });
}

/** A ready pod behind a port of a Service, and the pod's own port. */
export async function podBehind(
  deployed: Deployed,
  mesh: string,
  service: HopService,
): Promise<{ readonly pod: string; readonly port: number } | undefined> {
  const { namespace, name } = service;
  const cluster = clusterOf(deployed, mesh);
  const found = await cluster.read({ apiVersion: 'v1', kind: 'Service', namespace, name });
  if (found === undefined) return undefined;
  const { spec } = serviceSchema.parse(found);
  for (const { endpoints, target } of await endpointsOf(deployed, mesh, service, spec)) {
    const pod = endpoints.find(
      ({ conditions, targetRef }) => conditions.ready && targetRef?.kind === 'Pod',
    );
    if (target !== undefined && pod?.targetRef !== undefined) {
      return { pod: pod.targetRef.name, port: target };
    }
  }
  return undefined;
}
