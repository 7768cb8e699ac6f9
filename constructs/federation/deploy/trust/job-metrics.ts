import { DeploymentV1 } from '@cdktf/provider-kubernetes/lib/deployment-v1';
import { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1';
import type { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';
import { Construct } from 'constructs';
import type { IJobMetrics } from './outputs';
import { KEEPS_RESTARTS } from '../../../kubernetes/pods';
import { METRICS_PATH } from '../../jobs/metrics';
import { METRICS_COMPONENT, METRICS_PORT_NAME } from '../../plan/observability/labels';
import { JOB_NAMES, ownerLabels } from '../../plan/plan';
import { from } from '../border/network-rules';
import type { JobsHome } from './home';
import { JOB_ANNOTATIONS, JOB_LABELS, JOB_METRICS, METRICS_LABEL, programPod } from './job-pod';

/** Settings of `JobMetrics`. */
export interface JobMetricsProps {
  readonly mesh: string;
  /** Name of the federation, where the mesh is in several. */
  readonly federation?: string;
  /** The meshes whose roots jobs here keep up to date. */
  readonly foreignMeshes: readonly string[];
  readonly home: JobsHome;
  /** Namespace whose pods may read them. */
  readonly scrapedFrom: string;
  /** Age of a success after which looking for roots is late. */
  readonly lateSeconds: number;
  /** Age of a success after which renewing a token is late. */
  readonly tokenLateSeconds: number;
  readonly image: string;
}

const PORT = 9906;
const STATUS_FOLDER = '/status';

/**
 * Shows Prometheus how the jobs of one cluster fare: a pod that reads the ConfigMaps in which they say so.
 * These are mounted: it has no token for the API server. Pods of one namespace can connect to it, and it
 * connects to nothing.
 */
export class JobMetrics extends Construct implements IJobMetrics {
  public readonly account: ServiceAccountV1;
  public readonly networkPolicy: NetworkPolicyV1;
  public readonly deployment: DeploymentV1;

  public constructor(scope: Construct, id: string, props: JobMetricsProps) {
    super(scope, id);
    const { mesh, federation, foreignMeshes, home } = props;
    const { provider, name: namespace } = home;
    const own = { [METRICS_LABEL]: JOB_METRICS };
    const labels = {
      ...JOB_LABELS,
      'app.kubernetes.io/name': JOB_METRICS,
      'app.kubernetes.io/component': METRICS_COMPONENT,
      ...ownerLabels(mesh, federation),
      ...own,
    };
    const metadata = { namespace, name: JOB_METRICS };
    this.account = home.account(this, 'account', JOB_METRICS);
    this.networkPolicy = new NetworkPolicyV1(this, 'network', {
      metadata,
      spec: {
        podSelector: { matchLabels: own },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [from({ namespace: props.scrapedFrom }, PORT)],
      },
      dependsOn: [home.namespace],
      provider,
    });
    const httpGet = { path: METRICS_PATH, port: String(PORT) };
    const spec = programPod({
      image: props.image,
      program: home.programName,
      job: 'metrics',
      serviceAccount: JOB_METRICS,
      env: {
        PORT: String(PORT),
        MESH: mesh,
        ...(federation === undefined ? {} : { FEDERATION: federation }),
        FOREIGN_MESHES: foreignMeshes.join(','),
        STATUS_FOLDER,
        LATE_SECONDS: String(props.lateSeconds),
        TOKEN_LATE_SECONDS: String(props.tokenLateSeconds),
      },
      volumes: [
        {
          name: 'published',
          configMap: JOB_NAMES.publish(mesh),
          folder: STATUS_FOLDER,
          optional: true,
        },
        ...foreignMeshes.map((foreign) => ({
          name: JOB_NAMES.sync(foreign),
          configMap: JOB_NAMES.sync(foreign),
          folder: STATUS_FOLDER,
          optional: true,
        })),
      ],
      container: {
        port: [{ name: METRICS_PORT_NAME, containerPort: PORT }],
        readinessProbe: { httpGet, periodSeconds: 10 },
        livenessProbe: { httpGet, periodSeconds: 30, timeoutSeconds: 5 },
      },
    });
    this.deployment = new DeploymentV1(this, 'deployment', {
      metadata: { ...metadata, labels },
      spec: {
        replicas: '1',
        selector: { matchLabels: own },
        template: {
          metadata: {
            labels,
            annotations: {
              ...JOB_ANNOTATIONS,
              'prometheus.io/scrape': 'true',
              'prometheus.io/port': String(PORT),
              'prometheus.io/path': METRICS_PATH,
            },
          },
          spec,
        },
      },
      lifecycle: KEEPS_RESTARTS,
      timeouts: { create: '5m', update: '5m', delete: '5m' },
      dependsOn: [this.account, this.networkPolicy, home.program],
      provider,
    });
  }
}
