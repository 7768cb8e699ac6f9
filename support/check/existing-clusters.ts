import {
  type Cluster,
  DescribeClusterCommand,
  type EKSClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-eks';
import type { Config } from '../../config';
import type { EksClusterSettings } from '../../config/clusters';
import { kubectlIn } from '../terminal/kubectl';
import { unsupportedFindings } from './clusters';
import { findOut, type Finding } from './finding';

const area = 'clusters';

/** An EKS cluster that exists, by its name in the settings. */
export interface ExistingCluster {
  readonly name: string;
  readonly cluster: Extract<EksClusterSettings, { kind: 'existing-eks' }>;
  /** Those that are to be in it. */
  readonly meshes: Config['meshes'];
}

/** Whether clusters that exist are there, and what EKS tells of what the settings say about them. */
export async function existingFindings(
  eks: EKSClient,
  clusters: readonly ExistingCluster[],
): Promise<Finding[]> {
  const found = await Promise.all(clusters.map((one) => existingFinding(eks, one)));
  return found.flat();
}

function existingFinding(
  eks: EKSClient,
  { name, cluster, meshes }: ExistingCluster,
): Promise<Finding[]> {
  const what = `Cluster of ${name}`;
  return findOut(area, what, async () => {
    let found: Cluster | undefined;
    try {
      ({ cluster: found } = await eks.send(new DescribeClusterCommand({ name: cluster.name })));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
      return {
        area,
        what,
        verdict: 'wrong',
        found: `there is no EKS cluster ${cluster.name} here`,
        remedy: `clusters.${name}: its name, or the region and account that it is in`,
      };
    }
    const { status = '', version = '', kubernetesNetworkConfig } = found ?? {};
    // While EKS changes something of it, it works.
    if (!['ACTIVE', 'UPDATING'].includes(status)) {
      const state = `${cluster.name} is ${status}`;
      const remedy = `It must be ACTIVE: aws eks describe-cluster --name ${cluster.name}`;
      return { area, what, verdict: 'wrong', found: state, remedy };
    }
    const isAuto = kubernetesNetworkConfig?.elasticLoadBalancing?.enabled === true;
    return [
      { area, what, verdict: 'right', found: `${cluster.name}, Kubernetes ${version}` },
      ...unsupportedFindings(meshes, `v${version}`, `Kubernetes of ${name}`),
      loadBalancerFinding(name, cluster, isAuto),
    ];
  });
}

/**
 * Whether it has who makes the load balancers that the settings say, as far as EKS tells: it knows of its own Auto
 * Mode. That takes each Service of the type LoadBalancer that names no other class.
 *
 * @see https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigResponse.html
 */
function loadBalancerFinding(
  name: string,
  { name: cluster, loadBalancers: said }: ExistingCluster['cluster'],
  isAuto: boolean,
): Finding {
  const what = `Load balancers of ${name}`;
  const setting = `clusters.${name}.loadBalancers`;
  if (isAuto !== (said === 'auto-mode') && said !== 'aws-load-balancer-controller') {
    return {
      area,
      what,
      verdict: 'wrong',
      found: `EKS Auto Mode ${isAuto ? 'makes them' : 'is not turned on for them'}, and ${setting} is ${said}`,
      remedy: isAuto ? `Set ${setting}: auto-mode` : `Set ${setting} to what makes them`,
    };
  }
  if (said !== 'aws-load-balancer-controller') return { area, what, verdict: 'right', found: said };
  return {
    area,
    what,
    verdict: 'unknown',
    found: `${said}, of which EKS knows nothing`,
    remedy: `${kubectlIn(cluster)} -n kube-system get deployment ${said} should show it ready`,
  };
}
