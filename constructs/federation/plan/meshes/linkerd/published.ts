import { z } from 'zod';
import type { MeshMember, PublishedMesh } from '../../model';
import { ANY_PUBLISHED, clusterDomain, dnsLabel, publishedFacts } from '../../offer/facts';
import { own } from '../kind';

/** What the owner of a Linkerd mesh tells others. */
export const PUBLISHED_LINKERD = z.strictObject({
  kind: z.literal('linkerd'),
  ...ANY_PUBLISHED,
  clusterDomain: clusterDomain.optional(),
  namespace: dnsLabel,
});

export function linkerdPublished(member: MeshMember): PublishedMesh {
  const { kind, mesh } = own(member, 'linkerd');
  const { namespace, clusterDomain } = mesh;
  return {
    kind,
    ...publishedFacts(member),
    ...(clusterDomain === undefined ? {} : { clusterDomain }),
    namespace,
  };
}

export function linkerdPartner(published: PublishedMesh): MeshMember {
  const { kind, sharedTrustDomain, spire, addressPort, ...mesh } = own(published, 'linkerd');
  return { kind, sharedTrustDomain, spire, addressPort, mesh };
}
