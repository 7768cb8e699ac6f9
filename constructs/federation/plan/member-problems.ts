import { portProblems } from '../../kubernetes/name-problems';
import { ownEntry } from '../../own-entry';
import { type Problem, within } from '../../problems';
import { kindOf } from './meshes';
import type { AccessPolicy, MeshMember } from './model';
import { type CrossCall, leavesBy, pairs } from './services';
import { hasRootsOfSpire, shareSpireIds, spireProblems } from './spire';
import { DEFAULT_SPIRE_PATH } from './spire-options';

/** What is wrong between the policy and the meshes that it is meant for. */
export function memberProblems(
  policy: AccessPolicy,
  meshes: Readonly<Record<string, MeshMember>>,
  crossings: readonly CrossCall[],
): Problem[] {
  return [
    ...Object.entries(policy.meshes).flatMap(([name, { kind }]): Problem[] => {
      const member = ownEntry(meshes, name);
      if (member === undefined) {
        return [
          {
            path: ['meshes', name],
            message: 'is in the policy, but no such mesh was given; pass it, or take it out',
          },
        ];
      }
      return member.kind === kind
        ? []
        : [
            {
              path: ['meshes', name, 'kind'],
              message: `is ${kind}, but the mesh given is ${member.kind}; change one of them`,
            },
          ];
    }),
    ...Object.keys(meshes)
      .filter((name) => !Object.hasOwn(policy.meshes, name))
      .map((name) => ({
        path: ['meshes'],
        message: `has no "${name}", but such a mesh was given; name it, or leave it out`,
      })),
    ...Object.entries(meshes).flatMap(([name, member]) =>
      spireProblems(member).map((problem) => within(['meshes', name], problem)),
    ),
    ...spireCallProblems(crossings, meshes),
    ...commonTrustDomainProblems(meshes),
    ...addressPortProblems(crossings, meshes),
  ];
}

/** Calls that cannot be between meshes of which one has the SPIRE that it has. */
export function spireCallProblems(
  crossings: readonly CrossCall[],
  meshes: Readonly<Record<string, Pick<MeshMember, 'kind' | 'spire'>>>,
): Problem[] {
  const sidecars = new Set(
    crossings.flatMap(({ caller }) =>
      leavesBy(caller, 'sidecar') && ownEntry(meshes, caller.mesh)?.spire !== undefined
        ? [caller.ref]
        : [],
    ),
  );
  const calling = pairs(Object.entries(meshes)).filter(([[one], [other]]) =>
    crossings.some(({ caller, callee }) =>
      [`${one} ${other}`, `${other} ${one}`].includes(`${caller.mesh} ${callee.mesh}`),
    ),
  );
  return [
    ...[...sidecars].map((ref) => ({
      path: ['meshes', ref.split('/')[0] ?? '', 'spire'],
      message:
        `is there for borders, but ${ref} calls other meshes by its own sidecar, which presents them the ` +
        "mesh's identity; let its calls leave by a border (out: border in the policy, of the mesh or the " +
        'service), or leave spire out',
    })),
    ...calling
      .flatMap(([one, other]) => [[one, other] as const, [other, one] as const])
      .filter(([[, one], [, other]]) => hasRootsOfSpire(one) && hasNames(other))
      .map(([[name], [other]]) => ({
        path: ['meshes', name, 'spire', 'foreignRoots'],
        message:
          `is spire, whose roots are for SPIFFE IDs only, but ${other} has DNS names; take the exchange ` +
          `(foreignRoots: exchange), or give the borders of ${other} a SPIRE too`,
      })),
  ];
}

/** Whether what a mesh shows to others are DNS names. */
function hasNames(member: Pick<MeshMember, 'kind' | 'spire'>): boolean {
  return member.spire === undefined && kindOf(member).identities === 'DNS';
}

/** One port before a gateway leads to one of the gateway's. */
function addressPortProblems(
  crossings: readonly CrossCall[],
  meshes: Readonly<Record<string, MeshMember>>,
): Problem[] {
  return Object.entries(meshes).flatMap(([name, member]): Problem[] => {
    const { addressPort } = member;
    if (addressPort === undefined) return [];
    const path = ['meshes', name, 'addressPort'];
    const called = crossings
      .filter(({ callee }) => callee.mesh === name)
      .map(({ caller }) => kindOf(member).gatewayPorts(member, caller)[0]);
    const ports = [...new Set(called)];
    return [
      ...portProblems(path, addressPort),
      ...(ports.length > 1
        ? [
            {
              path,
              message:
                `is ${addressPort}, but its gateway is called at ${ports.join(', ')}: one port leads to one of ` +
                'them only; leave it out, and let what stands before the gateway have the same ports',
            },
          ]
        : []),
    ];
  });
}

/**
 * A SPIFFE ID names a workload by its trust domain. With one domain for two meshes, a callee that is
 * told `spiffe://cluster.local/ns/default/sa/pay` does not know whose it is.
 */
export function commonTrustDomainProblems(meshes: Readonly<Record<string, MeshMember>>): Problem[] {
  const ofMeshes = pairs(Object.entries(meshes)).flatMap(([[name, one], [other, two]]) =>
    one.mesh.trustDomain !== two.mesh.trustDomain ||
    // A SPIFFE ID and a DNS name are never taken for each other.
    kindOf(one).identities !== kindOf(two).identities ||
    (one.kind === two.kind && kindOf(one).distinguishes(one, two)) ||
    (one.sharedTrustDomain === true && two.sharedTrustDomain === true)
      ? []
      : [
          {
            path: ['meshes', other],
            message:
              `has the trust domain ${two.mesh.trustDomain}, which ${name} has too, so identities of ` +
              'the two could not be told apart; give one of the meshes another trust domain, or set ' +
              'sharedTrustDomain: true for both if you know what follows',
          },
        ],
  );
  return [
    ...ofMeshes,
    ...pairs(Object.entries(meshes)).flatMap(([one, other]) => spireDomainProblems(one, other)),
  ];
}

type NamedMember = readonly [name: string, member: MeshMember];

/** What is wrong with the trust domains of two meshes of which one has a SPIRE at least. */
function spireDomainProblems([name, one]: NamedMember, [other, two]: NamedMember): Problem[] {
  if (one.sharedTrustDomain === true && two.sharedTrustDomain === true) return [];
  const path = ['meshes', other];
  if (one.spire !== undefined && two.spire !== undefined) {
    return shareSpireIds(one.spire, two.spire)
      ? [
          {
            path: [...path, 'spire'],
            message:
              `has the trust domain ${two.spire.trustDomain}, as the spire of ${name} has, and paths by which ` +
              'pods of both may have the same SPIFFE ID; give one a path of its own, such as ' +
              `/mesh/${other}${DEFAULT_SPIRE_PATH}`,
          },
        ]
      : [];
  }
  const [ofSpire, ofMesh] = one.spire === undefined ? [two, one] : [one, two];
  return ofSpire.spire?.trustDomain === ofMesh.mesh.trustDomain &&
    kindOf(ofMesh).identities === 'URI'
    ? [
        {
          path,
          message:
            `and ${name} have ${ofMesh.mesh.trustDomain} for a trust domain, the one of SPIRE, the other of ` +
            'the mesh, so identities of the two could not be told apart; give one another trust domain, ' +
            'or set sharedTrustDomain: true for both if you know what follows',
        },
      ]
    : [];
}
