import { z } from 'zod';
import { DEFAULT_LOGS, DEFAULT_NODE_GROUP, DEFAULT_SERVICE_CIDR } from '../constructs/eks/defaults';
import {
  ACCESS_LEVELS,
  ADDON_PORTS,
  ADDONS,
  COMPUTES,
  IMAGE_TYPES,
  LOG_TYPES,
  TAINT_EFFECTS,
} from '../constructs/eks/props';
import { clusterProblems } from '../constructs/eks/validate';
import { IP_FAMILIES } from '../constructs/ip-family';
import { DEFAULT_KUBERNETES_VERSION } from '../constructs/eks/versions';
import { MAX_ZONES } from '../constructs/network/subnets';
import { whenChanged } from './change';
import {
  KMS_KEY_ARN,
  KMS_KEY_ARN_RULE,
  PRINCIPAL_ARN,
  PRINCIPAL_ARN_RULE,
} from '../constructs/aws-forms';
import { report } from './problems';
import { retentionDays } from './retention';

const addonVersion = z
  .string()
  .regex(/^v\d+\.\d+\.\d+-eksbuild\.\d+$/, 'must be a version such as v1.20.4-eksbuild.2')
  .optional()
  .describe('Version of this add-on. Default: what AWS recommends.')
  .meta(whenChanged('in-place'));

/** @see https://docs.aws.amazon.com/eks/latest/userguide/eks-ami-deprecation-faqs.html */
function amazonLinux2({ input }: { readonly input?: unknown }): string | undefined {
  return typeof input === 'string' && input.startsWith('AL2_')
    ? `AWS has made no image of Amazon Linux 2 since 2025-11-26; use ` +
        (input.includes('ARM') ? 'AL2023_ARM_64_STANDARD' : 'AL2023_x86_64_STANDARD')
    : undefined;
}

/** A session is what `aws sts get-caller-identity` shows of a role. */
function principalRule({ input }: { readonly input?: unknown }): string {
  const [, role] = /^arn:[^:]+:sts::\d{12}:assumed-role\/([^/]+)\//.exec(String(input)) ?? [];
  return role === undefined
    ? PRINCIPAL_ARN_RULE
    : `${PRINCIPAL_ARN_RULE}; this is a session of the role ${role}, whose ARN "aws iam get-role --role-name ${role}" prints`;
}

const nodeGroup = z.strictObject({
  name: z
    .string()
    .regex(
      /^[0-9A-Za-z][0-9A-Za-z_-]{0,31}$/,
      'must start with a letter or digit and have at most 32 letters, digits, "-" and "_"',
    )
    .describe('Start of the name of the group.')
    .meta(
      whenChanged(
        'removes',
        'a group of another name is another group. Add it, deploy, and only then take the old one out.',
      ),
    ),
  instanceTypes: z
    .array(z.string())
    .min(1)
    .max(20)
    .default([...DEFAULT_NODE_GROUP.instanceTypes])
    .describe('Instance types, the first that is to be had; give Spot several.')
    .meta(whenChanged('replaces-nodes')),
  capacity: z
    .enum(['on-demand', 'spot'])
    .default(DEFAULT_NODE_GROUP.capacity)
    .describe(
      'How the nodes are paid: "spot" costs about a third, and AWS may take a node away with two ' +
        "minutes' notice.",
    )
    .meta(whenChanged('replaces-nodes')),
  min: z
    .int()
    .min(0)
    .default(DEFAULT_NODE_GROUP.min)
    .describe('Fewest nodes.')
    .meta(whenChanged('in-place', 'refused where fewer nodes are there now')),
  desired: z
    .int()
    .min(0)
    .default(DEFAULT_NODE_GROUP.desired)
    .describe('Nodes to start with; their number is then left to whoever scales the group.')
    .meta(whenChanged('nothing')),
  max: z
    .int()
    .min(1)
    .default(DEFAULT_NODE_GROUP.max)
    .describe('Most nodes.')
    .meta(whenChanged('in-place', 'refused where more nodes are there now')),
  diskGiB: z
    .int()
    .min(20)
    .max(16384)
    .default(DEFAULT_NODE_GROUP.diskGiB)
    .describe("Size of a node's disk (gp3, encrypted).")
    .meta(whenChanged('replaces-nodes', 'a few at a time')),
  imageType: z
    .enum(IMAGE_TYPES, { error: amazonLinux2 })
    .default(DEFAULT_NODE_GROUP.imageType)
    .describe("The nodes' operating system and CPU.")
    .meta(whenChanged('replaces-nodes')),
  zones: z
    .int()
    .min(1)
    .max(MAX_ZONES)
    .optional()
    .describe(
      'In how many zones the nodes are, from the first one. A volume stays in its zone: with no more ' +
        'zones than nodes there is a node for it in each. Default: as many as min was at the first deploy.',
    )
    .meta(whenChanged('replaces-nodes', 'a volume in a zone that is left waits there for a node')),
  labels: z
    .record(z.string(), z.string())
    .default({})
    .describe('Kubernetes labels of the nodes.')
    .meta(whenChanged('in-place')),
  taints: z
    .array(
      z.strictObject({
        key: z.string().describe('Key of the taint.').meta(whenChanged('in-place')),
        value: z.string().optional().describe('Its value.').meta(whenChanged('in-place')),
        effect: z
          .enum(TAINT_EFFECTS)
          .describe('What becomes of pods that do not tolerate it.')
          .meta(whenChanged('in-place')),
      }),
    )
    .default([])
    .describe('Kubernetes taints: { key, value, effect } each.')
    .meta(whenChanged('in-place')),
  maxUnavailablePercent: z
    .int()
    .min(1)
    .max(100)
    .default(DEFAULT_NODE_GROUP.maxUnavailablePercent)
    .describe('How many nodes an update may replace at the same time.')
    .meta(whenChanged('in-place')),
});

/** Settings of an EKS cluster, the same for all. */
export const eksSettings = z
  .strictObject({
    version: z
      .string()
      .default(DEFAULT_KUBERNETES_VERSION)
      .describe('Kubernetes version, in quotes.')
      .meta(
        whenChanged(
          'in-place',
          'first the control plane, then the nodes, new ones first. One minor version at a time; EKS has no way back',
        ),
      ),
    extendedSupport: z
      .boolean()
      .default(false)
      .describe(
        'Allows a version in extended support, which costs USD 0.50 more by the hour and ' +
          'cluster. Without it AWS upgrades the cluster when standard support ends.',
      )
      .meta(whenChanged('in-place')),
    endpoint: z
      .strictObject({
        publicCidrs: z
          .array(z.string())
          .default([])
          .describe(
            'Addresses from which the Kubernetes API can be reached over the internet: yours, as ' +
              '"curl https://checkip.amazonaws.com" prints it, with /32 behind it. Inside the VPC ' +
              'it always can.',
          )
          .meta(whenChanged('in-place')),
        privateOnly: z
          .boolean()
          .default(false)
          .describe('Set it when you deploy from inside the VPC and publicCidrs is empty.')
          .meta(whenChanged('in-place')),
        allowAnywhere: z
          .boolean()
          .default(false)
          .describe('Allows 0.0.0.0/0 in publicCidrs.')
          .meta(whenChanged('nothing')),
      })
      .prefault({}),
    ipFamily: z
      .enum(IP_FAMILIES)
      .default('ipv4')
      .describe(
        'Which addresses pods and Services have. `ipv6` spares those of IPv4 where they are scarce: only nodes and ' +
          'load balancers then have some. Istio only, with `loadBalancers: aws-load-balancer-controller` or ' +
          '`auto-mode`, in a VPC that is made here. [How](crossings.md#ipv6). Never run on AWS.',
      )
      .meta(whenChanged('refused', 'EKS keeps the family that a cluster was made with')),
    serviceCidr: z
      .string()
      .default(DEFAULT_SERVICE_CIDR)
      .describe(
        'Addresses of Kubernetes Services; must not overlap with a VPC. With `ipFamily: ipv6` EKS chooses them.',
      )
      .meta(whenChanged('refused')),
    encryptionKeyArn: z
      .string()
      .regex(KMS_KEY_ARN, KMS_KEY_ARN_RULE)
      .optional()
      .describe('KMS key that encrypts Secrets. Default: a new one for each cluster, rotated.')
      .meta(whenChanged('refused', 'EKS keeps the key that a cluster was made with')),
    logs: z
      .strictObject({
        types: z
          .array(z.enum(LOG_TYPES))
          .default([...DEFAULT_LOGS.types])
          .describe(
            "Parts of the control plane's log to keep in CloudWatch; [] turns it off. Each costs by the GB.",
          )
          .meta(whenChanged('in-place', 'what was written stays')),
        retentionDays: retentionDays(DEFAULT_LOGS.retentionDays).meta(
          whenChanged('in-place', 'older entries are deleted'),
        ),
        destroyDelaySeconds: z
          .int()
          .min(0)
          .max(900)
          .default(DEFAULT_LOGS.destroyDelaySeconds)
          .describe(
            'Seconds to wait on destroy until EKS has written its last entry: EKS would create the log group ' +
              'again if it were deleted earlier.',
          )
          .meta(whenChanged('in-place')),
      })
      .prefault({}),
    creatorIsAdmin: z
      .boolean()
      .default(true)
      .describe(
        'Whether the identity that creates the clusters becomes their administrator, and stays it when somebody else deploys later.',
      )
      .meta(whenChanged('in-place')),
    access: z
      .array(
        z.strictObject({
          principalArn: z
            .string()
            .regex(PRINCIPAL_ARN, { error: principalRule })
            .describe('The user or role.')
            .meta(whenChanged('removes', 'the access of the former one')),
          level: z.enum(ACCESS_LEVELS).describe('What it may do.').meta(whenChanged('in-place')),
          namespaces: z
            .array(
              z
                .string()
                .regex(
                  /^[a-z0-9*]([-a-z0-9*]{0,61}[a-z0-9*])?$/,
                  'must be the name of a namespace',
                ),
            )
            .min(1)
            .optional()
            .describe('Where it may. Default: in the whole cluster.')
            .meta(whenChanged('in-place')),
        }),
      )
      .default([])
      .describe(
        'Who else may use the clusters: { principalArn, level, namespaces } each; level is ' +
          `${ACCESS_LEVELS.join(', ')}. Who makes the clusters may be among them.`,
      )
      .meta(whenChanged('removes', 'the access of those who are no longer there')),
    oidcProvider: z
      .boolean()
      .default(true)
      .describe('Whether IAM trusts the service accounts (IRSA), beside Pod Identity.')
      .meta(whenChanged('removes', 'the trust')),
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
    addons: z
      .array(
        z.strictObject({
          name: z
            .string()
            .regex(/^[a-z0-9]([-a-z0-9_]*[a-z0-9])?$/, 'must be a name such as metrics-server')
            .refine(
              (name) => !ADDONS.some((known) => known === name),
              'must be another one: every cluster has this one, and eks.addonVersions pins it',
            )
            .describe('Its name; "aws eks describe-addon-versions" lists all.')
            .meta(whenChanged('removes', 'the former add-on')),
          version: addonVersion,
          configuration: z
            .record(z.string(), z.unknown())
            .optional()
            .describe('Its settings, by its own schema: "aws eks describe-addon-configuration".')
            .meta(whenChanged('in-place')),
        }),
      )
      .default([])
      .describe(
        'Further add-ons of EKS: { name, version, configuration } each. The control plane may call ' +
          `${Object.keys(ADDON_PORTS).join(', ')} by itself; for others see eks.webhookPorts.`,
      )
      .meta(whenChanged('removes', 'those that are no longer there')),
    webhookPorts: z
      .array(
        z.strictObject({
          port: z
            .int()
            .min(1)
            .max(65535)
            .describe('Port of the pods, not of their Service.')
            .meta(whenChanged('in-place')),
          description: z
            .string()
            .regex(
              /^[0-9A-Za-z ._:/()#,@[\]+=&;{}!$*-]{1,255}$/,
              'must have 1 to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*',
            )
            .describe('What listens there.')
            .meta(whenChanged('in-place')),
        }),
      )
      .default([])
      .describe(
        'Further ports on which pods serve the control plane, such as admission webhooks and extension ' +
          'APIs: { port, description } each. Those of the meshes are open already.',
      )
      .meta(whenChanged('in-place')),
    networkPolicies: z
      .boolean()
      .optional()
      .describe(
        'Whether vpc-cni enforces NetworkPolicies, such as those of the borders. Once on, only ' +
          '"false" turns it off. Never run on AWS. Default: as the add-on has it, which is off.',
      )
      .meta(whenChanged('in-place')),
    compute: z
      .enum(COMPUTES)
      .default('node-groups')
      .describe(
        'What runs the pods: `node-groups`, or `auto`, EKS Auto Mode, which makes nodes by itself and has its ' +
          'own network, DNS, volumes and load balancers. It costs about 12 % more for each node. Never run on AWS.',
      )
      .meta(whenChanged('refused', 'volumes and load balancers do not move from one to the other')),
    nodeSubnets: z
      .enum(['private', 'public'])
      .default('private')
      .describe('Where the nodes are: "public" gives each a public address and needs no NAT.')
      .meta(
        whenChanged(
          'replaces-nodes',
          'from private to public the NAT gateways and their addresses go, unless network.nat asks for them',
        ),
      ),
    nodeGroups: z
      .array(nodeGroup)
      .default([nodeGroup.parse({ name: 'default' })])
      .describe('Groups of nodes. Default: one group; none with compute: auto.')
      .meta(whenChanged('removes', 'groups that are no longer there, with their nodes')),
  })
  .prefault({})
  .superRefine((settings, context) => {
    // With Auto Mode they do nothing, of which a notice tells: they may be meant for other clusters.
    const webhookPorts = settings.compute === 'auto' ? [] : settings.webhookPorts;
    // Nobody can tell its default from the same words in the file; a notice tells of others.
    const { serviceCidr } = settings;
    report(
      context,
      clusterProblems({
        ...settings,
        webhookPorts,
        serviceCidr: settings.ipFamily === 'ipv6' ? undefined : serviceCidr,
      }),
    );
  });
