import { Construct } from 'constructs';
import { type Example, refuseUnlike } from '../example';
import { CustomResource } from '../kubernetes/custom-resource';
import type { IIstioMesh } from './interface';

/** Settings of `IstioMeshPolicy`. */
export interface IstioMeshPolicyProps {
  /** The mesh, made by `IstioMesh` or by somebody else. */
  readonly mesh: Pick<IIstioMesh, 'rootNamespace'>;
}

const EXAMPLE: Example<IstioMeshPolicyProps> = { mesh: { rootNamespace: 'istio-system' } };

/**
 * What holds for the whole mesh before anything is allowed:
 *
 * - STRICT mutual TLS: a workload takes no plaintext;
 * - default deny: an AuthorizationPolicy that admits nothing, so that every call needs one that
 *   admits it. That includes calls *through* the ingress gateway, which needs one of its own.
 *
 * It belongs in a later stack than `IstioMesh`, which brings the CRDs.
 *
 * @see https://istio.io/latest/docs/ops/best-practices/security/#use-default-deny-patterns
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#IstioMeshPolicy}
 */
export class IstioMeshPolicy extends Construct {
  /** PeerAuthentication of the mesh. */
  public readonly strictMutualTls: CustomResource;
  /** AuthorizationPolicy that admits nothing. */
  public readonly defaultDeny: CustomResource;

  public constructor(scope: Construct, id: string, props: IstioMeshPolicyProps) {
    super(scope, id);
    refuseUnlike(`IstioMeshPolicy ${this.node.path}`, props, EXAMPLE);
    const namespace = props.mesh.rootNamespace;
    this.strictMutualTls = new CustomResource(this, 'strict-mutual-tls', {
      apiVersion: 'security.istio.io/v1',
      kind: 'PeerAuthentication',
      // Istio takes the one of this name in the root namespace for the mesh.
      metadata: { name: 'default', namespace },
      spec: { mtls: { mode: 'STRICT' } },
    });
    this.defaultDeny = new CustomResource(this, 'default-deny', {
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: { name: 'default-deny', namespace },
      spec: {},
    });
  }
}
