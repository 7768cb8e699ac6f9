import type { X509Certificate } from 'node:crypto';
import type { LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

/** What became of a TLS handshake without a client certificate. */
export type Dialled =
  /** As it should be: the border that was asked for, which wants a certificate. */
  | { readonly end: 'right'; readonly expires: Date }
  /** The border, which would take anybody. */
  | { readonly end: 'asks-no-certificate' }
  /** Somebody who is not the border; or nobody of the mesh whose roots these are. */
  | { readonly end: 'other-identity'; readonly identity: string }
  | { readonly end: 'wrong-root'; readonly reason: string; readonly issuer: string }
  | { readonly end: 'expired'; readonly expires: Date }
  /** No TLS there. */
  | { readonly end: 'plaintext' }
  /** Closed before a certificate was shown. */
  | { readonly end: 'reset' }
  /** Closed by an alert of TLS. */
  | { readonly end: 'alert'; readonly alert: string }
  /** Connected, and then silence. */
  | { readonly end: 'silent' }
  /** Not connected. */
  | { readonly end: 'refused' }
  | { readonly end: 'timeout' }
  | { readonly end: 'unresolved' }
  | { readonly end: 'failed'; readonly reason: string };

/** Where to connect, and whom to expect. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** A connection that is open already. @default one is made */
  readonly socket?: Duplex;
  readonly serverName: string;
  /** PEM of the roots by which the border must be verified. */
  readonly roots: string;
  /** SPIFFE IDs or DNS names, of which it must have one. */
  readonly identities: readonly string[];
  /** @default 5000 */
  readonly timeout?: number;
  /** @default the machine's */
  readonly lookup?: LookupFunction;
}

/** For the alert of TLS 1.3, which comes after the handshake has ended for the client. */
const ALERT_WAIT = 2000;

/** Connects to a gateway as a client that has no certificate. */
export function dial(target: Target): Promise<Dialled> {
  const { host, port, serverName, roots, timeout = 5000, lookup } = target;
  const given = target.socket;
  return new Promise((resolve) => {
    let connected = given !== undefined;
    let shown: Dialled | undefined;
    const socket = tls.connect({
      ...(given === undefined ? { host, port } : { socket: given }),
      servername: serverName,
      ca: roots,
      lookup,
      // As Envoy does, which takes an intermediate for an anchor.
      allowPartialTrustChain: true,
      // It is looked at below. Nothing is sent to whomever it is.
      rejectUnauthorized: false,
      // Borders speak it, and with it say who they are before they refuse.
      minVersion: 'TLSv1.3',
    });
    let timer = setTimeout(() => done({ end: connected ? 'silent' : 'timeout' }), timeout);
    const done = (end: Dialled) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(end);
    };
    socket.on('connect', () => {
      connected = true;
      clearTimeout(timer);
      timer = setTimeout(() => done({ end: 'silent' }), timeout);
    });
    socket.on('secureConnect', () => {
      shown = shownBy(socket, target);
      if (shown.end !== 'right') return done(shown);
      clearTimeout(timer);
      timer = setTimeout(() => done({ end: 'asks-no-certificate' }), ALERT_WAIT);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => done(ended(error, connected, shown)));
    socket.on('close', () => done(shown?.end === 'right' ? shown : { end: 'reset' }));
  });
}

function shownBy(socket: tls.TLSSocket, { identities }: Target): Dialled {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return { end: 'failed', reason: 'no certificate was presented' };
  const expires = new Date(certificate.validTo);
  const own = namesOf(certificate);
  if (expires < new Date()) return { end: 'expired', expires };
  if (!socket.authorized) {
    const reason = String(socket.authorizationError);
    const issuer = certificate.issuer.replaceAll('\n', ', ');
    // Without a list of names to compare, Node.js compares none.
    if (!/ERR_TLS_CERT_ALTNAME_INVALID/.test(reason)) return { end: 'wrong-root', reason, issuer };
  }
  return identities.some((identity) => own.includes(identity))
    ? { end: 'right', expires }
    : {
        end: 'other-identity',
        identity: own.join(', ') || certificate.subjectAltName || 'no name',
      };
}

/** SPIFFE IDs, and DNS names as Linkerd has them, to the letter. */
function namesOf({ subjectAltName = '' }: X509Certificate): string[] {
  return subjectAltName.split(', ').flatMap((name) => /^(?:URI|DNS):(.+)$/.exec(name)?.[1] ?? []);
}

/** What an error means, by OpenSSL's and the kernel's words for it. */
function ended(error: NodeJS.ErrnoException, connected: boolean, shown?: Dialled): Dialled {
  const { code = '', message } = error;
  const wanted = /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE/.test(code);
  if (shown?.end === 'right' && (wanted || code === 'ECONNRESET')) return shown;
  const alert = /ALERT_(.+)$/.exec(code)?.[1] ?? /alert ([a-z ]+):/.exec(message)?.[1];
  if (alert !== undefined) return { end: 'alert', alert: alert.toLowerCase().replaceAll('_', ' ') };
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code)) {
    return { end: 'plaintext' };
  }
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { end: 'unresolved' };
    case 'ECONNREFUSED':
      return { end: 'refused' };
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { end: 'timeout' };
    case 'ECONNRESET':
    case 'EPIPE':
      return { end: connected ? 'reset' : 'refused' };
    default:
      return { end: 'failed', reason: message };
  }
}
