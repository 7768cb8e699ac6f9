import type { MeshMember } from '../constructs/federation/plan';
import {
  spireCallProblems,
  commonTrustDomainProblems,
  resolvePolicy,
  isCrossing,
} from '../constructs/federation/plan/internal';
import type { Problem } from '../constructs/problems';
import { memberOf, partnerMember } from './access-plan';
import { effectivePolicy } from './effective-policy';
import { placedMeshes } from './placed-meshes';
import type { Settings } from './schema';

/*
 * The SPIRE of a mesh beside all other settings.
 */

/** What is wrong with it; paths from the root. */
export function spireProblems(config: Settings): Problem[] {
  const placed = placedMeshes(config).filter(({ mesh }) => mesh.spire !== undefined);
  if (placed.length === 0 && Object.keys(config.partners).length === 0) return [];
  const own = placedMeshes(config).map((one): [string, MeshMember] => [
    one.name,
    memberOf(one, config.aws.region),
  ]);
  const foreign = Object.entries(config.partners).map(([name, partner]): [string, MeshMember] => [
    name,
    partnerMember(name, partner),
  ]);
  const calls = spireCallProblems(
    resolvePolicy(effectivePolicy(config)).calls.filter(isCrossing),
    Object.fromEntries([...own, ...foreign]),
  ).filter(({ path: [, name] }) => Object.hasOwn(config.meshes, String(name)));
  return [
    ...calls.map((problem) => ({ ...problem, comparedWith: [['accessPolicy'], ['meshes']] })),
    ...(config.federation.trust.authorities === 'shared'
      ? placed.map(({ name }): Problem => ({
          path: ['meshes', name, 'spire'],
          message:
            'is there beside federation.trust.authorities: shared, whose root others would trust, and not ' +
            "SPIRE's; leave one of them out",
          comparedWith: [['federation', 'trust', 'authorities']],
        }))
      : []),
    ...domainProblems(Object.fromEntries(own)),
  ];
}

/** Those of the meshes by themselves are told elsewhere. */
function domainProblems(own: Readonly<Record<string, MeshMember>>): Problem[] {
  const withoutSpire = Object.fromEntries(
    Object.entries(own).map(([name, member]) => [name, { ...member, spire: undefined }]),
  );
  const known = new Set(commonTrustDomainProblems(withoutSpire).map(({ message }) => message));
  return commonTrustDomainProblems(own)
    .filter(({ message }) => !known.has(message))
    .map((problem) => ({ ...problem, comparedWith: [['meshes']] }));
}
