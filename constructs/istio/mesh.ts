import { DataKubernetesConfigMapV1 } from '@cdktf/provider-kubernetes/lib/data-kubernetes-config-map-v1';
import { DataKubernetesResources } from '@cdktf/provider-kubernetes/lib/data-kubernetes-resources';
import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import { SecretV1 } from '@cdktf/provider-kubernetes/lib/secret-v1';
import type { ITerraformDependable } from 'cdktf';
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
import { TerraformData } from '../terraform-data';
import { type Problem, refuse, within } from '../problems';
import { mustHold } from '../must-hold';
import {
  type IstioMeshAttributes,
  istioMeshFromAttributes,
  istioMeshFromProps,
  istioMeshProblems,
} from './attributes';
import type { IstioGateway, IIstioMesh } from './interface';
import { canaryProblems, injectionLabels, newerVersion, revisioned } from './revision';
import { gatewayPorts, istioValues, portNameProblems } from './values';
import {
  type IstioCanary,
  type IstioCertificateAuthority,
  type IstioGatewayProps,
  type IstioMeshProps,
  ISTIO_CHARTS,
  ISTIO_PROXY_PORTS,
} from './props';
import type { WorkloadNamespace } from '../kubernetes/workload-namespace';

/**
 * An Istio mesh by Istio's own Helm charts, hardened: two replicas of istiod and of the ingress
 * gateway, outbound traffic to what the mesh knows only, access log, DNS capture for names of
 * foreign services.
 *
 * Custom resources (STRICT mutual TLS, default deny) are `IstioMeshPolicy`, in a later stack.
 *
 * The stack needs `ClusterProviders`.
 *
 * @throws When the canary cannot be one beside the mesh, when two ports of the gateway are the same or one is
 * the proxy's own, when a values file is no YAML, when a local chart is not there in this version.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#IstioMesh}
 */
export class IstioMesh extends Construct implements IIstioMesh {
  public readonly trustDomain: string;
  public readonly version: string;
  public readonly rootNamespace: string;
  public readonly clusterDomain?: string;
  public readonly gateway: IstioGateway;
  /** Namespaces of the control plane and of the gateway, by name. */
  public readonly namespaces: ReadonlyMap<string, NamespaceV1>;
  /** The namespaces that the mesh injects sidecars in. */
  public readonly workloadNamespaces: WorkloadNamespaces;
  /** The authority that was given, as istiod reads it. */
  public readonly certificateAuthority?: SecretV1;
  /** The releases, in the order of their installation; `cni` only where asked for. */
  public readonly releases: {
    /** CRDs and roles of the mesh. */
    readonly base: HelmChart;
    /** Redirects the traffic of pods on the node. */
    readonly cni?: HelmChart;
    /** The control plane of the mesh. */
    readonly istiod: HelmChart;
    /** The second control plane, during an upgrade. */
    readonly canary?: HelmChart;
    /** The ingress gateway of the mesh. */
    readonly gateway: HelmChart;
  };

  /**
   * A mesh that somebody else installed, for what others need to know of it: `IstioMeshPolicy`, a
   * federation. Nothing in it is changed. What is left out is as in a mesh by Istio's charts.
   *
   * @throws Error listing every mistake.
   */
  public static fromAttributes(attributes: IstioMeshAttributes): IIstioMesh {
    return istioMeshFromAttributes(attributes);
  }

  public constructor(scope: Construct, id: string, props: IstioMeshProps = {}) {
    super(scope, id);
    refuseUnlike(`IstioMesh ${this.node.path}`, props, EXAMPLE);
    refuseObjectsMadeTwice(this);
    const source = props.charts ?? ISTIO_CHARTS;
    const known = istioMeshFromProps(props);
    const { trustDomain, version, rootNamespace: root, gateway } = known;
    this.trustDomain = trustDomain;
    this.version = version;
    this.rootNamespace = root;
    this.clusterDomain = props.clusterDomain;
    this.gateway = gateway;
    const { serviceName: gatewayName, namespace: gatewayNamespace } = gateway;
    const { canary } = props;
    const sharedVersion = newerVersion(version, canary?.version);
    const ofGateway =
      canary?.gateway === true
        ? { revision: canary.revision, version: canary.version }
        : { revision: props.revision, version };
    const values = istioValues(props);
    refuse(`IstioMesh ${this.node.path}`, [
      ...istioMeshProblems(known),
      ...workloadNamespaceProblems(['workloadNamespaces'], props.workloadNamespaces),
      ...gatewayPortProblems(['gateway'], gatewayPorts(props.gateway), ISTIO_PROXY_PORTS),
      ...gatewaySourcesProblems(props.gateway),
      ...portNameProblems(props.gateway?.ports ?? []).map((problem) =>
        within(['gateway'], problem),
      ),
      ...canaryProblems(props),
      ...ambientProblems(props),
      ...chartSourceProblems(source, [
        { chart: 'base', version: sharedVersion },
        ...(props.cni ? [{ chart: 'cni', version: sharedVersion }] : []),
        { chart: 'istiod', version },
        ...(canary === undefined ? [] : [{ chart: 'istiod', version: canary.version }]),
        { chart: 'gateway', version: ofGateway.version },
      ]).map((problem) => within(['charts'], problem)),
      ...(['base', ...(props.cni ? ['cni' as const] : []), 'istiod', 'gateway'] as const).flatMap(
        (chart) => valuesFilesProblems(['valuesFiles', chart], values[chart]),
      ),
    ]);
    this.namespaces = new Map(
      [...new Set([this.rootNamespace, gatewayNamespace])].map((name) => [
        name,
        new NamespaceV1(this, `namespace-${name}`, { metadata: { name } }),
      ]),
    );
    const rootNamespace = [...this.namespaces.values()].slice(0, 1);
    this.refuseOtherTrustDomain(props.revision);
    this.refuseToCloseTlsPort();
    if (this.gateway.kind === 'gateway-api') this.refuseOldTlsRoutes();
    const first = this.firstAuthority(props.certificateAuthority);

    this.certificateAuthority = this.authoritySecret(props.certificateAuthority, [
      ...rootNamespace,
      first,
    ]);

    const base = new HelmChart(this, 'base', {
      source,
      chart: 'base',
      version: sharedVersion,
      releaseName: 'istio-base',
      namespace: this.rootNamespace,
      values: layeredValues(values.base),
      dependsOn: rootNamespace,
    });
    const cniChart = props.cni
      ? new HelmChart(this, 'cni', {
          source,
          chart: 'cni',
          version: sharedVersion,
          releaseName: 'istio-cni',
          namespace: this.rootNamespace,
          values: layeredValues(values.cni),
          dependsOn: [base.release],
        })
      : undefined;
    const dependsOn = [
      base.release,
      ...(cniChart === undefined ? [] : [cniChart.release]),
      first,
      ...(this.certificateAuthority === undefined ? [] : [this.certificateAuthority]),
    ];
    // A control plane keeps its id when it takes over, so nothing happens to it then.
    const controlPlane = (revision: string | undefined, ofVersion: string) =>
      new HelmChart(this, revisioned('istiod', revision), {
        source,
        chart: 'istiod',
        version: ofVersion,
        releaseName: revisioned('istiod', revision),
        namespace: this.rootNamespace,
        values: layeredValues(istioValues({ ...props, version: ofVersion, revision }).istiod),
        dependsOn,
      });
    const istiod = controlPlane(props.revision, version);
    const canaryChart = canary && controlPlane(canary.revision, canary.version);
    const gatewayChart = new HelmChart(this, 'gateway', {
      source,
      chart: 'gateway',
      version: ofGateway.version,
      releaseName: gatewayName,
      namespace: gatewayNamespace,
      values: layeredValues(istioValues({ ...props, ...ofGateway }).gateway),
      // istiod's webhook fills in the pods' image and configuration.
      dependsOn: [
        istiod.release,
        ...(canaryChart === undefined ? [] : [canaryChart.release]),
        ...this.namespaces.values(),
      ],
    });
    this.releases = { base, cni: cniChart, istiod, canary: canaryChart, gateway: gatewayChart };

    this.workloadNamespaces = new WorkloadNamespaces(this, 'namespaces', {
      namespaces: props.workloadNamespaces ?? DEFAULT_WORKLOAD_NAMESPACES,
      mesh: 'istio',
      labels: ({ name }) =>
        injectionLabels(canary?.namespaces?.includes(name) ? canary.revision : props.revision),
      idPrefix: 'injected',
    });
  }

  /** What istiod has is what its certificates say; rules would speak of the other one. */
  private refuseOtherTrustDomain(revision: string | undefined): void {
    const live = `try(yamldecode(self.data["mesh"]).trustDomain, "${this.trustDomain}")`;
    new DataKubernetesConfigMapV1(this, 'made-with', {
      metadata: { name: revisioned('istio', revision), namespace: this.rootNamespace },
      lifecycle: mustHold(
        `${live} == "${this.trustDomain}"`,
        `The mesh has the trust domain \${${live}}, and now ${this.trustDomain} is asked for. ` +
          'Every identity and every rule starts with it, so each call would fail until all pods ' +
          "have been restarted. Set the mesh's trustDomain back; or destroy the mesh with what " +
          'runs in it, and deploy again.',
      ),
    });
  }

  /**
   * istiod does not look at older ones, whatever versions they serve: routes would lead nowhere, and say
   * nothing.
   *
   * @see https://github.com/istio/istio/blob/1.31.0/pkg/config/schema/gatewayapi/minimumversions.go
   */
  private refuseOldTlsRoutes(): void {
    const release = 'one.metadata.annotations["gateway.networking.k8s.io/bundle-version"]';
    new DataKubernetesResources(this, 'tls-routes', {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      fieldSelector: 'metadata.name=tlsroutes.gateway.networking.k8s.io',
      lifecycle: mustHold(
        'anytrue([for one in self.objects : ' +
          `can(regex("^v(1[.]([5-9]|[1-9][0-9])|[2-9])", ${release}))])`,
        'The cluster has no TLSRoute of release 1.5 or later of the Gateway API (it has ' +
          `\${coalesce(join(", ", [for one in self.objects : try(${release}, "one without a release")]), ` +
          '"none at all")}), and Istio ' +
          'does not look at older ones. Nothing was changed. Install its CRDs (standard-install.yaml of ' +
          "a release that Istio's version supports), or set gateway.kind: istio. Where Consul's chart has " +
          'brought older ones to this cluster, see gatewayApiCrds of that mesh first.',
      ),
    });
  }

  /**
   * Borders of other meshes call the port that was before, until they are deployed themselves, which comes
   * later: for minutes each of their new connections would fail.
   */
  private refuseToCloseTlsPort(): void {
    const { namespace, serviceName, tlsPort, previousTlsPort } = this.gateway;
    const open = [tlsPort, ...(previousTlsPort === undefined ? [] : [previousTlsPort])];
    new DataKubernetesResources(this, 'gateway-made', {
      apiVersion: 'v1',
      kind: 'Service',
      namespace,
      fieldSelector: `metadata.name=${serviceName}`,
      lifecycle: mustHold(
        'alltrue([for service in self.objects : ' +
          `length(setintersection(service.spec.ports[*].port, ${JSON.stringify(open)})) > 0])`,
        `The gateway ${namespace}/${serviceName} is open at ` +
          '${join(", ", flatten([for service in self.objects : service.spec.ports[*].port]))}, and now ' +
          `${tlsPort} is asked for: until the borders of other meshes are deployed too, which is ` +
          'minutes later, their calls would fail. Nothing was changed. Set the former port as ' +
          'gateway.previousTlsPort, deploy all stacks, take it out, and deploy again.',
      ),
    });
  }

  /**
   * What the mesh's authority was at first. istiod would take another one at its next start, when
   * nobody trusts it yet.
   */
  private firstAuthority(authority: IstioCertificateAuthority | undefined): TerraformData {
    const first = 'self.input.root';
    const root = authority === undefined ? undefined : JSON.stringify(authority.root);
    return new TerraformData(this, 'first-authority', {
      input: { root: authority?.root ?? 'own' },
      lifecycle: {
        ignoreChanges: ['input'],
        ...mustHold(
          root === undefined
            ? `${first} == "own"`
            : `${first} != "own" && strcontains(${root}, trimspace(${first}))`,
          `The mesh was made with \${${first} == "own" ? "istiod's own authority" : "an authority that is given"}, ` +
            `and now ${authority === undefined ? "istiod's own" : 'another one'} is asked for. ` +
            'Pods trust it only after a rotation, and until then calls would fail: set it back. To ' +
            'change the root, rotate it as in docs/trust-bundles.md; when all pods trust the new ' +
            "one, let Terraform forget the first (terraform state rm, in this stack's folder: the " +
            'terraform_data of first-authority), and deploy.',
        ),
      },
    });
  }

  /** istiod takes its authority from the Secret `cacerts`, when that is there as it starts. */
  private authoritySecret(
    authority: IstioCertificateAuthority | undefined,
    dependsOn: ITerraformDependable[],
  ): SecretV1 | undefined {
    if (authority === undefined) return undefined;
    return new SecretV1(this, 'cacerts', {
      metadata: { name: 'cacerts', namespace: this.rootNamespace },
      data: {
        'ca-cert.pem': authority.certificate,
        'ca-key.pem': authority.privateKey,
        'cert-chain.pem': authority.chain,
        'root-cert.pem': authority.root,
      },
      dependsOn,
    });
  }
}

/** Pods without a sidecar have no part in a federation. */
function ambientProblems({
  workloadNamespaces = [],
}: Pick<IstioMeshProps, 'workloadNamespaces'>): readonly Problem[] {
  return workloadNamespaces.flatMap(({ name, labels }, index) =>
    labels?.[AMBIENT_LABEL] === 'ambient'
      ? [
          {
            path: ['workloadNamespaces', index, 'labels', AMBIENT_LABEL],
            message:
              `is ambient, and the pods of ${name} have sidecars: those that call other meshes, or are called ` +
              'by them, need one. Take the label out; give pods that are to be ambient a namespace of their own',
          },
        ]
      : [],
  );
}

/** @see https://istio.io/latest/docs/ambient/usage/add-workloads/ */
const AMBIENT_LABEL = 'istio.io/dataplane-mode';

const EXAMPLE: Example<IstioMeshProps> = {
  trustDomain: new Optional('shop.example.com'),
  cni: new Optional(true),
  canary: new Optional<IstioCanary>({
    revision: '1-29',
    version: '1.29.0',
    gateway: new Optional(true),
  }),
  workloadNamespaces: new Optional<readonly WorkloadNamespace[]>([{ name: 'shop' }]),
  certificateAuthority: new Optional<IstioCertificateAuthority>({
    certificate: PEM,
    privateKey: PEM,
    chain: PEM,
    root: PEM,
  }),
  gateway: new Optional<IstioGatewayProps>({
    allowedSources: new Optional<readonly string[]>(['203.0.113.7/32']),
    exposed: new Optional(true),
  }),
};
