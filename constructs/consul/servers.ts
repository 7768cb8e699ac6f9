import type { IConsulMesh } from './interface';

/**
 * How something inside of the cluster reaches the Consul servers of the chart.
 * @see https://github.com/hashicorp/consul-k8s/tree/v2.0.3/charts/consul/templates server-service.yaml,
 * tls-init-job.yaml, server-acl-init-job.yaml
 */
export interface ConsulServers {
  /** Host and port of the HTTP API. The servers' certificate holds this name. */
  readonly address: string;
  /** Port of the HTTP API. */
  readonly httpPort: number;
  /** Port by which sidecars are configured. */
  readonly grpcPort: number;
  /** Secret in the mesh's namespace that holds the servers' CA certificate, without its key. */
  readonly caSecret: {
    /** Name of the Secret. */
    readonly name: string;
    /** Key in the Secret. */
    readonly key: string;
  };
  /** ACL auth method by which a pod logs in with its service account. */
  readonly authMethod: string;
}

/** The servers of a mesh. */
export function consulServers({
  namePrefix,
  namespace,
  tls,
}: Pick<IConsulMesh, 'namePrefix' | 'namespace' | 'tls'>): ConsulServers {
  const httpPort = tls ? 8501 : 8500;
  return {
    address: `${namePrefix}-server.${namespace}.svc:${httpPort}`,
    httpPort,
    grpcPort: 8502,
    caSecret: { name: `${namePrefix}-ca-cert`, key: 'tls.crt' },
    authMethod: `${namePrefix}-k8s-auth-method`,
  };
}

/** Where the chart finds the first ACL token. */
export interface BootstrapTokenSecret {
  /** Name of the Secret, in the mesh's namespace. */
  readonly secretName: string;
  /** Key in the Secret. */
  readonly secretKey: string;
}

/** The Secret with the token that may do everything. */
export function bootstrapTokenSecret(releaseName: string): BootstrapTokenSecret {
  return { secretName: `${releaseName}-bootstrap-token`, secretKey: 'token' };
}
