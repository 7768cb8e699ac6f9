import { DataKubernetesConfigMapV1 } from '@cdktf/provider-kubernetes/lib/data-kubernetes-config-map-v1';
import { DataKubernetesResources } from '@cdktf/provider-kubernetes/lib/data-kubernetes-resources';
import { Construct } from 'constructs';
import { type Example, Optional, refuseUnlike } from '../example';
import { refuseObjectsMadeTwice } from '../kubernetes/objects-once';
import { HelmChart } from '../kubernetes/helm-chart';
import { WorkloadNamespaces } from '../kubernetes/namespace';
import {
  DEFAULT_WORKLOAD_NAMESPACES,
  workloadNamespaceProblems,
} from '../kubernetes/workload-namespace';
import { chartSourceProblems } from '../kubernetes/chart-source';
import { layeredValues, valuesFilesProblems } from '../kubernetes/helm-values';
import { refuse, within } from '../problems';
import { mustHold } from '../must-hold';
import {
  type LinkerdMeshAttributes,
  linkerdMeshFromAttributes,
  linkerdMeshFromProps,
  linkerdMeshProblems,
} from './attributes';
import type { MeshEntrance } from '../kubernetes/entrance';
import type { ILinkerdMesh } from './interface';
import { DEFAULT_LINKERD_VERSION, LINKERD_CHARTS, type LinkerdMeshProps } from './props';
import { linkerdImageProblems, linkerdValues } from './values';
import type { WorkloadNamespace } from '../kubernetes/workload-namespace';

const GATEWAY_API = 'gateway.networking.k8s.io';

/**
 * A Linkerd mesh by Linkerd's own Helm charts, hardened: two replicas of the control plane, pods that take
 * nothing unless something is said about the port, an access log, no report to linkerd.io.
 *
 * Trust anchor and issuer are there before: the ConfigMap `linkerd-identity-trust-roots` (key
 * `ca-bundle.crt`) and the Secret `linkerd-identity-issuer` (of type kubernetes.io/tls) in its namespace.
 * So no key is in Terraform's state.
 *
 * The certificates of its webhooks are made by the chart and last a year: upgrade within it.
 *
 * The stack needs `ClusterProviders`.
 *
 * @throws When the trust domain or the namespace cannot be one, when a values file is no YAML, when a local
 * chart is not there in this version.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#LinkerdMesh}
 */
export class LinkerdMesh extends Construct implements ILinkerdMesh {
  public readonly trustDomain: string;
  public readonly namespace: string;
  public readonly clusterDomain?: string;
  public readonly entrance?: MeshEntrance;
  /** The namespaces that the mesh injects proxies in. */
  public readonly workloadNamespaces: WorkloadNamespaces;
  /** The releases, in the order of their installation. */
  public readonly releases: {
    /** CRDs of the mesh. */
    readonly crds: HelmChart;
    /** Identity, destination and policy, injector. */
    readonly controlPlane: HelmChart;
  };

  /**
   * A mesh that somebody else installed, for what others need to know of it: a federation. Nothing in it is
   * changed. What is left out is as in a mesh by Linkerd's charts.
   *
   * @throws Error listing every mistake.
   */
  public static fromAttributes(attributes: LinkerdMeshAttributes = {}): ILinkerdMesh {
    return linkerdMeshFromAttributes(attributes);
  }

  public constructor(scope: Construct, id: string, props: LinkerdMeshProps = {}) {
    super(scope, id);
    refuseUnlike(`LinkerdMesh ${this.node.path}`, props, EXAMPLE);
    refuseObjectsMadeTwice(this);
    const known = linkerdMeshFromProps(props);
    const version = props.version ?? DEFAULT_LINKERD_VERSION;
    const source = props.charts ?? LINKERD_CHARTS;
    const values = linkerdValues(props);
    refuse(`LinkerdMesh ${this.node.path}`, [
      ...linkerdMeshProblems(known),
      ...linkerdImageProblems(props.images),
      ...workloadNamespaceProblems(['workloadNamespaces'], props.workloadNamespaces),
      ...chartSourceProblems(source, [
        { chart: 'linkerd-crds', version },
        { chart: 'linkerd-control-plane', version },
      ]).map((problem) => within(['charts'], problem)),
      ...(['crds', 'controlPlane'] as const).flatMap((chart) =>
        valuesFilesProblems(['valuesFiles', chart], values[chart]),
      ),
    ]);
    this.trustDomain = known.trustDomain;
    this.namespace = known.namespace;
    this.clusterDomain = known.clusterDomain;
    this.entrance = known.entrance;
    this.refuseOtherTrustDomain();
    if ((props.gatewayApiCrds ?? 'install') === 'install') this.refuseForeignCrds();
    else this.refuseMissingCrds();

    const crds = new HelmChart(this, 'crds', {
      source,
      chart: 'linkerd-crds',
      version,
      releaseName: 'linkerd-crds',
      namespace: this.namespace,
      values: layeredValues(values.crds),
      dependsOn: props.dependsOn,
    });
    const controlPlane = new HelmChart(this, 'control-plane', {
      source,
      chart: 'linkerd-control-plane',
      version,
      releaseName: 'linkerd-control-plane',
      namespace: this.namespace,
      values: layeredValues(values.controlPlane),
      dependsOn: [crds.release, ...(props.dependsOn ?? [])],
    });
    this.releases = { crds, controlPlane };
    this.workloadNamespaces = new WorkloadNamespaces(this, 'namespaces', {
      namespaces: props.workloadNamespaces ?? DEFAULT_WORKLOAD_NAMESPACES,
      mesh: 'linkerd',
      annotations: { 'linkerd.io/inject': 'enabled' },
      idPrefix: 'injected',
    });
  }

  /** What the controller has is what its certificates say; rules would speak of the other one. */
  private refuseOtherTrustDomain(): void {
    const live = `try(yamldecode(self.data["values"]).identityTrustDomain, "${this.trustDomain}")`;
    new DataKubernetesConfigMapV1(this, 'made-with', {
      metadata: { name: 'linkerd-config', namespace: this.namespace },
      lifecycle: mustHold(
        `${live} == "${this.trustDomain}"`,
        `The mesh has the trust domain \${${live}}, and now ${this.trustDomain} is asked for. ` +
          'Every identity and every rule ends with it, so each call would fail until all pods have ' +
          "been restarted. Set the mesh's trustDomain back; or destroy the mesh with what runs in " +
          'it, and deploy again.',
      ),
    });
  }

  /**
   * Helm takes over no CRDs of others; and since 1.5 the Gateway API brings an admission policy that refuses
   * older ones, in the middle of a release.
   *
   * @see https://gateway-api.sigs.k8s.io/guides/crd-management/
   */
  private refuseForeignCrds(): void {
    const others = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      // Those of the chart have it. So none is in the state.
      labelSelector: '!linkerd.io/control-plane-ns',
    };
    const why =
      "and Linkerd's chart would bring its own, of release 1.1. Nothing was changed. Set the mesh's " +
      'gatewayApiCrds: existing.';
    for (const name of ['httproutes', 'grpcroutes', 'tlsroutes', 'tcproutes']) {
      new DataKubernetesResources(this, `foreign-${name}`, {
        ...others,
        fieldSelector: `metadata.name=${name}.${GATEWAY_API}`,
        lifecycle: mustHold(
          'length(self.objects) == 0',
          `The cluster has the CRD ${name}.${GATEWAY_API} of somebody else, ${why}`,
        ),
      });
    }
    new DataKubernetesResources(this, 'safe-upgrades', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      fieldSelector: `metadata.name=safe-upgrades.${GATEWAY_API}`,
      lifecycle: mustHold(
        'length(self.objects) == 0',
        `The cluster has the admission policy safe-upgrades.${GATEWAY_API}, which comes with release 1.5 ` +
          `or later of the Gateway API and refuses older CRDs, ${why}`,
      ),
    });
  }

  /** The API server has an object for each version of each group that it serves, which is small, as CRDs are not. */
  private refuseMissingCrds(): void {
    new DataKubernetesResources(this, 'gateway-api', {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      fieldSelector: `metadata.name=v1.${GATEWAY_API}`,
      lifecycle: mustHold(
        'length(self.objects) > 0',
        `The cluster serves no ${GATEWAY_API}/v1, and gatewayApiCrds is existing. Install the CRDs of ` +
          "the Gateway API, release 1.1 or later, or set the mesh's gatewayApiCrds: install.",
      ),
    });
  }
}

const EXAMPLE: Example<LinkerdMeshProps> = {
  trustDomain: new Optional('depot.example.com'),
  workloadNamespaces: new Optional<readonly WorkloadNamespace[]>([{ name: 'depot' }]),
};
