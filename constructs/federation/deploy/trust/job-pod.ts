import type { DeploymentV1SpecTemplateSpecContainer } from '@cdktf/provider-kubernetes/lib/deployment-v1';
import { hardenedPod } from '../../../kubernetes/hardened-pod';
import type { Program } from './programs';

/** A volume of a job's pod, mounted read-only in a folder of its own. */
export interface JobVolume {
  readonly name: string;
  /**
   * Folder that has it, without a slash at the end.
   * @default the root
   */
  readonly folder?: string;
  readonly configMap?: string;
  readonly secret?: string;
  /** Whether the pod starts without it. */
  readonly optional: boolean;
}

/** Settings of a job's pod. */
export interface JobPodProps {
  readonly image: string;
  /** Name of the ConfigMap with the programs. */
  readonly program: string;
  /**
   * The program that is started.
   * @default 'main.ts', which has all jobs of an exchange
   */
  readonly main?: Program;
  readonly job: 'publish' | 'sync' | 'issue' | 'renew' | 'look' | 'metrics' | 'authority';
  readonly serviceAccount: string;
  readonly env: Readonly<Record<string, string>>;
  readonly volumes: readonly JobVolume[];
  /** Seconds after which a run is ended. */
  readonly deadlineSeconds: number;
}

/** Labels of a job's pods. A mesh that injects sidecars leaves them alone. */
export const JOB_LABELS = {
  'app.kubernetes.io/part-of': 'mesh-federation',
  'sidecar.istio.io/inject': 'false',
} as const;

/** Name of the pod that shows how the jobs fare, and the label by which network policies know it. */
export const JOB_METRICS = 'job-metrics';
export const METRICS_LABEL = 'mesh-federation/metrics';

/** Consul injects a sidecar where nothing is said, in a cluster whose default that is. */
export const JOB_ANNOTATIONS = { 'consul.hashicorp.com/connect-inject': 'false' } as const;

/** The user `nonroot` of images without a shell. */
const JOB_USER = 65532;

/** Job that runs one of the programs: no retries (the next run comes soon), little memory. */
export function jobSpec(props: JobPodProps) {
  return {
    backoffLimit: 0,
    activeDeadlineSeconds: props.deadlineSeconds,
    template: {
      metadata: {
        labels: { ...JOB_LABELS },
        annotations: { ...JOB_ANNOTATIONS },
      },
      spec: { restartPolicy: 'Never', ...programPod({ ...props, token: true }) },
    },
  };
}

/** Settings of a pod that runs one of the programs. */
export interface ProgramPodProps extends Omit<JobPodProps, 'deadlineSeconds'> {
  /**
   * Whether it calls the API server.
   * @default false
   */
  readonly token?: boolean;
  /**
   * What its container has beside the program: ports and probes.
   * @default nothing
   */
  readonly container?: Pick<
    DeploymentV1SpecTemplateSpecContainer,
    'port' | 'readinessProbe' | 'livenessProbe'
  >;
}

/** The spec of a pod that runs one of the programs in its only container. */
export function programPod(props: ProgramPodProps) {
  const volumes: JobVolume[] = [
    { name: 'program', configMap: props.program, optional: false },
    ...props.volumes,
  ];
  return {
    ...hardenedPod({
      serviceAccount: props.serviceAccount,
      token: props.token,
      user: JOB_USER,
      ownsVolumes: true,
      containers: [
        {
          name: props.job,
          image: props.image,
          command: ['node', `/program/${props.main ?? 'main.ts'}`, props.job],
          env: Object.entries(props.env).map(([name, value]) => ({ name, value })),
          resources: {
            requests: { cpu: '20m', memory: '64Mi' },
            limits: { memory: '128Mi' },
          },
          mounts: volumes.map(({ name, folder = '' }) => ({
            name,
            mountPath: `${folder}/${name}`,
          })),
          ...props.container,
        },
      ],
    }),
    volume: volumes.map(({ name, configMap, secret, optional }) => ({
      name,
      ...(configMap === undefined ? {} : { configMap: { name: configMap, optional } }),
      ...(secret === undefined ? {} : { secret: { secretName: secret, optional } }),
    })),
  };
}

/** Runs such a job again and again, never two of them at a time, and keeps few of them to look at. */
export function cronJobSpec(schedule: string, props: JobPodProps) {
  return {
    schedule,
    concurrencyPolicy: 'Forbid',
    startingDeadlineSeconds: 60,
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 2,
    jobTemplate: { metadata: {}, spec: jobSpec(props) },
  };
}
