import { z } from 'zod';
import {
  KEEP_WITHDRAWN_DAYS,
  parseFingerprints,
  readRoots,
} from '../constructs/federation/plan/internal';
import { parseSchedule } from '../constructs/kubernetes/cron-schedule';
import { whenChanged } from './change';
import { checked, objection } from './checked';
import { fileNameProblem } from './file-name';
import { imageReference } from './formats';

/** A file of roots is read at once, so that a mistake in it is reported with all others. */
const rootsFile = checked(
  (path) => fileNameProblem(path, 'roots.pem') ?? objection(() => readRoots(path)),
);

const schedule = z.string().superRefine((text, context) => {
  const read = parseSchedule(text);
  for (const message of 'problems' in read ? read.problems : []) {
    context.addIssue({ code: 'custom', message });
  }
});

const fingerprint = z.string().refine((text) => parseFingerprints(text).fingerprints.length === 1, {
  error: 'must be a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons',
});

/** Settings of the exchange of roots. */
export const trustSettings = z
  .strictObject({
    authorities: z
      .enum(['own', 'generated', 'shared'])
      .default('own')
      .describe(
        "Where the meshes' authorities come from. own: each mesh makes its own, and its private key " +
          'never leaves the cluster. generated: Terraform makes a root for each; shared: one root, and ' +
          "an intermediate for each. With these two the private keys are in Terraform's state. To be " +
          'set before the meshes are made.',
      )
      .meta(
        whenChanged(
          'refused',
          'where the meshes are there: roots are rotated, see [trust bundles](trust-bundles.md)',
        ),
      ),
    roots: z
      .record(z.string(), rootsFile)
      .default({})
      .describe(
        'PEM files of roots that you have from elsewhere, by mesh: these are trusted, no others. They are ' +
          "then not read from the mesh, and change with a deploy only. Default: the meshes' own words.",
      )
      .meta(
        whenChanged(
          'removes',
          'the jobs that read them from the mesh, and their rights; they come back when the setting is taken out',
        ),
      ),
    schedule: schedule
      .optional()
      .describe(
        'When the roots are fetched again, as for cron, in UTC; also such as "@hourly". The tokens with ' +
          'which that is done are renewed whatever it says. Default: */5 * * * *.',
      )
      .meta(whenChanged('in-place')),
    distrusted: z
      .array(fingerprint)
      .default([])
      .describe(
        'Roots that are never trusted, whoever publishes them, by SHA-256 fingerprint, as "openssl x509 ' +
          '-noout -fingerprint -sha256" prints it. A deploy takes them out everywhere and restarts the ' +
          'borders. Without a deploy: docs/trust-bundles.md.',
      )
      .meta(
        whenChanged('restarts-pods', 'the borders; roots that are listed are taken out at once'),
      ),
    keepWithdrawnDays: z
      .int()
      .min(
        KEEP_WITHDRAWN_DAYS.min,
        `must be ${KEEP_WITHDRAWN_DAYS.min} at least, the life of Consul's certificates`,
      )
      .max(KEEP_WITHDRAWN_DAYS.max, `must be ${KEEP_WITHDRAWN_DAYS.max} at most, ten years`)
      .optional()
      .describe(
        'Days for which a root is still trusted after its mesh stopped publishing it. Default: 30.',
      )
      .meta(whenChanged('in-place')),
    image: imageReference
      .optional()
      .describe('Image with Node.js 24 or later, for the jobs that fetch them.')
      .meta(whenChanged('restarts-pods', 'the borders in Istio; the jobs run again')),
  })
  .superRefine(({ authorities, roots, distrusted }, context) => {
    const { fingerprints } = parseFingerprints(distrusted.join('\n'));
    for (const [mesh, file] of Object.entries(roots)) {
      if (authorities === 'shared') {
        context.addIssue({
          code: 'custom',
          path: ['roots', mesh],
          message:
            'is given beside authorities: shared, whose root is trusted; leave one of them out',
        });
      }
      if (fingerprints.length === 0) continue;
      const message = objection(() => readRoots(file, fingerprints));
      if (message !== undefined) {
        context.addIssue({ code: 'custom', path: ['roots', mesh], message });
      }
    }
  })
  .prefault({});

type TrustSettings = z.output<typeof trustSettings>;

const DAY_SECONDS = 24 * 3600;

/** What must be said where the settings are weaker than the usual ones. */
export function trustNotices({
  authorities,
  schedule: text,
}: Pick<TrustSettings, 'authorities' | 'schedule'>): string[] {
  const read = text === undefined ? undefined : parseSchedule(text);
  const slow =
    read !== undefined && 'longestGapSeconds' in read && read.longestGapSeconds > DAY_SECONDS;
  return [
    ...(slow
      ? [
          `federation.trust.schedule is "${text ?? ''}": up to ${Math.ceil(read.longestGapSeconds / DAY_SECONDS)} ` +
            'days pass until a new root is trusted, and calls fail until then if its mesh uses it sooner.',
        ]
      : []),
    ...(authorities === 'own'
      ? []
      : [
          `federation.trust.authorities is ${authorities}: the private keys of the meshes' authorities are in ` +
            "Terraform's state. Who can read it can sign every identity: keep it encrypted, and let few " +
            'read it.',
        ]),
  ];
}
