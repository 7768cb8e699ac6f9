import { DataKubernetesResource } from '@cdktf/provider-kubernetes/lib/data-kubernetes-resource';
import { type ITerraformDependable, TerraformLocal } from 'cdktf';
import { Construct } from 'constructs';
import { TerraformData } from '../terraform-data';
import { pause, stopWith } from '../wait';
import type { CustomResourceMetadata } from './metadata';
import type { JudgedResource } from './verdict';

const GROUP = 'gateway.networking.k8s.io';

/** What a controller must have said of a resource, and when it is looked at. */
interface Expected {
  /** Conditions that must be there, and true. */
  readonly conditions: readonly string[];
  /** Seconds before each look. There is no further one once the controller has decided. */
  readonly pauses: readonly number[];
}

/** A Gateway has pods, which its controller may have to make; a route is read as soon as it is there. */
const EXPECTED: Readonly<Record<string, Expected>> = {
  Gateway: { conditions: ['Accepted', 'Programmed'], pauses: [5, 10, 30, 75, 180] },
  TCPRoute: { conditions: ['Accepted', 'ResolvedRefs'], pauses: [5, 55] },
  TLSRoute: { conditions: ['Accepted', 'ResolvedRefs'], pauses: [5, 55] },
};

/**
 * Conditions that are against a resource where they are not true. The last two are Consul's: whether its
 * controller could write the resource to Consul, and whether Consul took it.
 *
 * @see https://gateway-api.sigs.k8s.io/reference/spec/#gatewayconditiontype
 * @see https://github.com/hashicorp/consul-k8s/blob/v2.0.3/control-plane/api-gateway/binding/route_binding.go
 */
const CONDITIONS = ['Accepted', 'Programmed', 'ResolvedRefs', 'Synced', 'ConsulAccepted'];

/** Reasons that say that it is not over: pods, or an address, are still to come. */
const NOT_YET = ['Pending', 'AddressNotAssigned'];

/**
 * Stops a deploy at a Gateway or a route of the Gateway API that its controller does not take up, with the
 * controller's words, as soon as it has decided. A wait of the provider would end only with its time-out: it
 * can wait for one outcome, not for either, and it says nothing of the status.
 *
 * Only a deploy that makes or changes the resource looks, and the one after a refusal: a Gateway whose pods
 * are away for a while stops no other change. One that was deleted by hand, and is made again, is not looked at.
 */
export class GatewayVerdict extends Construct {
  /** What comes after the resource waits for this. */
  public readonly given: ITerraformDependable;

  public constructor(scope: Construct, id: string, props: JudgedResource) {
    super(scope, id);
    const { apiVersion, kind, metadata, spec, manifest, provider } = props;
    const { conditions, pauses } = expectedOf(apiVersion, kind) ?? { conditions: [], pauses: [] };
    let before: ITerraformDependable = manifest;
    let said: Said | undefined;
    for (const [index, seconds] of pauses.entries()) {
      const paused = new TerraformData(this, `pause_${index}`, {
        triggersReplace: spec,
        provisioners: [
          pause(said === undefined ? seconds : `\${${said.decided} ? 0 : ${seconds}}`),
        ],
        dependsOn: [before],
      });
      const look = new DataKubernetesResource(this, `look_${index}`, {
        apiVersion,
        kind,
        metadata: { name: metadata.name, namespace: metadata.namespace },
        // The object too: else one that was deleted by hand is read before it is made again.
        dependsOn: [paused, manifest],
        provider,
      });
      said = saidIn(this, `said_${index}`, `${look.fqn}.object`, conditions);
      before = look;
    }
    this.given = new TerraformData(this, 'verdict', {
      triggersReplace: spec,
      provisioners: said && [stopWith(refusalOf(kind, metadata, said))],
      dependsOn: [before],
    });
  }
}

/** Whether a controller of the Gateway API says of objects of a kind what it made of them. */
export function hasGatewayVerdict(apiVersion: string, kind: string): boolean {
  return expectedOf(apiVersion, kind) !== undefined;
}

function expectedOf(apiVersion: string, kind: string): Expected | undefined {
  return apiVersion.startsWith(`${GROUP}/`) ? EXPECTED[kind] : undefined;
}

/** Expressions for what a status says. */
interface Said {
  readonly takenUp: string;
  /** Whether the controller will say nothing else without a change. */
  readonly decided: string;
  /** Whether any controller has looked. */
  readonly looked: string;
  /** Whether it waits for something itself. */
  readonly waits: string;
  /** What the controller says against it, in its own words. */
  readonly words: string;
}

/**
 * A Gateway has conditions of its own and of each listener, a route those of each Gateway that it names. What
 * is said of an earlier generation of the object says nothing of this one.
 */
function saidIn(scope: Construct, id: string, object: string, needed: readonly string[]): Said {
  const each = (list: string) => `try([for one in ${list} : one], [])`;
  const isCurrent = `!try(one.observedGeneration < ${object}.metadata.generation, false)`;
  const isOf = (list: readonly string[], field: string) =>
    `contains(${JSON.stringify(list)}, one.${field})`;
  const wordsOf = (...first: readonly string[]) =>
    `join(": ", compact([${[...first, 'one.type', 'try(one.reason, "")', 'try(one.message, "")'].join(', ')}]))`;
  const parents = `flatten([for parent in ${each(`${object}.status.parents`)} : ${each('parent.conditions')}])`;
  const all = new TerraformLocal(
    scope,
    `${id}_conditions`,
    `\${[for one in concat(${each(`${object}.status.conditions`)}, ${parents}) : one if ${isCurrent}]}`,
  ).fqn;
  const against = new TerraformLocal(
    scope,
    `${id}_against`,
    `\${[for one in ${all} : one if ${isOf(CONDITIONS, 'type')} && one.status != "True"]}`,
  ).fqn;
  const ofListeners =
    `flatten([for listener in ${each(`${object}.status.listeners`)} : [for one in ${each('listener.conditions')} : ` +
    `${wordsOf('join(" ", ["listener", listener.name])')} if ${isCurrent} && (one.type == "Conflicted" ? ` +
    `one.status == "True" : ${isOf(CONDITIONS, 'type')} && one.status == "False")]])`;
  const isNotYet = isOf(NOT_YET, 'reason');
  const takenUp =
    `length(${against}) == 0 && length(setsubtract(${JSON.stringify(needed)}, ` +
    `[for one in ${all} : one.type])) == 0`;
  return {
    takenUp,
    decided: `(${takenUp}) || anytrue([for one in ${against} : one.status == "False" && !${isNotYet}])`,
    looked: `anytrue([for one in ${all} : one.status != "Unknown"])`,
    waits: `alltrue([for one in ${against} : ${isNotYet}])`,
    words: `join("; ", distinct(concat([for one in ${against} : ${wordsOf()}], ${ofListeners})))`,
  };
}

/** Nothing where it is taken up. */
function refusalOf(kind: string, { name, namespace }: CustomResourceMetadata, said: Said): string {
  const place = namespace === undefined ? '' : ` -n ${namespace}`;
  const text =
    `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name} is not taken up, so no call passes it. ` +
    `Its controller says: %s. %s kubectl${place} get ${kind.toLowerCase()} ${name} -o yaml shows all of it.`;
  const nobody =
    "Nobody has looked at it: see that the mesh's control plane runs (kubectl get gatewayclass names its " +
    'controller) and that the CRDs are those it reads, and deploy again.';
  const waiting =
    "It waits for the gateway's pods or its address: see why they are not there " +
    `(kubectl${place} get pods,services,events), and deploy again when they are.`;
  const refused =
    'Nothing changes until that is fixed; docs/troubleshooting.md has a row for what is known.';
  return (
    `\${${said.takenUp} ? "" : format(${JSON.stringify(text)}, try(coalesce(${said.words}), "nothing yet"), ` +
    `!(${said.looked}) ? ${JSON.stringify(nobody)} : ${said.waits} ? ${JSON.stringify(waiting)} : ` +
    `${JSON.stringify(refused)})}`
  );
}
