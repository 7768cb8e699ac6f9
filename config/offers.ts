import { readFileSync, statSync } from 'node:fs';
import {
  type Offer,
  type ParsedOffer,
  parseOffer,
  type PublishedMesh,
} from '../constructs/federation/plan';
import { MAX_OFFER_BYTES } from '../constructs/federation/plan/internal';
import { environmentProblem } from '../constructs/environment-problem';
import { expandPath } from '../constructs/kubernetes/yaml-file';
import { formatProblem, messageOf, type Problem } from '../constructs/problems';
import { fileNameProblem } from './file-name';

/*
 * Offers of partners: `meshes.<name>.partner` names a file, or has what would be in it.
 */

/** A path of a file, or what would be in it. */
type Given = string | Readonly<Record<string, unknown>>;

/** A mesh of somebody else, who deploys the other half. */
export interface PartnerMesh {
  readonly kind: PublishedMesh['kind'];
  /**
   * What its owner sent.
   * @default it has not come yet
   */
  readonly offer?: Offer;
  /**
   * Path of the file in which it is, or will be.
   * @default it is in the settings themselves
   */
  readonly file?: string;
}

/** In the place of an offer with mistakes: that of a partner which has not come. No file can be called so. */
export const AWAITED = '\0';

/** What is wrong with an offer. That it has not come yet is no mistake. */
export function offerMistakes(given: Given): readonly Problem[] {
  const read = offerIn(given);
  if (read === undefined || 'offer' in read) return [];
  if ('unreadable' in read) return [{ path: [], message: read.unreadable }];
  if (typeof given !== 'string') return read.problems;
  return read.problems.map((problem) => ({
    path: [],
    message: `names ${expandPath(given)}, which is no offer that can be used: ${formatProblem(problem)}`,
  }));
}

/** A partner's mesh, as the settings have it. */
export function partnerMesh(kind: PartnerMesh['kind'], given: Given): PartnerMesh {
  const read = offerIn(given);
  return {
    kind,
    ...(read !== undefined && 'offer' in read ? { offer: read.offer } : {}),
    ...(typeof given === 'string' ? { file: expandPath(given) } : {}),
  };
}

function offerIn(given: Given): ParsedOffer | { readonly unreadable: string } | undefined {
  if (typeof given !== 'string') return parseOffer(given);
  if (given === AWAITED) return undefined;
  const name = fileNameProblem(given, 'bank.offer.json');
  if (name !== undefined) return { unreadable: name };
  const file = expandPath(given);
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    if (found.isDirectory()) return { unreadable: `is ${file}, a folder; name the file in it` };
    // Whatever else there is may never end.
    if (!found.isFile()) return { unreadable: `is ${file}, which is no file; name one` };
    return found.size > MAX_OFFER_BYTES
      ? {
          unreadable: `names ${file}, which is larger than any offer, ${MAX_OFFER_BYTES} bytes; name the file`,
        }
      : parseOffer(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = environmentProblem(error)?.replace('.\n', '; ').replace(/\.$/, '');
    return { unreadable: `cannot be read: ${reason ?? messageOf(error)}` };
  }
}
