import { Annotations } from '@cdktf/provider-kubernetes/lib/annotations';
import { DataKubernetesResources } from '@cdktf/provider-kubernetes/lib/data-kubernetes-resources';
import { Labels } from '@cdktf/provider-kubernetes/lib/labels';
import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import { Construct } from 'constructs';
import { type Example, filled, Optional, refuseUnlike } from '../example';
import { mustHold } from '../must-hold';
import { FIELD_MANAGER } from './custom-resource';
import { refuse } from '../problems';
import { namespaceListProblems, type WorkloadNamespace } from './workload-namespace';

/** Whether a namespace is there without being made. */
function namespaceExists({ name, existing }: WorkloadNamespace): boolean {
  return existing ?? name === 'default';
}

/** Label of the namespaces that a mesh made and does not delete unasked: whose they are. */
const MADE_FOR = 'mesh-federation/made-for';

/** Settings of `WorkloadNamespaces`. */
export interface WorkloadNamespacesProps {
  /** Names of the namespaces that the mesh injects sidecars in. */
  readonly namespaces: readonly WorkloadNamespace[];
  /** Name of the mesh, unique in its cluster. */
  readonly mesh: string;
  /**
   * Labels by which the pods of a namespace join the mesh, for each.
   * @default none
   */
  readonly labels?: (namespace: WorkloadNamespace) => Readonly<Record<string, string>>;
  /**
   * Annotations that do so.
   * @default none
   */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Start of the logical ids. */
  readonly idPrefix: string;
}

const EXAMPLE: Example<WorkloadNamespacesProps> = {
  namespaces: [
    { name: filled('shop'), existing: new Optional(true), disposable: new Optional(true) },
  ],
  mesh: filled('shop'),
  idPrefix: filled('namespace'),
};

/**
 * The namespaces of a mesh's workloads. Those that are not there are made, and go with the mesh.
 *
 * A namespace that was made and is then taken out of the list would be deleted with everybody's
 * workloads in it. So the plan stops, and says how to keep it and how to let it go, unless it is
 * `disposable`.
 *
 * @throws Error when one is listed twice, or `default` is to be made.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#WorkloadNamespaces}
 */
export class WorkloadNamespaces extends Construct {
  /** Those that were not there, by name. */
  public readonly created: ReadonlyMap<string, NamespaceV1>;
  /** Labels of those that were there, by the name of the namespace. */
  public readonly labelled: ReadonlyMap<string, Labels>;
  /** Annotations of those that were there, by the name of the namespace. */
  public readonly annotated: ReadonlyMap<string, Annotations>;

  public constructor(scope: Construct, id: string, props: WorkloadNamespacesProps) {
    super(scope, id);
    refuseUnlike(`WorkloadNamespaces ${this.node.path}`, props, EXAMPLE);
    refuse(
      `WorkloadNamespaces ${this.node.path}`,
      namespaceListProblems(['namespaces'], props.namespaces),
    );
    const { namespaces, mesh, labels = () => ({}), annotations = {}, idPrefix } = props;
    const made = namespaces.filter((namespace) => !namespaceExists(namespace));
    const created = new Map<string, NamespaceV1>();
    const labelled = new Map<string, Labels>();
    for (const namespace of made) {
      const { name, disposable = false } = namespace;
      const guarded: Readonly<Record<string, string>> = disposable ? {} : { [MADE_FOR]: mesh };
      // Beside this construct: where these resources were before it.
      created.set(
        name,
        new NamespaceV1(scope, `${idPrefix}-${name}`, {
          metadata: {
            name,
            labels: { ...namespace.labels, ...labels(namespace), ...guarded },
            ...(Object.keys(annotations).length > 0 && { annotations: { ...annotations } }),
          },
        }),
      );
    }
    for (const namespace of namespaces.filter(namespaceExists)) {
      const { name } = namespace;
      if (Object.keys(labels(namespace)).length === 0) continue;
      labelled.set(
        name,
        new Labels(scope, `${idPrefix}-${name}`, {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name },
          labels: { ...labels(namespace) },
          fieldManager: FIELD_MANAGER,
          force: true,
        }),
      );
    }
    this.created = created;
    this.labelled = labelled;
    this.annotated = new Map(
      (Object.keys(annotations).length === 0 ? [] : namespaces.filter(namespaceExists)).map(
        ({ name }) => [
          name,
          new Annotations(scope, `${idPrefix}-${name}-annotations`, {
            apiVersion: 'v1',
            kind: 'Namespace',
            metadata: { name },
            annotations: { ...annotations },
            fieldManager: FIELD_MANAGER,
            force: true,
          }),
        ],
      ),
    );
    this.refuseToDelete(
      mesh,
      made.map(({ name }) => name),
    );
  }

  private refuseToDelete(mesh: string, made: readonly string[]): void {
    const left = `[for o in self.objects : o.metadata.name if !contains(${JSON.stringify(made)}, o.metadata.name)]`;
    new DataKubernetesResources(this, 'made', {
      apiVersion: 'v1',
      kind: 'Namespace',
      labelSelector: `${MADE_FOR}=${mesh}`,
      lifecycle: mustHold(
        `length(${left}) == 0`,
        `Namespaces that were made for this mesh are no longer among those to make: ` +
          `\${join(", ", ${left})}. The deploy would delete them with all that runs in them. Put ` +
          'them back into the list. To be rid of one, delete it yourself (kubectl delete ' +
          'namespace NAME) and deploy again. To keep one without the mesh, let Terraform forget ' +
          "it first (terraform state rm, in this stack's folder) and take its label away " +
          `(kubectl label namespace NAME ${MADE_FOR}-).`,
      ),
    });
  }
}
