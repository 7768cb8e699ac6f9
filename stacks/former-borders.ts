import { DataKubernetesResources } from '@cdktf/provider-kubernetes/lib/data-kubernetes-resources';
import { Token } from 'cdktf';
import { Construct } from 'constructs';
import { BORDER_SELECTOR } from '../constructs/federation/plan/internal';
import { mustHold } from '../constructs/must-hold';

/** Label of the namespaces that are made for the borders of a mesh alone: whose they are. */
const BORDERS_OF = 'mesh-federation/borders-of';

/** A namespace that is made for the borders of a mesh alone. */
export function namespaceOfBorders(mesh: string, name: string) {
  return { name, disposable: true, labels: { [BORDERS_OF]: mesh } };
}

/** Settings of `FormerBorders`. */
export interface FormerBordersProps {
  /** Name of the mesh. */
  readonly mesh: string;
  /** The namespaces of its borders: while they move, two. */
  readonly namespaces: readonly string[];
  /** Where they are to be. */
  readonly namespace: string;
  /** Names of their Deployments. */
  readonly borders: readonly string[];
}

/**
 * The namespace that borders leave goes with the mesh's stack, which is deployed before the federation's:
 * with the borders in it. So the plan stops unless each of them is in the other namespace by now.
 */
export class FormerBorders extends Construct {
  public constructor(scope: Construct, id: string, props: FormerBordersProps) {
    super(scope, id);
    const { mesh, namespaces, namespace, borders } = props;
    const made = new DataKubernetesResources(this, 'made', {
      apiVersion: 'v1',
      kind: 'Namespace',
      labelSelector: `${BORDERS_OF}=${mesh}`,
    });
    const left = `[for o in ${made.fqn}.objects : o.metadata.name if !contains(${JSON.stringify(namespaces)}, o.metadata.name)]`;
    const missing = `setsubtract(${JSON.stringify(borders)}, self.objects[*].metadata.name)`;
    // The provider shows half a megabyte of each Deployment, so it reads them only where it matters.
    new DataKubernetesResources(this, 'there', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace,
      labelSelector: BORDER_SELECTOR,
      count: Token.asNumber(`\${length(${left}) == 0 ? 0 : 1}`),
      lifecycle: mustHold(
        `length(${missing}) == 0`,
        `The deploy would delete the namespace \${join(", ", ${left})} with the borders of ${mesh} in it, ` +
          `and \${join(", ", ${missing})} is not in ${namespace} yet: calls between the meshes would ` +
          'fail. Nothing was changed. To move them, say where they are (federation.borders.movedFrom, ' +
          'or bordersMovedFrom of the mesh in the policy): new ones then come first. Deploy, take that ' +
          'out again, deploy.',
      ),
    });
  }
}
