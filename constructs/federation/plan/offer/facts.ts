import { z } from 'zod';
import { CLUSTER_DOMAIN, CLUSTER_DOMAIN_RULE, DNS_LABEL, labelRule } from '../../../dns-names';
import { TRUST_DOMAIN, TRUST_DOMAIN_RULE } from '../../../trust-domain';
import { printable } from '../../jobs/text';
import { gatewayHostProblem } from '../gateway-hosts';
import type { MeshMember, PublishedMesh } from '../model';
import { publishedSpire, spirePathMistake } from '../spire';

/*
 * What may stand in an offer. It comes from somebody else and ends up in Terraform's files, in Envoy's
 * configuration and in messages, so each value has its form, and none has room for an expression.
 */

/** Number of a TCP port. */
export const port = z.int().min(1).max(65535);

const trustDomain = z.string().regex(TRUST_DOMAIN, TRUST_DOMAIN_RULE);

/** Of a mesh of any kind. */
export const ANY_PUBLISHED = {
  trustDomain,
  sharedTrustDomain: z.boolean().optional(),
  spire: z
    .strictObject({
      trustDomain,
      path: z
        .string()
        .max(500)
        .superRefine((path, context) => {
          const message = spirePathMistake(path);
          if (message !== undefined) context.addIssue({ code: 'custom', message });
        })
        .optional(),
    })
    .optional(),
  addressPort: port.optional(),
};

/** What the owner of a mesh of any kind tells others. */
export function publishedFacts({
  mesh: { trustDomain },
  spire,
  sharedTrustDomain,
  addressPort,
}: MeshMember): Pick<PublishedMesh, keyof typeof ANY_PUBLISHED> {
  return {
    trustDomain,
    ...(sharedTrustDomain === undefined ? {} : { sharedTrustDomain }),
    ...publishedSpire({ spire }),
    ...(addressPort === undefined ? {} : { addressPort }),
  };
}

/** A name of the policy, and so a part of names in Kubernetes; a namespace. */
export const dnsLabel = z.string().regex(DNS_LABEL, labelRule());

/** DNS domain of a mesh's cluster. */
export const clusterDomain = z.string().regex(CLUSTER_DOMAIN, CLUSTER_DOMAIN_RULE);

/** Where a gateway is reached from elsewhere. */
export const address = z.string().superRefine((text, context) => {
  const message = gatewayHostProblem(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message: printable(message) });
});
