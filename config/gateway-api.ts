import { pairs } from '../constructs/federation/plan/internal';
import { ownEntry } from '../constructs/own-entry';
import type { Problem } from '../constructs/problems';
import { waysOf } from './crossing';
import { type PlacedMesh, placedMeshes } from './placed-meshes';
import type { Settings } from './schema';

/*
 * The Kubernetes Gateway API: who brings its CRDs, and gateways that are made by it.
 */

/** What is wrong with it, seen together with the rest of the settings. */
export function gatewayApiProblems(config: Settings): Problem[] {
  const placed = placedMeshes(config);
  return [
    ...pairs(placed).flatMap(([one, other]) => crdProblems(one, other)),
    ...placed.flatMap((mesh) => [...portProblems(config, mesh), ...besideProblems(config, mesh)]),
  ];
}

/**
 * A cluster has each CRD once, in one release. Consul's chart brings what Linkerd cannot use (0.6.2, without
 * GRPCRoute), and Linkerd's lacks those without which Consul does not start (Gateway, GatewayClass,
 * ReferenceGrant).
 */
function crdProblems(one: PlacedMesh, other: PlacedMesh): Problem[] {
  if (one.clusterName !== other.clusterName) return [];
  return [
    [one, other],
    [other, one],
  ].flatMap(([mine, theirs]): Problem[] =>
    mine === undefined || theirs === undefined || !bringsCrds(mine) || !needsCrds(theirs)
      ? []
      : [
          {
            path: ['meshes', mine.name, 'gatewayApiCrds'],
            message:
              `is install, but ${theirs.name} in the same cluster needs other CRDs of the Gateway API than this ` +
              "mesh's chart brings. Install those of one release for both, 1.1 or later of the " +
              'experimental channel, and set gatewayApiCrds: existing for both',
            comparedWith: [
              ['meshes', theirs.name, 'cluster'],
              ['meshes', mine.name, 'cluster'],
            ],
          },
        ],
  );
}

function needsCrds({ mesh }: PlacedMesh): boolean {
  return mesh.kind === 'consul' || mesh.kind === 'linkerd';
}

function bringsCrds({ mesh }: PlacedMesh): boolean {
  return mesh.kind !== 'istio' && mesh.gatewayApiCrds === 'install';
}

/** The listeners of the Gateway that is made here are those of the federation. */
function portProblems({ accessPolicy }: Settings, { name, mesh }: PlacedMesh): Problem[] {
  if (mesh.kind !== 'consul' || mesh.gateway.kind !== 'api' || mesh.gateway.ports.length === 0)
    return [];
  const policy = ownEntry(accessPolicy.meshes, name);
  return policy?.kind === 'consul' && policy.gatewayListeners === 'existing'
    ? []
    : [
        {
          path: ['meshes', name, 'gateway', 'ports'],
          message:
            'are of an API gateway, whose Gateway is made here without listeners of yours; make a Gateway of ' +
            'your own for them, or write this one yourself ' +
            `(accessPolicy.meshes.${name}.gatewayListeners: existing)`,
          comparedWith: [
            ['meshes', name, 'gateway', 'kind'],
            ['accessPolicy', 'meshes', name, 'gatewayListeners'],
          ],
        },
      ];
}

/** A private connection leads to the pods of one gateway. */
function besideProblems(config: Settings, { name, mesh }: PlacedMesh): Problem[] {
  const way = waysOf(config).find((one) => one === 'peering' || one === 'privatelink');
  return mesh.kind !== 'consul' || mesh.gateway.beside === undefined || way === undefined
    ? []
    : [
        {
          path: ['meshes', name, 'gateway', 'beside'],
          message:
            `is set, but federation.crossing ${way} leads to the pods of one gateway, so calls would fail as ` +
            'they move; let them come by another way first (federation.crossing, crossingFrom), and back ' +
            'when they have moved',
          comparedWith: [['federation']],
        },
      ];
}
