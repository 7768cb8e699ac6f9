import type { ITerraformDependable, TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import { type Example, Must, refuseUnlike } from '../../example';
import { CustomResource, FIELD_MANAGER } from '../../kubernetes/custom-resource';
import { named } from '../plan/plan';
import type { PlannedResource } from '../plan/resources';

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
  readonly dependsOn?: readonly ITerraformDependable[];
  /**
   * Name of the federation, where the mesh is in several: each leaves the resources of the others alone.
   * @default none
   */
  readonly federation?: string;
}

const EXAMPLE: Example<CustomResourcesProps> = {
  resources: [new Must('be one of plannedResources')],
};

/**
 * Custom resources of one cluster, made in their order and deleted in the opposite one.
 *
 * @example
 * {@includeCode ../../../examples/constructs.ts#CustomResources}
 */
export class CustomResources extends Construct {
  private readonly made = new Map<string, CustomResource>();
  private readonly provider?: TerraformProvider;
  private readonly fieldManager: string;

  public constructor(scope: Construct, id: string, props: CustomResourcesProps) {
    super(scope, id);
    refuseUnlike(`CustomResources ${this.node.path}`, props, EXAMPLE);
    this.provider = props.provider;
    this.fieldManager = named(FIELD_MANAGER, props.federation);
    this.add(props.resources, props.dependsOn);
  }

  /** By the id in the plan. */
  public get resources(): ReadonlyMap<string, CustomResource> {
    return this.made;
  }

  /** What comes after them waits for these. */
  public get takenUp(): ITerraformDependable[] {
    return [...this.made.values()].map((one) => one.takenUp);
  }

  /**
   * Makes further ones, after these.
   *
   * @returns the further ones
   */
  public add(
    resources: CustomResourcesProps['resources'],
    dependsOn: readonly ITerraformDependable[] = [],
  ): CustomResource[] {
    return resources.map(({ id, manifest, after, ownName, successorFirst }) => {
      const before = after.flatMap((other) => this.made.get(other)?.takenUp ?? []);
      const one = new CustomResource(this, id, {
        ...manifest,
        ownName,
        successorFirst,
        fieldManager: this.fieldManager,
        provider: this.provider,
        dependsOn: [...dependsOn, ...before],
      });
      this.made.set(id, one);
      return one;
    });
  }
}
