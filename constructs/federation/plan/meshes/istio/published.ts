import { z } from 'zod';
import type { MeshMember, PublishedMesh } from '../../model';
import { ANY_PUBLISHED, clusterDomain, port, publishedFacts } from '../../offer/facts';
import { NOT_PUBLISHED, own } from '../kind';

/** What the owner of an Istio mesh tells others. */
export const PUBLISHED_ISTIO = z.strictObject({
  kind: z.literal('istio'),
  ...ANY_PUBLISHED,
  clusterDomain: clusterDomain.optional(),
  tlsPort: port,
});

export function istioPublished(member: MeshMember): PublishedMesh {
  const { kind, mesh } = own(member, 'istio');
  const { clusterDomain, gateway } = mesh;
  return {
    kind,
    ...publishedFacts(member),
    ...(clusterDomain === undefined ? {} : { clusterDomain }),
    tlsPort: gateway.tlsPort,
  };
}

export function istioPartner(published: PublishedMesh): MeshMember {
  const { kind, trustDomain, sharedTrustDomain, spire, addressPort, clusterDomain, tlsPort } = own(
    published,
    'istio',
  );
  return {
    kind,
    sharedTrustDomain,
    spire,
    addressPort,
    mesh: {
      trustDomain,
      clusterDomain,
      rootNamespace: NOT_PUBLISHED,
      gateway: {
        namespace: NOT_PUBLISHED,
        serviceName: NOT_PUBLISHED,
        serviceAccount: NOT_PUBLISHED,
        selector: {},
        tlsPort,
      },
    },
  };
}
