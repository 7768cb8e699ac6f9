import { DataKubernetesResource } from '@cdktf/provider-kubernetes/lib/data-kubernetes-resource';
import type { Manifest, ManifestConfig } from '@cdktf/provider-kubernetes/lib/manifest';
import { dependable, TerraformStack, type TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import { TerraformData } from '../made-with';
import { pause } from '../wait';
import type { CustomResourceMetadata } from './metadata';

/**
 * Groups whose controller writes into each object whether it has taken it up, as its only condition.
 * Istio writes none for what this project makes: its webhook refuses what istiod would not take.
 *
 * @see https://github.com/hashicorp/consul-k8s/blob/main/control-plane/api/v1alpha1/status.go
 */
const JUDGED: Readonly<Record<string, string>> = { 'consul.hashicorp.com': 'Consul' };

/** The condition of its verdict. */
const CONDITION = 'Synced';

/** Seconds that a controller gets to look at a change; until then its verdict is of what was before. */
const SECONDS = 5;

/** Of these groups, kinds that are no more than settings of others: no controller writes into them. */
const UNJUDGED: readonly string[] = ['GatewayClassConfig', 'MeshService'];

/** Who judges objects of a kind, if anybody does. */
export function judgeOf(apiVersion: string, kind: string): string | undefined {
  return UNJUDGED.includes(kind) ? undefined : JUDGED[apiVersion.split('/')[0] ?? ''];
}

/** What lets an apply wait until there is a verdict, of either kind. */
export const UNTIL_JUDGED = {
  wait: { fields: { 'status.conditions[0].status': '^(True|False)$' } },
  timeouts: { create: '5m', update: '5m', delete: '2m' },
} satisfies Partial<ManifestConfig>;

/** The pause of a stack after its last change of what is judged; recreated by any of them. */
class Looked extends TerraformData {
  private readonly specs: Record<string, unknown>;
  private readonly manifests: string[] = [];

  private constructor(stack: TerraformStack) {
    const specs = {};
    super(stack, ID, { triggersReplace: specs, provisioners: [pause(SECONDS)] });
    this.specs = specs;
    this.dependsOn = this.manifests;
  }

  public static of(scope: Construct): Looked {
    const stack = TerraformStack.of(scope);
    const there = stack.node.tryFindChild(ID);
    return there instanceof Looked ? there : new Looked(stack);
  }

  public add(name: string, spec: unknown, manifest: Manifest): void {
    this.specs[name] = spec;
    this.manifests.push(dependable(manifest));
  }
}

/** Id of the construct in each stack that has one. */
const ID = 'controllers-looked';

/** An object of whose status a deploy reads what its controller made of it. */
export interface JudgedResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: CustomResourceMetadata;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly manifest: Manifest;
  readonly provider?: TerraformProvider;
}

/** Settings of `Verdict`. */
export interface VerdictProps extends JudgedResource {
  readonly judge: string;
}

/**
 * Stops a deploy at a custom resource that its controller refuses, with the controller's words. Such an
 * object is in the cluster like any other, and what it says does not hold. A plan is stopped as well, unless it
 * changes the object.
 */
export class Verdict extends Construct {
  public constructor(scope: Construct, id: string, props: VerdictProps) {
    super(scope, id);
    const { judge, apiVersion, kind, metadata, spec, manifest, provider } = props;
    const { name, namespace } = metadata;
    const looked = Looked.of(this);
    looked.add(`${kind} ${namespace ?? ''}/${name}`, spec, manifest);
    const conditions = 'try(self.object.status.conditions, [])';
    const refusals = `[for one in ${conditions} : one if one.type != "${CONDITION}" || one.status != "True"]`;
    const words = `join("; ", [for one in ${refusals} : join(": ", compact([try(one.reason, ""), try(one.message, "")]))])`;
    const place = namespace === undefined ? '' : ` -n ${namespace}`;
    new DataKubernetesResource(this, 'verdict', {
      apiVersion,
      kind,
      metadata: { name, namespace },
      // The object too: else one that was deleted by hand is read before it is made again.
      dependsOn: [looked, manifest],
      provider,
      lifecycle: {
        postcondition: [
          {
            condition: `\${length(${conditions}) > 0 && length(${refusals}) == 0}`,
            errorMessage:
              `${judge} has not taken up ${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}, ` +
              `so what it says does not hold. Its controller says: \${length(${conditions}) == 0 ? "nothing yet" : ${words}}. ` +
              `Fix that and deploy again; kubectl get${place} ${kind.toLowerCase()} ${name} -o yaml shows all of it.`,
          },
        ],
      },
    });
  }
}
