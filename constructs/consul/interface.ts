import type { MeshEntrance } from '../kubernetes/entrance';

/**
 * A Consul service mesh as others need to know it: a `ConsulMesh`, or one that somebody else installed
 * with the Helm chart, by `ConsulMesh.fromAttributes`.
 */
export interface IConsulMesh {
  /**
   * SPIFFE trust domain, `<cluster_id>.consul`. Known at synthesis only when the cluster id was
   * pinned at bootstrap; for an existing mesh read it from `GET /v1/connect/ca/roots`.
   */
  readonly trustDomain: string;
  /** Consul datacenter, part of every SPIFFE ID: `/ns/<ns>/dc/<dc>/svc/<service>`. */
  readonly datacenter: string;
  /** Kubernetes namespace of the Helm release. */
  readonly namespace: string;
  /** Name of the Helm release, which the pods' label `release` has. */
  readonly releaseName: string;
  /**
   * What the names of the chart's objects start with (`consul-server`, ...): its value `global.name`, or
   * `<release>-consul` without one.
   */
  readonly namePrefix: string;
  /**
   * DNS domain of its cluster (the kubelets' `clusterDomain`).
   * @default 'cluster.local'
   */
  readonly clusterDomain?: string;
  /** The gateway through which other meshes enter. */
  readonly gateway: ConsulGateway;
  /**
   * A gateway of the other kind that leads to the same borders, while calls move from one to the other.
   * @default none
   */
  readonly besideGateway?: ConsulGateway;
  /**
   * The load balancer by which other meshes enter where that is not the gateway (`in: service` of the
   * policy). The federation makes a Service for its borders.
   * @default one as the cluster makes it without annotations, open to everybody
   */
  readonly entrance?: MeshEntrance;
  /**
   * Consul's `default_intention_policy`, where you know it. Since Consul 1.18 it is apart from ACLs: with
   * `allow` a request that none of a caller's permissions is about would pass.
   * @default not known: every intention says itself that it denies the rest
   */
  readonly defaultIntentionPolicy?: 'allow' | 'deny';
  /** Whether ACLs are on: then a border logs in with its service account before it reads its leaf. */
  readonly acls: boolean;
  /** Whether the servers' HTTP API is TLS only (port 8501) or plain (port 8500). */
  readonly tls: boolean;
}

/**
 * What Consul's gateway is: an ingress gateway of the Helm chart (`ingressGateways.gateways[]`), or an API
 * gateway, which Consul's controller makes of a Gateway of the Kubernetes Gateway API.
 */
export type ConsulGatewayKind = 'ingress' | 'api';

/** A Consul gateway by which other meshes enter. */
export interface ConsulGateway {
  /**
   * Which of Consul's kinds of gateway it is.
   * @default 'ingress'
   */
  readonly kind?: ConsulGatewayKind;
  /** Name of the gateway as Consul service, and of its IngressGateway or Gateway: `ingress-gateway`. */
  readonly name: string;
  /** Name of its Kubernetes Service, whose load balancer other meshes call. */
  readonly serviceName: string;
}
