import { request, StatusError } from './kubernetes.ts';
import { printable } from './text.ts';

/*
 * Roots that their owner shows at an address of his, to everybody: a SPIFFE bundle endpoint, or PEM.
 */

/**
 * What is at an address, as PEM. Its server is verified, redirections are not followed, and the answer is
 * bounded in size and time, as any request of these programs.
 *
 * @param authority PEM of the authority of its server; Node's own ones where absent.
 * @throws Error that says what came in place of roots.
 */
export async function rootsAt(url: string, authority?: string): Promise<string> {
  const { origin, pathname, search, protocol } = new URL(url);
  if (protocol !== 'https:') throw new Error(`${origin}: roots are fetched by https only`);
  const answer = await fetched(origin, pathname, search.slice(1), authority);
  return rootsIn(answer, origin);
}

/**
 * The roots in PEM, or in a SPIFFE bundle, as PEM.
 *
 * @param place Where the text is from, for what is said of it.
 * @throws Error that says what came in place of roots.
 */
export function rootsIn(text: string, place: string): string {
  return text.includes('-----BEGIN ') ? text : rootsInBundle(text, place);
}

async function fetched(
  url: string,
  path: string,
  query: string,
  authority: string | undefined,
): Promise<string> {
  try {
    return await request({ url, authority }, { method: 'GET', path, query });
  } catch (error) {
    if (error instanceof StatusError && error.status >= 300 && error.status < 400) {
      throw new Error(`${url} leads to elsewhere (${error.status}), which is not followed`);
    }
    throw error;
  }
}

/**
 * The roots of a SPIFFE bundle. Keys of another use, as for JWTs, are none.
 * @see https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md#6-representation-in-the-spiffe-bundle
 */
function rootsInBundle(text: string, origin: string): string {
  const { keys: written } = bundleIn(text);
  // go-spiffe writes null where a trust domain has no keys.
  const keys = written === null ? [] : written;
  if (!Array.isArray(keys)) {
    throw new Error(`${origin} serves neither PEM nor a SPIFFE bundle: "${printable(text, 40)}"`);
  }
  const roots = keys.flatMap((key: unknown) => {
    const { use, x5c } = key as { readonly use?: unknown; readonly x5c?: unknown };
    if (use !== 'x509-svid') return [];
    const [certificate, ...more] = Array.isArray(x5c) ? (x5c as unknown[]) : [];
    if (typeof certificate !== 'string' || more.length > 0) {
      throw new Error(`${origin} serves a SPIFFE bundle with an X.509 key without one certificate`);
    }
    return [`-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`];
  });
  if (roots.length === 0) throw new Error(`${origin} serves a SPIFFE bundle without X.509 roots`);
  return roots.join('');
}

function bundleIn(text: string): { readonly keys?: unknown } {
  try {
    const bundle: unknown = JSON.parse(text);
    return typeof bundle === 'object' && bundle !== null ? bundle : {};
  } catch {
    return {};
  }
}
