import { DataKubernetesResources } from '@cdktf/provider-kubernetes/lib/data-kubernetes-resources';
import { Manifest } from '@cdktf/provider-kubernetes/lib/manifest';
import type { ITerraformDependable, TerraformProvider, TerraformResourceLifecycle } from 'cdktf';
import { Construct } from 'constructs';
import { type Example, Must, Optional, refuseUnlike } from '../example';
import { GatewayVerdict, hasGatewayVerdict } from './gateway-verdict';
import type { CustomResourceMetadata } from './metadata';
import { OnceForEachKind } from './once-for-each-kind';
import { judgeOf, requireTakenUp, UNTIL_JUDGED } from './verdict';
import { type Problem, refuse } from '../problems';
import { isUnresolved } from '../unresolved';
import { labelProblems, subdomainProblems } from './name-problems';

/** Name by which the API server knows this project's writes. */
export const FIELD_MANAGER = 'cdktf-mesh-federation';

/** The label of everything that `CustomResource` makes; its value is the field manager. */
const MADE_BY = 'app.kubernetes.io/managed-by';

/** A custom resource as it would stand in a YAML file. */
export interface CustomResourceProps {
  /** Group and version: `security.istio.io/v1`. */
  readonly apiVersion: string;
  /** Kind, as the CRD names it. */
  readonly kind: string;
  /** What identifies the object. */
  readonly metadata: CustomResourceMetadata;
  /** The object's `spec`. A field that the CRD does not have stops the plan. */
  readonly spec: Readonly<Record<string, unknown>>;
  /**
   * Resources that must exist before this one.
   * @default nothing
   */
  readonly dependsOn?: readonly ITerraformDependable[];
  /**
   * The Kubernetes provider of its cluster, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
  /**
   * Whether its name is one that nobody else would give, so that it need not be looked for before.
   * @default false
   */
  readonly ownName?: boolean;
  /**
   * Field manager that writes it, and value of its label: what another one has made is somebody else's.
   * @default FIELD_MANAGER
   */
  readonly fieldManager?: string;
  /**
   * Whether one of another name or namespace is made before this one is deleted. Not for what there may be only one
   * of, whatever its name, and for no name that another resource of the same deploy gives up.
   * @default false
   */
  readonly successorFirst?: boolean;
}

const EXAMPLE: Example<CustomResourceProps> = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name: 'weather-api', namespace: new Optional('shop') },
  spec: new Must('be a map'),
  ownName: new Optional(true),
  successorFirst: new Optional(true),
};

/**
 * A custom resource of one of the meshes. Its CRD must be in the cluster when the stack is
 * *planned*, so it belongs in a later stack than the chart that brings the CRD.
 *
 * - Applied server-side by a field manager of its own that wins conflicts: a field that somebody
 *   edited by hand is put right by the next deploy instead of failing it.
 * - Somebody else's object of the same name is not taken over, not even after it was imported into the
 *   state: an object that neither has the label of this project nor is written by this field manager
 *   stops the plan.
 * - What its controller judges must be taken up, or the deploy stops with the controller's words: of
 *   Consul's group that is `Synced`. A verdict is waited for, five minutes at most.
 * - So must a Gateway of the Gateway API and its TCPRoutes and TLSRoutes: what the controller says is told as
 *   soon as it has decided. A Gateway may take five minutes until it is programmed, a route one.
 * - Deletion waits for finalizers, but not forever: a controller that is gone cannot remove them
 *   (https://github.com/hashicorp/consul-k8s/issues/1062).
 *
 * The underlying `kubernetes_manifest` is `manifest`.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#CustomResource}
 */
export class CustomResource extends Construct {
  /** The `kubernetes_manifest`. */
  public readonly manifest: Manifest;

  /**
   * What uses it waits for this: the manifest, or what its controller says of it where that is known only a
   * while later.
   */
  public readonly takenUp: ITerraformDependable;

  public constructor(scope: Construct, id: string, props: CustomResourceProps) {
    super(scope, id);
    refuseUnlike(`CustomResource ${this.node.path}`, props, EXAMPLE);
    refuse(`CustomResource ${this.node.path}`, resourceProblems(props));
    const { fieldManager = FIELD_MANAGER } = props;
    const there = props.ownName === true ? undefined : lookFor(this, props);
    const judge = judgeOf(props.apiVersion, props.kind);
    this.manifest = new Manifest(this, 'manifest', {
      manifest: {
        apiVersion: props.apiVersion,
        kind: props.kind,
        metadata: {
          ...props.metadata,
          labels: { ...props.metadata.labels, [MADE_BY]: fieldManager },
        },
        spec: props.spec,
      },
      fieldManager: { name: fieldManager, forceConflicts: true },
      ...(judge === undefined ? { timeouts: { delete: '2m' } } : UNTIL_JUDGED),
      lifecycle: lifecycleOf(props, there),
      dependsOn: props.dependsOn && [...props.dependsOn],
      provider: props.provider,
    });
    if (judge !== undefined) requireTakenUp(this, { judge, ...props, manifest: this.manifest });
    this.takenUp = hasGatewayVerdict(props.apiVersion, props.kind)
      ? new GatewayVerdict(this, 'taken_up', { ...props, manifest: this.manifest }).given
      : this.manifest;
  }
}

/**
 * Groups of which the provider shows `metadata`: of a custom resource it shows what its CRD's schema lists, and
 * Istio's list none.
 *
 * @see https://github.com/hashicorp/terraform-provider-kubernetes/blob/v2.38.0/manifest/provider/resource.go TFTypeFromOpenAPI
 */
const WITH_METADATA: readonly string[] = ['consul.hashicorp.com', 'admissionregistration.k8s.io'];

const MADE_BY_OTHERS = new OnceForEachKind<DataKubernetesResources>('made-by-others');

/** Reads what others have made: all of the kind at once where it can be told by name. */
function lookFor(scope: Construct, props: CustomResourceProps): DataKubernetesResources {
  const { apiVersion, kind, metadata, fieldManager = FIELD_MANAGER, provider } = props;
  const { name, namespace } = metadata;
  const labelSelector = `${MADE_BY}!=${fieldManager}`;
  const others = { apiVersion, kind, namespace, labelSelector, provider };
  return isWithMetadata(apiVersion)
    ? MADE_BY_OTHERS.of(
        scope,
        { ...props, notBy: fieldManager },
        (place, id) => new DataKubernetesResources(place, id, others),
      )
    : new DataKubernetesResources(scope, 'there', {
        ...others,
        fieldSelector: `metadata.name=${name}`,
      });
}

function isWithMetadata(apiVersion: string): boolean {
  return WITH_METADATA.includes(apiVersion.split('/')[0] ?? '');
}

function lifecycleOf(
  props: CustomResourceProps,
  there: DataKubernetesResources | undefined,
): TerraformResourceLifecycle | undefined {
  const first = props.successorFirst === true;
  return first || there !== undefined
    ? {
        ...(first && { createBeforeDestroy: true }),
        ...(there && { precondition: [notSomebodyElses(props, there)] }),
      }
    : undefined;
}

/**
 * What is found has no label of ours; the label came later than the field manager, which is looked for as well.
 */
function notSomebodyElses(
  {
    apiVersion,
    kind,
    metadata: { name, namespace },
    fieldManager = FIELD_MANAGER,
  }: CustomResourceProps,
  there: DataKubernetesResources,
) {
  const place = namespace === undefined ? '' : ` -n ${namespace}`;
  const isAnother = isWithMetadata(apiVersion) ? `one.metadata.name != "${name}" || ` : '';
  return {
    condition:
      `\${alltrue([for one in ${there.fqn}.objects : ${isAnother}contains([for part in ` +
      `try(one.metadata.managedFields, []) : part.manager], "${fieldManager}")])}`,
    errorMessage:
      `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name} is there already, and somebody ` +
      'else made it. Its rules stay as they are: nothing of it was changed. What to do is in ' +
      'docs/troubleshooting.md under "is there already, and somebody else made it". ' +
      `See it: kubectl get${place} ${kind.toLowerCase()} ${name} -o yaml`,
  };
}

/** As the API server would, but before anything is deployed. */
function resourceProblems({ apiVersion, kind, metadata }: CustomResourceProps): Problem[] {
  const { name, namespace } = metadata;
  return [
    ...(isUnresolved(apiVersion) || /^([a-z0-9][-a-z0-9.]*\/)?v\d[a-z0-9]*$/.test(apiVersion)
      ? []
      : [
          {
            path: ['apiVersion'],
            message: `is "${apiVersion}"; must be a group and a version, such as networking.istio.io/v1`,
          },
        ]),
    ...(isUnresolved(kind) || /^[A-Z][0-9A-Za-z]*$/.test(kind)
      ? []
      : [{ path: ['kind'], message: `is "${kind}"; must be a kind such as ServiceEntry` }]),
    ...(isUnresolved(name) ? [] : subdomainProblems(['metadata', 'name'], name)),
    ...(namespace === undefined || isUnresolved(namespace)
      ? []
      : labelProblems(['metadata', 'namespace'], namespace)),
  ];
}
