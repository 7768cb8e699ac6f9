import { DataKubernetesResources } from '@cdktf/provider-kubernetes/lib/data-kubernetes-resources';
import { ServiceV1 } from '@cdktf/provider-kubernetes/lib/service-v1';
import type { ITerraformDependable, TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import { DEPENDABLE, Each, type Example, filled, Optional, refuseUnlike } from '../example';
import { refuse } from '../problems';
import { allowedSourcesProblems } from './allowed-sources';
import {
  gatewayPortProblems,
  loadBalancerClass,
  nlbAnnotations,
  nlbProblems,
  type NlbOptions,
  type ServicePort,
} from './load-balancer';

/** Settings of `PrivateGateway`. */
export interface PrivateGatewayProps extends Omit<NlbOptions, 'internal'> {
  /** Namespace of the gateway. */
  readonly namespace: string;
  /** Name of the gateway's own Service. */
  readonly serviceName: string;
  /** Labels of the gateway's pods. */
  readonly selector: Readonly<Record<string, string>>;
  /** Ports by which the other meshes enter. */
  readonly ports: readonly ServicePort[];
  /** CIDR blocks that may connect; nobody else may. */
  readonly allowedSources: readonly string[];
  /**
   * Whether the gateway's own Service keeps its load balancer. Without it, a plan that would take that away
   * before this Service has one is refused.
   * @default false
   */
  readonly besideOwn?: boolean;
  /**
   * By which ways callers come, in words of your own: the one that they use from this deploy on, and the one
   * that they used until now, while it stays. A plan whose ways lack the one that callers use is refused.
   * @default nothing is known of it, and no such plan is refused
   */
  readonly ways?: readonly string[];
  /**
   * The Kubernetes provider of the gateway's cluster, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
  /** The resource that makes the gateway. */
  readonly dependsOn: readonly ITerraformDependable[];
}

const EXAMPLE: Example<PrivateGatewayProps> = {
  namespace: filled('consul'),
  serviceName: filled('consul-ingress-gateway'),
  selector: new Each('gateway'),
  ports: [{ name: filled('federation'), port: 10443 }],
  allowedSources: ['10.10.0.0/16'],
  dependsOn: [DEPENDABLE],
  besideOwn: new Optional(true),
};

/** Name of the private Service of a gateway, by that of its own. */
export function privateGatewayName(serviceName: string): string {
  return `${serviceName}-private`;
}

/** What the Service says of the way by which callers come. */
const WAY = 'mesh-federation/crossing';

/**
 * A second Service for the pods of a gateway, with an internal Network Load Balancer, on EKS.
 *
 * A load balancer keeps the scheme that it was made with. So the private gateway of a mesh is a Service of its
 * own: it is there, with an address, before callers leave the other way, and that goes when nobody uses it.
 *
 * @throws Error when no source is named, or a port is none.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#PrivateGateway}
 */
export class PrivateGateway extends Construct {
  /** The Service; Terraform waits for its load balancer. */
  public readonly service: ServiceV1;

  public constructor(scope: Construct, id: string, props: PrivateGatewayProps) {
    super(scope, id);
    refuseUnlike(`PrivateGateway ${this.node.path}`, props, EXAMPLE);
    const { namespace, serviceName, provider, allowedSources, ways: [way] = [] } = props;
    const name = privateGatewayName(serviceName);
    refuse(`PrivateGateway ${name}`, [
      ...gatewayPortProblems(['ports'], props.ports),
      ...allowedSourcesProblems(['allowedSources'], allowedSources),
      ...nlbProblems(props),
    ]);
    this.refuseToLeaveFirst(props, name);
    this.service = new ServiceV1(this, 'service', {
      metadata: {
        name,
        namespace,
        annotations: {
          ...nlbAnnotations({ ...props, internal: true }),
          ...(way === undefined ? {} : { [WAY]: way }),
        },
        labels: {
          'app.kubernetes.io/part-of': 'mesh-federation',
          // Consul registers a gateway for each Service of its pods, and forgets it with the first that goes.
          // https://github.com/hashicorp/consul-k8s/blob/v2.0.3/control-plane/connect-inject/constants/annotations_and_labels.go
          'consul.hashicorp.com/service-ignore': 'true',
        },
      },
      spec: {
        type: 'LoadBalancer',
        loadBalancerClass: loadBalancerClass(props.controller ?? 'in-cloud'),
        selector: { ...props.selector },
        port: props.ports.map(({ name: port, port: number, targetPort = number }) => ({
          name: port,
          port: number,
          targetPort: String(targetPort),
          protocol: 'TCP',
        })),
        loadBalancerSourceRanges: [...allowedSources],
      },
      waitForLoadBalancer: true,
      provider,
      dependsOn: [...props.dependsOn],
    });
  }

  /** Whoever still comes by another way would find nobody. */
  private refuseToLeaveFirst(
    { namespace, serviceName, provider, besideOwn = false, ways }: PrivateGatewayProps,
    name: string,
  ): void {
    const balanced =
      '[for one in self.objects : one.metadata.name if one.spec.type == "LoadBalancer"]';
    const say = (former: string) =>
      'Nothing was changed. Say what the way was until now (federation.crossingFrom: ' +
      `${former} in the settings), deploy, take it out, deploy again.`;
    const own = {
      condition: `\${!contains(${balanced}, "${serviceName}") || contains(${balanced}, "${name}")}`,
      errorMessage:
        `Callers enter by the load balancer of the Service ${namespace}/${serviceName}, which this ` +
        `deploy would take away before they know the private one. ${say('internet')}`,
    };
    const said =
      '[for one in self.objects : one.metadata.annotations["' +
      `${WAY}"] if one.metadata.name == "${name}" && can(one.metadata.annotations["${WAY}"])]`;
    const former = `\${join("", ${said})}`;
    const other = {
      condition: `\${alltrue([for way in ${said} : contains(${JSON.stringify(ways)}, way)])}`,
      errorMessage:
        `Callers enter ${namespace}/${name} by ${former}, which this deploy would take away before they ` +
        `know the new way. ${say(former)}`,
    };
    const postcondition = [...(besideOwn ? [] : [own]), ...(ways === undefined ? [] : [other])];
    if (postcondition.length === 0) return;
    new DataKubernetesResources(this, 'services', {
      apiVersion: 'v1',
      kind: 'Service',
      namespace,
      provider,
      lifecycle: { postcondition },
    });
  }
}
