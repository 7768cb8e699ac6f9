import { z } from 'zod';
import type { MeshMember, PublishedMesh } from '../../model';
import { ANY_PUBLISHED, publishedFacts } from '../../offer/facts';
import { NOT_PUBLISHED, own } from '../kind';

/** What the owner of a Consul mesh tells others. */
export const PUBLISHED_CONSUL = z.strictObject({
  kind: z.literal('consul'),
  ...ANY_PUBLISHED,
  datacenter: z
    .string()
    .max(63)
    .regex(/^[a-z0-9_-]+$/, 'must be a Consul datacenter: a-z, 0-9, "-" and "_"'),
});

export function consulPublished(member: MeshMember): PublishedMesh {
  const { kind, mesh } = own(member, 'consul');
  const { datacenter } = mesh;
  return {
    kind,
    ...publishedFacts(member),
    datacenter,
  };
}

export function consulPartner(published: PublishedMesh): MeshMember {
  const { kind, trustDomain, sharedTrustDomain, spire, addressPort, datacenter } = own(
    published,
    'consul',
  );
  return {
    kind,
    sharedTrustDomain,
    spire,
    addressPort,
    mesh: {
      trustDomain,
      datacenter,
      namespace: NOT_PUBLISHED,
      releaseName: NOT_PUBLISHED,
      namePrefix: NOT_PUBLISHED,
      gateway: { name: NOT_PUBLISHED, serviceName: NOT_PUBLISHED },
      acls: true,
      tls: true,
    },
  };
}
