import type { Admission } from '../../../constructs/federation/plan';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import type { Pin } from '../../../versions/types';
import type { Cluster } from '../../cluster/cluster';

/** A container of a sidecar, and which versions of it have faults. */
interface Sidecar {
  /** Name of its container in a pod. */
  readonly container: string;
  /** The mesh's pin, where its faults are known by the tag of the sidecar's image. */
  readonly pin?: Pin;
  /** What makes the mesh inject it. */
  readonly remedy: (namespace: string) => string;
  /** The label or annotation by which a pod keeps it out, whatever is said of its namespace. */
  readonly keptOut: { readonly key: string; readonly value: string };
  /**
   * What the mesh has given a pod in place of a sidecar, and what makes it inject one: by annotations that it
   * writes to such pods.
   * @default nothing
   */
  readonly otherwise?: {
    readonly annotation: string;
    readonly value: string;
    readonly what: string;
    readonly remedy: (namespace: string) => string;
  };
  /**
   * Port by which all pods of the mesh call it.
   * @default that of the pod, which it takes over
   */
  readonly port?: number;
  /** What makes it log requests. */
  readonly accessLog: string;
}

/** Pods that call something in their mesh. */
export interface Workload {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What pods call: a name in the mesh, of a Service or of what stands for one. */
export interface Called {
  readonly namespace: string;
  readonly host: string;
  readonly port: number;
  /** Whether pods of the mesh answer, to which it speaks its own mutual TLS. */
  readonly inMesh: boolean;
}

/** A resource that is in the way of a call. */
export interface Obstacle {
  /** What it is, as the words of its finding need it. */
  readonly what: string;
  /** What takes it out of the way. */
  readonly mend: string;
}

/** Looks for what is in the way of calls of a name. */
type Obstacles = (
  cluster: Cluster,
  caller: Workload,
  called: Called,
  mesh: { readonly rootNamespace: string; readonly clusterDomain: string },
) => Promise<readonly Obstacle[]>;

/** A part of a mesh's control plane. */
interface ControlPlanePart {
  /** What its owners call it. */
  readonly name: string;
  /** Labels of its Services, in the namespace of mesh-wide policies. */
  readonly labels: Readonly<Record<string, string>>;
  /** What no longer happens while it is down: `pods that start are refused`. */
  readonly lost: string;
}

/** A pod that does not declare a port, which calls come to. */
export interface UndeclaredPort {
  readonly pod: string;
  readonly port: number;
}

/** What the doctor must know of one kind of mesh. */
export interface KindOfMesh {
  readonly controlPlane: readonly ControlPlanePart[];
  readonly sidecar: Sidecar;
  /**
   * CronJob that keeps trust anchor and issuer of the mesh in its namespace, and the ConfigMap of that name in
   * which it says until when they last.
   * @default the mesh does that itself
   */
  readonly authorityJob?: string;
  /**
   * ConfigMap in the namespace of mesh-wide policies with the roots that the mesh has now, which a job publishes.
   * @default none: its servers are asked for them
   */
  readonly roots?: { readonly configMap: string; readonly key: string };
  /** Why the mesh's own control plane does not take a resource, by what it wrote into its status. */
  refusal(object: YamlMap): string | undefined;
  /**
   * Why the mesh does not go by a resource that it takes: in words, the other one that it goes by; or the pod that
   * does not declare the port that the resource is about, as its proxy needs to take the first call.
   * @default it always does
   */
  unheeded?(
    object: YamlMap,
    cluster: Pick<Cluster, 'list'>,
  ): Promise<string | UndeclaredPort | undefined>;
  /**
   * Which resources keep the name from the proxies of the pods that call it.
   * @default none can
   */
  readonly hiding?: Obstacles;
  /**
   * Which resources that somebody else made let calls of the name fail.
   * @default none can
   */
  readonly spoiling?: Obstacles;
  /** Which policy keeps a call out, and how; nothing where it is let in. */
  denial(
    cluster: Cluster,
    admission: Admission,
    rootNamespace: string,
  ): Promise<string | undefined>;
}
