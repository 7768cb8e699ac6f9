import { DataKubernetesResources } from '@cdktf/provider-kubernetes/lib/data-kubernetes-resources';
import type { Manifest, ManifestConfig } from '@cdktf/provider-kubernetes/lib/manifest';
import { dependable, Lazy, TerraformStack, type TerraformProvider } from 'cdktf';
import type { Construct } from 'constructs';
import { TerraformData } from '../terraform-data';
import { pause } from '../wait';
import type { CustomResourceMetadata } from './metadata';
import { OnceForEachKind } from './once-for-each-kind';

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

/** What is judged, and by whom. */
export interface JudgedProps extends JudgedResource {
  readonly judge: string;
}

/**
 * Stops a deploy at a custom resource that its controller refuses, with the controller's words. Such an
 * object is in the cluster like any other, and what it says does not hold. A plan is stopped as well, unless it
 * changes an object that is judged.
 */
export function requireTakenUp(scope: Construct, props: JudgedProps): void {
  const { kind, metadata, spec, manifest } = props;
  const looked = Looked.of(scope);
  looked.add(`${kind} ${metadata.namespace ?? ''}/${metadata.name}`, spec, manifest);
  Verdicts.of(scope, props, looked).add(metadata.name, manifest);
}

const VERDICTS = new OnceForEachKind<Verdicts>('verdicts');

/** What the controller says of all objects of a kind in a namespace, read at once. */
class Verdicts extends DataKubernetesResources {
  private readonly names: string[] = [];
  private readonly awaited: string[];

  private constructor(scope: Construct, id: string, props: JudgedProps, looked: Looked) {
    const { judge, apiVersion, kind, provider } = props;
    const { namespace } = props.metadata;
    const [place, flag] =
      namespace === undefined ? ['', ''] : [`${namespace}/`, ` -n ${namespace}`];
    const conditions = 'try([for each in one.status.conditions : each], [])';
    const refusals = `[for each in ${conditions} : each if each.type != "${CONDITION}" || each.status != "True"]`;
    const words = `[for each in ${refusals} : join(": ", compact([try(each.reason, ""), try(each.message, "")]))]`;
    const open = () =>
      `setsubtract(${JSON.stringify(this.names)}, [for one in self.objects : one.metadata.name ` +
      `if length(${conditions}) > 0 && length(${refusals}) == 0])`;
    const said = `flatten([for one in self.objects : ${words} if one.metadata.name == name])`;
    super(scope, id, {
      apiVersion,
      kind,
      namespace,
      provider,
      lifecycle: {
        postcondition: [
          {
            condition: Lazy.stringValue({ produce: () => `\${length(${open()}) == 0}` }),
            errorMessage: Lazy.stringValue({
              produce: () =>
                `${judge} has not taken up \${join(", ", [for name in ${open()} : ` +
                `"${kind} ${place}\${name} (its controller says: ` +
                `\${join("; ", coalescelist(${said}, ["nothing yet"]))})"])}, so what is in there does not ` +
                `hold. Fix that and deploy again; kubectl get${flag} ${kind.toLowerCase()} -o yaml shows all of it.`,
            }),
          },
        ],
      },
    });
    this.awaited = [dependable(looked)];
    this.dependsOn = this.awaited;
  }

  public static of(scope: Construct, props: JudgedProps, looked: Looked): Verdicts {
    return VERDICTS.of(scope, props, (place, id) => new Verdicts(place, id, props, looked));
  }

  /** The object is waited for too: else one that was deleted by hand is read before it is made again. */
  public add(name: string, manifest: Manifest): void {
    this.names.push(name);
    this.awaited.push(dependable(manifest));
  }
}
