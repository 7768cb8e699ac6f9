import { isYamlMap } from '../../../kubernetes/yaml-file';
import { parseYaml } from '../../../kubernetes/yaml-mistakes';
import { messageOf, type Problem, refusal } from '../../../problems';
import { expectation } from '../../../schema-words';
import { certificatesIn } from '../../jobs/pem';
import { printable } from '../../jobs/text';
import { givenRoots } from '../roots-file';
import { OFFER, problemsOf, shown, VERSION } from './form';
import { type Offer, trustDomainIn } from './offer';

/** An offer has a few roots and a few calls; more is no offer. */
export const MAX_OFFER_BYTES = 512 * 1024;

/**
 * Reads an offer of somebody else.
 *
 * @param text The file: JSON, as `offerText` writes it, or YAML.
 * @param name What it is called in the message: the path of the file.
 * @throws Error listing every mistake in it.
 */
export function readOffer(text: string, name = 'The offer'): Offer {
  const read = parseOffer(text);
  if ('offer' in read) return read.offer;
  throw refusal(name, read.problems, 'is no offer that can be used');
}

/** An offer, or everything that is wrong with it. */
export type ParsedOffer =
  | {
      /** The offer that was read. */
      readonly offer: Offer;
    }
  | {
      /** Every mistake in the file that was read. */
      readonly problems: readonly Problem[];
    };

/**
 * Reads an offer of somebody else, or says what is wrong.
 *
 * @param source The text of the file, or what is in it.
 */
export function parseOffer(source: unknown): ParsedOffer {
  const content = typeof source === 'string' ? contentOf(source) : { value: source };
  if ('problem' in content) return { problems: [{ path: [], message: content.problem }] };
  const { value } = content;
  // Of another form nothing else can be told.
  const form = formProblem(value);
  if (form !== undefined) return { problems: [form] };
  const parsed = OFFER.safeParse(value, { reportInput: true, error: expectation });
  const problems = parsed.success
    ? rootsProblems(parsed.data)
    : [...problemsOf(parsed), ...rootsProblemsAlone(value)];
  return parsed.success && problems.length === 0
    ? { offer: parsed.data }
    : // Some of its words are somebody else's.
      {
        problems: problems.map(({ path, message }) => ({
          path: path.map((key) => (typeof key === 'string' ? printable(key) : key)),
          message: printable(message, 600),
        })),
      };
}

const WHOLE = 'must be the whole file that "mesh-federation offer" wrote';

function formProblem(value: unknown): Problem | undefined {
  if (!isYamlMap(value) || !Object.hasOwn(value, 'offer')) {
    return { path: [], message: `it is no offer; ${WHOLE}` };
  }
  const { offer } = value;
  return offer === VERSION
    ? undefined
    : {
        path: ['offer'],
        message:
          `${shown(offer)}, and this version of the program reads offers of the form ${VERSION}; ` +
          (typeof offer === 'number' && offer > VERSION
            ? 'install the version that wrote it, or have it written anew by yours'
            : 'have it written anew'),
      };
}

/** JSON is YAML too. Aliases would let a small file become a large one. */
function contentOf(text: string): { readonly value: unknown } | { readonly problem: string } {
  if (Buffer.byteLength(text) > MAX_OFFER_BYTES) {
    return { problem: `it is larger than ${MAX_OFFER_BYTES} bytes` };
  }
  const { document, mistakes } = parseYaml(text);
  const [mistake] = mistakes;
  if (mistake !== undefined) {
    return { problem: `line ${mistake.line}: ${printable(mistake.message)}; ${WHOLE}` };
  }
  try {
    return { value: document.toJS({ maxAliasCount: 0 }) as unknown };
  } catch (error) {
    return { problem: `${printable(messageOf(error))}; ${WHOLE}` };
  }
}

/** The roots can be judged beside mistakes elsewhere: whose they are, only with facts that are right. */
function rootsProblemsAlone(offer: unknown): Problem[] {
  const { facts, roots } = isYamlMap(offer) ? offer : {};
  const ofForm = OFFER.shape.roots.safeParse(roots);
  if (!ofForm.success) return [];
  const known = OFFER.shape.facts.safeParse(facts);
  return known.success
    ? rootsProblems({ roots: ofForm.data, facts: known.data })
    : certificateProblems(ofForm.data);
}

/** Each certificate is what is said of it, and may be a root of this mesh. */
function rootsProblems({ roots, facts }: Pick<Offer, 'roots' | 'facts'>): Problem[] {
  const given = givenRoots(roots.map(({ pem }) => pem).join('\n'), {
    trustDomain: trustDomainIn(facts),
  });
  return [
    ...certificateProblems(roots),
    ...('refused' in given ? given.refused : []).map(({ fingerprint, reason }) => ({
      path: ['roots'],
      message: `${fingerprint === undefined ? '' : `${fingerprint}: `}${reason}; ask for a new offer`,
    })),
  ];
}

function certificateProblems(roots: Offer['roots']): Problem[] {
  return roots.flatMap(({ fingerprint, notAfter, pem }, index): Problem[] => {
    const path = ['roots', index];
    const [certificate, ...more] = certificatesIn(pem);
    if (certificate === undefined || more.length > 0) {
      return [{ path: [...path, 'pem'], message: 'must be the PEM of one certificate' }];
    }
    return [
      ...(certificate.fingerprint256 === fingerprint
        ? []
        : [
            {
              path: [...path, 'fingerprint'],
              message: `is not that of its certificate, which is ${certificate.fingerprint256}`,
            },
          ]),
      ...(Date.parse(certificate.validTo) === Date.parse(notAfter)
        ? []
        : [
            {
              path: [...path, 'notAfter'],
              message: `is not that of its certificate, which ends on ${certificate.validTo}`,
            },
          ]),
    ];
  });
}
