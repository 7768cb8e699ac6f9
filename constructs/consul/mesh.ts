import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import { PodDisruptionBudgetV1 } from '@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1';
import { SecretV1 } from '@cdktf/provider-kubernetes/lib/secret-v1';
import { Fn, type ITerraformDependable, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import {
  type ChartSource,
  DEFAULT_WORKLOAD_NAMESPACES,
  HelmChart,
  layeredValues,
  portProblems,
  type WorkloadNamespace,
  WorkloadNamespaces,
} from '../kubernetes';
import { CONSUL } from '../../versions';
import { CLUSTER_ID_PATTERN, trustDomainOf } from './cluster-id';
import type { ConsulGatewayReference, ConsulMeshReference } from './reference';
import { bootstrapTokenSecret } from './servers';
import { consulValues, gatewayPorts } from './values';

/** Version of the Consul chart that this release of the project was tested with. */
export const DEFAULT_CONSUL_CHART_VERSION = CONSUL.version;

/** HashiCorp's public chart repository. */
export const CONSUL_CHARTS: ChartSource = { kind: 'repository', url: CONSUL.repository };

/**
 * Ports of the gateway's own Envoy.
 * @see https://github.com/hashicorp/consul-k8s/blob/v2.0.3/charts/consul/templates/ingress-gateways-deployment.yaml
 */
export const CONSUL_PROXY_PORTS: Readonly<Record<number, string>> = {
  19000: "Envoy's admin interface",
  20200: "Envoy's metrics",
  21000: 'health checks',
};

/** What the ingress gateway is called unless you say otherwise. */
export const DEFAULT_CONSUL_GATEWAY_NAME = 'ingress-gateway';

/** Images other than those that the chart names, for pinning by digest or from a mirror. */
export interface ConsulImages {
  /**
   * Registry and folder that hold `consul`, `consul-k8s-control-plane` and `consul-dataplane`, all
   * tagged with the chart's version, as chart 2.x has them.
   * @default the one that the chart names
   */
  readonly registry?: string;
  /**
   * Full reference of the servers' image, e.g. `registry.example.com/consul@sha256:...`.
   * @default from `registry`
   */
  readonly consul?: string;
  /**
   * Full reference of the image of the injector and of the chart's jobs.
   * @default from `registry`
   */
  readonly controlPlane?: string;
  /**
   * Full reference of the image of sidecars and gateways.
   * @default from `registry`
   */
  readonly dataplane?: string;
}

/** The ingress gateway. */
export interface ConsulGatewayProps {
  /**
   * Name as Consul service and as IngressGateway resource.
   * @default DEFAULT_CONSUL_GATEWAY_NAME
   */
  readonly name?: string;
  /**
   * Ports for anything but the federation.
   * @default 80, 443 and 8080
   */
  readonly ports?: readonly number[];
  /**
   * Ports of the federation: one for each foreign service that calls into this mesh, since a `tcp`
   * listener of an ingress gateway carries exactly one service.
   * @default none
   */
  readonly federationPorts?: readonly number[];
  /**
   * Annotations of the Service, by which a cloud chooses its load balancer: `nlbAnnotations()` on
   * EKS.
   * @default none
   */
  readonly serviceAnnotations?: Readonly<Record<string, string>>;
  /**
   * CIDR blocks that may connect to the load balancer.
   * @default everybody
   */
  readonly allowedSources?: readonly string[];
}

/** An own root for the mesh's certificates, PEM each. */
export interface ConsulCertificateAuthority {
  /** The root, self-signed. */
  readonly certificate: string;
  /** Its private key. It becomes part of Terraform's state. */
  readonly privateKey: string;
}

/** Settings of `ConsulMesh`. */
export interface ConsulMeshProps {
  /**
   * Id of the Consul cluster, a UUID in lower case, which makes the trust domain
   * `<clusterId>.consul` known before the mesh exists. It can be set when the mesh is made and never
   * again. `clusterIdFor(name)` makes one.
   */
  readonly clusterId: string;
  /** @default DEFAULT_CONSUL_CHART_VERSION */
  readonly version?: string;
  /** @default CONSUL_CHARTS */
  readonly charts?: ChartSource;
  /** @default the images that the chart names */
  readonly images?: ConsulImages;
  /**
   * Name of the datacenter, part of every identity in the mesh.
   * @default 'dc1'
   */
  readonly datacenter?: string;
  /**
   * DNS domain of its cluster (the kubelets' `clusterDomain`).
   * @default 'cluster.local'
   */
  readonly clusterDomain?: string;
  /** @default 'consul' */
  readonly namespace?: string;
  /**
   * Name of the release and prefix of the chart's objects.
   * @default 'consul'
   */
  readonly releaseName?: string;
  /**
   * Number of servers, an odd one. Each needs a node of its own.
   * @default 1
   */
  readonly servers?: number;
  /**
   * Class of the servers' volumes.
   * @default the cluster's default class
   */
  readonly storageClass?: string;
  /**
   * Namespaces whose pods may join the mesh. A service account of another namespace is refused a
   * token: Consul's identity is the account's name alone, so an account `backend` anywhere in the
   * cluster would otherwise be `backend`. The same holds between the namespaces named here.
   * @default the namespace `default`
   */
  readonly workloadNamespaces?: readonly WorkloadNamespace[];
  /**
   * Service accounts that are good in the namespaces listed with them only, by name: one of the same
   * name elsewhere gets no token. Those of borders above all, who speak for whole services of another
   * mesh.
   * @default each account is good in every one of the namespaces
   */
  readonly serviceAccounts?: Readonly<Record<string, readonly string[]>>;
  /**
   * Namespaces that only accounts of `serviceAccounts` may join the mesh from.
   * @default none
   */
  readonly closedNamespaces?: readonly string[];
  /** @default two replicas behind a load balancer, ports 80, 443 and 8080 */
  readonly gateway?: ConsulGatewayProps;
  /**
   * Who brings the CRDs of the Kubernetes Gateway API. Consul's controller does not start without
   * them, although this project does not use them: `install` lets the chart bring them (v0.6.2, they
   * go with the release); `existing` is for a cluster that has them.
   * @default 'install'
   */
  readonly gatewayApiCrds?: 'install' | 'existing';
  /**
   * A root of your own in place of the one that Consul makes for itself. Its private key is then in
   * Terraform's state.
   * @default Consul's own; its key does not leave the cluster
   */
  readonly certificateAuthority?: ConsulCertificateAuthority;
  /**
   * Paths of your own values files, merged last.
   * @default none
   */
  readonly valuesFiles?: readonly string[];
  /**
   * What must exist before the mesh and stay until it is gone, such as its storage class.
   * @default nothing
   */
  readonly dependsOn?: ITerraformDependable[];
}

/**
 * A Consul service mesh by HashiCorp's Helm chart, hardened: TLS, ACLs and gossip encryption with
 * keys that are made in the cluster and stay there, a pinned trust domain, two replicas of injector
 * and ingress gateway, a volume that goes with the release, a UI for `kubectl port-forward` only.
 *
 * Custom resources (deny by default, access log) are `ConsulMeshPolicy`, in a later stack.
 *
 * The stack needs `ClusterProviders`.
 *
 * @throws When the cluster id is no UUID, the number of servers is even, two ports of the gateway
 * are the same or one is the proxy's own, when a values file is no YAML, when a local chart is not
 * there in this version.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#ConsulMesh}
 */
export class ConsulMesh extends Construct implements ConsulMeshReference {
  public readonly trustDomain: string;
  public readonly datacenter: string;
  public readonly namespace: string;
  public readonly clusterDomain?: string;
  public readonly releaseName: string;
  public readonly gateway: ConsulGatewayReference;
  public readonly acls = true;
  public readonly tls = true;
  /** The release. */
  public readonly chart: HelmChart;

  public constructor(scope: Construct, id: string, props: ConsulMeshProps) {
    super(scope, id);
    this.trustDomain = trustDomainOf(props.clusterId);
    this.datacenter = props.datacenter ?? 'dc1';
    this.namespace = props.namespace ?? 'consul';
    this.clusterDomain = props.clusterDomain;
    this.releaseName = props.releaseName ?? 'consul';
    const gatewayName = props.gateway?.name ?? DEFAULT_CONSUL_GATEWAY_NAME;
    this.gateway = { name: gatewayName, serviceName: `${this.releaseName}-${gatewayName}` };
    const problems = [
      ...(CLUSTER_ID_PATTERN.test(props.clusterId)
        ? []
        : [`cluster id "${props.clusterId}" must be a UUID in lower case`]),
      ...((props.servers ?? 1) % 2 === 1
        ? []
        : [`${props.servers} servers cannot outvote each other: take an odd number`]),
      ...portProblems(gatewayPorts(props.gateway), CONSUL_PROXY_PORTS),
    ];
    if (problems.length > 0) {
      throw new Error(`${this.node.path}: ${problems.join('; ')}`);
    }

    const namespace = new NamespaceV1(this, 'namespace', {
      metadata: { name: this.namespace },
      dependsOn: props.dependsOn,
    });
    const trust = new SecretV1(this, 'connect-ca', {
      metadata: { name: `${this.releaseName}-connect-ca`, namespace: this.namespace },
      data: { 'ca.json': connectCa(props) },
      lifecycle: firstAuthority(props),
      dependsOn: [namespace],
    });
    const token = this.bootstrapToken(namespace);
    this.chart = new HelmChart(this, 'chart', {
      source: props.charts ?? CONSUL_CHARTS,
      chart: 'consul',
      version: props.version ?? DEFAULT_CONSUL_CHART_VERSION,
      releaseName: this.releaseName,
      namespace: this.namespace,
      values: layeredValues(consulValues(props)),
      // The servers' volume and two load balancers take their time.
      timeoutMinutes: 15,
      dependsOn: [trust, token],
    });
    new WorkloadNamespaces(this, 'namespaces', {
      namespaces: props.workloadNamespaces ?? DEFAULT_WORKLOAD_NAMESPACES,
      mesh: 'consul',
      idPrefix: 'workloads',
    });
    // The chart has a budget for servers and injector, and none for gateways.
    new PodDisruptionBudgetV1(this, 'gateway-budget', {
      metadata: { name: this.gateway.serviceName, namespace: this.namespace },
      spec: {
        minAvailable: '1',
        selector: {
          matchLabels: { release: this.releaseName, component: 'ingress-gateway' },
        },
      },
      dependsOn: [namespace],
    });
  }

  /**
   * The token of the first management of ACLs, for every server that starts without any.
   *
   * Otherwise the chart's job asks the first server for one and keeps it in a Secret that Helm does not
   * know. When a first deploy fails, Helm takes the servers away with their volume, the Secret stays,
   * and the next servers answer its token with 403 for ever.
   *
   * It is in no state and in no plan: Terraform makes it up as it writes it.
   */
  private bootstrapToken(namespace: NamespaceV1): SecretV1 {
    // Terraform's own words for "too old" are clearer than those for an unknown argument.
    TerraformStack.of(this).addOverride('terraform.required_version', '>= 1.11.0');
    const { secretName: name, secretKey } = bootstrapTokenSecret(this.releaseName);
    return new SecretV1(this, 'bootstrap-token', {
      metadata: { name, namespace: this.namespace },
      dataWo: { [secretKey]: Fn.uuid() },
      dataWoRevision: 1,
      dependsOn: [namespace],
    });
  }
}

const ROTATE =
  'To change its root, rotate it with "consul connect ca set-config", as in docs/trust-bundles.md.';

/**
 * Consul takes its cluster id and its authority from here when it is made, and never again: a later
 * change would do nothing, or break trust. So what was written first stays, and a deploy that asks for
 * something else stops before it changes anything.
 */
function firstAuthority({ clusterId, certificateAuthority }: ConsulMeshProps) {
  const first = 'jsondecode(self.data["ca.json"]).connect.ca_config';
  const [was, is] =
    certificateAuthority === undefined
      ? ['an authority of yours', "Consul's own"]
      : ["Consul's own authority", 'one of yours'];
  return {
    ignoreChanges: ['data'],
    postcondition: [
      {
        condition: `\${${first}.cluster_id == "${clusterId}"}`,
        errorMessage:
          `The mesh was made with the cluster id \${nonsensitive(${first}.cluster_id)}, and now ` +
          `${clusterId} is asked for, which is another trust domain. It cannot be changed: set the ` +
          "mesh's clusterId to the first one.",
      },
      {
        condition: `\${can(${first}.root_cert) == ${String(certificateAuthority !== undefined)}}`,
        errorMessage:
          `The mesh was made with ${was}, and now ${is} is asked for. A deploy cannot change that: ` +
          `set it back. ${ROTATE}`,
      },
      ...(certificateAuthority === undefined
        ? []
        : [
            {
              condition: `\${trimspace(${first}.root_cert) == trimspace(${JSON.stringify(certificateAuthority.certificate)})}`,
              errorMessage:
                'The mesh was made with another root than the one that is now given. A deploy cannot ' +
                `change it: give the first one. ${ROTATE}`,
            },
          ]),
    ],
  };
}

/**
 * Consul's own CA provider with a known cluster id. Nothing here is secret unless the root is the
 * user's own.
 *
 * @see https://developer.hashicorp.com/consul/docs/secure-mesh/certificate/bootstrap/built-in
 */
function connectCa({ clusterId, certificateAuthority }: ConsulMeshProps): string {
  return Fn.jsonencode({
    connect: {
      ca_provider: 'consul',
      ca_config: {
        cluster_id: clusterId,
        ...(certificateAuthority === undefined
          ? {}
          : {
              root_cert: certificateAuthority.certificate,
              private_key: certificateAuthority.privateKey,
            }),
      },
    },
  });
}
