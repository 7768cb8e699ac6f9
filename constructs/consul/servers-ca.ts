import { DataKubernetesSecretV1 } from '@cdktf/provider-kubernetes/lib/data-kubernetes-secret-v1';
import type { TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import { type Example, refuseUnlike } from '../example';
import { mustHold } from '../must-hold';
import type { IConsulMesh } from './interface';
import { consulServers } from './servers';

/** Settings of `ConsulServersCa`. */
export interface ConsulServersCaProps {
  /** The mesh whose servers they are. */
  readonly mesh: Pick<IConsulMesh, 'namePrefix' | 'namespace' | 'tls'>;
  /**
   * The Kubernetes provider of the mesh's cluster, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
}

const EXAMPLE: Example<ConsulServersCaProps> = {
  mesh: { namePrefix: 'consul-consul', namespace: 'consul', tls: true },
};

/**
 * The certificate of the authority that signed the Consul servers' certificates, by which programs in
 * other namespaces know the servers. The chart keeps it in a Secret, though it is none: its key is in
 * another one, which is not read. The plan stops when it is not there.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#ConsulServersCa}
 */
export class ConsulServersCa extends Construct {
  /** Certificate of the servers' authority, PEM. */
  public readonly certificate: string;

  public constructor(scope: Construct, id: string, props: ConsulServersCaProps) {
    super(scope, id);
    refuseUnlike(`ConsulServersCa ${this.node.path}`, props, EXAMPLE);
    const { mesh, provider } = props;
    const { name, key } = consulServers(mesh).caSecret;
    const secret = new DataKubernetesSecretV1(this, 'secret', {
      metadata: { namespace: mesh.namespace, name },
      provider,
      lifecycle: mustHold(
        `can(self.data["${key}"])`,
        `The cluster has no Secret ${mesh.namespace}/${name} with ${key}, the CA certificate of ` +
          "Consul's servers, which the chart makes. Deploy the stack with the mesh first, or set " +
          'serversCa of the mesh when its certificates come from elsewhere.',
      ),
    });
    this.certificate = `\${nonsensitive(${secret.fqn}.data["${key}"])}`;
  }
}
