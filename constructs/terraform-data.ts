import { type TerraformMetaArguments, TerraformResource } from 'cdktf';
import type { Construct } from 'constructs';

/** Settings of `TerraformData`. */
export interface TerraformDataProps extends TerraformMetaArguments {
  /** Kept in the state. */
  readonly input?: unknown;
  /** Made anew where this changes. Read at synthesis, so it may grow until then. */
  readonly triggersReplace?: unknown;
}

/**
 * `terraform_data`. cdktf has a class for it, which runs `terraform version` in every synthesis.
 *
 * @see https://developer.hashicorp.com/terraform/language/resources/terraform-data
 */
export class TerraformData extends TerraformResource {
  private readonly kept: unknown;
  private readonly triggers: unknown;

  public constructor(
    scope: Construct,
    id: string,
    { input, triggersReplace, ...meta }: TerraformDataProps,
  ) {
    super(scope, id, { ...meta, terraformResourceType: 'terraform_data' });
    this.kept = input;
    this.triggers = triggersReplace;
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return {
      ...(this.kept === undefined ? {} : { input: this.kept }),
      ...(this.triggers === undefined ? {} : { triggers_replace: this.triggers }),
    };
  }
}
