import { serviceHost } from '../../../../kubernetes/cluster-domain';
import type { ILinkerdMesh } from '../../../../linkerd';
import { OUTBOUND_PORT } from '../../../plan/meshes/linkerd/access';
import { own } from '../../../plan/meshes/kind';
import {
  BORDER_PORT,
  type PlannedInboundBorder,
  type PlannedOutboundBorder,
} from '../../../plan/plan';
import { enteredParts } from '../../border/entrance';
import { ownCertificate, spireRoots } from '../../border/own-certificate';
import { from, to, TO_DNS, toForeign } from '../../border/network-rules';
import {
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
import { programFiles } from '../../trust/programs';

/** Port of every proxy for connections from the mesh: `proxy.ports.inbound` of the chart. */
const PROXY_PORT = 4143;

/** Ports of the control plane: identity, destination, policy. */
const CONTROL_PLANE_PORTS = [8080, 8086, 8090, PROXY_PORT];

const TOKEN_DIRECTORY = '/var/run/identity-token';

/** What the identity controller takes tokens for. */
const AUDIENCE = 'identity.l5d.io';

/** The program that gets the certificate. */
const PROGRAM = 'certify-main.ts';

/**
 * An inbound border in Linkerd: foreign TLS comes to Envoy past the proxy, which would have to let in
 * everybody. What Envoy then asks of services goes through the proxy, as of any workload.
 */
export function linkerdInbound(props: PartsProps<PlannedInboundBorder>): BorderParts {
  const { border, member } = props;
  const { mesh } = own(member, 'linkerd');
  const callees = new Map(
    border.calls.map(({ callee }) => [callee.ref, own(callee, 'linkerd')] as const),
  );
  const { annotations, ...parts } = common(props, mesh, BORDER_PORT);
  return {
    ...parts,
    ...enteredParts(border),
    annotations: {
      ...annotations,
      'config.linkerd.io/skip-inbound-ports': `${BORDER_PORT},${PLAIN_PORTS}`,
    },
    service: {
      portName: 'tls',
      port: border.port,
      targetPort: BORDER_PORT,
      headless: border.enteredBy !== 'service',
    },
    egress: [
      ...egress(mesh),
      // At their pods' own ports and their proxies' one.
      ...[...callees.values()].map(({ namespace, labels: pods }) =>
        to({ namespace, labels: pods }),
      ),
    ],
  };
}

/**
 * An outbound border in Linkerd. Its proxy admits the callers that a rule names, and tells Envoy which
 * of them it is. Envoy's own connections to the foreign gateway are let past it.
 */
export function linkerdOutbound(props: PartsProps<PlannedOutboundBorder>): BorderParts {
  const { border, member } = props;
  const { mesh } = own(member, 'linkerd');
  const callers = new Map(
    border.calls.map(({ caller }) => [caller.ref, own(caller, 'linkerd')] as const),
  );
  const gatewayPorts = [...new Set(border.crossings.map(({ gatewayPort }) => gatewayPort))];
  const { annotations, ...parts } = common(props, mesh, OUTBOUND_PORT);
  return {
    ...parts,
    // Of a port that the pod does not declare, its proxy learns who may connect when somebody does, refuses him until
    // then, and forgets it after 90 seconds without a connection.
    namedPort: { name: 'calls', containerPort: OUTBOUND_PORT },
    annotations: {
      ...annotations,
      'config.linkerd.io/skip-inbound-ports': PLAIN_PORTS,
      'config.linkerd.io/skip-outbound-ports': gatewayPorts.join(','),
    },
    service: {
      portName: border.foreign.protocol,
      port: border.port,
      targetPort: OUTBOUND_PORT,
      // Else the proxies of callers would wait ten seconds for what a client says that waits for its server, and
      // would not read requests at ports such as 6379, which Linkerd takes for something else.
      annotations: {
        'config.linkerd.io/opaque-ports':
          border.foreign.protocol === 'tcp' ? String(border.port) : '',
      },
      headless: false,
    },
    ingress: [...callers.values()].map(({ namespace, labels }) =>
      from({ namespace, labels }, OUTBOUND_PORT, PROXY_PORT),
    ),
    egress: [...egress(mesh), ...toForeign(border)],
  };
}

/**
 * It is behind its proxy.
 *
 * @see https://github.com/linkerd/linkerd2/blob/edge-26.8.3/pkg/k8s/labels.go
 */
function common(
  props: PartsProps,
  mesh: ILinkerdMesh,
  port: number,
): Omit<BorderParts, 'service' | 'ingress' | 'egress'> {
  const { limits, everywhere, member } = props;
  const { certificate, ...parts } = ownCertificate(props, () => linkerdCertificate(props, mesh));
  return {
    configuration: borderEnvoy(props, {
      // The proxy hands connections to the pod's address. It also takes all that come.
      listen: { host: everywhere, port },
      certificate,
      foreignRoots: spireRoots(member),
    }),
    ...parts,
    labels: {},
    annotations: {
      'linkerd.io/inject': 'enabled',
      // Longer than Envoy drains. A proxy that is a native sidecar ends after all others anyway.
      'config.alpha.linkerd.io/proxy-wait-before-exit-seconds': String(limits.drainSeconds + 10),
      'config.linkerd.io/default-inbound-policy': 'deny',
    },
    metricsPorts: [],
  };
}

/**
 * A certificate of its own beside the proxy's, for the same identity. The container next to Envoy gets it
 * from the identity controller, by the proxy, which verifies that.
 */
function linkerdCertificate({ border, images }: PartsProps, mesh: ILinkerdMesh): OwnCertificate {
  const server = serviceHost('linkerd-identity', mesh.namespace, mesh.clusterDomain);
  return {
    certificate: CERTIFICATE_IN_FILE,
    files: programFiles(PROGRAM),
    volumes: [
      { name: 'certificate', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      {
        name: 'identity-token',
        projected: [
          {
            sources: [
              {
                serviceAccountToken: {
                  path: 'token',
                  audience: AUDIENCE,
                  expirationSeconds: 3600,
                },
              },
            ],
          },
        ],
      },
    ],
    certificateMounts: [{ name: 'certificate', mountPath: CERTIFICATE_DIRECTORY }],
    initContainers: [],
    companion: {
      name: 'certificate',
      image: images.shell,
      command: ['node', `${CONFIG_DIRECTORY}/${PROGRAM}`],
      env: Object.entries({
        IDENTITY: border.identity,
        IDENTITY_SERVER: `http://${server}:8080`,
        TOKEN_FILE: `${TOKEN_DIRECTORY}/token`,
        CERTIFICATE_FILE,
      }).map(([name, value]) => ({ name, value })),
      resources: { requests: { cpu: '5m', memory: '48Mi' }, limits: { memory: '128Mi' } },
      mounts: [
        { name: 'configuration', mountPath: CONFIG_DIRECTORY },
        { name: 'identity-token', mountPath: TOKEN_DIRECTORY },
        { name: 'certificate', mountPath: CERTIFICATE_DIRECTORY, readOnly: false },
      ],
    },
  };
}

function egress(mesh: ILinkerdMesh) {
  return [TO_DNS, to({ namespace: mesh.namespace }, ...CONTROL_PLANE_PORTS)];
}
