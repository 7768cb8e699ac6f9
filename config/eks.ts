import { z } from 'zod';
import { DEFAULT_LOGS, DEFAULT_NODE_GROUP, DEFAULT_SERVICE_CIDR } from '../constructs/eks/defaults';
import {
  ACCESS_LEVELS,
  ADDONS,
  IMAGE_TYPES,
  LOG_TYPES,
  TAINT_EFFECTS,
} from '../constructs/eks/props';
import { clusterProblems } from '../constructs/eks/validate';
import { DEFAULT_KUBERNETES_VERSION } from '../constructs/eks/versions';
import { report } from './problems';
import { retentionDays } from './retention';

const addonVersion = z
  .string()
  .regex(/^v\d+\.\d+\.\d+-eksbuild\.\d+$/, 'must be a version such as v1.20.4-eksbuild.2')
  .optional()
  .describe('Version of this add-on. Default: what AWS recommends.');

const NAME = '[0-9A-Za-z]([-0-9A-Za-z_.]{0,61}[0-9A-Za-z])?';

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const labelKey = z
  .string()
  .regex(
    new RegExp(`^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?${NAME}$`),
    'must be a name of at most 63 letters, digits, "-", "_" and ".", with or without "example.com/" before it',
  );

const labelValue = z
  .string()
  .regex(
    new RegExp(`^(${NAME})?$`),
    'must be at most 63 letters, digits, "-", "_" and ".", a letter or digit at both ends',
  );

const nodeGroup = z.strictObject({
  name: z
    .string()
    .regex(
      /^[0-9A-Za-z][0-9A-Za-z_-]{0,31}$/,
      'must start with a letter or digit and have at most 32 letters, digits, "-" and "_"',
    )
    .describe('Name of the group.'),
  instanceTypes: z
    .array(
      z.string().regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'must be an instance type such as t3.medium'),
    )
    .min(1)
    .max(20)
    .default([...DEFAULT_NODE_GROUP.instanceTypes])
    .describe('Instance types, the first that is to be had; give Spot several.'),
  capacity: z
    .enum(['on-demand', 'spot'])
    .default(DEFAULT_NODE_GROUP.capacity)
    .describe(
      'How the nodes are paid: "spot" costs about a third, and AWS may take a node away with two ' +
        "minutes' notice.",
    ),
  min: z.int().min(0).default(DEFAULT_NODE_GROUP.min).describe('Fewest nodes.'),
  desired: z.int().min(0).default(DEFAULT_NODE_GROUP.desired).describe('Nodes to start with.'),
  max: z.int().min(1).default(DEFAULT_NODE_GROUP.max).describe('Most nodes.'),
  diskGiB: z
    .int()
    .min(20)
    .max(16384)
    .default(DEFAULT_NODE_GROUP.diskGiB)
    .describe("Size of a node's disk (gp3, encrypted)."),
  imageType: z
    .enum(IMAGE_TYPES)
    .default(DEFAULT_NODE_GROUP.imageType)
    .describe("The nodes' operating system and CPU."),
  labels: z.record(labelKey, labelValue).default({}).describe('Kubernetes labels of the nodes.'),
  taints: z
    .array(
      z.strictObject({
        key: labelKey.describe('Key of the taint.'),
        value: labelValue.optional().describe('Its value.'),
        effect: z.enum(TAINT_EFFECTS).describe('What becomes of pods that do not tolerate it.'),
      }),
    )
    .default([])
    .describe('Kubernetes taints: { key, value, effect } each.'),
  maxUnavailablePercent: z
    .int()
    .min(1)
    .max(100)
    .default(DEFAULT_NODE_GROUP.maxUnavailablePercent)
    .describe('How many nodes an update may replace at the same time.'),
});

/** Settings of an EKS cluster, the same for both. */
export const eksSettings = z
  .strictObject({
    version: z
      .string()
      .default(DEFAULT_KUBERNETES_VERSION)
      .describe('Kubernetes version, in quotes.'),
    extendedSupport: z
      .boolean()
      .default(false)
      .describe(
        'Consent to a version in extended support, which costs USD 0.50 more by the hour and ' +
          'cluster. Without it AWS upgrades the cluster when standard support ends.',
      ),
    endpoint: z
      .strictObject({
        publicCidrs: z
          .array(z.string())
          .default([])
          .describe(
            'Addresses from which the Kubernetes API can be reached over the internet: yours, as ' +
              '"curl https://checkip.amazonaws.com" prints it, with /32 behind it. Inside the VPC ' +
              'it always can.',
          ),
        privateOnly: z
          .boolean()
          .default(false)
          .describe('Set it when you deploy from inside the VPC and publicCidrs is empty.'),
        allowAnywhere: z.boolean().default(false).describe('Consent to 0.0.0.0/0 in publicCidrs.'),
      })
      .prefault({}),
    serviceCidr: z
      .string()
      .default(DEFAULT_SERVICE_CIDR)
      .describe('Addresses of Kubernetes Services; must not overlap with a VPC.'),
    encryptionKeyArn: z
      .string()
      .regex(/^arn:[^:]+:kms:/, 'must be the ARN of a KMS key')
      .optional()
      .describe('KMS key that encrypts Secrets. Default: a new one for each cluster, rotated.'),
    logs: z
      .strictObject({
        types: z
          .array(z.enum(LOG_TYPES))
          .default([...DEFAULT_LOGS.types])
          .describe("Parts of the control plane's log to keep in CloudWatch; [] turns it off."),
        retentionDays: retentionDays(DEFAULT_LOGS.retentionDays),
        destroyDelaySeconds: z
          .int()
          .min(0)
          .max(900)
          .default(DEFAULT_LOGS.destroyDelaySeconds)
          .describe(
            'Seconds to wait on destroy until EKS has written its last entry: it makes a log group ' +
              'anew that is gone too early.',
          ),
      })
      .prefault({}),
    creatorIsAdmin: z
      .boolean()
      .default(true)
      .describe('Whether who makes the clusters is their administrator. Cannot be changed later.'),
    access: z
      .array(
        z.strictObject({
          principalArn: z
            .string()
            .regex(/^arn:[^:]+:iam::\d{12}:(user|role)\//, 'must be the ARN of an IAM user or role')
            .describe('The user or role.'),
          level: z.enum(ACCESS_LEVELS).describe('What it may do.'),
          namespaces: z
            .array(z.string())
            .min(1)
            .optional()
            .describe('Where it may. Default: in the whole cluster.'),
        }),
      )
      .default([])
      .describe(
        'Who else may use the clusters: { principalArn, level, namespaces } each; level is ' +
          `${ACCESS_LEVELS.join(', ')}.`,
      ),
    oidcProvider: z
      .boolean()
      .default(true)
      .describe('Whether IAM trusts the service accounts (IRSA), beside Pod Identity.'),
    addonVersions: z
      .strictObject(
        Object.fromEntries(ADDONS.map((name) => [name, addonVersion])) as Record<
          (typeof ADDONS)[number],
          typeof addonVersion
        >,
      )
      .prefault({})
      .describe(
        `Versions of the add-ons ${ADDONS.join(', ')}. Default: what AWS recommends for the ` +
          'Kubernetes version.',
      ),
    networkPolicies: z
      .boolean()
      .optional()
      .describe(
        'Whether vpc-cni enforces NetworkPolicies, such as those of the borders. Once on, only ' +
          '"false" turns it off. Never run on AWS. Default: as the add-on has it, which is off.',
      ),
    nodeSubnets: z
      .enum(['private', 'public'])
      .default('private')
      .describe('Where the nodes are: "public" gives each a public address and needs no NAT.'),
    nodeGroups: z
      .array(nodeGroup)
      .default([nodeGroup.parse({ name: 'default' })])
      .describe('Groups of nodes.'),
  })
  .prefault({})
  .superRefine((settings, context) => report(context, clusterProblems(settings)));

export type EksSettings = z.output<typeof eksSettings>;
