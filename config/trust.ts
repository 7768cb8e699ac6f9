import { z } from 'zod';
import { readRoots } from '../constructs/federation/trust/roots-file';
import { imageReference } from './meshes';

/** A file of roots is read at once, so that a mistake in it is reported with all others. */
const rootsFile = z.string().superRefine((path, context) => {
  try {
    readRoots(path);
  } catch (error) {
    context.addIssue({
      code: 'custom',
      message: error instanceof Error ? error.message : String(error),
    });
  }
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
      ),
    roots: z
      .strictObject({
        istio: rootsFile.optional().describe("PEM file with the Istio mesh's roots."),
        consul: rootsFile.optional().describe("PEM file with the Consul mesh's roots."),
      })
      .prefault({})
      .describe(
        'Roots that you have from elsewhere and that shall be trusted, no others. They are then not ' +
          "read from the mesh, and change with a deploy only. Default: the meshes' own words.",
      ),
    schedule: z
      .string()
      .regex(/^(\S+ ){4}\S+$/, 'must be five fields as for cron, such as "*/5 * * * *"')
      .optional()
      .describe('When the roots are fetched again, as for cron, in UTC. Default: */5 * * * *.'),
    keepWithdrawnDays: z
      .int()
      .min(3, "must be 3 at least, the life of Consul's certificates")
      .optional()
      .describe('Days that a root is still trusted which its mesh no longer shows. Default: 30.'),
    image: imageReference
      .optional()
      .describe('Image with Node.js 24 or later, for the jobs that fetch them.'),
  })
  .superRefine(({ authorities, roots }, context) => {
    for (const side of ['istio', 'consul'] as const) {
      if (authorities === 'shared' && roots[side] !== undefined) {
        context.addIssue({
          code: 'custom',
          path: ['roots', side],
          message:
            'is given beside authorities: shared, whose root is trusted; leave one of them out',
        });
      }
    }
  })
  .prefault({});

export type TrustSettings = z.output<typeof trustSettings>;

/** What must be said where private keys are in the state. */
export function trustNotices({ authorities }: Pick<TrustSettings, 'authorities'>): string[] {
  return authorities === 'own'
    ? []
    : [
        `federation.trust.authorities is ${authorities}: the private keys of the meshes' authorities are in ` +
          "Terraform's state. Who can read it can sign every identity: keep it encrypted, and let few " +
          'read it.',
      ];
}
