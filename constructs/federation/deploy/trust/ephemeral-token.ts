import { TerraformElement, type TerraformProvider, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';

/** Settings of `EphemeralToken`. */
export interface EphemeralTokenProps {
  readonly namespace: string;
  /** The service account. An expression that is unknown until the account exists. */
  readonly serviceAccount: string;
  /** Seconds that the token shall be good for. The cluster may allow fewer, and never under 600. */
  readonly seconds: number;
  /**
   * The Kubernetes provider of the account's cluster, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
}

/**
 * A token for a service account, recreated by each run of Terraform and written to no state and no plan
 * file. Only a write-only argument takes it.
 *
 * CDK for Terraform has no ephemeral resources, so this writes the block itself.
 *
 * @see https://registry.terraform.io/providers/hashicorp/kubernetes/2.38.0/docs/ephemeral-resources/token_request_v1
 */
export class EphemeralToken extends TerraformElement {
  private static readonly TYPE = 'kubernetes_token_request_v1';

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: EphemeralTokenProps,
  ) {
    super(scope, id);
    // Terraform's own words for "too old" are clearer than those for an unknown block.
    TerraformStack.of(this).addOverride('terraform.required_version', '>= 1.11.0');
  }

  /** The token, for a write-only argument. */
  public get token(): string {
    return `\${ephemeral.${EphemeralToken.TYPE}.${this.friendlyUniqueId}.token}`;
  }

  public override toTerraform(): unknown {
    const { namespace, serviceAccount, seconds, provider } = this.props;
    return {
      ephemeral: {
        [EphemeralToken.TYPE]: {
          [this.friendlyUniqueId]: {
            metadata: { namespace, name: serviceAccount },
            spec: { expiration_seconds: seconds },
            ...(provider === undefined ? {} : { provider: provider.fqn }),
          },
        },
      },
    };
  }
}
