import { existsSync, readFileSync, statSync } from 'node:fs';
import {
  type Offer,
  type ParsedOffer,
  parseOffer,
  type PublishedMesh,
} from '../constructs/federation/plan';
import { expandPath } from '../constructs/kubernetes/yaml-file';
import { formatProblem, type Problem } from '../constructs/problems';
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

/** What is wrong with an offer. That it has not come yet is no mistake. */
export function offerMistakes(given: Given): Problem[] {
  if (typeof given !== 'string') {
    const read = parseOffer(given);
    return 'problems' in read ? [...read.problems] : [];
  }
  const name = fileNameProblem(given, 'bank.offer.json');
  if (name !== undefined) return [{ path: [], message: name }];
  const file = expandPath(given);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
    return [{ path: [], message: `is ${file}, a folder; name the file in it` }];
  }
  const read = offerIn(given);
  return read === undefined || 'offer' in read
    ? []
    : read.problems.map((problem) => ({
        path: [],
        message: `names ${file}, which is no offer that can be used: ${formatProblem(problem)}`,
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

function offerIn(given: Given): ParsedOffer | undefined {
  if (typeof given !== 'string') return parseOffer(given);
  const file = expandPath(given);
  return existsSync(file) ? parseOffer(readFileSync(file, 'utf8')) : undefined;
}
