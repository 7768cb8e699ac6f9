import type { ITerraformDependable, TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import { CustomResource } from '../kubernetes';
import type { PlannedResource } from './resources';

/** Settings of `CustomResources`. */
export interface CustomResourcesProps {
  /** Resources of one cluster, each behind those that it comes after. */
  readonly resources: readonly PlannedResource[];
  /**
   * The Kubernetes provider of the cluster, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
  /**
   * What must exist before the first of them.
   * @default nothing
   */
  readonly dependsOn?: ITerraformDependable[];
}

/**
 * Custom resources of one cluster, made in their order and deleted in the opposite one.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#CustomResources}
 */
export class CustomResources extends Construct {
  /** By the id in the plan. */
  public readonly resources: ReadonlyMap<string, CustomResource>;

  public constructor(scope: Construct, id: string, props: CustomResourcesProps) {
    super(scope, id);
    const made = new Map<string, CustomResource>();
    for (const { id: name, manifest, after } of props.resources) {
      const before = after.flatMap((other) => made.get(other)?.manifest ?? []);
      made.set(
        name,
        new CustomResource(this, name, {
          ...manifest,
          provider: props.provider,
          dependsOn: [...(props.dependsOn ?? []), ...before],
        }),
      );
    }
    this.resources = made;
  }
}
