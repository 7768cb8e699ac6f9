import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import type { TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import { type Example, refuseUnlike } from '../../example';
import { CustomResource, FIELD_MANAGER } from '../../kubernetes/custom-resource';
import { escapeTemplates } from '../../kubernetes/helm-values';
import {
  type ObservabilityOptions,
  type ObservabilityResources,
  observabilityResources,
} from '../plan/observability';
import { type AccessPlan, named } from '../plan/plan';
import { OBSERVABILITY_EXAMPLE, PLAN_EXAMPLE } from '../plan/examples';

/** Settings of `Observability`. */
export interface ObservabilityProps extends ObservabilityOptions {
  /** What is watched: the same plan as the federation's. */
  readonly plan: AccessPlan;
  /** The mesh in whose cluster it is made. */
  readonly mesh: string;
  /** Namespace of Prometheus. It is there already. */
  readonly namespace: string;
  /**
   * The Kubernetes provider of the mesh's cluster, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
}

const EXAMPLE: Example<ObservabilityProps> = {
  plan: PLAN_EXAMPLE,
  mesh: 'bank',
  namespace: 'monitoring',
  ...OBSERVABILITY_EXAMPLE,
};

/**
 * What watches the borders and jobs of one mesh, of which each part is made only when it is asked for: a
 * PodMonitor and a PrometheusRule for the Prometheus Operator, whose CRDs must be in the cluster when the
 * stack is planned, and a ConfigMap with a dashboard for Grafana.
 *
 * @example
 * {@includeCode ../../../examples/constructs.ts#Observability}
 */
export class Observability extends Construct {
  /** What Prometheus scrapes, where it is asked for. */
  public readonly podMonitor?: CustomResource;
  /** The alerts, where they are asked for. */
  public readonly rules?: CustomResource;
  /** The dashboard, where it is asked for. */
  public readonly dashboard?: ConfigMapV1;

  public constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id);
    refuseUnlike(`Observability ${this.node.path}`, props, EXAMPLE);
    const { plan, mesh, provider } = props;
    const fieldManager = named(FIELD_MANAGER, plan.name);
    const resources: ObservabilityResources = observabilityResources(plan, mesh, props);
    if (props.podMonitor) {
      this.podMonitor = new CustomResource(this, 'pod-monitor', {
        ...resources.podMonitor,
        fieldManager,
        provider,
      });
    }
    if (props.rules) {
      this.rules = new CustomResource(this, 'rules', {
        ...resources.prometheusRule,
        fieldManager,
        provider,
      });
    }
    if (props.dashboard) {
      const { metadata, data } = resources.dashboard;
      this.dashboard = new ConfigMapV1(this, 'dashboard', {
        metadata,
        data: Object.fromEntries(
          Object.entries(data).map(([name, text]) => [name, escapeTemplates(text)]),
        ),
        provider,
      });
    }
  }
}
