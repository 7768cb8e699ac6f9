import { createHash } from 'node:crypto';
import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { DeploymentV1 } from '@cdktf/provider-kubernetes/lib/deployment-v1';
import { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1';
import { PodDisruptionBudgetV1 } from '@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1';
import { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';
import { ServiceV1 } from '@cdktf/provider-kubernetes/lib/service-v1';
import { dependable, type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { type Example, Must, Optional, refuseUnlike } from '../../../example';
import { serviceHost } from '../../../kubernetes/cluster-domain';
import { refuse } from '../../../problems';
import { hardenedContainer, hardenedPod } from '../../../kubernetes/hardened-pod';
import { KEEPS_RESTARTS } from '../../../kubernetes/pods';
import { spreadOver } from '../../../kubernetes/spread';
import { placeLabels, type PlannedBorder } from '../../plan/plan';
import { deployedKindOf } from '../meshes';
import { DEFAULT_REPLICAS } from '../../plan/border-options';
import { configurationFiles, DEFAULT_TRACING, METRICS_PAGE } from '../../plan/envoy';
import { hasRootsOfSpire } from '../../plan/spire';
import { BORDER_COMPONENT, PART_OF } from '../../plan/observability/labels';
import { type BorderImages, borderImages } from '../../plan/border-images';
import { borderLimits, type Limits } from '../../plan/border-limits';
import type { TracingOptions } from '../../plan/crossing';
import { borderProblems } from './border-problems';
import type { BorderProps } from './border-props';
import { DRAIN, envoyContainer, rootsVolume } from './envoy-container';
import { from, to, toAnywhere } from './network-rules';
import { BORDER_USER, type BorderParts, METRICS_PORT, type PartsProps } from './parts';
import { MEMBER_EXAMPLE } from '../../plan/examples';

/**
 * A trust border: the workload that represents one foreign service. It is the only place in its mesh
 * that trusts the foreign roots, and for exact SPIFFE IDs only.
 *
 * Two pods of an Envoy without root, shell or writable disk, in the mesh by its injector, with the
 * certificate of their service account. A pod starts Envoy when the certificate and the foreign roots
 * are there. A changed configuration rolls the pods, renewed certificates and roots do not. A pod that
 * goes away ends its HTTP connections between two requests.
 *
 * The network policy only holds where something enforces it (on EKS: the VPC CNI's setting
 * `enableNetworkPolicy`).
 *
 * @throws Error listing every mistake in the props: a mesh that is not the one of the plan, a gateway's
 * address or a servers' CA that is needed and missing; or every mistake in the crossings.
 *
 * @example
 * {@includeCode ../../../../examples/constructs.ts#Border}
 */
export class Border extends Construct {
  /** What it was made from. */
  public readonly planned: PlannedBorder;
  /** Envoy's configuration, as files for the pods. */
  public readonly configMap: ConfigMapV1;
  /** The identity that it runs with. */
  public readonly serviceAccount: ServiceAccountV1;
  /** By which its mesh finds it. */
  public readonly service: ServiceV1;
  /** This one, and those that give it the same name in other namespaces, by namespace. */
  public readonly services: ReadonlyMap<string, ServiceV1>;
  private readonly aliases: readonly (readonly [string, ServiceV1])[];
  /** Who may connect to its pods, and where they may connect to. */
  public readonly networkPolicy: NetworkPolicyV1;
  /** Keeps one of its pods up while nodes are drained, where there are several. */
  public readonly budget?: PodDisruptionBudgetV1;
  /** The pods of the border, with Envoy and its companion. */
  public readonly deployment: DeploymentV1;

  public constructor(scope: Construct, id: string, props: BorderProps) {
    super(scope, id);
    refuseUnlike(`Border ${this.node.path}`, props, EXAMPLE);
    refuse(`Border ${this.node.path}`, borderProblems(props));
    const { border, provider } = props;
    this.planned = border;
    const { namespace, name, podLabels } = border;
    const limits = borderLimits(props.limits);
    const images = borderImages(props.images);
    const parts = partsOf(props, images, limits);
    const labels = {
      // By this name Istio's telemetry knows the workload.
      'app.kubernetes.io/name': name,
      'app.kubernetes.io/component': BORDER_COMPONENT,
      'app.kubernetes.io/part-of': PART_OF,
      ...podLabels,
    };
    const metadata = { namespace, name, labels };

    this.serviceAccount = new ServiceAccountV1(this, 'service-account', {
      metadata: { ...metadata, name: border.serviceAccount },
      automountServiceAccountToken: false,
      provider,
      dependsOn: props.dependsOn && [...props.dependsOn],
    });
    // All else waits for what it waits for, by way of it.
    const afterAccount = [this.serviceAccount];
    this.configMap = new ConfigMapV1(this, 'configuration', {
      metadata,
      data: { ...configurationFiles(parts.configuration), ...parts.files },
      provider,
      dependsOn: afterAccount,
    });
    this.networkPolicy = new NetworkPolicyV1(this, 'network-policy', {
      metadata,
      spec: {
        podSelector: { matchLabels: podLabels },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          ...parts.ingress,
          ...(props.metricsNamespace === undefined
            ? []
            : [from({ namespace: props.metricsNamespace }, METRICS_PORT, ...parts.metricsPorts)]),
        ],
        egress: [...parts.egress, ...toCollector(props.tracing)],
      },
      provider,
      dependsOn: afterAccount,
    });
    const [servicesScope, serviceId] = props.services
      ? ([props.services, namespace] as const)
      : ([this, 'service'] as const);
    this.service = new ServiceV1(servicesScope, serviceId, {
      metadata: {
        ...metadata,
        name: border.kubernetesService,
        annotations: parts.service.annotations && { ...parts.service.annotations },
      },
      spec: {
        selector: podLabels,
        ...(parts.service.headless && { clusterIp: 'None' }),
        port: [
          {
            name: parts.service.portName,
            port: parts.service.port,
            targetPort: String(parts.service.targetPort),
            appProtocol: parts.service.appProtocol,
          },
        ],
      },
      provider,
      dependsOn: afterAccount,
    });
    const replicas = props.replicas ?? DEFAULT_REPLICAS;
    if (replicas > 1) {
      // The provider has no unhealthyPodEvictionPolicy: while too few pods are ready, a drain of their nodes waits.
      // https://kubernetes.io/docs/tasks/run-application/configure-pdb/#unhealthy-pod-eviction-policy
      this.budget = new PodDisruptionBudgetV1(this, 'budget', {
        metadata,
        spec: { maxUnavailable: '1', selector: { matchLabels: podLabels } },
        provider,
        dependsOn: afterAccount,
      });
    }
    this.deployment = new DeploymentV1(this, 'deployment', {
      metadata,
      spec: {
        replicas: String(replicas),
        selector: { matchLabels: podLabels },
        strategy: {
          type: 'RollingUpdate',
          rollingUpdate: { maxUnavailable: '0', maxSurge: '1' },
        },
        template: {
          metadata: {
            labels: { ...labels, ...placeLabels(border), ...parts.labels },
            annotations: {
              ...parts.annotations,
              'mesh-federation/configuration': `\${sha256(jsonencode(${this.configMap.fqn}.data))}`,
              ...distrustAnnotation(props.distrusted),
              'prometheus.io/scrape': 'true',
              'prometheus.io/port': String(METRICS_PORT),
              'prometheus.io/path': METRICS_PAGE,
            },
          },
          spec: {
            ...hardenedPod({
              serviceAccount: border.serviceAccount,
              user: BORDER_USER,
              containers: [
                envoyContainer(images.envoy, limits, {
                  ...parts,
                  hasRoots: !hasRootsOfSpire(props.mesh),
                }),
                { ...parts.companion, lifecycle: { preStop: [{ exec: DRAIN }] } },
              ],
            }),
            initContainer: parts.initContainers.map((container) => hardenedContainer(container)),
            // The sidecar's own time to drain comes on top.
            terminationGracePeriodSeconds: 2 * limits.drainSeconds + 20,
            topologySpreadConstraint: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map(
              (topologyKey) => spreadOver(topologyKey, podLabels),
            ),
            volume: [
              { name: 'configuration', configMap: { name } },
              ...(hasRootsOfSpire(props.mesh) ? [] : [rootsVolume(border)]),
              ...parts.volumes,
            ],
          },
        },
      },
      lifecycle: KEEPS_RESTARTS,
      // A pod that does not get ready says why in its events; no need to wait for longer.
      timeouts: { create: '5m', update: '5m', delete: '5m' },
      provider,
      dependsOn: [this.networkPolicy, this.service],
    });
    const aliasNamespaces = border.direction === 'out' ? border.aliasNamespaces : [];
    const namesBeside = border.direction === 'out' ? border.namesBeside : [];
    this.aliases = aliasNamespaces.map((alias): [string, ServiceV1] => [
      alias,
      new ServiceV1(servicesScope, props.services ? alias : `alias-${alias}`, {
        metadata: {
          namespace: alias,
          name: border.kubernetesService,
          labels,
          annotations: namesBeside.includes(alias) ? { ...parts.service.hiddenName } : undefined,
        },
        spec: {
          type: 'ExternalName',
          externalName: serviceHost(
            border.kubernetesService,
            namespace,
            props.mesh.mesh.clusterDomain,
          ),
        },
        provider,
        // Where it led to a border of its own namespace before, nobody is sent to one that is not up.
        dependsOn: [this.deployment],
      }),
    ]);
    this.services = new Map([[namespace, this.service], ...this.aliases]);
  }

  /** Keeps its pods as they are until others are there: until then their calls go by the former way. */
  public switchAfter(others: readonly ITerraformDependable[]): void {
    const { deployment } = this;
    deployment.dependsOn = [...(deployment.dependsOn ?? []), ...others.map(dependable)];
  }

  /** Gives it its name in other namespaces once its calls lead on: when these are there. */
  public nameAfter(others: readonly ITerraformDependable[]): void {
    for (const [namespace, alias] of this.aliases) {
      if (this.isLeft(namespace)) continue;
      alias.dependsOn = [...(alias.dependsOn ?? []), ...others.map(dependable)];
    }
  }

  /**
   * Where callers are about to leave past it, keeps its name as it is until these are there, to which the name
   * leads then. The border itself is there already.
   *
   * @returns its Services of that name
   */
  public leaveAfter(others: readonly ITerraformDependable[]): ServiceV1[] {
    return this.aliases.flatMap(([namespace, alias]) => {
      if (!this.isLeft(namespace)) return [];
      alias.dependsOn = others.map(dependable);
      return [alias];
    });
  }

  private isLeft(namespace: string): boolean {
    return (
      this.planned.direction === 'out' &&
      this.planned.calls.some(
        ({ caller }) => caller.namespace === namespace && caller.out === 'sidecar',
      )
    );
  }
}

function toCollector(tracing: TracingOptions | undefined) {
  if (tracing === undefined) return [];
  const { namespace, port = DEFAULT_TRACING.port } = tracing;
  return [namespace === undefined ? toAnywhere(port) : to({ namespace }, port)];
}

/** Another one for each list, so that the pods are recreated with it. */
function distrustAnnotation(distrusted: readonly string[] = []): Record<string, string> {
  const list = [...distrusted].sort().join('\n');
  return list === ''
    ? {}
    : {
        'mesh-federation/distrusted': createHash('sha256').update(list).digest('hex').slice(0, 16),
      };
}

function partsOf(props: BorderProps, images: Required<BorderImages>, limits: Limits): BorderParts {
  const { border, mesh: member, ipv6 = true } = props;
  const common: Omit<PartsProps, 'border'> = {
    member,
    images,
    limits,
    serversCa: props.serversCa,
    gatewayAddress: props.gatewayAddress,
    everywhere: ipv6 ? '::' : '0.0.0.0',
    requests: props,
    tracing: props.tracing,
  };
  const kind = deployedKindOf(member);
  return border.direction === 'in'
    ? kind.inboundBorder({ ...common, border })
    : kind.outboundBorder({ ...common, border });
}

const EXAMPLE: Example<BorderProps> = {
  border: new Must('be one of the borders of a plan'),
  mesh: MEMBER_EXAMPLE,
  ipv6: new Optional(true),
};
