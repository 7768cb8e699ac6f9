import { DescribeClusterCommand, type EKSClient } from '@aws-sdk/client-eks';
import type { EksClusterSettings } from '../../config/clusters';
import { kubectlIn } from '../terminal/kubectl';
import { findOut, type Finding } from './finding';

const area = 'clusters';

/** An EKS cluster that exists, by its name in the settings. */
export interface ExistingCluster {
  readonly name: string;
  readonly cluster: Extract<EksClusterSettings, { kind: 'existing-eks' }>;
}

/**
 * Whether clusters that exist have who makes the load balancers that the settings say, as far as EKS tells: it
 * knows of its own Auto Mode. That takes each Service of the type LoadBalancer that names no other class.
 *
 * @see https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigResponse.html
 */
export async function loadBalancerFindings(
  eks: EKSClient,
  clusters: readonly ExistingCluster[],
): Promise<Finding[]> {
  const found = await Promise.all(
    clusters.map(({ name, cluster }) => {
      const what = `Load balancers of ${name}`;
      return findOut(area, what, async (): Promise<Finding> => {
        const answer = await eks.send(new DescribeClusterCommand({ name: cluster.name }));
        const { elasticLoadBalancing } = answer.cluster?.kubernetesNetworkConfig ?? {};
        return finding(what, name, cluster, elasticLoadBalancing?.enabled === true);
      });
    }),
  );
  return found.flat();
}

function finding(
  what: string,
  name: string,
  { name: cluster, loadBalancers: said }: ExistingCluster['cluster'],
  isAuto: boolean,
): Finding {
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
