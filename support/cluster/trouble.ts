import { ApiError, type ClusterError, type Hindrance, UnansweredError } from './errors';

/** Why nothing can be said of a cluster. */
export interface ClusterTrouble {
  /** One word for the kind of trouble, as the doctor has them. */
  readonly code: string;
  /** What is so. */
  readonly what: string;
  /** What mends it: a command, or what to do. */
  readonly mend: string;
}

/**
 * Says why a cluster does not answer, and what helps.
 *
 * @param of Whose API server it is: `istio's cluster`.
 * @param kubectl How a person reaches it.
 */
export function told(error: ClusterError, of: string, kubectl: string): ClusterTrouble {
  const server = `The API server of ${of}`;
  const ready = `${kubectl} get --raw /readyz should print ok`;
  const { message } = error;
  if (error instanceof ApiError) {
    switch (error.status) {
      case 401:
        return {
          code: 'no-rights',
          what: `${server} does not take these credentials: ${message}.`,
          mend: `log in again, or renew what the kubeconfig has; then ${ready}`,
        };
      case 403:
        return {
          code: 'no-rights',
          what: `${server} refuses to answer: ${message}.`,
          mend: `${kubectl} auth can-i --list; the doctor needs "get" and "list", docs/doctor.md`,
        };
      default:
        return {
          code: 'cluster-unreachable',
          what: `${server} answers with ${error.status}: ${message}.`,
          mend: ready,
        };
    }
  }
  const by = error instanceof UnansweredError ? error.by : 'connection';
  const code = error instanceof UnansweredError ? error.code : '';
  return {
    code: CODES[by] ?? 'cluster-unreachable',
    what: `${WHAT[by](server, of)}: ${message}.`,
    mend: `${mendOf(by, code)}${ready}`,
  };
}

const CODES: Readonly<Partial<Record<Hindrance, string>>> = {
  credentials: 'no-credentials',
  trust: 'cluster-untrusted',
};

const WHAT: Readonly<Record<Hindrance, (server: string, of: string) => string>> = {
  credentials: (_, of) => `There are no credentials for the API server of ${of}`,
  trust: (server) => `${server} is not trusted`,
  name: (_, of) => `The name of the API server of ${of} cannot be resolved`,
  silence: (server) => `${server} does not answer`,
  connection: (server) => `${server} cannot be reached`,
};

const MEND: Readonly<Record<Exclude<Hindrance, 'trust'>, string>> = {
  credentials: 'log in again, or mend what gives them; then ',
  name: 'is its address still that one, and does the DNS of this machine know it, as behind a VPN? ',
  silence: 'does a firewall or a missing VPN drop it, or is it overloaded? ',
  connection: '',
};

function mendOf(by: Hindrance, code: string): string {
  if (by === 'trust') return trustMend(code);
  return by === 'credentials' && code === 'ENOENT' ? 'install it; then ' : MEND[by];
}

function trustMend(code: string): string {
  if (/EXPIRED|NOT_YET_VALID/.test(code)) {
    return 'renew its certificate, or set the clock of this machine right; then ';
  }
  if (/ALTNAME|HOSTNAME/.test(code)) {
    return 'call it by a name that its certificate has (server or tls-server-name in the kubeconfig); then ';
  }
  if (/^ERR_OSSL_/.test(code)) {
    return 'the certificates and the key in the kubeconfig must be whole PEM; then ';
  }
  return /^(EPROTO|ERR_SSL_)/.test(code)
    ? 'is that its port, and does nothing in between end TLS? '
    : 'take its CA into the kubeconfig anew (certificate-authority-data), if nothing in between ends TLS; then ';
}
