import type {
  DeploymentV1SpecTemplateSpecContainer,
  DeploymentV1SpecTemplateSpecInitContainer,
  DeploymentV1SpecTemplateSpecVolume,
} from '@cdktf/provider-kubernetes/lib/deployment-v1';
import type {
  NetworkPolicyV1SpecEgress,
  NetworkPolicyV1SpecIngress,
} from '@cdktf/provider-kubernetes/lib/network-policy-v1';
import type { PlainContainer, VolumeMount } from '../../../kubernetes/hardened-pod';
import type { MeshMember } from '../../plan/model';
import { foreignBundle, type PlannedBorder } from '../../plan/plan';
import {
  ADMIN_PORT,
  type BorderConfiguration,
  inboundBorderEnvoy,
  outboundBorderEnvoy,
} from '../../plan/envoy';
import type { BorderImages } from '../../plan/border-images';
import type { Limits } from '../../plan/border-limits';
import type {
  AgentSecret,
  BorderPlacement,
  GatewayHosts,
  TracingOptions,
} from '../../plan/crossing';
import type { RequestOptions } from '../../plan/request-options';
import { internalError } from '../../../problems';

/** What a border is in one kind of mesh: everything about its workload that another does otherwise. */
export interface BorderParts {
  readonly configuration: BorderConfiguration;
  /** Files for other containers than Envoy, in the same directory. */
  readonly files: Readonly<Record<string, string>>;
  /** By which the mesh's injector adds a sidecar. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly volumes: readonly DeploymentV1SpecTemplateSpecVolume[];
  /** How Envoy gets its own certificate. */
  readonly certificateMounts: readonly VolumeMount[];
  /** What must have happened before Envoy starts. */
  readonly initContainers: readonly BorderContainer[];
  /**
   * A container beside Envoy, whose image has a shell and so can ask Envoy to drain. Envoy's own has
   * none.
   */
  readonly companion: BorderContainer;
  /** A port of Envoy's that the pod has to declare: a Service knows it by its name, or a proxy has to know of it. */
  readonly namedPort?: { readonly name: string; readonly containerPort: number };
  /** The Service that selects its pods. */
  readonly service: BorderService;
  /** Ports on which the mesh shows metrics, beside Envoy's own. */
  readonly metricsPorts: readonly number[];
  readonly ingress: readonly NetworkPolicyV1SpecIngress[];
  readonly egress: readonly NetworkPolicyV1SpecEgress[];
}

/** A container, without what all containers of a border have in common. */
export type BorderContainer = Pick<
  DeploymentV1SpecTemplateSpecContainer & DeploymentV1SpecTemplateSpecInitContainer,
  'name' | 'image' | 'command' | 'env' | 'resources'
> &
  PlainContainer;

/** Kubernetes Service of a border. */
export interface BorderService {
  readonly portName: string;
  readonly port: number;
  readonly targetPort: number;
  readonly appProtocol?: string;
  /**
   * What the mesh has to know of it.
   * @default none
   */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Without an address of its own, for one that nobody calls by its name. */
  readonly headless: boolean;
  /**
   * Annotations that hide a Service of its name from sidecars which know that name by themselves.
   * @default none: no sidecar does
   */
  readonly hiddenName?: Readonly<Record<string, string>>;
}

/** How Envoy has its own certificate, and what of the pod serves that. */
export type OwnCertificate = Pick<
  BorderParts,
  'files' | 'volumes' | 'certificateMounts' | 'initContainers' | 'companion'
> & {
  readonly certificate: BorderPlacement['certificate'];
};

/** What a border is made from, whatever its mesh. */
export interface PartsProps<Border extends PlannedBorder = PlannedBorder> {
  readonly border: Border;
  /** The mesh that it is part of. */
  readonly member: MeshMember;
  /**
   * Where the foreign gateway is reached.
   * @default none: the border is an inbound one; `Border` refuses an outbound one without it
   */
  readonly gatewayAddress?: GatewayHosts;
  /** CA certificate of the mesh's own servers, PEM, where borders ask those for their certificate. */
  readonly serversCa?: string;
  readonly images: Required<BorderImages>;
  readonly limits: Limits;
  readonly requests: RequestOptions;
  readonly tracing?: TracingOptions;
  /** The address for every address of the pod. */
  readonly everywhere: '::' | '0.0.0.0';
}

/** User of every container, none that a mesh's sidecar uses (Istio: 1337, Consul: 5995 and 5996). */
export const BORDER_USER = 10001;

/** Files of the ConfigMap. */
export const CONFIG_DIRECTORY = '/etc/border';

/** Where a border has its certificate whose mesh gives it as a file. */
export const CERTIFICATE_DIRECTORY = '/var/run/border-certificate';
/** Chain and key in one file, so that a renewal replaces both at once. */
export const CERTIFICATE_FILE = `${CERTIFICATE_DIRECTORY}/certificate.pem`;
/** How Envoy reads it. */
export const CERTIFICATE_IN_FILE = {
  source: 'files',
  certificateChain: CERTIFICATE_FILE,
  privateKey: CERTIFICATE_FILE,
  watchedDirectory: CERTIFICATE_DIRECTORY,
} as const;

/** The foreign mesh's roots. */
export const ROOTS_DIRECTORY = '/etc/federation-roots';

/** Port for probes, which sidecars leave alone. */
export const STATUS_PORT = 9902;

/** Port for the preStop hook, which sidecars leave alone. */
export const DRAIN_PORT = 9903;

/** Port for metrics, which sidecars leave alone. */
export const METRICS_PORT = 9905;

/** Ports that sidecars leave alone: what comes there comes without a certificate. */
export const PLAIN_PORTS = [STATUS_PORT, DRAIN_PORT, METRICS_PORT].join(',');

/** Port on loopback by which Envoy looks after its own secrets. */
const CHECK_PORT = 9904;

/** How the placement of a border differs between kinds of meshes. */
interface OwnPlacement extends Pick<BorderPlacement, 'listen' | 'certificate'> {
  /** Where the foreign roots are from, if not from the exchange. */
  readonly foreignRoots: AgentSecret | undefined;
}

function placement(
  { border, everywhere }: PartsProps,
  { listen, certificate, foreignRoots }: OwnPlacement,
): BorderPlacement {
  return {
    configDirectory: CONFIG_DIRECTORY,
    listen,
    status: { host: everywhere, port: STATUS_PORT },
    metrics: { host: everywhere, port: METRICS_PORT },
    drain: { host: everywhere, port: DRAIN_PORT },
    check: { host: '127.0.0.1', port: CHECK_PORT },
    admin: { host: '127.0.0.1', port: ADMIN_PORT },
    certificate,
    foreignBundle: foreignRoots ?? {
      source: 'files',
      path: `${ROOTS_DIRECTORY}/${foreignBundle(border.foreignMesh).key}`,
      watchedDirectory: ROOTS_DIRECTORY,
    },
  };
}

/**
 * Envoy's configuration for a border.
 *
 * @throws Error listing every mistake in the crossings.
 */
export function borderEnvoy(props: PartsProps, own: OwnPlacement): BorderConfiguration {
  const { border, limits, requests, gatewayAddress, tracing } = props;
  const common = {
    name: border.name,
    limits,
    requests,
    statLabels: {
      mesh: border.mesh,
      foreign_mesh: border.foreignMesh,
      ...(border.federation === undefined ? {} : { federation: border.federation }),
    },
    tracing,
    placement: placement(props, own),
  };
  if (border.direction === 'in') {
    return inboundBorderEnvoy({ ...common, crossings: border.crossings });
  }
  return outboundBorderEnvoy({
    ...common,
    callerHeader: border.callerHeader,
    crossings: border.crossings.map(({ gatewayPort, neighbour, ...crossing }) => {
      const host = neighbour?.host ?? gatewayAddress;
      if (host === undefined) {
        throw internalError(`border ${border.name}: the address of the foreign gateway is missing`);
      }
      return { ...crossing, gateway: { host, port: gatewayPort } };
    }),
  });
}
