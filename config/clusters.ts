import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { commandLine } from '../constructs/command-line';
import { CLUSTER_DOMAIN, CLUSTER_DOMAIN_RULE } from '../constructs/dns-names';
import { clusterNameProblem, publicCidrProblem } from '../constructs/eks/validate';
import { parsePem } from '../constructs/federation/plan/internal';
import { pemText } from '../constructs/kubernetes/certificates';
import { kubeconfigProblem } from '../constructs/kubernetes/kubeconfig';
import { LOAD_BALANCER_CONTROLLERS } from '../constructs/kubernetes/load-balancer';
import { expandPath } from '../constructs/kubernetes/yaml-file';
import { ROLE_ARN } from '../constructs/aws-forms';
import { awsIdPattern, type AwsIdPrefix, awsIdRule } from '../constructs/network/aws-ids';
import { accountId, region } from './aws';
import { whenChanged } from './change';
import { checked } from './checked';
import { eksSettings } from './eks';
import { fileNameProblem } from './file-name';
import { isOfKindUp } from './kind';
import { networkSettings } from './network';

function authorityProblem(path: string): string | undefined {
  const name = fileNameProblem(path, 'ca.pem');
  if (name !== undefined) return name;
  const rule = 'must be a PEM file with the certificate of an authority';
  let text: string;
  try {
    text = pemText(readFileSync(expandPath(path)));
  } catch {
    return `${expandPath(path)} is no file that can be read; ${rule}`;
  }
  const { certificates, problem } = parsePem(text);
  if (problem !== undefined) return `${expandPath(path)} is refused: ${problem}; ${rule}`;
  return certificates.some(({ ca }) => ca)
    ? undefined
    : `${expandPath(path)} has no certificate of an authority; ${rule}`;
}

const name = checked(clusterNameProblem);

const egressCidrs = z
  .array(checked((cidr) => publicCidrProblem(cidr)))
  .default([])
  .meta(whenChanged('in-place'))
  .describe(
    'Addresses, as the internet sees them, from which the pods of this cluster call out, such as ' +
      "those of your own NAT gateways with /32 behind each. The other clusters' public API endpoints, " +
      'if they are made here, admit them. Those of NAT gateways that are made here need not be listed.',
  );

const awsId = (prefix: AwsIdPrefix) => z.string().regex(awsIdPattern(prefix), awsIdRule(prefix));

/** Where in AWS a cluster is, and what its controller of load balancers is. */
const placeInAws = {
  region: region
    .optional()
    .describe('Its region. Default: aws.region.')
    .meta(whenChanged('refused')),
  accountId: accountId
    .optional()
    .describe(
      'The only account that may be changed for it. Default: that of `assumeRole`, else aws.accountId.',
    )
    .meta(whenChanged('refused')),
  assumeRole: z
    .string()
    .regex(ROLE_ARN, 'must be the ARN of a role, such as arn:aws:iam::111122223333:role/deploy')
    .optional()
    .describe(
      'Role that the deploy takes for all that is of this cluster, in another account: it must trust your ' +
        'credentials. Default: none.',
    )
    .meta(whenChanged('in-place', 'refused where it leads to another account')),
  loadBalancers: z
    .enum(LOAD_BALANCER_CONTROLLERS)
    .default('in-cloud')
    .describe(
      'Who makes the load balancers of the gateways: `in-cloud`, the controller that every EKS cluster has; ' +
        '`aws-load-balancer-controller`, which you have installed; `auto-mode`, EKS Auto Mode (`eks.compute: auto`, ' +
        'or turned on in a cluster of yours). Default: in-cloud, and auto-mode with `eks.compute: auto`.',
    )
    .meta(
      whenChanged(
        'refused',
        'a load balancer stays with the controller that made it; the message says how to have it recreated, with ' +
          'another address then',
      ),
    ),
};

/** A cluster that is made here. */
const newCluster = z.strictObject({
  kind: z.literal('eks').describe('A new EKS cluster.'),
  name: name
    .describe('Name of the cluster and prefix of all that belongs to it.')
    .meta(whenChanged('refused')),
  cidr: z
    .string()
    .describe('Addresses of its VPC. Those of the clusters must not overlap.')
    .meta(whenChanged('refused')),
  existingVpc: z
    .strictObject({
      vpcId: awsId('vpc').describe('Its id.').meta(whenChanged('refused')),
      privateSubnetIds: z
        .array(awsId('subnet'))
        .describe('Subnets of the control plane, of nodes and of internal load balancers.')
        .meta(
          whenChanged(
            'replaces-nodes',
            'EKS takes other subnets for the control plane only in the zones that it has',
          ),
        ),
      publicSubnetIds: z
        .array(awsId('subnet'))
        .default([])
        .describe('Subnets of load balancers that the internet reaches.')
        .meta(whenChanged('in-place', 'AWS moves no load balancer that is there')),
      privateRouteTableIds: z
        .array(awsId('rtb'))
        .default([])
        .describe(
          'Route tables of the subnets that the nodes are in, for federation.crossing: peering, which ' +
            'adds a route to each.',
        )
        .meta(whenChanged('in-place')),
    })
    .optional()
    .describe(
      'A VPC of yours to use in place of a new one: { vpcId, privateSubnetIds, publicSubnetIds }. ' +
        'Its private subnets need a way out, to fetch images.',
    )
    .meta(whenChanged('refused')),
  ...placeInAws,
  egressCidrs,
  network: networkSettings.describe('Differences from `network` above, for this cluster.'),
  eks: eksSettings.describe('Differences from `eks` above, for this cluster.'),
});

const clusterDomain = z
  .string()
  .regex(CLUSTER_DOMAIN, CLUSTER_DOMAIN_RULE)
  .optional()
  .describe("DNS domain of the cluster, the kubelets' `clusterDomain`. Default: cluster.local.")
  .meta(
    whenChanged(
      'restarts-pods',
      'the borders, and what goes by the names of Services is recreated: for the true domain of a cluster only',
    ),
  );

/** An EKS cluster that exists. */
const existingEks = z.strictObject({
  kind: z.literal('existing-eks').describe('An EKS cluster of yours.'),
  name: z
    .string()
    // https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
    .regex(
      /^[0-9A-Za-z][-\w]{0,99}$/,
      'must be the name of a cluster: letters, digits, "-" and "_", not its ARN',
    )
    .describe('Its name.')
    .meta(whenChanged('refused')),
  ...placeInAws,
  clusterDomain,
  egressCidrs,
});

/** Any cluster that exists. */
const kubeconfig = z
  .strictObject({
    kind: z.literal('kubeconfig').describe('Any cluster that you have a kubeconfig for.'),
    path: z
      .string()
      .min(1)
      .describe('Path of the kubeconfig file; "~" is the home directory.')
      .meta(whenChanged('in-place', 'refused where it leads to another cluster')),
    context: z
      .string()
      .min(1)
      .describe('Name of the context in it.')
      .meta(
        whenChanged(
          'in-place',
          'refused where it leads to another cluster, and in Consul where meshes.consul.clusterId is worked out from it; the message has the one to set',
        ),
      ),
    apiServer: z
      .url({ protocol: /^https$/, error: 'must be such as https://api.example.com:6443' })
      .optional()
      .describe(
        'Address by which pods of other clusters reach the API of this one. Default: that of the ' +
          'kubeconfig. Its certificate is checked against the authority in the kubeconfig. Needed where ' +
          'the kubeconfig goes through a proxy or verifies nothing (proxy-url, insecure-skip-tls-verify), ' +
          "and where the server in it takes its own users' credentials only, as Rancher and Teleport do.",
      )
      .meta(whenChanged('in-place', 'the jobs that fetch roots run again')),
    apiServerCa: checked(authorityProblem)
      .optional()
      .describe(
        'PEM file with the authority of `apiServer`, where it is another than the one in the kubeconfig.',
      )
      .meta(whenChanged('in-place', 'the jobs that fetch roots run again')),
    clusterDomain,
    egressCidrs,
  })
  .superRefine((connection, context) => {
    if (connection.apiServerCa !== undefined && connection.apiServer === undefined) {
      const message = 'is given without apiServer; name that as well, or leave it out';
      context.addIssue({ code: 'custom', path: ['apiServerCa'], message });
    }
    const name = fileNameProblem(connection.path, '~/.kube/config');
    if (name !== undefined) {
      context.addIssue({ code: 'custom', path: ['path'], message: name });
      return;
    }
    const problem = kubeconfigProblem(connection);
    if (problem !== undefined) {
      const hint = isOfKindUp(connection.path) ? `; "${commandLine('kind up')}" makes it` : '';
      context.addIssue({
        code: 'custom',
        path: [problem.setting],
        message: problem.message + hint,
      });
    }
  });

const cluster = z
  .discriminatedUnion('kind', [newCluster, existingEks, kubeconfig])
  .meta(
    whenChanged(
      'refused',
      'but from eks to existing-eks of the same name: the cluster stays, and is no longer deployed or destroyed from here',
    ),
  );

/** The clusters, by name. */
export const clusterSettings = z.record(z.string(), cluster);

export type ClusterSettings = z.output<typeof cluster>;
export type NewClusterSettings = z.output<typeof newCluster>;
/** A cluster of EKS, made here or not. */
export type EksClusterSettings = Exclude<ClusterSettings, { readonly kind: 'kubeconfig' }>;

/** Whether the pods of a cluster that is made here have IPv6 addresses. Of others it is not known. */
export function hasIPv6Pods(cluster: ClusterSettings): boolean {
  return cluster.kind === 'eks' && cluster.eks.ipFamily === 'ipv6';
}

/** Whether its subnets are made here, without IPv6. */
export function hasIPv4Subnets(cluster: ClusterSettings): boolean {
  return cluster.kind === 'eks' && cluster.existingVpc === undefined && !hasIPv6Pods(cluster);
}
