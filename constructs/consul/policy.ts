import { Construct } from 'constructs';
import { type Example, refuseUnlike } from '../example';
import { CustomResource } from '../kubernetes/custom-resource';
import type { IConsulMesh } from './interface';

/** Settings of `ConsulMeshPolicy`. */
export interface ConsulMeshPolicyProps {
  /** The mesh, made by `ConsulMesh` or by somebody else. */
  readonly mesh: Pick<IConsulMesh, 'namespace'>;
}

const EXAMPLE: Example<ConsulMeshPolicyProps> = { mesh: { namespace: 'consul' } };

/**
 * What holds for the whole mesh before anything is allowed:
 *
 * - an intention that denies every call to every service. ACLs already deny by default; this one
 *   also stands where they are off, and is there to be read;
 * - sidecars reach services of the mesh and nothing else, as with Istio's `REGISTRY_ONLY`. A pod
 *   that must get out says so by the annotation
 *   `consul.hashicorp.com/transparent-proxy-exclude-outbound-ports` (or `-cidrs`, `-uids`);
 * - `//` and `%2F` do not lead around an intention about paths;
 * - TLS 1.2 at least, and an access log of every request.
 *
 * It belongs in a later stack than `ConsulMesh`, which brings the CRDs.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#ConsulMeshPolicy}
 */
export class ConsulMeshPolicy extends Construct {
  /** Mesh entry: TLS versions, transparent proxy, path normalisation. */
  public readonly mesh: CustomResource;
  /** Access log of every sidecar. */
  public readonly proxyDefaults: CustomResource;
  /** Intention that denies every call. */
  public readonly defaultDeny: CustomResource;

  public constructor(scope: Construct, id: string, props: ConsulMeshPolicyProps) {
    super(scope, id);
    refuseUnlike(`ConsulMeshPolicy ${this.node.path}`, props, EXAMPLE);
    const apiVersion = 'consul.hashicorp.com/v1alpha1';
    const namespace = props.mesh.namespace;
    this.mesh = new CustomResource(this, 'mesh', {
      apiVersion,
      kind: 'Mesh',
      // The controller takes no other name.
      metadata: { name: 'mesh', namespace },
      spec: {
        transparentProxy: { meshDestinationsOnly: true },
        tls: {
          incoming: { tlsMinVersion: 'TLSv1_2' },
          outgoing: { tlsMinVersion: 'TLSv1_2' },
        },
        http: {
          incoming: {
            requestNormalization: {
              mergeSlashes: true,
              pathWithEscapedSlashesAction: 'REJECT_REQUEST',
            },
          },
        },
      },
    });
    this.proxyDefaults = new CustomResource(this, 'proxy-defaults', {
      apiVersion,
      kind: 'ProxyDefaults',
      // Nor here.
      metadata: { name: 'global', namespace },
      spec: { accessLogs: { enabled: true, type: 'stdout' } },
    });
    this.defaultDeny = new CustomResource(this, 'default-deny', {
      apiVersion,
      kind: 'ServiceIntentions',
      metadata: { name: 'default-deny', namespace },
      spec: { destination: { name: '*' }, sources: [{ name: '*', action: 'deny' }] },
    });
  }
}
