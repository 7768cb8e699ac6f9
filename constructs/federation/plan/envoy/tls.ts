import { posix } from 'node:path';
import type {
  AgentSecret,
  BorderPlacement,
  CrossingProtocol,
  InboundCrossing,
  OutboundCrossing,
} from '../crossing';
import { sanOf } from '../identity';
import { extension, type } from './parts';
import type {
  CommonTlsContext,
  DownstreamTlsSocket,
  SdsSecretConfig,
  SecretFile,
  SubjectAltNameMatcher,
  UnverifiedTlsSocket,
  UpstreamTlsSocket,
} from './types';

const CERTIFICATE_FILE = 'certificate.json';

const BUNDLE_FILE = 'foreign-bundle.json';

const OWN_CERTIFICATE = 'certificate';

const FOREIGN_BUNDLE = 'foreign-bundle';

export const SDS_AGENT = 'sds-agent';

/** Forward secrecy and authenticated encryption only; TLS 1.3 has nothing else. */
const TLS12_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];

function tls(
  placement: BorderPlacement,
  validation: CommonTlsContext['combined_validation_context']['default_validation_context'],
  alpn: readonly string[],
): CommonTlsContext {
  const { foreignBundle } = placement;
  return {
    tls_params: {
      tls_minimum_protocol_version: 'TLSv1_2',
      // As a client Envoy would stop at 1.2.
      tls_maximum_protocol_version: 'TLSv1_3',
      cipher_suites: TLS12_CIPHERS,
    },
    ...(alpn.length > 0 && { alpn_protocols: alpn }),
    tls_certificate_sds_secret_configs: [ownSecret(placement)],
    combined_validation_context: {
      default_validation_context: validation,
      validation_context_sds_secret_config:
        foreignBundle.source === 'files'
          ? fileSecret(placement, FOREIGN_BUNDLE, BUNDLE_FILE, foreignBundle.watchedDirectory)
          : agentSecret(foreignBundle),
    },
  };
}

function ownSecret(placement: BorderPlacement): SdsSecretConfig {
  const { certificate } = placement;
  return certificate.source === 'files'
    ? fileSecret(placement, OWN_CERTIFICATE, CERTIFICATE_FILE, certificate.watchedDirectory)
    : agentSecret(certificate);
}

/** A peer that has moved shows its new name, or its old one as long as both are there. */
function onlyPeer({ peer, formerPeers = [] }: InboundCrossing | OutboundCrossing) {
  return { match_typed_subject_alt_names: [peer, ...formerPeers].map(exactly) };
}

/**
 * Of DNS names not by `exact`, which admits a certificate for `*.example.com` as well.
 * @see https://github.com/envoyproxy/envoy/blob/v1.39.1/source/common/tls/cert_validator/san_matcher.cc
 */
function exactly(identity: string): SubjectAltNameMatcher {
  return sanOf(identity) === 'URI'
    ? { san_type: 'URI', matcher: { exact: identity } }
    : {
        san_type: 'DNS',
        matcher: { safe_regex: { regex: identity.replaceAll('.', String.raw`\.`) } },
      };
}

function agentSecret({ resourceName }: AgentSecret): SdsSecretConfig {
  return {
    name: resourceName,
    sds_config: {
      api_config_source: {
        api_type: 'GRPC',
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: SDS_AGENT } }],
      },
      resource_api_version: 'V3',
      // Not ready, and so not in any Service, until the agent has answered.
      initial_fetch_timeout: '0s',
    },
  };
}

function fileSecret(
  placement: BorderPlacement,
  name: string,
  file: string,
  directory: string,
): SdsSecretConfig {
  return {
    name,
    sds_config: {
      path_config_source: {
        path: posix.join(placement.configDirectory, file),
        // Where the files named in it will appear. Envoy calls itself ready without them, refuses
        // every handshake, and looks for them again only when something moves here.
        watched_directory: { path: directory },
      },
      resource_api_version: 'V3',
    },
  };
}

export function downstreamTls(
  placement: BorderPlacement,
  crossing: InboundCrossing,
): DownstreamTlsSocket {
  const alpn: Record<CrossingProtocol, readonly string[]> = {
    http: ['h2', 'http/1.1'],
    http2: ['h2'],
    grpc: ['h2'],
    tcp: [],
  };
  return extension('envoy.transport_sockets.tls', 'transport_sockets.tls.v3.DownstreamTlsContext', {
    require_client_certificate: true,
    // A resumed session would pass on a certificate that has expired or lost its root since.
    disable_stateless_session_resumption: true,
    disable_stateful_session_resumption: true,
    common_tls_context: tls(placement, onlyPeer(crossing), alpn[crossing.protocol]),
  });
}

/**
 * Both ends of a handshake that comes about when the secrets are loaded. With roots of the exchange it
 * verifies nobody. Envoy's SPIFFE validator demands a certificate of every client and verifies it, whatever
 * the context says: it is shown the border's own, whose root is among SPIRE's for all trust domains.
 *
 * @see https://github.com/envoyproxy/envoy/blob/v1.39.1/source/extensions/transport_sockets/tls/cert_validator/spiffe/spiffe_validator.cc
 */
export function secretsCheckTls(placement: BorderPlacement): {
  readonly listening: DownstreamTlsSocket;
  readonly asking: UnverifiedTlsSocket;
} {
  return {
    listening: extension(
      'envoy.transport_sockets.tls',
      'transport_sockets.tls.v3.DownstreamTlsContext',
      {
        require_client_certificate: false,
        disable_stateless_session_resumption: true,
        disable_stateful_session_resumption: true,
        common_tls_context: tls(placement, { trust_chain_verification: 'ACCEPT_UNTRUSTED' }, []),
      },
    ),
    asking: extension(
      'envoy.transport_sockets.tls',
      'transport_sockets.tls.v3.UpstreamTlsContext',
      {
        max_session_keys: 0,
        common_tls_context: {
          ...(placement.foreignBundle.source === 'sds' && {
            tls_certificate_sds_secret_configs: [ownSecret(placement)],
          }),
          validation_context: { trust_chain_verification: 'ACCEPT_UNTRUSTED' },
        },
      },
    ),
  };
}

export function upstreamTls(
  placement: BorderPlacement,
  crossing: OutboundCrossing,
): UpstreamTlsSocket {
  const alpn: Record<CrossingProtocol, readonly string[]> = {
    http: ['http/1.1'],
    http2: ['h2'],
    grpc: ['h2'],
    tcp: [],
  };
  return extension('envoy.transport_sockets.tls', 'transport_sockets.tls.v3.UpstreamTlsContext', {
    sni: crossing.serverName,
    max_session_keys: 0,
    common_tls_context: tls(placement, onlyPeer(crossing), alpn[crossing.protocol]),
  });
}

/**
 * Envoy watches and reloads certificate files only when a secret file names them, never when the
 * bootstrap does; and it keeps the last good pair when the new one does not parse or match.
 * @see https://www.envoyproxy.io/docs/envoy/v1.39.1/configuration/security/secret
 */
export function secretFiles({
  certificate,
  foreignBundle,
}: BorderPlacement): Record<string, SecretFile> {
  const secret = type('transport_sockets.tls.v3.Secret');
  return {
    ...(foreignBundle.source === 'files' && {
      [BUNDLE_FILE]: {
        resources: [
          {
            '@type': secret,
            name: FOREIGN_BUNDLE,
            validation_context: {
              trusted_ca: { filename: foreignBundle.path },
              watched_directory: { path: foreignBundle.watchedDirectory },
            },
          },
        ],
      },
    }),
    ...(certificate.source === 'files' && {
      [CERTIFICATE_FILE]: {
        resources: [
          {
            '@type': secret,
            name: OWN_CERTIFICATE,
            tls_certificate: {
              certificate_chain: { filename: certificate.certificateChain },
              private_key: { filename: certificate.privateKey },
              watched_directory: { path: certificate.watchedDirectory },
            },
          },
        ],
      },
    }),
  };
}
