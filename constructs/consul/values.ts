import type { KeptValue, ServicePort, ValuesLayers, YamlMap } from '../kubernetes';
import { kept } from '../kubernetes/helm-values';
import { helmYaml } from '../kubernetes/helm-yaml';
import { DEFAULT_WORKLOAD_NAMESPACES } from '../kubernetes/workload-namespace';
import { gatewayName } from './gateway';
import type { ConsulGatewayKind } from './interface';
import {
  type ConsulGatewayProps,
  type ConsulMeshProps,
  DEFAULT_CONSUL_CHART_VERSION,
} from './props';
import { bootstrapTokenSecret } from './servers';

/** All ports of the gateway. */
export function gatewayPorts({
  ports = [],
  federationPorts = [],
}: ConsulGatewayProps = {}): readonly ServicePort[] {
  const all = [
    ...ports.map((port) => ({ name: 'gateway', port })),
    ...federationPorts.map((port) => ({ name: 'federation', port })),
  ];
  // A Service needs a port, and without ours the chart opens two of its own.
  return all.length > 0 ? all : [{ name: 'unused', port: UNUSED_PORT }];
}

/** Of a gateway by which nobody enters: nothing listens there. */
const UNUSED_PORT = 8443;

/** The chart's values for a mesh. */
export function consulValues(props: Omit<ConsulMeshProps, 'clusterId'>): ValuesLayers {
  return { base: 'consul', settings: settings(props), files: props.valuesFiles, keep: KEPT };
}

/** The kinds of gateway that a mesh has: first the one that other meshes call. */
function gatewayKinds({
  kind = 'ingress',
  beside,
}: ConsulGatewayProps = {}): readonly ConsulGatewayKind[] {
  return beside === undefined ? [kind] : [kind, beside];
}

function settings(props: Omit<ConsulMeshProps, 'clusterId'>): YamlMap {
  const { servers = 1, gateway, releaseName = 'consul', namespace = 'consul' } = props;
  const workloads = (props.workloadNamespaces ?? DEFAULT_WORKLOAD_NAMESPACES).map(
    ({ name }) => name,
  );
  return {
    global: {
      name: releaseName,
      datacenter: props.datacenter ?? 'dc1',
      acls: { bootstrapToken: bootstrapTokenSecret(releaseName) },
      ...images(props),
      crds: { enableTcpRoute: hasTcpRoutes(props) },
    },
    server: {
      replicas: servers,
      storageClass: props.storageClass,
      extraVolumes: [{ type: 'secret', name: `${releaseName}-connect-ca`, load: true }],
      // With one server the chart's budget allows no disruption, so no node could be drained.
      disruptionBudget: { enabled: servers > 1 },
    },
    connectInject: {
      apiGateway: { manageExternalCRDs: (props.gatewayApiCrds ?? 'install') === 'install' },
      // The gateway's own namespace too: its endpoints are registered by the same controller.
      k8sAllowNamespaces: [...new Set([...workloads, namespace])],
      aclBindingRuleSelector: bindingRuleSelector(workloads, props),
    },
    ingressGateways: ingressGateways(gateway),
  };
}

/**
 * Whether the controller looks for TCPRoutes, without whose CRD it does not start then. The chart's own CRD
 * is there whatever the gateway is: if it came and went with the gateway's kind, all TCPRoutes of the cluster
 * would go with it.
 */
function hasTcpRoutes({
  gateway,
  gatewayApiCrds = 'install',
}: Pick<ConsulMeshProps, 'gateway' | 'gatewayApiCrds'>): boolean {
  return gatewayApiCrds === 'install' || gatewayKinds(gateway).includes('api');
}

function ingressGateways(gateway: ConsulGatewayProps = {}): YamlMap {
  const { kind = 'ingress', name, exposed = true } = gateway;
  if (!gatewayKinds(gateway).includes('ingress')) return { enabled: false };
  return {
    gateways: [
      {
        name: (kind === 'ingress' ? name : undefined) ?? gatewayName('ingress'),
        service: {
          type: exposed ? 'LoadBalancer' : 'ClusterIP',
          ports: gatewayPorts(gateway).map(({ port }) => ({ port })),
          ...(exposed ? loadBalancer(gateway) : {}),
        },
      },
    ],
  };
}

/** On the Service of a gateway whose address nobody is told. */
export const BESIDE: Readonly<Record<string, string>> = { 'mesh-federation/beside': 'true' };

function loadBalancer({ kind, serviceAnnotations, allowedSources }: ConsulGatewayProps): YamlMap {
  const annotations = kind === 'api' ? { ...serviceAnnotations, ...BESIDE } : serviceAnnotations;
  return {
    annotations: annotations && chartText(annotations),
    additionalSpec: allowedSources && chartText({ loadBalancerSourceRanges: allowedSources }),
  };
}

/** What the borders, the jobs and the mesh's own reference rely on. */
const KEPT: readonly KeptValue[] = [
  kept('global.name', "comes from the release's name"),
  kept('fullnameOverride', "would change all names, which come from the release's name"),
  kept('global.datacenter', "comes from the mesh's datacenter, a part of every identity"),
  kept('global.tls.enabled', 'must stay true: borders and jobs reach the servers by TLS'),
  kept('global.acls.manageSystemACLs', 'must stay true: borders log in, and nobody else may write'),
  kept('server.enabled', 'must stay as it is: the servers are part of the mesh'),
  { path: ['server', 'extraVolumes'], listBy: 'name' },
  kept('server.extraVolumes.*', 'holds the pinned trust domain: give yours another name'),
  kept('connectInject.enabled', 'must stay true: by it pods join the mesh'),
  kept(
    'connectInject.k8sAllowNamespaces',
    "comes from the mesh's namespaces, by which accounts may log in too",
  ),
  kept('connectInject.aclBindingRuleSelector', "comes from the mesh's namespaces"),
  kept(
    'connectInject.overrideAuthMethodName',
    "must stay empty: borders log in by the chart's own method",
  ),
  kept('ingressGateways.enabled', "comes from the gateway's kind: by it other meshes enter"),
  kept('global.crds.enableTcpRoute', "comes from the gateway's kind and from gatewayApiCrds"),
  { path: ['ingressGateways', 'gateways'], listBy: 'name' },
  { path: ['ingressGateways', 'gateways', '*', 'service', 'ports'], listBy: 'port' },
  kept(
    'ingressGateways.gateways.*.service.annotations',
    "would replace those of the load balancer: set the gateway's annotations",
  ),
  kept(
    'ingressGateways.gateways.*.service.additionalSpec',
    "would replace who may connect: set the gateway's allowedSources",
  ),
];

/** YAML in a text, which the chart takes for a template: `{{` shall be no more than that. */
function chartText(value: unknown): string {
  return helmYaml(value).trim().replaceAll('{{', '{{ "{{" }}');
}

/**
 * Which service accounts get a token. In quotes, since the chart puts it into a shell command as it
 * is.
 *
 * @see https://developer.hashicorp.com/consul/docs/secure/acl/auth-method/k8s#trusted-identity-attributes
 */
function bindingRuleSelector(
  namespaces: readonly string[],
  {
    serviceAccounts = {},
    closedNamespaces = [],
  }: Pick<ConsulMeshProps, 'serviceAccounts' | 'closedNamespaces'>,
): string {
  const inNamespace = (name: string) => `serviceaccount.namespace=="${name}"`;
  const accounts = Object.entries(serviceAccounts);
  const conditions = [
    'serviceaccount.name!="default"',
    `(${namespaces.map(inNamespace).join(' or ')})`,
    ...accounts.map(
      ([account, own]) =>
        `(serviceaccount.name!="${account}" or ${own.map(inNamespace).join(' or ')})`,
    ),
    ...closedNamespaces.map((closed) => {
      const members = accounts.filter(([, own]) => own.includes(closed));
      const names = members.map(([account]) => `serviceaccount.name=="${account}"`);
      return `(${[`serviceaccount.namespace!="${closed}"`, ...names].join(' or ')})`;
    }),
  ];
  return `'${conditions.join(' and ')}'`;
}

function images({
  images,
  version = DEFAULT_CONSUL_CHART_VERSION,
}: Omit<ConsulMeshProps, 'clusterId'>): YamlMap {
  const mirrored = (name: string): string | undefined =>
    images?.registry && `${images.registry}/${name}:${version}`;
  return {
    image: images?.consul ?? mirrored('consul'),
    imageK8S: images?.controlPlane ?? mirrored('consul-k8s-control-plane'),
    imageConsulDataplane: images?.dataplane ?? mirrored('consul-dataplane'),
  };
}
