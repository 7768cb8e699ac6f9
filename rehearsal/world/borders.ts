import { BOOTSTRAP_FILE } from '../../constructs/federation/plan/envoy';
import type { BorderPlacement } from '../../constructs/federation/plan/crossing';
import type { Envoy } from '../envoy';
import type { BundleFile, CertificateFiles } from '../files';
import type { MeshName } from './pki';

/** Age of connections at the borders that cut them early. A busy machine answers a request within it. */
export const SHORT_SECONDS = 2;

/** Connections that a border of the rehearsal takes at most; few, so that a flood stays small. */
export const CONNECTION_LIMIT = 150;

/** Consul's inbound borders for backend: one border, two pods. */
export const CONSUL_INBOUND = ['consul inbound backend 1', 'consul inbound backend 2'] as const;

/** Consul's outbound borders for backend. */
export const CONSUL_OUTBOUND = ['consul outbound backend 1', 'consul outbound backend 2'] as const;

/** Another one of these, whose connections live for a second. */
export const FRESH_BORDER = 'consul outbound backend, short-lived connections';

/** Consul's outbound border for backend's other port. */
export const GRPC_BORDER = 'consul outbound backend-grpc';

/** Istio's inbound borders for info. */
export const ISTIO_INBOUND = ['istio inbound info 1', 'istio inbound info 2'] as const;

/** Istio's inbound border for maps. */
export const MAPS_BORDER = 'istio inbound maps';

/** Borders that are entered by their Services, and the one that leads to such a one. */
export const BY_SERVICE = {
  backend: 'consul inbound backend, by its Service',
  info: 'istio inbound info, by its Service',
  toBackend: 'consul outbound backend, to a Service',
} as const;

/** The Envoys that play the sidecars of each mesh. */
export const SIDECARS = {
  istio: { inbound: 'istio sidecars, inbound', outbound: 'istio sidecars, outbound' },
  consul: { inbound: 'consul sidecars, inbound', outbound: 'consul sidecars, outbound' },
} as const;

/** An inbound border that calls info without a sidecar in between, to see what leaves a border. */
export const BARE_BORDER = 'inbound border without a sidecar';

/** An outbound border for a tcp service, without a sidecar in front. */
export const TCP_BORDER = 'consul outbound queue, tcp';

/** The same, which knows the far gateway by a name, as that of a load balancer. */
export const NAMING_BORDER = 'consul outbound queue, by name';

/** Ports of one border. */
export interface BorderPorts {
  readonly listen: number;
  readonly status: number;
  readonly metrics: number;
  readonly admin: number;
  readonly check: number;
}

/** The addresses of a border that runs here. */
export function local({
  listen,
  status,
  metrics,
  admin,
  check,
}: BorderPorts): Pick<BorderPlacement, 'listen' | 'status' | 'metrics' | 'admin' | 'check'> {
  const host = '127.0.0.1';
  return {
    listen: { host, port: listen },
    status: { host, port: status },
    metrics: { host, port: metrics },
    admin: { host, port: admin },
    check: { host, port: check },
  };
}

/**
 * In Consul chain and key are one file, as in a pod. In Istio a pod's Envoy asks the agent over a socket,
 * which nothing plays here: files take its place.
 */
export function certificateOf(
  files: CertificateFiles,
  mesh: MeshName,
): BorderPlacement['certificate'] {
  return {
    source: 'files',
    certificateChain: mesh === 'consul' ? files.whole : files.chain,
    privateKey: mesh === 'consul' ? files.whole : files.key,
    watchedDirectory: files.directory,
  };
}

/** Stands for a pod's `/etc/resolv.conf`: the rest of the configuration is what is deployed. */
export function withNameServer(
  port: number | undefined,
  files: Readonly<Record<string, string>>,
): Record<string, string> {
  if (port === undefined) return files;
  const resolver = {
    name: 'envoy.network.dns_resolver.cares',
    typed_config: {
      '@type':
        'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
      resolvers: [{ socket_address: { address: '127.0.0.1', port_value: port } }],
      // A lost answer is noticed sooner than after the usual 5 s.
      query_timeout_seconds: 1,
    },
  };
  const own = JSON.parse(files[BOOTSTRAP_FILE] ?? '') as object;
  return {
    ...files,
    [BOOTSTRAP_FILE]: JSON.stringify({ ...own, typed_dns_resolver_config: resolver }),
  };
}

/** An inbound border like Consul's for backend that has not been started and has no files yet. */
export interface SpareBorder {
  readonly envoy: Envoy;
  readonly ports: BorderPorts;
  readonly certificate: CertificateFiles;
  readonly bundle: BundleFile;
}
