import type { KeptValue, ServicePort, ValuesLayers, YamlMap } from '../kubernetes';
import { kept } from '../kubernetes/helm-values';
import { readHelmValues } from '../kubernetes/helm-yaml';
import { OF_ONE_TEMPLATE } from '../kubernetes/spread';
import { isYamlMap } from '../kubernetes/yaml-file';
import { type Problem, repeats } from '../problems';
import { tlsPorts } from './gateway';
import {
  DEFAULT_ISTIO_VERSION,
  ISTIO_REGISTRY,
  type IstioGatewayProps,
  type IstioMeshProps,
} from './props';

/** All ports of the gateway. */
export function gatewayPorts({
  ports = [],
  tlsPort = 8443,
  previousTlsPort,
}: IstioGatewayProps = {}): readonly ServicePort[] {
  return [...ports, ...tlsPorts({ tlsPort, previousTlsPort })];
}

/** Ports of a Service differ in their names too, and the federation's have some. */
export function portNameProblems(ports: readonly ServicePort[]): Problem[] {
  const twice = repeats(ports.map(({ name }) => name));
  return ports.flatMap(({ name }, i) => {
    const path = ['ports', i, 'name'];
    if (/^tls-federation(-previous)?$/.test(name)) {
      return [{ path, message: `is ${name}, the name of the federation's own port; take another` }];
    }
    return twice.includes(i)
      ? [{ path, message: `${name} is the name of two ports; each needs one of its own` }]
      : [];
  });
}

/** Labels of the gateway's pods. The chart takes "istio-" off the release's name. */
export function gatewaySelector(name: string): Readonly<Record<string, string>> {
  return { istio: name.replace(/^istio-/, '') };
}

/** The values of each chart for a mesh. */
export function istioValues(
  props: IstioMeshProps,
): Readonly<Record<'base' | 'cni' | 'istiod' | 'gateway', ValuesLayers>> {
  const { version = DEFAULT_ISTIO_VERSION, images, valuesFiles: files = {}, gateway } = props;
  const { rootNamespace = 'istio-system', trustDomain = 'cluster.local', cni = false } = props;
  const proxy = images?.proxy;
  const hub = images?.registry ?? ISTIO_REGISTRY;
  // The charts say so too when they come from a release, but not when from the sources.
  const globals: YamlMap = { tag: version, hub };
  return {
    base: {
      base: 'istio-base',
      settings: {
        global: { istioNamespace: rootNamespace },
        defaultRevision: props.revision,
      },
      files: files.base,
      keep: [ROOT_NAMESPACE],
    },
    cni: {
      base: 'istio-cni',
      settings: { hub: ownHub(hub, files.cni), global: globals },
      files: files.cni,
    },
    istiod: {
      base: 'istiod',
      settings: {
        revision: props.revision,
        image: images?.pilot,
        hub: ownHub(hub, files.istiod),
        cni: { enabled: cni },
        ...(props.ipFamily === 'ipv6' && { env: { [IPV4_OUTBOUND]: 'true' } }),
        global: {
          ...globals,
          istioNamespace: rootNamespace,
          proxy: { image: proxy, clusterDomain: props.clusterDomain },
          ...(proxy === undefined ? {} : { proxy_init: { image: proxy } }),
        },
        meshConfig: { trustDomain },
      },
      files: files.istiod,
      keep: KEPT_OF_ISTIOD,
    },
    gateway: {
      base: 'istio-gateway',
      settings: { ...gatewaySettings(gateway), revision: props.revision },
      files: files.gateway,
      keep: KEPT_OF_GATEWAY,
    },
  };
}

/** Has sidecars with IPv6 addresses only listen to, and look up, IPv4 as well. */
const IPV4_OUTBOUND = 'ISTIO_ENABLE_IPV4_OUTBOUND_LISTENER_FOR_IPV6_CLUSTERS';

/**
 * The hub of a chart's own, which wins over the global one. A values file that names the global one
 * means this one too.
 */
function ownHub(hub: string, files: readonly string[] = []): unknown {
  const named = files.flatMap((file) => {
    try {
      const { global } = readHelmValues(file);
      return isYamlMap(global) && global.hub !== undefined ? [global.hub] : [];
    } catch {
      // Whoever reads the file for its values says what is wrong with it.
      return [];
    }
  });
  return named.at(-1) ?? hub;
}

function gatewaySettings(gateway: IstioGatewayProps | undefined): YamlMap {
  return {
    service: {
      type: gateway?.exposed === false ? 'ClusterIP' : 'LoadBalancer',
      ports: gatewayPorts(gateway).map(({ name, port }) => ({
        name,
        port,
        targetPort: port,
        protocol: 'TCP',
      })),
      ...(gateway?.exposed === false
        ? {}
        : {
            annotations: gateway?.serviceAnnotations,
            loadBalancerSourceRanges: gateway?.allowedSources,
          }),
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: {
          matchLabels: gatewaySelector(gateway?.name ?? 'istio-ingressgateway'),
        },
        ...OF_ONE_TEMPLATE,
      },
    ],
  };
}

const ROOT_NAMESPACE = kept('global.istioNamespace', "comes from the mesh's root namespace");

/** What namespaces, borders, jobs and the mesh's own reference rely on. */
const KEPT_OF_ISTIOD: readonly KeptValue[] = [
  ROOT_NAMESPACE,
  kept('meshConfig.trustDomain', "comes from the mesh's trustDomain, the start of every identity"),
  kept('meshConfig.rootNamespace', "comes from the mesh's root namespace"),
  kept('global.proxy.clusterDomain', "comes from the mesh's clusterDomain"),
  kept('global.trustBundleName', 'must stay empty: the roots are read by the usual name'),
  kept('revision', "comes from the mesh's revision, for which namespaces are labelled"),
  kept('cni.enabled', "comes from the mesh's cni, which installs the node agent too"),
  kept('pilot.cni.enabled', "comes from the mesh's cni, which installs the node agent too"),
  never('profile', 'ambient'),
  never('global.profile', 'ambient'),
  never('meshConfig.defaultConfig.proxyMetadata.ISTIO_META_ENABLE_HBONE', 'true', true),
];

/** What the routes to the borders rely on. */
const KEPT_OF_GATEWAY: readonly KeptValue[] = [
  kept('name', "comes from the gateway's name"),
  kept('labels.istio', "comes from the gateway's name"),
  kept('serviceAccount.create', "must stay true: the gateway's account is an identity"),
  kept('serviceAccount.name', "comes from the gateway's name"),
  kept('revision', "comes from the mesh's revision"),
  { path: ['service', 'ports'], listBy: 'port' },
  kept('service.loadBalancerSourceRanges', "comes from the gateway's allowedSources"),
];

/** Sidecars would call borders by tunnels, which end at a port that is closed there and name no caller. */
function never(path: string, ...values: readonly unknown[]): KeptValue {
  return {
    ...kept(
      path,
      'has sidecars tunnel to each other, as in an ambient mesh, which borders do not support; leave it out',
    ),
    never: values,
  };
}
