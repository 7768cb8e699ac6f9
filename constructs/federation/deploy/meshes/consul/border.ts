import {
  consulGateways,
  consulServers,
  gatewayPodLabels,
  type IConsulMesh,
} from '../../../../consul';
import type { VolumeMount } from '../../../../kubernetes/hardened-pod';
import { borderService, SIDECAR_PORT } from '../../../plan/meshes/consul/access';
import { own } from '../../../plan/meshes/kind';
import {
  BORDER_PORT,
  type PlannedInboundBorder,
  type PlannedOutboundBorder,
  wayTo,
} from '../../../plan/plan';
import { enteredParts, isEnteredPast } from '../../border/entrance';
import { ownCertificate, spireRoots } from '../../border/own-certificate';
import { from, to, TO_DNS, toForeign } from '../../border/network-rules';
import {
  BORDER_USER,
  type BorderContainer,
  borderEnvoy,
  type BorderParts,
  CERTIFICATE_DIRECTORY,
  CERTIFICATE_FILE,
  CERTIFICATE_IN_FILE,
  CONFIG_DIRECTORY,
  type OwnCertificate,
  type PartsProps,
  PLAIN_PORTS,
} from '../../border/parts';

/** Port on loopback on which an outbound border takes its sidecar's connections. */
const OUTBOUND_PORT = 8080;

const TOKEN_DIRECTORY = '/var/run/consul-token';
const TOKEN_FILE = `${TOKEN_DIRECTORY}/token`;
const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';
const TEMPLATE_FILE = 'consul-template.json';
const SERVERS_CA_FILE = 'consul-servers-ca.pem';

/**
 * A border in Consul that takes foreign TLS: its sidecar passes on what comes from the gateway, unless
 * callers come past both, and offers the services that it may call on loopback. So nothing needs to be
 * redirected, and no container needs to be root.
 */
export function consulInbound(props: PartsProps<PlannedInboundBorder>): BorderParts {
  const { border, member } = props;
  const { mesh } = own(member, 'consul');
  const namespaces = new Set(border.calls.map(({ callee }) => callee.namespace));
  const isBehindGateway = wayTo(border, 'gateway') !== undefined;
  const isPast = isEnteredPast(border);
  const past = enteredParts(border);
  return {
    // Nothing redirects connections here: who comes past the sidecar comes to the pod's address.
    ...common(props, mesh, BORDER_PORT, isPast ? props.everywhere : LOOPBACK),
    ...past,
    ingress: [...(isBehindGateway ? fromGateways(mesh) : []), ...past.ingress],
    annotations: {
      ...annotations(props, BORDER_PORT),
      'consul.hashicorp.com/transparent-proxy': 'false',
      'consul.hashicorp.com/connect-service-upstreams': border.crossings
        .map(({ callee: { authority, address } }) => `${authority}:${address.port}`)
        .join(','),
    },
    service: {
      portName: 'tls',
      port: border.port,
      targetPort: BORDER_PORT,
      // Of one that has an address, Kubernetes takes it away only by making it anew.
      headless: !border.sharesCluster,
    },
    egress: [
      ...egress(mesh),
      ...[...namespaces].map((namespace) => to({ namespace }, SIDECAR_PORT)),
    ],
  };
}

/**
 * A border in Consul that starts foreign TLS. Applications call it by the address of its Kubernetes
 * Service, which Consul knows only of a service that is behind the transparent proxy. Envoy's own
 * connections to the foreign gateway are let past it: to the mesh they lead nowhere.
 *
 * @see https://github.com/hashicorp/consul-k8s/blob/v2.0.3/control-plane/connect-inject/controllers/endpoints/endpoints_controller.go `clusterIPTaggedAddressName`
 */
export function consulOutbound(props: PartsProps<PlannedOutboundBorder>): BorderParts {
  const { border, member } = props;
  const { mesh } = own(member, 'consul');
  const namespaces = new Set(border.calls.map(({ caller }) => caller.namespace));
  return {
    ...common(props, mesh, OUTBOUND_PORT),
    annotations: {
      ...annotations(props, OUTBOUND_PORT),
      'consul.hashicorp.com/transparent-proxy': 'true',
      'consul.hashicorp.com/transparent-proxy-exclude-uids': String(BORDER_USER),
      'consul.hashicorp.com/transparent-proxy-exclude-inbound-ports': PLAIN_PORTS,
      'consul.hashicorp.com/transparent-proxy-overwrite-probes': 'false',
      // The cluster's own DNS finds the gateway, also before the sidecar is up.
      'consul.hashicorp.com/consul-dns': 'false',
    },
    service: {
      portName: border.foreign.protocol,
      port: border.port,
      targetPort: OUTBOUND_PORT,
      headless: false,
    },
    ingress: [...namespaces].map((namespace) => from({ namespace }, SIDECAR_PORT)),
    egress: [...egress(mesh), ...toForeign(border)],
  };
}

/** Where the sidecar alone reaches it. */
const LOOPBACK = '127.0.0.1';

function fromGateways(mesh: IConsulMesh) {
  const { namespace } = mesh;
  return consulGateways(mesh).map((gateway) =>
    from({ namespace, labels: gatewayPodLabels(mesh, gateway) }, SIDECAR_PORT),
  );
}

/** It is behind its sidecar. */
function common(
  props: PartsProps,
  mesh: IConsulMesh,
  port: number,
  host = LOOPBACK,
): Omit<BorderParts, 'annotations' | 'service' | 'ingress' | 'egress'> {
  const { certificate, companion, ...parts } = ownCertificate(props, () =>
    consulCertificate(props, mesh),
  );
  return {
    configuration: borderEnvoy(props, {
      listen: { host, port },
      certificate,
      foreignRoots: spireRoots(props.member),
    }),
    ...parts,
    labels: {},
    metricsPorts: [],
    volumes: [...parts.volumes, ...(mesh.acls ? [SERVICE_ACCOUNT_TOKEN] : [])],
    companion: {
      ...companion,
      // The injector takes the token for its own containers from one of the pod's, and Envoy has none.
      mounts: [...companion.mounts, ...(mesh.acls ? [SERVICE_ACCOUNT_MOUNT] : [])],
    },
  };
}

const SERVICE_ACCOUNT_TOKEN = {
  name: 'service-account',
  projected: [{ sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3600 } }] }],
};

const SERVICE_ACCOUNT_MOUNT: VolumeMount = {
  name: 'service-account',
  mountPath: SERVICE_ACCOUNT_DIRECTORY,
};

/**
 * That of its service in Consul: it logs in with its service account, which gets it a token for this one
 * service, and consul-template asks the servers for the certificate, first before Envoy starts and then for
 * as long as the pod lives.
 */
function consulCertificate(
  { border, images, serversCa }: PartsProps,
  mesh: IConsulMesh,
): OwnCertificate {
  const token: VolumeMount = { name: 'consul-token', mountPath: TOKEN_DIRECTORY };
  const configuration: VolumeMount = { name: 'configuration', mountPath: CONFIG_DIRECTORY };
  const template: BorderContainer = {
    name: 'certificate',
    image: images.consulTemplate,
    command: ['/bin/consul-template', '-config', `${CONFIG_DIRECTORY}/${TEMPLATE_FILE}`],
    resources: { requests: { cpu: '5m', memory: '24Mi' }, limits: { memory: '96Mi' } },
    mounts: [
      configuration,
      ...(mesh.acls ? [token] : []),
      { name: 'certificate', mountPath: CERTIFICATE_DIRECTORY, readOnly: false },
    ],
  };
  return {
    certificate: CERTIFICATE_IN_FILE,
    files: {
      [TEMPLATE_FILE]: `${JSON.stringify(templateConfiguration(borderService(border), mesh), null, 2)}\n`,
      ...(mesh.tls && serversCa !== undefined && { [SERVERS_CA_FILE]: serversCa }),
    },
    volumes: [
      { name: 'certificate', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      ...(mesh.acls
        ? [{ name: 'consul-token', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }]
        : []),
    ],
    certificateMounts: [{ name: 'certificate', mountPath: CERTIFICATE_DIRECTORY }],
    initContainers: [
      ...(mesh.acls
        ? [
            login(mesh, images.consul, [
              configuration,
              SERVICE_ACCOUNT_MOUNT,
              { ...token, readOnly: false },
            ]),
          ]
        : []),
      {
        ...template,
        name: 'first-certificate',
        command: [...(template.command ?? []), '-once'],
      },
    ],
    companion: template,
  };
}

/** The pod's name is in the token, by which Consul's controller deletes it when the pod is gone. */
function login(mesh: IConsulMesh, image: string, mounts: readonly VolumeMount[]): BorderContainer {
  const { address, authMethod } = consulServers(mesh);
  const field = (name: string, fieldPath: string) => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  });
  return {
    name: 'login',
    image,
    command: [
      '/bin/consul',
      'login',
      `-http-addr=${mesh.tls ? 'https' : 'http'}://${address}`,
      ...(mesh.tls ? [`-ca-file=${CONFIG_DIRECTORY}/${SERVERS_CA_FILE}`] : []),
      `-method=${authMethod}`,
      `-bearer-token-file=${SERVICE_ACCOUNT_DIRECTORY}/token`,
      `-token-sink-file=${TOKEN_FILE}`,
      '-meta=pod=$(POD_NAMESPACE)/$(POD_NAME)',
      '-meta=pod-uid=$(POD_UID)',
    ],
    env: [
      field('POD_NAME', 'metadata.name'),
      field('POD_NAMESPACE', 'metadata.namespace'),
      field('POD_UID', 'metadata.uid'),
    ],
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    mounts,
  };
}

/** @see https://github.com/hashicorp/consul-template/blob/v0.42.1/docs/configuration.md */
function templateConfiguration(service: string, mesh: IConsulMesh) {
  return {
    log_level: 'info',
    consul: {
      address: consulServers(mesh).address,
      ...(mesh.acls && { token_file: TOKEN_FILE }),
      ssl: mesh.tls
        ? { enabled: true, verify: true, ca_cert: `${CONFIG_DIRECTORY}/${SERVERS_CA_FILE}` }
        : { enabled: false },
      // For ever: meanwhile the last certificate is good.
      retry: { enabled: true, attempts: 0, backoff: '1s', max_backoff: '1m' },
    },
    template: [
      {
        contents: `{{ with caLeaf "${service}" }}{{ .CertPEM }}{{ .PrivateKeyPEM }}{{ end }}`,
        destination: CERTIFICATE_FILE,
        perms: '0600',
        create_dest_dirs: false,
        error_on_missing_key: true,
      },
    ],
  };
}

/** @see https://github.com/hashicorp/consul-k8s/blob/v2.0.3/control-plane/connect-inject/constants/annotations_and_labels.go */
function annotations({ border, limits }: PartsProps, port: number): Record<string, string> {
  return {
    'consul.hashicorp.com/connect-inject': 'true',
    'consul.hashicorp.com/connect-service': borderService(border),
    'consul.hashicorp.com/connect-service-port': String(port),
    // Whatever other Service may select the pods.
    'consul.hashicorp.com/kubernetes-service': border.kubernetesService,
    // The kubelet asks the sidecar whether it is ready. Otherwise it connects to the sidecar's port for
    // calls, every ten seconds, and a sidecar passes connections on before it knows who connects: to the
    // border, and from there, where the callee speaks tcp, to the callee in the other mesh.
    'consul.hashicorp.com/use-proxy-health-check': 'true',
    'consul.hashicorp.com/enable-sidecar-proxy-lifecycle': 'true',
    'consul.hashicorp.com/enable-sidecar-proxy-lifecycle-shutdown-drain-listeners': 'true',
    'consul.hashicorp.com/sidecar-proxy-lifecycle-shutdown-grace-period-seconds': String(
      limits.drainSeconds + 10,
    ),
  };
}

function egress(mesh: IConsulMesh) {
  const { httpPort, grpcPort } = consulServers(mesh);
  return [TO_DNS, to({ namespace: mesh.namespace }, httpPort, grpcPort)];
}
