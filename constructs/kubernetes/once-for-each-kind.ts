import { type TerraformProvider, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import type { CustomResourceMetadata } from './metadata';

/** Objects of a kind in a namespace. */
export interface ObjectsOfKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Pick<CustomResourceMetadata, 'namespace'>;
  /** Field manager whose objects are not looked for. */
  readonly notBy?: string;
  readonly provider?: TerraformProvider;
}

/**
 * Reads of which a stack has one for each kind and namespace, by which all see what they look for. For each read
 * the provider works out the type of the kind anew, and Terraform has one more node in its graph.
 */
export class OnceForEachKind<Read extends Construct> {
  private readonly reads = new WeakMap<TerraformStack, Map<string, Read>>();

  /** @param group Id of the construct in the stack that they are in. */
  public constructor(private readonly group: string) {}

  /** @param make Makes it for the first who looks. */
  public of(
    scope: Construct,
    { apiVersion, kind, metadata: { namespace }, notBy, provider }: ObjectsOfKind,
    make: (scope: Construct, id: string) => Read,
  ): Read {
    const stack = TerraformStack.of(scope);
    const ofStack = this.reads.get(stack) ?? new Map<string, Read>();
    this.reads.set(stack, ofStack);
    const id = [provider?.fqn, apiVersion.replace('/', '.'), kind, namespace, notBy]
      .filter((part) => part !== undefined)
      .join('.');
    const there = ofStack.get(id);
    if (there !== undefined) return there;
    const place = stack.node.tryFindChild(this.group) ?? new Construct(stack, this.group);
    const made = make(place, id);
    ofStack.set(id, made);
    return made;
  }
}
