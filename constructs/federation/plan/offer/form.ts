import { z } from 'zod';
import { cidrProblem } from '../../../address';
import type { Problem } from '../../../problems';
import { described, discriminatorValue } from '../../../schema-words';
import { certificatesIn } from '../../jobs/pem';
import { printable } from '../../jobs/text';
import { gatewayHostsProblem } from '../gateway-hosts';
import { PUBLISHED_MESH } from '../meshes';
import { CONNECTION } from './connection';
import { address, dnsLabel } from './facts';
import { TERMS } from './terms';

/** Version of the form. Another one is refused, whatever is in it. */
export const VERSION = 1;

/** Where roots are to be had. */
export const ENDPOINT = z.strictObject({
  url: z
    .string()
    .max(2000)
    .refine((text) => /^https:\/\/[^\s"'<>\\${}]+$/.test(text) && URL.canParse(text), {
      error: 'must be such as https://spire.example.com:8443/bundle',
    })
    .refine((text) => !URL.canParse(text) || new URL(text).username === '', {
      error: 'must have no user and no password in it: an offer is no place for a secret',
    }),
  authority: z
    .string()
    .max(64 * 1024)
    .refine((text) => certificatesIn(text).length > 0 && !text.includes('PRIVATE KEY'), {
      error: 'must be the PEM of a certificate, and no key',
    })
    .optional(),
});

const CIDR = z.string().superRefine((text, context) => {
  const message = cidrProblem(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message: printable(message) });
});

/** What an offer must be like. */
export const OFFER = z.strictObject({
  offer: z.literal(VERSION),
  mesh: dnsLabel,
  facts: PUBLISHED_MESH,
  gateway: z
    .union([address, z.array(address).min(1).max(16)])
    .superRefine((hosts, context) => {
      const message = gatewayHostsProblem(hosts);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .optional(),
  connection: CONNECTION.optional(),
  roots: z
    .array(
      z.strictObject({
        fingerprint: z.string().max(100),
        notAfter: z.iso.datetime(),
        pem: z.string().max(64 * 1024),
      }),
    )
    .min(1, 'must have a root at least: without one nobody of the mesh can be verified')
    .max(16),
  endpoint: ENDPOINT.optional(),
  sources: z
    .array(CIDR)
    .min(1, 'must have a CIDR block at least, or be left out')
    .max(64)
    .optional(),
  seen: z
    .record(dnsLabel, z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 digits'))
    .optional(),
  policy: z.record(dnsLabel, TERMS),
});

/** What a schema has against an offer, or a part of it. */
export function problemsOf(parsed: z.ZodSafeParseResult<unknown>): Problem[] {
  return (parsed.error?.issues ?? []).flatMap(describe);
}

function describe(issue: z.core.$ZodIssue): Problem[] {
  const { path, message, input } = issue;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        // Such as a later version of the program may write.
        message:
          'is nothing that this version of the program knows; install the version that wrote it, or have it written anew by yours',
      }));
    case 'invalid_key':
      return issue.issues.map((inner) => ({ path, message: inner.message }));
    case 'invalid_union': {
      // One, or a list of them.
      const meant = issue.errors.find(
        (inner) => !inner.some(({ path: at }) => at.length === 0 && Array.isArray(input)),
      );
      return meant === undefined || meant.length === 0
        ? [{ path, message: `${shown(discriminatorValue(issue))}; ${message}` }]
        : meant.flatMap((inner) => describe({ ...inner, path: [...path, ...inner.path] }));
    }
    case 'custom':
      return [{ path, message: isSaid(input, issue) ? `${shown(input)}; ${message}` : message }];
    default:
      return [{ path, message: `${shown(input)}; ${message}` }];
  }
}

/** Whether what was written is to be said with what is wrong with it. It may be a key or a password, which is not said again. */
function isSaid(input: unknown, { path, message }: z.core.$ZodIssue): boolean {
  return (
    typeof input === 'string' &&
    path.at(-1) !== 'authority' &&
    !/PRIVATE KEY|@/.test(input) &&
    !/^(is|has) /.test(message) &&
    !message.includes(input)
  );
}

/** What was written, as far as it leaves room for what is wrong with it. */
export function shown(value: unknown): string {
  return printable(described(value), 120);
}
