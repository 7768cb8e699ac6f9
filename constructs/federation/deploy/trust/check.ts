import { TerraformElement } from 'cdktf';
import type { Construct } from 'constructs';

/** Settings of `Check`. */
export interface CheckProps {
  /** Expression that is true where all is well. */
  readonly condition: string;
  /** What is wrong and what to do; may hold expressions. */
  readonly message: string;
}

/**
 * Something that should be so and need not be: Terraform warns where it is not, at each plan and each
 * deploy, and goes on.
 *
 * CDK for Terraform has no checks, so this writes the block itself.
 *
 * @see https://developer.hashicorp.com/terraform/language/block/check
 */
export class Check extends TerraformElement {
  public constructor(
    scope: Construct,
    id: string,
    private readonly props: CheckProps,
  ) {
    super(scope, id);
  }

  public override toTerraform(): unknown {
    const { condition, message } = this.props;
    return {
      check: { [this.friendlyUniqueId]: { assert: { condition, error_message: message } } },
    };
  }
}
