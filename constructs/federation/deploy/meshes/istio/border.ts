import type { IIstioMesh } from '../../../../istio/interface';
import { own } from '../../../plan/meshes/kind';
import {
  BORDER_PORT,
  type PlannedInboundBorder,
  type PlannedOutboundBorder,
  wayTo,
} from '../../../plan/plan';
import { enteredParts, isEnteredPast } from '../../border/entrance';
import { ownCertificate, shellCompanion, spireRoots } from '../../border/own-certificate';
import { from, to, TO_DNS, toForeign } from '../../border/network-rules';
import {
  borderEnvoy,
  type BorderParts,
  type OwnCertificate,
  type PartsProps,
  PLAIN_PORTS,
} from '../../border/parts';

/**
 * Where Istio's agent serves the pod's own certificate.
 * @see https://github.com/istio/istio/blob/1.30.3/pkg/security/security.go `WorkloadIdentitySocketPath`
 */
const SOCKET_DIRECTORY = '/var/run/secrets/workload-spiffe-uds';

/** Port on which an outbound border takes its sidecar's connections. */
const OUTBOUND_PORT = 8080;

/** Ports whose connections come to the application past its sidecar. */
const EXCLUDED_INBOUND = 'traffic.sidecar.istio.io/excludeInboundPorts';

/**
 * For the cluster's DNS it is there, and for nobody's sidecar.
 * @see https://istio.io/latest/docs/reference/config/annotations/#NetworkingExportTo
 */
const HIDDEN_NAME = { 'networking.istio.io/exportTo': '~' };

/**
 * The gateway sends to such pods what it got, without the mesh's own TLS around it, and to others as ever: so
 * pods that take calls on both ways, past their sidecars, and pods behind theirs can replace each other. The
 * injector leaves the label alone.
 *
 * @see https://github.com/istio/istio/blob/1.30.3/manifests/charts/istio-control/istio-discovery/files/injection-template.yaml
 */
const WITHOUT_MESH_TLS = { 'security.istio.io/tlsMode': 'disabled' };

/** How its sidecar tells Envoy who calls: in a header of its own, whose last part is to be the URI. */
const CALLER_HEADERS = [
  'proxyHeaders:',
  '  forwardedClientCert: SANITIZE_SET',
  '  setCurrentClientCertDetails:',
  '    subject: true',
  '    uri: true',
  '    dns: false',
  '    cert: false',
  '    chain: false',
];

/**
 * An inbound border in Istio: its sidecar takes connections from the ingress gateway and none else, or
 * callers come to Envoy past gateway and sidecar. While the one way follows the other, both lead to Envoy.
 */
export function istioInbound(props: PartsProps<PlannedInboundBorder>): BorderParts {
  const { border, member } = props;
  const { mesh } = own(member, 'istio');
  const callees = new Map(
    border.calls.map(({ callee }) => [callee.ref, own(callee, 'istio')] as const),
  );
  const { annotations, labels, ...parts } = common(props, BORDER_PORT);
  const isBehindGateway = wayTo(border, 'gateway') !== undefined;
  const isPast = isEnteredPast(border);
  const past = enteredParts(border);
  return {
    ...parts,
    ...past,
    labels: { ...labels, ...past.labels, ...(isPast && isBehindGateway ? WITHOUT_MESH_TLS : {}) },
    ingress: [
      ...(isBehindGateway
        ? [from({ namespace: mesh.gateway.namespace, labels: mesh.gateway.selector }, BORDER_PORT)]
        : []),
      ...past.ingress,
    ],
    annotations: {
      ...annotations,
      ...(isPast
        ? // It takes no mutual TLS of the mesh but ends the foreign one itself.
          { [EXCLUDED_INBOUND]: `${BORDER_PORT},${PLAIN_PORTS}` }
        : {}),
    },
    service: {
      portName: 'tls',
      port: border.port,
      targetPort: BORDER_PORT,
      appProtocol: 'tls',
      headless: false,
    },
    egress: [
      ...egress(mesh),
      // At their pods' own ports, which only their Services know.
      ...[...callees.values()].map(({ namespace, labels }) => to({ namespace, labels })),
    ],
  };
}

/**
 * An outbound border in Istio. Its sidecar admits the callers that a rule names, and tells Envoy which
 * of them it is: in a header that it writes anew, whatever the mesh does with that header otherwise.
 * Envoy's own connections to the foreign gateway are let past it, which would refuse them or hide them.
 *
 * @see https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#ProxyConfig-ProxyHeaders
 */
export function istioOutbound(props: PartsProps<PlannedOutboundBorder>): BorderParts {
  const { border, member } = props;
  const { mesh } = own(member, 'istio');
  const callers = new Map(
    border.calls.map(({ caller }) => [caller.ref, own(caller, 'istio')] as const),
  );
  const gatewayPorts = [...new Set(border.crossings.map(({ gatewayPort }) => gatewayPort))];
  const { annotations, ...parts } = common(props, OUTBOUND_PORT, CALLER_HEADERS);
  return {
    ...parts,
    annotations: {
      ...annotations,
      'traffic.sidecar.istio.io/excludeOutboundPorts': gatewayPorts.join(','),
    },
    service: {
      portName: border.foreign.protocol,
      port: border.port,
      targetPort: OUTBOUND_PORT,
      headless: false,
      hiddenName: HIDDEN_NAME,
    },
    ingress: [...callers.values()].map(({ namespace, labels }) =>
      from({ namespace, labels }, OUTBOUND_PORT),
    ),
    egress: [...egress(mesh), ...toForeign(border)],
  };
}

/** It is behind its sidecar. */
function common(
  props: PartsProps,
  port: number,
  proxyConfig: readonly string[] = [],
): Omit<BorderParts, 'service' | 'ingress' | 'egress'> {
  const { limits, everywhere, member } = props;
  const { certificate, ...own } = ownCertificate(props, () => istioCertificate(props));
  return {
    configuration: borderEnvoy(props, {
      // Istio's sidecar hands connections to the pod's address. It also takes all that come.
      listen: { host: everywhere, port },
      certificate,
      foreignRoots: spireRoots(member),
    }),
    ...own,
    labels: { 'sidecar.istio.io/inject': 'true' },
    annotations: {
      'proxy.istio.io/config': [
        // Envoy starts when the sidecar, and so the agent, has its certificate.
        'holdApplicationUntilProxyStarts: true',
        `terminationDrainDuration: ${limits.drainSeconds + 10}s`,
        ...proxyConfig,
      ].join('\n'),
      // Probes and metrics come without a certificate, the end of a pod too.
      [EXCLUDED_INBOUND]: PLAIN_PORTS,
      'sidecar.istio.io/rewriteAppHTTPProbers': 'false',
    },
    // The sidecar's, which shows Envoy's too.
    metricsPorts: [15020],
  };
}

/**
 * That of its service account, from the sidecar's agent, which also renews it; no key is on a disk.
 */
function istioCertificate({ images }: PartsProps): OwnCertificate {
  return {
    certificate: {
      source: 'sds',
      socketPath: `${SOCKET_DIRECTORY}/socket`,
      resourceName: 'default',
    },
    files: {},
    // The injector brings the volume of this name, too late for a container of ours to name it.
    volumes: [{ name: 'workload-socket', emptyDir: {} }],
    certificateMounts: [{ name: 'workload-socket', mountPath: SOCKET_DIRECTORY }],
    initContainers: [],
    companion: shellCompanion(images),
  };
}

function egress(mesh: IIstioMesh) {
  return [TO_DNS, to({ namespace: mesh.rootNamespace }, 15012)];
}
