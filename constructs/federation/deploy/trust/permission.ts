import { RoleBindingV1 } from '@cdktf/provider-kubernetes/lib/role-binding-v1';
import { RoleV1 } from '@cdktf/provider-kubernetes/lib/role-v1';
import type { ITerraformDependable, TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import type { IPermission } from './outputs';

/** What may be done to which objects. */
export interface PermissionRule {
  /** `configmaps`, `serviceaccounts/token`. */
  readonly resource: string;
  /** Never empty: an empty list would mean every object. */
  readonly names: readonly [string, ...string[]];
  readonly verbs: readonly ('get' | 'update' | 'patch' | 'delete' | 'create')[];
}

/** The rule that permits reading one ConfigMap. */
export function readConfigMap(name: string): PermissionRule {
  return { resource: 'configmaps', names: [name], verbs: ['get'] };
}

/** To read one ConfigMap, which exists, and to write another content into it. */
export function updateConfigMap(name: string): PermissionRule {
  return { resource: 'configmaps', names: [name], verbs: ['get', 'update'] };
}

/** Settings of `Permission`. */
export interface PermissionProps {
  /** Name of the Role and its binding. */
  readonly name: string;
  /** Namespace of the objects. */
  readonly namespace: string;
  /** The service account that is permitted. */
  readonly subject: { readonly namespace: string; readonly name: string };
  readonly rules: readonly PermissionRule[];
  /** What must exist before it, such as the namespace. */
  readonly dependsOn?: readonly ITerraformDependable[];
  readonly provider?: TerraformProvider;
}

/** What one service account may do to single objects of one namespace, each by its name. */
export class Permission extends Construct implements IPermission {
  public readonly role: RoleV1;
  public readonly binding: RoleBindingV1;

  public constructor(scope: Construct, id: string, props: PermissionProps) {
    super(scope, id);
    const { dependsOn, provider, subject } = props;
    const metadata = { namespace: props.namespace, name: props.name };
    this.role = new RoleV1(this, 'role', {
      metadata,
      rule: props.rules.map(({ resource, names, verbs }) => ({
        apiGroups: [''],
        resources: [resource],
        resourceNames: [...names],
        verbs: [...verbs],
      })),
      dependsOn: dependsOn && [...dependsOn],
      provider,
    });
    this.binding = new RoleBindingV1(this, 'binding', {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: props.name },
      subject: [{ kind: 'ServiceAccount', namespace: subject.namespace, name: subject.name }],
      dependsOn: [this.role],
      provider,
    });
  }
}
