import { ownEntry } from '../../own-entry';
import { type Problem, refuse, within } from '../../problems';
import { bordersFor } from './borders';
import { clashProblems } from './clash-problems';
import { clusterProblems } from './cluster-problems';
import { kindOf } from './meshes';
import type { KnownGateway } from './meshes/kind';
import type { AccessPolicy, MeshMember } from './model';
import { labelProblems, portProblems } from '../../kubernetes/name-problems';
import {
  type AccessPlan,
  JOBS_NAMESPACE,
  named,
  type PlannedBorder,
  type PlannedMesh,
} from './plan';
import { borderNamespace, borderNamespaces, enteredBy, resolvePolicy, wayIn } from './resolve';
import { ruleProblems } from './rule-problems';
import { serviceProblems } from './service-problems';
import { type CrossCall, gatewayPortsOf, isCrossing, outboundName, pairs } from './services';
import { hasRootsOfSpire, spireId, spireProblems } from './spire';
import { DEFAULT_SPIRE_PATH } from './spire-options';

/** Settings of `compilePolicy`. */
export interface CompileProps {
  /** Who may call what. */
  readonly policy: AccessPolicy;
  /** Every mesh of the policy as it is installed, by the policy's name for it. */
  readonly meshes: Readonly<Record<string, MeshMember>>;
  /**
   * Namespace of the jobs that exchange roots, in each cluster. It is made by the exchange.
   * @default 'mesh-federation', and the name of the federation
   */
  readonly jobsNamespace?: string;
  /**
   * Name of the federation, where one of its meshes is in several, each deployed by itself: at most 20
   * lower-case letters, digits and "-". It becomes part of the names of what would else clash.
   * @default none: for the only one, or one of them
   */
  readonly name?: string;
}

/**
 * Turns an access policy into a plan.
 *
 * @throws Error listing every mistake, each with its place in the policy.
 */
export function compilePolicy({ policy, meshes, jobsNamespace, name }: CompileProps): AccessPlan {
  refuse('The plan of the access policy', [
    ...policyProblems(policy, knownGateways(meshes)),
    ...memberProblems(policy, meshes),
    ...(name === undefined ? [] : labelProblems(['name'], name, NAME_LENGTH)),
  ]);
  const { services, calls } = resolvePolicy(policy);
  const planned = Object.fromEntries(
    Object.entries(meshes).map(([name, member]): [string, PlannedMesh] => [
      name,
      plannedMesh(name, member, policy),
    ]),
  );
  const crossings = calls.filter(isCrossing);
  return {
    meshes: planned,
    services: [...services.values()],
    calls,
    borders: bordersFor(policy, planned, crossings),
    formerBorders: formerBorders(policy, planned, crossings),
    jobsNamespace: jobsNamespace ?? named(JOBS_NAMESPACE, name),
    ...(name === undefined ? {} : { name }),
  };
}

/** Names that it is a part of have 63 characters at most. */
const NAME_LENGTH = 20;

function plannedMesh(name: string, member: MeshMember, policy: AccessPolicy): PlannedMesh {
  const settings = policy.meshes[name];
  return kindOf(member).plan(member, settings, {
    cluster: settings?.cluster,
    in: settings === undefined ? 'gateway' : wayIn(settings),
    borderNamespace: borderNamespace(policy, name),
    bordersMovedFrom: settings?.bordersMovedFrom,
    ...(member.spire === undefined ? {} : { spire: member.spire }),
    addressPort: member.addressPort,
  });
}

/** What a mesh whose borders move has deployed already, as it is told to go on meanwhile. */
function formerBorders(
  policy: AccessPolicy,
  meshes: Readonly<Record<string, PlannedMesh>>,
  crossings: readonly CrossCall[],
): PlannedBorder[] {
  return Object.entries(meshes).flatMap(([name, mesh]) => {
    const { bordersMovedFrom: from } = mesh;
    return from === undefined
      ? []
      : bordersFor(policy, { ...meshes, [name]: { ...mesh, borderNamespace: from } }, crossings)
          .filter((border) => border.mesh === name)
          // Other namespaces call the new ones already.
          .map((border) =>
            border.direction === 'out' ? { ...border, aliasNamespaces: [] } : border,
          );
  });
}

/**
 * Everything that is wrong with a policy in itself.
 *
 * @param gateways What is known already of the ingress gateways of Consul meshes, by mesh: a border must
 * not be called like one, nor be entered by a port that it has for something else.
 */
export function policyProblems(
  policy: AccessPolicy,
  gateways: Readonly<Record<string, KnownGateway>> = {},
): Problem[] {
  const { services, calls, problems } = resolvePolicy(policy);
  return [
    ...serviceProblems(policy, services),
    ...problems,
    ...ruleProblems(policy, calls),
    ...clashProblems(policy, services, calls, gateways),
    ...clusterProblems(policy, services),
  ];
}

function knownGateways(meshes: CompileProps['meshes']): Record<string, KnownGateway> {
  return Object.fromEntries(
    Object.entries(meshes).flatMap(([name, member]) => {
      const gateway = kindOf(member).knownGateway(member);
      return gateway === undefined ? [] : [[name, gateway]];
    }),
  );
}

/**
 * Ports that a Consul mesh's ingress gateway must open for the policy: `federationPorts` of
 * `ConsulMesh`.
 */
export function consulGatewayPorts(policy: AccessPolicy, mesh: string): number[] {
  const ports = resolvePolicy(policy)
    .calls.filter(isCrossing)
    .flatMap(({ caller, callee }) =>
      callee.mesh === mesh &&
      enteredBy(policy, caller.mesh, mesh) === 'gateway' &&
      kindOf(callee).entrance === 'port'
        ? gatewayPortsOf(caller)
        : [],
    );
  return [...new Set(ports)].sort((one, other) => one - other);
}

/**
 * The service accounts of a Consul mesh that the policy knows, and where each may be: `serviceAccounts`
 * of `ConsulMesh`. An account is a service by its name alone, so that one of the same name in another
 * namespace would be the service, or the border, too.
 */
export function consulServiceAccounts(
  policy: AccessPolicy,
  mesh: string,
): Record<string, readonly string[]> {
  const { services, calls } = resolvePolicy(policy);
  const borders = borderNamespaces(policy, mesh);
  const accounts = calls
    .filter(isCrossing)
    .flatMap(({ caller, callee }) => [
      ...(callee.mesh === mesh ? [caller.standIn] : []),
      ...(caller.mesh === mesh && caller.out === 'border' ? [outboundName(callee)] : []),
    ]);
  return Object.fromEntries<readonly string[]>([
    ...[...services.values()]
      .filter((service) => service.mesh === mesh)
      .map(({ name, namespace }): [string, string[]] => [name, [namespace]]),
    ...accounts.map((name): [string, string[]] => [name, borders]),
  ]);
}

/** What is wrong between the policy and the meshes that it is meant for. */
function memberProblems(
  policy: AccessPolicy,
  meshes: Readonly<Record<string, MeshMember>>,
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
    ...spireCallProblems(policy, meshes),
    ...trustDomainProblems(meshes),
    ...addressPortProblems(policy, meshes),
  ];
}

/** Calls that cannot be between meshes of which one has the SPIRE that it has. */
export function spireCallProblems(
  policy: AccessPolicy,
  meshes: Readonly<Record<string, Pick<MeshMember, 'kind' | 'spire'>>>,
): Problem[] {
  const crossings = resolvePolicy(policy).calls.filter(isCrossing);
  const sidecars = new Set(
    crossings.flatMap(({ caller }) =>
      caller.out === 'sidecar' && ownEntry(meshes, caller.mesh)?.spire !== undefined
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
        `is there for borders, but ${ref} calls other meshes by its own sidecar, which shows them the ` +
        "mesh's identity; let its calls leave by a border (out: border in the policy, of the mesh or the " +
        'service), or leave spire out',
    })),
    ...calling
      .flatMap(([one, other]) => [[one, other] as const, [other, one] as const])
      .filter(([[, one], [, other]]) => hasRootsOfSpire(one) && hasNames(other))
      .map(([[name], [other]]) => ({
        path: ['meshes', name, 'spire', 'foreignRoots'],
        message:
          `is spire, whose roots are for SPIFFE IDs only, and ${other} has DNS names; take the exchange ` +
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
  policy: AccessPolicy,
  meshes: Readonly<Record<string, MeshMember>>,
): Problem[] {
  const crossings = resolvePolicy(policy).calls.filter(isCrossing);
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
                `is ${addressPort}, and its gateway is called at ${ports.join(', ')}: one port leads to one of ` +
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
export function trustDomainProblems(meshes: Readonly<Record<string, MeshMember>>): Problem[] {
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
    return spireId(one.spire, '', '') === spireId(two.spire, '', '')
      ? [
          {
            path: [...path, 'spire'],
            message:
              `has the trust domain ${two.spire.trustDomain} and the path that the spire of ${name} has ` +
              'too, so their borders could not be told apart; give one a path of its own, such as ' +
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
