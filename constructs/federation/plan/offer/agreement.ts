import { commandLine } from '../../../command-line';
import { ownEntry } from '../../../own-entry';
import type { Problem } from '../../../problems';
import { printable } from '../../jobs/text';
import type { AccessPolicy } from '../model';
import { meshIn } from '../resolve';
import type { Offer } from './offer';
import { differences, hasCalls, type Terms, termsBetween } from './terms';

/**
 * Everything that is wrong between a policy and the offers of the other meshes in it. Nothing should be
 * deployed before both sides say the same.
 *
 * @param own The meshes that are ours.
 * @param offers By the policy's names for the others' meshes.
 */
export function offerProblems(
  policy: AccessPolicy,
  own: readonly string[],
  offers: Readonly<Record<string, Offer>>,
): Problem[] {
  return Object.entries(offers).flatMap(([name, offer]): Problem[] => {
    const stranger = strangerProblem(policy, own, [name, offer]);
    return stranger === undefined ? termsProblems(policy, own, [name, offer]) : [stranger];
  });
}

/**
 * Which of these offers are not of the mesh that the policy means. Without it, nothing can be said of a
 * federation with that mesh, whatever its owner understands.
 *
 * @param own The meshes that are ours.
 * @param offers By the policy's names for the others' meshes.
 */
export function strangeOffers(
  policy: AccessPolicy,
  own: readonly string[],
  offers: Readonly<Record<string, Offer>>,
): Problem[] {
  return Object.entries(offers).flatMap((entry) => strangerProblem(policy, own, entry) ?? []);
}

type NamedOffer = readonly [name: string, offer: Offer];

function strangerProblem(
  policy: AccessPolicy,
  own: readonly string[],
  [name, offer]: NamedOffer,
): Problem | undefined {
  const path = ['partners', name, 'offer'];
  const settings = ownEntry(policy.meshes, name);
  if (own.includes(name)) {
    return { path: ['partners', name], message: 'is one of your own meshes; name it once' };
  }
  if (settings === undefined) {
    return {
      path: ['partners', name],
      message: `is no mesh of the policy; there are: ${Object.keys(policy.meshes).join(', ')}`,
    };
  }
  if (offer.mesh !== name) {
    return {
      path: [...path, 'mesh'],
      message: own.includes(offer.mesh)
        ? `is ${offer.mesh}, so this is an offer of yours; put that of ${name} in its place`
        : `is ${offer.mesh}, and must be ${name}: both policies call a mesh by the same name`,
    };
  }
  return offer.facts.kind === settings.kind
    ? undefined
    : {
        path: [...path, 'facts', 'kind'],
        message: `is ${offer.facts.kind}, but your policy says ${settings.kind}; change one of them`,
      };
}

/** Where a policy differs from what the owner of a mesh understands. */
function termsProblems(
  policy: AccessPolicy,
  own: readonly string[],
  [name, offer]: NamedOffer,
): Problem[] {
  const path = ['partners', name, 'offer'];
  return own.flatMap((mesh) => {
    const mine = termsBetween(policy, mesh, name);
    const theirs = ownEntry(offer.policy, mesh);
    if (theirs === undefined) {
      // Of a mesh that has nothing to do with it, nothing has to be said.
      if (!hasCalls(mine)) return [];
      return [
        {
          path: [...path, 'policy'],
          message: `says nothing about ${mesh}; ask for an offer that was written for it`,
        },
      ];
    }
    const found = differences(mine, theirs, name);
    const at = [...path, 'policy', mesh];
    if (isCalledBy(mesh, name, policy) && hasNoAddress(offer)) {
      return [
        {
          path: [...path, 'gateway'],
          message: `is missing, and ${mesh} calls ${name}; ask for an offer written after ${name} has been deployed`,
        },
      ];
    }
    return [
      // Some of its words are the partner's.
      ...found.map((difference) => ({ path: at, message: printable(difference, 600) })),
      ...(found.length === 0 ? [] : [{ path: at, message: whoIsNext(mine, theirs, name) }]),
    ];
  });
}

/** Whether a rule leads from the one mesh into the other. */
function isCalledBy(caller: string, callee: string, { rules }: AccessPolicy): boolean {
  return rules.some(({ from, to }) => meshIn(from) === caller && meshIn(to) === callee);
}

/** Through PrivateLink the callers have an address of their own. */
function hasNoAddress({ gateway, connection }: Offer): boolean {
  return gateway === undefined && connection?.crossing !== 'privatelink';
}

/** Which of two policies is right, only people know. */
function whoIsNext(mine: Terms, theirs: Pick<Terms, 'fingerprint'>, name: string): string {
  return (
    `is ${shortened(mine.fingerprint)} by your policy and ${shortened(theirs.fingerprint)} by its offer; agree on ` +
    `one. If yours is right, send ${name} a new offer ("${commandLine('offer')}"), have it change its policy and send you ` +
    `its own anew. If theirs is right, change your policy, and send ${name} a new offer all the same`
  );
}

/** Enough of a fingerprint to be compared in a message. */
function shortened(fingerprint: string): string {
  return fingerprint.slice(0, 'sha256:'.length + 12);
}
