import type { DeploymentV1SpecTemplateSpecContainerEnv } from '@cdktf/provider-kubernetes/lib/deployment-v1';
import { SecretV1 } from '@cdktf/provider-kubernetes/lib/secret-v1';
import { type ITerraformDependable, TerraformStack, TerraformVariable } from 'cdktf';
import { Construct } from 'constructs';
import { CustomResource } from '../kubernetes/custom-resource';

/** Settings of `OpenWeatherAccess`. */
export interface OpenWeatherAccessProps {
  readonly namespace: string;
  /**
   * Number of the key: raise it to put another key into the cluster. Terraform does not keep the key,
   * so it cannot see that it changed.
   * @default 1
   */
  readonly keyRevision?: number;
}

/** The Terraform variable that takes the key: `TF_VAR_openweather_api_key` in the environment. */
export const OPENWEATHER_KEY_VARIABLE = 'openweather_api_key';

const HOST = 'api.openweathermap.org';

/**
 * The key of the OpenWeather API, and the way out of the mesh to it.
 *
 * - The key goes from a variable straight into a Secret. Both are of the kind that Terraform keeps
 *   neither in a plan nor in the state (ephemeral, write-only), so every deploy needs the variable.
 * - Where the mesh lets nobody out (`REGISTRY_ONLY`), a ServiceEntry lets the pods of the one namespace
 *   out to this one host. The application speaks TLS itself.
 *
 * It belongs in a later stack than the mesh, which brings the CRD.
 */
export class OpenWeatherAccess extends Construct {
  public readonly secret: SecretV1;
  public readonly serviceEntry: CustomResource;
  /** Environment variables of the pods. */
  public readonly env: readonly DeploymentV1SpecTemplateSpecContainerEnv[];
  /** Annotations of the pods, which read the key when they start. */
  public readonly podAnnotations: Readonly<Record<string, string>>;
  /** What must exist before the pods. */
  public readonly dependencies: readonly ITerraformDependable[];

  public constructor(scope: Construct, id: string, props: OpenWeatherAccessProps) {
    super(scope, id);
    const { namespace, keyRevision = 1 } = props;
    const name = 'openweather';
    const secretKey = 'api-key';

    const key = new TerraformVariable(this, 'key', {
      type: 'string',
      sensitive: true,
      // Destroy needs no key.
      default: '',
      description: 'Key of the OpenWeather API.',
    });
    key.overrideLogicalId(OPENWEATHER_KEY_VARIABLE);
    // cdktf's own settings end before Terraform 1.10, which brought it.
    key.addOverride('ephemeral', true);
    // Terraform's own words for "too old" are clearer than those for an unknown argument.
    TerraformStack.of(this).addOverride('terraform.required_version', '>= 1.11.0');
    this.secret = new SecretV1(this, 'secret', {
      metadata: { name, namespace },
      dataWo: { [secretKey]: key.stringValue },
      dataWoRevision: keyRevision,
      lifecycle: {
        precondition: [
          {
            condition: `\${length(var.${OPENWEATHER_KEY_VARIABLE}) > 0}`,
            errorMessage:
              `weather.data is openweather, and there is no key: put yours into the environment ` +
              `variable TF_VAR_${OPENWEATHER_KEY_VARIABLE} (https://home.openweathermap.org/api_keys ` +
              'has it), or set weather.data: sample.',
          },
        ],
      },
    });
    this.serviceEntry = new CustomResource(this, 'service-entry', {
      apiVersion: 'networking.istio.io/v1',
      kind: 'ServiceEntry',
      metadata: { name, namespace },
      spec: {
        hosts: [HOST],
        exportTo: ['.'],
        location: 'MESH_EXTERNAL',
        resolution: 'DNS',
        ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
      },
    });
    this.env = [
      {
        name: 'OPENWEATHER_API_KEY',
        valueFrom: { secretKeyRef: { name, key: secretKey } },
      },
    ];
    this.podAnnotations = { 'mesh-federation/key-revision': String(keyRevision) };
    this.dependencies = [this.secret, this.serviceEntry.manifest];
  }
}
