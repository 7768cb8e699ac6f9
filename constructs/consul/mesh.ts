import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import type { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1';
import { PodDisruptionBudgetV1 } from '@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1';
import { DataKubernetesResources } from '@cdktf/provider-kubernetes/lib/data-kubernetes-resources';
import { SecretV1 } from '@cdktf/provider-kubernetes/lib/secret-v1';
import { ServiceV1 } from '@cdktf/provider-kubernetes/lib/service-v1';
import { Fn, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { type Example, Optional, PEM, refuseUnlike } from '../example';
import { refuseObjectsMadeTwice } from '../kubernetes/objects-once';
import { HelmChart } from '../kubernetes/helm-chart';
import { WorkloadNamespaces } from '../kubernetes/namespace';
import {
  DEFAULT_WORKLOAD_NAMESPACES,
  workloadNamespaceProblems,
} from '../kubernetes/workload-namespace';
import { chartSourceProblems } from '../kubernetes/chart-source';
import { layeredValues, valuesFilesProblems } from '../kubernetes/helm-values';
import { gatewaySourcesProblems } from '../kubernetes/allowed-sources';
import { gatewayPortProblems } from '../kubernetes/load-balancer';
import { MadeWith } from '../made-with';
import { refuse, within } from '../problems';
import { mustHold } from '../must-hold';
import { CLUSTER_ID_PATTERN } from './cluster-id';
import {
  type ConsulMeshAttributes,
  consulMeshFromAttributes,
  consulMeshFromProps,
  consulMeshProblems,
} from './attributes';
import type { ConsulGateway, ConsulGatewayKind, IConsulMesh } from './interface';
import { bootstrapTokenSecret } from './servers';
import { serversAccess } from './servers-access';
import { apiGatewayPodPort, consulGateways, gatewayName, gatewayPodLabels } from './gateway';
import { BESIDE, consulValues, gatewayPorts } from './values';
import {
  type ConsulCertificateAuthority,
  type ConsulGatewayProps,
  type ConsulMeshProps,
  DEFAULT_CONSUL_CHART_VERSION,
  CONSUL_CHARTS,
  CONSUL_PROXY_PORTS,
} from './props';
import type { WorkloadNamespace } from '../kubernetes/workload-namespace';

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
export class ConsulMesh extends Construct implements IConsulMesh {
  public readonly trustDomain: string;
  public readonly datacenter: string;
  public readonly namespace: string;
  public readonly clusterDomain?: string;
  public readonly releaseName: string;
  public readonly namePrefix: string;
  public readonly gateway: ConsulGateway;
  public readonly besideGateway?: ConsulGateway;
  public readonly acls = true;
  public readonly tls = true;
  /** The Kubernetes namespace of the release. */
  public readonly ownNamespace: NamespaceV1;
  /** The namespaces that the mesh injects sidecars in. */
  public readonly workloadNamespaces: WorkloadNamespaces;
  /** Configuration of Consul's certificate authority, as the servers read it at first. */
  public readonly connectCa: SecretV1;
  /** The first ACL token; in no state. */
  public readonly bootstrapToken: SecretV1;
  /** Keeps one pod of the gateway up while nodes are drained. */
  public readonly gatewayBudget: PodDisruptionBudgetV1;
  /** The same of `besideGateway`, where there is one. */
  public readonly besideGatewayBudget?: PodDisruptionBudgetV1;
  /** The Service of an API gateway; that of an ingress gateway is the chart's. */
  public readonly apiGatewayService?: ServiceV1;
  /** Who may call the HTTP API of the servers. */
  public readonly serversAccess: NetworkPolicyV1;
  /** The release of the chart. */
  public readonly chart: HelmChart;

  /**
   * A mesh that somebody else installed with the Helm chart, for what others need to know of it:
   * `ConsulMeshPolicy`, a federation. Nothing in it is changed. What is left out is as the chart has it.
   *
   * @throws Error listing every mistake.
   */
  public static fromAttributes(attributes: ConsulMeshAttributes): IConsulMesh {
    return consulMeshFromAttributes(attributes);
  }

  public constructor(scope: Construct, id: string, props: ConsulMeshProps) {
    super(scope, id);
    refuseUnlike(`ConsulMesh ${this.node.path}`, props, EXAMPLE);
    refuseObjectsMadeTwice(this);
    const known = consulMeshFromProps(props);
    this.trustDomain = known.trustDomain;
    this.datacenter = known.datacenter;
    this.namespace = known.namespace;
    this.clusterDomain = known.clusterDomain;
    this.releaseName = known.releaseName;
    this.namePrefix = known.namePrefix;
    this.gateway = known.gateway;
    const source = props.charts ?? CONSUL_CHARTS;
    const version = props.version ?? DEFAULT_CONSUL_CHART_VERSION;
    const values = consulValues(props);
    this.besideGateway = known.besideGateway;
    refuse(`ConsulMesh ${this.node.path}`, [
      ...consulMeshProblems(known),
      ...workloadNamespaceProblems(['workloadNamespaces'], props.workloadNamespaces),
      ...(CLUSTER_ID_PATTERN.test(props.clusterId)
        ? []
        : [
            {
              path: ['clusterId'],
              message: `is "${props.clusterId}"; must be a UUID in lower case`,
            },
          ]),
      ...((props.servers ?? 1) % 2 === 1
        ? []
        : [
            {
              path: ['servers'],
              message: `is ${props.servers}; must be odd, since two halves cannot outvote each other`,
            },
          ]),
      ...gatewayPortProblems(['gateway'], gatewayPorts(props.gateway), CONSUL_PROXY_PORTS),
      ...gatewaySourcesProblems(props.gateway),
      ...chartSourceProblems(source, [{ chart: 'consul', version }]).map((problem) =>
        within(['charts'], problem),
      ),
      ...valuesFilesProblems(['valuesFiles'], values),
      ...(this.besideGateway !== undefined && this.besideGateway.kind === this.gateway.kind
        ? [{ path: ['gateway', 'beside'], message: 'must be the kind that the gateway is not' }]
        : []),
    ]);

    this.refuseOtherMaking(props);
    this.refuseToLeaveGateway();
    if (props.gatewayApiCrds === 'existing') this.refuseWithoutTcpRoutes();
    this.ownNamespace = new NamespaceV1(this, 'namespace', {
      metadata: { name: this.namespace },
      dependsOn: props.dependsOn && [...props.dependsOn],
    });
    this.connectCa = new SecretV1(this, 'connect-ca', {
      metadata: { name: `${this.releaseName}-connect-ca`, namespace: this.namespace },
      data: { 'ca.json': connectCa(props) },
      lifecycle: firstAuthority(props),
      dependsOn: [this.ownNamespace],
    });
    this.bootstrapToken = this.firstToken(this.ownNamespace);
    const namespaces = props.workloadNamespaces ?? DEFAULT_WORKLOAD_NAMESPACES;
    this.serversAccess = serversAccess(
      this,
      known,
      namespaces.map(({ name }) => name),
      [this.ownNamespace],
    );
    this.chart = new HelmChart(this, 'chart', {
      source,
      chart: 'consul',
      version,
      releaseName: this.releaseName,
      namespace: this.namespace,
      values: layeredValues(values),
      // The servers' volume and two load balancers take their time.
      timeoutMinutes: 15,
      dependsOn: [this.connectCa, this.bootstrapToken],
    });
    this.workloadNamespaces = new WorkloadNamespaces(this, 'namespaces', {
      namespaces,
      mesh: 'consul',
      idPrefix: 'workloads',
    });
    this.gatewayBudget = this.budgetOf(this.gateway, 'gateway-budget');
    this.besideGatewayBudget =
      this.besideGateway && this.budgetOf(this.besideGateway, 'beside-gateway-budget');
    const api = consulGateways(this).find(({ kind }) => kind === 'api');
    this.apiGatewayService = api && this.serviceOf(api, props.gateway);
  }

  /** The chart has a budget for servers and injector, and none for gateways. */
  private budgetOf(gateway: ConsulGateway, id: string): PodDisruptionBudgetV1 {
    return new PodDisruptionBudgetV1(this, id, {
      metadata: { name: gateway.serviceName, namespace: this.namespace },
      spec: {
        minAvailable: '1',
        selector: {
          matchLabels: { ...gatewayPodLabels(this, gateway) },
        },
      },
      dependsOn: [this.ownNamespace],
    });
  }

  /**
   * Made here and not by Consul's controller, which copies annotations only and sets everything else back: so
   * the load balancer has its sources, is there before the Gateway, and stays when that is made anew.
   *
   * @see https://github.com/hashicorp/consul-k8s/blob/v2.0.3/control-plane/api-gateway/gatekeeper/service.go
   */
  private serviceOf(gateway: ConsulGateway, props: ConsulGatewayProps = {}): ServiceV1 {
    const { exposed = true, serviceAnnotations, allowedSources = [] } = props;
    return new ServiceV1(this, 'api-gateway', {
      metadata: {
        name: gateway.serviceName,
        namespace: this.namespace,
        annotations: {
          ...(exposed ? serviceAnnotations : {}),
          ...(gateway === this.gateway ? {} : BESIDE),
        },
        labels: {
          'app.kubernetes.io/part-of': 'mesh-federation',
          // The controller registers the gateway by its Gateway.
          'consul.hashicorp.com/service-ignore': 'true',
        },
      },
      spec: {
        type: exposed ? 'LoadBalancer' : 'ClusterIP',
        selector: { ...gatewayPodLabels(this, gateway) },
        port: gatewayPorts(props).map(({ name, port }) => ({
          name: `${name}-${port}`,
          port,
          targetPort: String(apiGatewayPodPort(port)),
          protocol: 'TCP',
        })),
        loadBalancerSourceRanges: exposed ? [...allowedSources] : [],
      },
      waitForLoadBalancer: exposed,
      dependsOn: [this.ownNamespace],
    });
  }

  /** The controller does not start when it is to look for what the cluster does not know. */
  private refuseWithoutTcpRoutes(): void {
    if (!consulGateways(this).some(({ kind }) => kind === 'api')) return;
    new DataKubernetesResources(this, 'tcp-routes', {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      fieldSelector: 'metadata.name=tcproutes.gateway.networking.k8s.io',
      lifecycle: mustHold(
        'anytrue([for one in self.objects : ' +
          'anytrue([for version in one.spec.versions : version.name == "v1alpha2" && version.served])])',
        'The cluster serves no TCPRoute gateway.networking.k8s.io/v1alpha2, which an API gateway of Consul ' +
          'needs, and gatewayApiCrds is existing. Nothing was changed. Install the CRDs of the Gateway API of ' +
          "the experimental channel (experimental-install.yaml of its release), or set the mesh's " +
          'gateway.kind: ingress.',
      ),
    });
  }

  /**
   * Borders of other meshes call the gateway that was before, until they are deployed themselves, which comes
   * later; and a new one is not up as soon as its Service is there.
   */
  private refuseToLeaveGateway(): void {
    const { kind = 'ingress', serviceName } = this.gateway;
    const other: ConsulGatewayKind = kind === 'api' ? 'ingress' : 'api';
    const own = consulGateways(this).map((gateway) => gateway.serviceName);
    const former = [kind, other].map((one) => `${this.namePrefix}-${gatewayName(one)}`);
    const all = JSON.stringify([...new Set([...own, ...former])]);
    const there = `[for one in self.objects : one.metadata.name if contains(${all}, one.metadata.name)]`;
    const called =
      `[for one in self.objects : one.metadata.name if contains(${all}, one.metadata.name) && ` +
      '!can(one.metadata.annotations["mesh-federation/beside"])]';
    new DataKubernetesResources(this, 'gateways-made', {
      apiVersion: 'v1',
      kind: 'Service',
      namespace: this.namespace,
      lifecycle: mustHold(
        `alltrue([for name in ${called} : contains(${JSON.stringify(own)}, name)]) && ` +
          `(length(${there}) == 0 || contains(${there}, "${serviceName}"))`,
        `Callers come by the gateway \${join(", ", ${called})}, and now ${serviceName} is asked ` +
          'for: until that is up and the borders of other meshes know it, their calls would fail. Nothing was ' +
          `changed. Set gateway.kind: ${other} with gateway.beside: ${kind} and deploy ` +
          'all stacks; swap the two and deploy again; then take beside out, and deploy again.',
      ),
    });
  }

  /** What can be chosen when the mesh is made and never again, apart from its authority. */
  private refuseOtherMaking({ storageClass, gatewayApiCrds = 'install' }: ConsulMeshProps): void {
    new MadeWith(this, 'made_with', {
      what: 'The Consul mesh',
      settings: {
        datacenter: this.datacenter,
        storageClass: storageClass ?? "the cluster's default",
      },
      because:
        'The datacenter is a part of every identity and of what the servers keep, and Kubernetes changes ' +
        "no StatefulSet's class of volumes.",
      otherwise:
        'For another one, destroy the mesh with what runs in it, and deploy again; "consul snapshot save" ' +
        'keeps what the servers know.',
    });
    new MadeWith(this, 'crds_by', {
      what: 'The Consul mesh',
      settings: { gatewayApiCrds },
      because:
        'From install to existing Helm would delete the CRDs of the Gateway API, and with them every ' +
        "Gateway and route of the cluster, whoever's they are; the other way it refuses those that are there.",
      otherwise: 'To hand the CRDs over, destroy the mesh, install them, and deploy again.',
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
  private firstToken(namespace: NamespaceV1): SecretV1 {
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

const EXAMPLE: Example<ConsulMeshProps> = {
  clusterId: '01234567-89ab-cdef-0123-456789abcdef',
  workloadNamespaces: new Optional<readonly WorkloadNamespace[]>([{ name: 'bank' }]),
  certificateAuthority: new Optional<ConsulCertificateAuthority>({
    certificate: PEM,
    privateKey: PEM,
  }),
  gateway: new Optional<ConsulGatewayProps>({
    allowedSources: new Optional<readonly string[]>(['203.0.113.7/32']),
    exposed: new Optional(true),
  }),
};
