import { type YamlMap, yamlMap, yamlMaps } from '../../constructs/kubernetes/yaml-file';
import type { Ref } from '../../support/cluster/cluster';
import type { Paired } from './meshes';

/*
 * Objects of the world by their names, and changes of objects.
 */

/** Namespaces of the borders, of the jobs and of the application. */
export const BORDERS = 'federation-borders';
export const JOBS = 'mesh-federation';
export const WEATHER = 'weather';

const core =
  (kind: string) =>
  (namespace: string, name: string): Ref => ({ apiVersion: 'v1', kind, namespace, name });
export const configMap = core('ConfigMap');
export const pod = core('Pod');
export const service = core('Service');
export const secret = core('Secret');
export const slice = (namespace: string, name: string): Ref => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  namespace,
  name: `${name}-1`,
});
export const deployment = (name: string): Ref => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: BORDERS,
  name,
});
export const cronJob = (name: string, namespace = JOBS): Ref => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  namespace,
  name,
});
export const istio = (group: string, kind: string, namespace: string, name: string): Ref => ({
  apiVersion: `${group}.istio.io/v1`,
  kind,
  namespace,
  name,
});
export const consul = (kind: string, namespace: string, name: string): Ref => ({
  apiVersion: 'consul.hashicorp.com/v1alpha1',
  kind,
  namespace,
  name,
});

export const GATEWAYS: Readonly<Record<Paired, Ref>> = {
  istio: service('istio-ingress', 'istio-ingressgateway'),
  consul: service('consul', 'consul-ingress-gateway'),
};

/** The object with other values in a part of it. */
export function within(...keys: readonly string[]) {
  return (change: (part: YamlMap) => YamlMap) =>
    (object: YamlMap): YamlMap => {
      const [key, ...rest] = keys;
      return key === undefined
        ? change(object)
        : { ...object, [key]: within(...rest)(change)(yamlMap(object[key])) };
    };
}

export const withData = (data: YamlMap) => within('data')((old) => ({ ...old, ...data }));
export const withAnnotations = (annotations: YamlMap) =>
  within('metadata', 'annotations')((old) => ({ ...old, ...annotations }));
export const withSpec = (spec: YamlMap) => within('spec')((old) => ({ ...old, ...spec }));

/** None of the pods behind a Service is ready, though their addresses may be published. */
export const unready = (object: YamlMap): YamlMap => ({
  ...object,
  endpoints: yamlMaps(object['endpoints']).map((one) => ({
    ...one,
    conditions: { ...yamlMap(one['conditions']), serving: false },
  })),
});

/** One pod that the kubelet cannot start. */
export const waiting = (reason: string) =>
  within('status')((status) => ({
    ...status,
    phase: 'Pending',
    conditions: [{ type: 'Ready', status: 'False' }],
    containerStatuses: yamlMaps(status['containerStatuses']).map((one, index) =>
      index === 0
        ? { ...one, ready: false, state: { waiting: { reason, message: 'see the kubelet' } } }
        : one,
    ),
  }));

export const containersWithout = (name: string) =>
  within('spec')((spec) => ({
    ...spec,
    containers: yamlMaps(spec['containers']).filter((one) => one['name'] !== name),
  }));
