import { Fn, type TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import { type Example, filled, refuseUnlike } from '../../../example';
import { CustomResource } from '../../../kubernetes/custom-resource';
import type { AccessPlan } from '../../plan/plan';
import { admissionRules } from '../../plan/admission-rules';
import { PLAN_EXAMPLE } from '../../plan/examples';

/** Settings of `AdmissionPolicies`. */
export interface AdmissionPoliciesProps {
  /** The plan of the federation. */
  readonly plan: AccessPlan;
  /** The policy's name for the mesh of the cluster. */
  readonly mesh: string;
  /**
   * What tokens for the API server of this cluster are for, one audience a line, where its jobs issue tokens
   * with which others read its mesh's roots: `audiencesOf` of `TrustBundleExchange`.
   * @default none: no job issues any
   */
  readonly audiences?: string | undefined;
  /**
   * The Kubernetes provider of the cluster, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
}

const EXAMPLE: Example<AdmissionPoliciesProps> = { plan: PLAN_EXAMPLE, mesh: filled('bank') };

/**
 * Keeps what the federation relies on in a cluster from everybody who is no administrator of it, whatever
 * RBAC lets them do in a namespace: who may run pods with the accounts of borders and jobs, get tokens for
 * them, write roots and borders' configurations, and open a session in their pods. The control plane's
 * controllers may, since they act on what others were allowed to write, and the jobs write what is theirs.
 *
 * An administrator is whoever may update ValidatingAdmissionPolicies: no rule could bind who can take it
 * away.
 *
 * Needs Kubernetes 1.30.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 *
 * @example
 * {@includeCode ../../../../examples/constructs.ts#AdmissionPolicies}
 */
export class AdmissionPolicies extends Construct {
  /** The policies, by name. */
  public readonly policies: ReadonlyMap<string, CustomResource>;
  /** What puts each into force, by the name of the policy. */
  public readonly bindings: ReadonlyMap<string, CustomResource>;

  public constructor(scope: Construct, id: string, props: AdmissionPoliciesProps) {
    super(scope, id);
    refuseUnlike(`AdmissionPolicies ${this.node.path}`, props, EXAMPLE);
    const { plan, mesh, audiences, provider } = props;
    const policies = new Map<string, CustomResource>();
    const bindings = new Map<string, CustomResource>();
    // JSON is a list of strings in CEL too, whatever is in the strings.
    const tokenAudiences = audiences && Fn.jsonencode(Fn.split('\n', audiences));
    for (const { name, spec } of admissionRules({
      plan,
      mesh,
      ...(tokenAudiences !== undefined && { tokenAudiences }),
    })) {
      const policy = new CustomResource(this, name, {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name },
        spec,
        provider,
      });
      const binding = new CustomResource(this, `${name}-binding`, {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name },
        spec: {
          policyName: name,
          validationActions: ['Deny'],
        },
        provider,
        dependsOn: [policy.manifest],
      });
      policies.set(name, policy);
      bindings.set(name, binding);
    }
    this.policies = policies;
    this.bindings = bindings;
  }
}
