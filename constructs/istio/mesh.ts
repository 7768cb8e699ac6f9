import { DataKubernetesConfigMapV1 } from '@cdktf/provider-kubernetes/lib/data-kubernetes-config-map-v1';
import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import { SecretV1 } from '@cdktf/provider-kubernetes/lib/secret-v1';
import { DataResource, type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import {
  type ChartSource,
  DEFAULT_WORKLOAD_NAMESPACES,
  HelmChart,
  layeredValues,
  portProblems,
  type ServicePort,
  type WorkloadNamespace,
  WorkloadNamespaces,
} from '../kubernetes';
import { ISTIO } from '../../versions';
import { refuse } from '../problems';
import type { IstioGatewayReference, IstioMeshReference } from './reference';
import { canaryProblems, injectionLabels, newerVersion, revisioned } from './revision';
import { gatewayPorts, gatewaySelector, istioValues } from './values';

/** Version of Istio that this release of the project was tested with. */
export const DEFAULT_ISTIO_VERSION = ISTIO.version;

/** Istio's public chart repository. */
export const ISTIO_CHARTS: ChartSource = { kind: 'repository', url: ISTIO.repository };

/**
 * Istio's public registry. It is always said, since the charts of 1.30 name one that is switched off
 * in December 2026.
 * @see https://github.com/istio/istio/issues/61467
 */
export const ISTIO_REGISTRY = ISTIO.images;

/**
 * Ports of the gateway's own Envoy and agent.
 * @see https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio
 */
export const ISTIO_PROXY_PORTS: Readonly<Record<number, string>> = {
  15000: "Envoy's admin interface",
  15001: 'outbound traffic',
  15004: 'debug interface',
  15006: 'inbound traffic',
  15008: 'HBONE',
  15020: "the agent's metrics",
  15021: 'health checks',
  15053: 'DNS',
  15090: "Envoy's metrics",
};

/** Images other than those that the charts name, for pinning by digest or from a mirror. */
export interface IstioImages {
  /**
   * Registry and folder that hold `pilot`, `proxyv2` and `install-cni`, tagged as upstream
   * (`<version>-distroless`).
   * @default ISTIO_REGISTRY
   */
  readonly registry?: string;
  /**
   * Full reference of the image of istiod, e.g. `registry.example.com/pilot@sha256:...`.
   * @default from `registry`
   */
  readonly pilot?: string;
  /**
   * Full reference of the image of sidecars and gateways.
   * @default from `registry`
   */
  readonly proxy?: string;
}

/** The ingress gateway. */
export interface IstioGatewayProps {
  /**
   * Name of the release, Deployment, Service and service account.
   * @default 'istio-ingressgateway'
   */
  readonly name?: string;
  /** @default 'istio-ingress' */
  readonly namespace?: string;
  /**
   * Port through which the federation's TLS passes, undecrypted.
   * @default 8443
   */
  readonly tlsPort?: number;
  /**
   * What `tlsPort` was before, open too, so that it changes without a failed call.
   * @default none
   */
  readonly previousTlsPort?: number;
  /**
   * Further ports. A port that no Gateway resource listens on refuses connections.
   * @default port 80, `http2`
   */
  readonly ports?: readonly ServicePort[];
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

/** An own certificate authority for the mesh, PEM each. */
export interface IstioCertificateAuthority {
  /** Certificate that signs the workloads' certificates. */
  readonly certificate: string;
  /** Its private key. It becomes part of Terraform's state. */
  readonly privateKey: string;
  /** From `certificate` up to, without, the root; `certificate` alone where the root signed it. */
  readonly chain: string;
  /** Root of the mesh, which every workload trusts. */
  readonly root: string;
}

/** Paths of a user's own values files for each chart, merged last. */
export interface IstioValuesFiles {
  /** For the chart `base`. */
  readonly base?: readonly string[];
  /** For the chart `istiod`. */
  readonly istiod?: readonly string[];
  /** For the chart `gateway`. */
  readonly gateway?: readonly string[];
  /** For the chart `cni`. */
  readonly cni?: readonly string[];
}

/** A second control plane, beside the mesh's own while workloads move to another version. */
export interface IstioCanary {
  /** Its name, such as `1-32-0`. */
  readonly revision: string;
  /** Version of Istio, at most two minor versions from the mesh's own. */
  readonly version: string;
  /**
   * Namespaces of the mesh whose pods it injects: at their next start.
   * @default none
   */
  readonly namespaces?: readonly string[];
  /**
   * Whether the gateway is its own, in its version.
   * @default false
   */
  readonly gateway?: boolean;
}

/** Settings of `IstioMesh`. */
export interface IstioMeshProps {
  /** @default DEFAULT_ISTIO_VERSION */
  readonly version?: string;
  /**
   * Name of the control plane, after an upgrade by revisions: that of the canary which took over.
   * @default none: the control plane that a namespace's label `istio-injection` means
   * @see https://istio.io/latest/docs/setup/upgrade/canary/
   */
  readonly revision?: string;
  /** @default none */
  readonly canary?: IstioCanary;
  /** @default ISTIO_CHARTS */
  readonly charts?: ChartSource;
  /** @default Istio's own images, of this version */
  readonly images?: IstioImages;
  /**
   * SPIFFE trust domain, the first part of every identity in the mesh. Changing it later changes
   * them all.
   * @default 'cluster.local'
   */
  readonly trustDomain?: string;
  /**
   * DNS domain of its cluster (the kubelets' `clusterDomain`).
   * @default 'cluster.local'
   */
  readonly clusterDomain?: string;
  /** @default 'istio-system' */
  readonly rootNamespace?: string;
  /**
   * Namespaces whose pods get a sidecar.
   * @default the namespace `default`
   */
  readonly workloadNamespaces?: readonly WorkloadNamespace[];
  /** @default two replicas behind a load balancer, ports 80 and 8443 */
  readonly gateway?: IstioGatewayProps;
  /**
   * Whether the node redirects the pods' traffic (istio-cni), instead of a privileged init container
   * in each pod.
   * @default false
   */
  readonly cni?: boolean;
  /**
   * A certificate authority of your own in place of the one that istiod makes for itself. Its
   * private key is then in Terraform's state.
   * @default istiod's own; its key does not leave the cluster
   */
  readonly certificateAuthority?: IstioCertificateAuthority;
  /** @default none */
  readonly valuesFiles?: IstioValuesFiles;
}

/**
 * An Istio mesh by Istio's own Helm charts, hardened: two replicas of istiod and of the ingress
 * gateway, outbound traffic to what the mesh knows only, access log, DNS capture for names of
 * foreign services.
 *
 * Custom resources (STRICT mutual TLS, default deny) are `IstioMeshPolicy`, in a later stack.
 *
 * The stack needs `ClusterProviders`.
 *
 * @throws When the canary cannot be one beside the mesh, when two ports of the gateway are the same or one is the proxy's own, when a values file
 * is no YAML, when a local chart is not there in this version.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#IstioMesh}
 */
export class IstioMesh extends Construct implements IstioMeshReference {
  public readonly trustDomain: string;
  public readonly version: string;
  public readonly rootNamespace: string;
  public readonly clusterDomain?: string;
  public readonly gateway: IstioGatewayReference;
  /** The releases, in the order of their installation; `cni` only where asked for. */
  public readonly releases: {
    /** CRDs and roles. */
    readonly base: HelmChart;
    /** Redirects the traffic of pods on the node. */
    readonly cni?: HelmChart;
    /** Control plane. */
    readonly istiod: HelmChart;
    /** The second control plane, during an upgrade. */
    readonly canary?: HelmChart;
    /** Ingress gateway. */
    readonly gateway: HelmChart;
  };

  public constructor(scope: Construct, id: string, props: IstioMeshProps = {}) {
    super(scope, id);
    const version = props.version ?? DEFAULT_ISTIO_VERSION;
    this.version = version;
    const source = props.charts ?? ISTIO_CHARTS;
    this.trustDomain = props.trustDomain ?? 'cluster.local';
    this.rootNamespace = props.rootNamespace ?? 'istio-system';
    this.clusterDomain = props.clusterDomain;
    const gatewayName = props.gateway?.name ?? 'istio-ingressgateway';
    const gatewayNamespace = props.gateway?.namespace ?? 'istio-ingress';
    const problems = portProblems(gatewayPorts(props.gateway), ISTIO_PROXY_PORTS);
    if (problems.length > 0) {
      throw new Error(`${this.node.path}: ${problems.join('; ')}`);
    }
    refuse(this.node.path, canaryProblems(props));
    const { canary } = props;
    const sharedVersion = newerVersion(version, canary?.version);
    this.gateway = {
      namespace: gatewayNamespace,
      serviceName: gatewayName,
      serviceAccount: gatewayName,
      selector: gatewaySelector(gatewayName),
      tlsPort: props.gateway?.tlsPort ?? 8443,
      previousTlsPort: props.gateway?.previousTlsPort,
    };

    const namespaces = new Map(
      [...new Set([this.rootNamespace, gatewayNamespace])].map((name) => [
        name,
        new NamespaceV1(this, `namespace-${name}`, { metadata: { name } }),
      ]),
    );
    const rootNamespace = [...namespaces.values()].slice(0, 1);
    const values = istioValues(props);
    this.refuseOtherTrustDomain(props.revision);
    const first = this.firstAuthority(props.certificateAuthority);

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
      ...this.certificateAuthority(props.certificateAuthority, [...rootNamespace, first]),
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
    const ofGateway =
      canary?.gateway === true
        ? { revision: canary.revision, version: canary.version }
        : { revision: props.revision, version };
    const gateway = new HelmChart(this, 'gateway', {
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
        ...namespaces.values(),
      ],
    });
    this.releases = { base, cni: cniChart, istiod, canary: canaryChart, gateway };

    new WorkloadNamespaces(this, 'namespaces', {
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
      lifecycle: {
        postcondition: [
          {
            condition: `\${${live} == "${this.trustDomain}"}`,
            errorMessage:
              `The mesh has the trust domain \${${live}}, and now ${this.trustDomain} is asked for. ` +
              'Every identity and every rule starts with it, so each call would fail until all pods ' +
              "have been restarted. Set the mesh's trustDomain back; or destroy the mesh with what " +
              'runs in it, and deploy again.',
          },
        ],
      },
    });
  }

  /**
   * What the mesh's authority was at first. istiod would take another one at its next start, when
   * nobody trusts it yet.
   */
  private firstAuthority(authority: IstioCertificateAuthority | undefined): DataResource {
    const first = 'self.input.root';
    const root = authority === undefined ? undefined : JSON.stringify(authority.root);
    return new DataResource(this, 'first-authority', {
      input: { root: authority?.root ?? 'own' },
      lifecycle: {
        ignoreChanges: ['input'],
        postcondition: [
          {
            condition:
              root === undefined
                ? `\${${first} == "own"}`
                : `\${${first} != "own" && strcontains(${root}, trimspace(${first}))}`,
            errorMessage:
              `The mesh was made with \${${first} == "own" ? "istiod's own authority" : "an authority that is given"}, ` +
              `and now ${authority === undefined ? "istiod's own" : 'another one'} is asked for. ` +
              'Pods trust it only after a rotation, and until then calls would fail: set it back. To ' +
              'change the root, rotate it as in docs/trust-bundles.md; when all pods trust the new ' +
              "one, let Terraform forget the first (terraform state rm, in this stack's folder: the " +
              'terraform_data of first-authority), and deploy.',
          },
        ],
      },
    });
  }

  /** istiod takes its authority from the Secret `cacerts`, when that is there as it starts. */
  private certificateAuthority(
    authority: IstioCertificateAuthority | undefined,
    dependsOn: ITerraformDependable[],
  ): SecretV1[] {
    if (authority === undefined) {
      return [];
    }
    return [
      new SecretV1(this, 'cacerts', {
        metadata: { name: 'cacerts', namespace: this.rootNamespace },
        data: {
          'ca-cert.pem': authority.certificate,
          'ca-key.pem': authority.privateKey,
          'cert-chain.pem': authority.chain,
          'root-cert.pem': authority.root,
        },
        dependsOn,
      }),
    ];
  }
}
