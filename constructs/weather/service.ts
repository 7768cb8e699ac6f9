import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import {
  type DeploymentV1SpecTemplateSpecContainerEnv,
  DeploymentV1,
} from '@cdktf/provider-kubernetes/lib/deployment-v1';
import { PodDisruptionBudgetV1 } from '@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1';
import { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';
import { ServiceV1 } from '@cdktf/provider-kubernetes/lib/service-v1';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { NODE_IMAGE } from '../kubernetes/images';
import { hardenedPod } from '../kubernetes/hardened-pod';
import { KEEPS_RESTARTS } from '../kubernetes/pods';
import { spreadOver } from '../kubernetes/spread';
import type { IpFamily } from '../ip-family';
import { ServiceSources, type WeatherServiceName } from './sources';

/** Settings that all services of the weather application have. */
export interface WeatherServiceProps {
  /**
   * A namespace whose pods join the mesh.
   * @default 'default'
   */
  readonly namespace?: string;
  /**
   * Pods, on nodes of their own as far as there are so many. From two on, one of them stays while nodes
   * are drained.
   * @default 2
   */
  readonly replicas?: number;
  /**
   * Full reference of an image with Node.js 24 or later as `node`.
   * @default NODE_IMAGE
   */
  readonly image?: string;
  /**
   * Which addresses pods have.
   * @default 'ipv4'
   */
  readonly ipFamily?: IpFamily;
  /**
   * Further annotations of the pods.
   * @default none
   */
  readonly podAnnotations?: Readonly<Record<string, string>>;
  /**
   * What must exist before the pods and stay until they are gone, such as the mesh's default deny.
   * @default nothing
   */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** What a service adds to what all have. */
export interface WeatherServiceParts {
  readonly name: WeatherServiceName;
  /** The mesh, as the page names it. */
  readonly mesh: 'Istio' | 'Consul';
  /**
   * Where the application listens: on loopback only its own sidecar reaches it. Istio's sidecar calls
   * it by the pod's address.
   */
  readonly listen: 'loopback' | 'everywhere';
  /** Whether the pods get a token of their service account, which can do nothing at the API server. */
  readonly serviceAccountToken: boolean;
  readonly env?: readonly DeploymentV1SpecTemplateSpecContainerEnv[];
  readonly podAnnotations?: Readonly<Record<string, string>>;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** Port of the application in its pod. */
const PORT = 8080;

/** Port of each service's Kubernetes Service. */
const SERVICE_PORT = 80;

/** The user `node` of the stock image. Neither sidecar's, whose traffic bypasses the mesh. */
const NODE_USER = 1000;

/** Seconds in which a pod that ends still answers, until all proxies have heard of it. */
const DRAIN_SECONDS = 5;

/**
 * One service of the weather application: Deployment, Service, service account and source files under
 * the service's own name.
 *
 * The pods run the files of the folder `weather/` as they are, on the stock Node.js image: nothing is
 * built and no registry is pushed to. They run without root, with nothing writable and without
 * capabilities.
 */
export abstract class WeatherService extends Construct {
  /** Name of everything of it, and its identity in the mesh. */
  public readonly serviceName: WeatherServiceName;
  public readonly namespace: string;
  /** Port of its Kubernetes Service. */
  public readonly port = SERVICE_PORT;
  public readonly serviceAccount: ServiceAccountV1;
  public readonly configMap: ConfigMapV1;
  public readonly deployment: DeploymentV1;
  public readonly budget?: PodDisruptionBudgetV1;
  public readonly service: ServiceV1;

  protected constructor(
    scope: Construct,
    id: string,
    props: WeatherServiceProps,
    parts: (self: Construct) => WeatherServiceParts,
  ) {
    super(scope, id);
    const own = parts(this);
    const { name, mesh } = own;
    const { image = NODE_IMAGE, replicas = 2, namespace = 'default' } = props;
    this.serviceName = name;
    this.namespace = namespace;
    const sources = new ServiceSources(this, 'files', name);
    const matchLabels = { app: name };
    const labels = { ...matchLabels, 'app.kubernetes.io/part-of': 'weather' };
    const metadata = { name, namespace, labels };

    this.serviceAccount = new ServiceAccountV1(this, 'service-account', {
      metadata,
      automountServiceAccountToken: own.serviceAccountToken,
      dependsOn: props.dependsOn && [...props.dependsOn],
    });
    this.configMap = new ConfigMapV1(this, 'sources', {
      metadata: { ...metadata, name: `${name}-sources` },
      data: sources.data,
    });
    this.service = new ServiceV1(this, 'service', {
      metadata,
      spec: {
        selector: matchLabels,
        // By its name Istio knows what the port speaks.
        port: [{ name: 'http', port: SERVICE_PORT, targetPort: 'http', protocol: 'TCP' }],
      },
    });
    this.deployment = new DeploymentV1(this, 'deployment', {
      metadata,
      spec: {
        replicas: String(replicas),
        revisionHistoryLimit: 3,
        selector: { matchLabels },
        strategy: {
          type: 'RollingUpdate',
          rollingUpdate: { maxSurge: '1', maxUnavailable: '0' },
        },
        template: {
          metadata: {
            labels,
            annotations: {
              // Node.js reads the files when it starts.
              'mesh-federation/sources': sources.digest,
              ...own.podAnnotations,
              ...props.podAnnotations,
            },
          },
          spec: {
            ...hardenedPod({
              serviceAccount: this.serviceAccount.metadata.name,
              token: own.serviceAccountToken,
              user: NODE_USER,
              // The init containers of both meshes need root, unless their CNI is used.
              admitsRoot: true,
              containers: [
                {
                  name,
                  image,
                  workingDir: '/app',
                  command: ['node', `${name}/main.ts`],
                  port: [{ name: 'http', containerPort: PORT }],
                  env: [
                    { name: 'PORT', value: String(PORT) },
                    {
                      name: 'HOST',
                      value:
                        own.listen === 'loopback'
                          ? '127.0.0.1'
                          : props.ipFamily === 'ipv6'
                            ? '::'
                            : '0.0.0.0',
                    },
                    { name: 'DRAIN_SECONDS', value: String(DRAIN_SECONDS) },
                    { name: 'MESH', value: mesh },
                    { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                    ...(own.env ?? []),
                  ],
                  resources: {
                    requests: { cpu: '25m', memory: '96Mi' },
                    limits: { memory: '192Mi' },
                  },
                  startupProbe: { ...HEALTH, periodSeconds: 2, failureThreshold: 30 },
                  readinessProbe: { ...HEALTH, periodSeconds: 5 },
                  livenessProbe: { ...HEALTH, periodSeconds: 10, timeoutSeconds: 3 },
                  mounts: [{ name: 'sources', mountPath: '/app' }],
                },
              ],
            }),
            terminationGracePeriodSeconds: 30,
            topologySpreadConstraint: [spreadOver('kubernetes.io/hostname', matchLabels)],
            volume: [
              {
                name: 'sources',
                configMap: {
                  name: this.configMap.metadata.name,
                  items: [...sources.items],
                },
              },
            ],
          },
        },
      },
      lifecycle: KEEPS_RESTARTS,
      dependsOn: [...(own.dependsOn ?? []), this.service],
    });
    if (replicas > 1) {
      this.budget = new PodDisruptionBudgetV1(this, 'budget', {
        metadata,
        spec: { minAvailable: '1', selector: { matchLabels } },
      });
    }
  }
}

const HEALTH = { httpGet: { path: '/healthz', port: 'http' } } as const;
