import { TerraformLocal } from 'cdktf';
import type { Construct } from 'constructs';
import type { Problem } from '../../problems';
import { bundleNeeds } from '../plan/bundle-needs';
import type { GatewayHosts } from '../plan/crossing';
import { kindOf } from '../plan/meshes';
import type { MeshMember } from '../plan/model';
import { lastsUntil, type RootsEndpoint, rootsOf } from '../plan/offer';
import { endOfRoots, ROOTS_NOTICE_DAYS } from '../plan/offer/offer';
import type { AccessPlan } from '../plan/plan';
import type { ExchangingMesh, PartnerMesh } from './federated-mesh';
import { Check } from './trust/check';

/*
 * What a half makes of the offers of its partners.
 */

type Partners = Readonly<Record<string, PartnerMesh>>;

/** The partners' meshes, as far as they are known. */
export function foreignMembers(partners: Partners): Record<string, MeshMember> {
  return Object.fromEntries(
    Object.entries(partners).map(([mesh, { offer }]) => [
      mesh,
      kindOf(offer.facts).partner(offer.facts),
    ]),
  );
}

/** What is trusted of them. */
export function foreignRoots(partners: Partners): Record<string, ExchangingMesh> {
  return Object.fromEntries(
    Object.entries(partners).map(([mesh, partner]) => [
      mesh,
      { roots: rootsOf(partner.offer), rootsEndpoint: endpointOf(partner) },
    ]),
  );
}

/** Where they are fetched from later on; nowhere, where they come with a deploy. */
function endpointOf({ offer, roots = 'endpoint' }: PartnerMesh): RootsEndpoint | undefined {
  return roots === 'endpoint' ? offer.endpoint : undefined;
}

/** Partners that are called through PrivateLink, by an address that only our own VPC has. */
export function unreachedProblems(
  { borders }: AccessPlan,
  { own, partners }: { readonly own: object; readonly partners: Partners },
  addresses: ReadonlyMap<string, GatewayHosts>,
): Problem[] {
  return Object.keys(partners)
    .filter((mesh) => !addresses.has(mesh))
    .filter((mesh) =>
      borders.some(
        (border) =>
          border.direction === 'in' &&
          border.mesh === mesh &&
          Object.hasOwn(own, border.foreignMesh),
      ),
    )
    .map((mesh) => ({
      path: ['partners', mesh, 'gatewayAddress'],
      message:
        'is missing, and the offer has no address, since calls go through PrivateLink; set it to the address of ' +
        'your endpoint (PrivateLinkEndpoint)',
    }));
}

/** Warns of roots that come with a deploy only: somebody must ask for new ones in time. */
export function sayWhenRootsEnd(scope: Construct, plan: AccessPlan, partners: Partners): void {
  const needed = new Set(bundleNeeds(plan).map(({ foreignMesh }) => foreignMesh));
  for (const [mesh, partner] of Object.entries(partners)) {
    if (!needed.has(mesh) || endpointOf(partner) !== undefined) continue;
    const end = lastsUntil(partner.offer).toISOString();
    // Terraform refuses a check that refers to nothing.
    const local = new TerraformLocal(scope, `end-of-roots-of-${mesh}`, end);
    new Check(scope, `roots-of-${mesh}-last`, {
      condition: `\${timecmp(${local.fqn}, timeadd(plantimestamp(), "${ROOTS_NOTICE_DAYS * 24}h")) > 0}`,
      message: endOfRoots(mesh, end).message,
    });
  }
}
