import { types } from 'node:util';
import { codeOf } from '../../constructs/environment-problem';
import { missingPlugin, reasonOf } from '../terminal/reason';

/** A cluster does not say what it was asked for. Whatever else is thrown is a fault of the program. */
export class ClusterError extends Error {}

/** The API server answered, and not with what was asked for. */
export class ApiError extends ClusterError {
  public constructor(
    public readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** A pod that a port-forward leads to does not answer, or not with what was asked for. */
export class PodError extends ClusterError {}

/**
 * What kept an answer away: there are no credentials to ask with, the server is not trusted, its name is not
 * known, it keeps silent, or nobody is there.
 */
export type Hindrance = 'credentials' | 'trust' | 'name' | 'silence' | 'connection';

/** Nobody answered. */
export class UnansweredError extends ClusterError {
  /** @param code Node's or OpenSSL's word for it, where there is one. */
  public constructor(
    public readonly by: Hindrance,
    message: string,
    public readonly code = '',
  ) {
    super(message);
  }
}

/** What a kubeconfig lets happen for its credentials went wrong. */
export function withoutCredentials(error: unknown): UnansweredError {
  const missing = missingPlugin(error);
  if (missing !== undefined) return new UnansweredError('credentials', missing, 'ENOENT');
  const said = reasonOf(error).trim();
  // A program that ends without a word leaves the name of its error.
  const reason = said === '' || said === 'Error' ? 'the program that gives them has failed' : said;
  return new UnansweredError('credentials', reason.replace(/\.$/, ''));
}

/** What went wrong with a connection; nothing where it was none of its own. */
export function hindrance(error: unknown): UnansweredError | undefined {
  const code = codeOf(error);
  const by = BY_CODE.find(([codes]) => codes.test(code))?.[1];
  return by && new UnansweredError(by, wordsOf(error), code);
}

const BY_CODE: readonly (readonly [codes: RegExp, by: Hindrance])[] = [
  // What the server says of the client's certificate.
  [/_ALERT_.*(CERTIFICATE|UNKNOWN_CA)|_ALERT_ACCESS_DENIED/, 'credentials'],
  // https://nodejs.org/api/tls.html#x509-certificate-error-codes
  [/^(ERR_(TLS|SSL|OSSL)_|CERT_|CRL_|UNABLE_TO_|ERROR_IN_|INVALID_(CA|PURPOSE)$)/, 'trust'],
  [/SELF_SIGNED|^(EPROTO|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/, 'trust'],
  [/^(ENOTFOUND|EAI_\w+)$/, 'name'],
  [/^ETIMEDOUT$/, 'silence'],
  [/^(E[A-Z]+$|HPE_|ERR_STREAM_)/, 'connection'],
];

function wordsOf(error: unknown): string {
  // Of a name with several addresses each has its own error, and all together have no words.
  const several =
    types.isNativeError(error) && 'errors' in error && Array.isArray(error.errors)
      ? error.errors.map(reasonOf)
      : [];
  const said = several.length > 0 ? several.join(', ') : reasonOf(error);
  return (/:SSL routines:[^:]*:([^:]+):/.exec(said)?.[1] ?? said).replace(/\.$/, '');
}
