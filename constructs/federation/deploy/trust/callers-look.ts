import type { JobV1 } from '@cdktf/provider-kubernetes/lib/job-v1';
import { RoleBindingV1 } from '@cdktf/provider-kubernetes/lib/role-binding-v1';
import { RoleV1 } from '@cdktf/provider-kubernetes/lib/role-v1';
import type { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { ICallersLook } from './outputs';
import { named } from '../../plan/plan';
import { firstRun } from './first-run';
import type { JobsHome } from './home';

/** Settings of `CallersLook`. */
export interface CallersLookProps {
  readonly home: JobsHome;
  /** Name of the federation, where the mesh is in several. */
  readonly federation?: string;
  /** Namespaces with pods that call foreign services. */
  readonly namespaces: readonly string[];
  /** Names of the ConfigMaps with foreign roots. */
  readonly configMaps: readonly string[];
  readonly image: string;
  /** The ConfigMaps with the roots, which must be there first. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Lets pods that call foreign services, and that started before the foreign roots were there, have them
 * at once. Without it the first calls fail for as long as the kubelets do not look by themselves, which
 * is up to 80 seconds.
 *
 * Its account may list the pods of these namespaces and write their status, and nothing else; Kubernetes
 * lets one write labels and annotations with it. Its token is in one pod that runs for seconds.
 */
export class CallersLook extends Construct implements ICallersLook {
  public readonly job: JobV1;
  public readonly account: ServiceAccountV1;
  public readonly bindings: readonly RoleBindingV1[];

  public constructor(scope: Construct, id: string, props: CallersLookProps) {
    super(scope, id);
    const { home, namespaces, configMaps } = props;
    const { provider, name: namespace } = home;
    const name = 'callers-look';
    this.account = home.account(this, 'account', name);
    this.bindings = namespaces.map((target) => {
      const metadata = { namespace: target, name: named(`federation-${name}`, props.federation) };
      const role = new RoleV1(this, `role-${target}`, {
        metadata,
        rule: [
          { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
          { apiGroups: [''], resources: ['pods/status'], verbs: ['patch'] },
        ],
        provider,
      });
      return new RoleBindingV1(this, `binding-${target}`, {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
        subject: [{ kind: 'ServiceAccount', namespace, name }],
        dependsOn: [role],
        provider,
      });
    });
    this.job = firstRun(this, 'job', {
      namespace,
      name,
      job: {
        image: props.image,
        program: home.programName,
        job: 'look',
        serviceAccount: name,
        // Its attempts, and the time after which it is needed no more.
        deadlineSeconds: 300,
        env: { NAMESPACES: namespaces.join(','), CONFIG_MAPS: configMaps.join(',') },
        volumes: [],
      },
      timeout: '6m',
      dependsOn: [this.account, home.program, ...this.bindings, ...props.dependsOn],
      provider,
    });
  }
}
