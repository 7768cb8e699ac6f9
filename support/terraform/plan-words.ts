import { isYamlMap } from '../../constructs/kubernetes/yaml-file';
import type { ResourceChange, StackPlan } from './plan';

/** What one change comes to, for whoever has to say yes to it. */
export interface PlanLine {
  /** `removes` and `recreates` are what one should look at. */
  readonly does: 'adds' | 'changes' | 'restarts pods' | 'recreates' | 'removes' | 'forgets';
  readonly what: string;
  /** What stops meanwhile, and for how long; empty where nothing does. */
  readonly meanwhile: string;
}

/** The worst comes first. */
const ORDER = ['removes', 'recreates', 'forgets', 'restarts pods', 'changes', 'adds'] as const;

/** What goes, or is recreated, with something of a type. */
interface Effect {
  readonly removed?: string;
  readonly anew?: string;
}

const POLICY = 'the calls that it allowed are refused';
const ROUTE = 'calls by it fail for some seconds';

/** Of the types of which the loss is felt. Times without a source are ours, of two clusters with real nodes. */
const EFFECTS: Readonly<Record<string, Effect>> = {
  aws_eks_cluster: { removed: 'the cluster and all that runs in it are lost' },
  aws_kms_key: { removed: 'what it encrypts can never be read again, once AWS has deleted it' },
  aws_vpc: { removed: 'nothing in it can stay' },
  aws_subnet: { removed: 'nothing in it can stay' },
  aws_eks_node_group: {
    removed: 'its pods move to other groups, or wait until there is room',
    anew: 'pods move; what runs once is down while it moves. Minutes for each group, and both are paid for',
  },
  aws_nat_gateway: {
    removed: 'private nodes no longer reach the internet by it',
    anew: 'private nodes reach nothing outside for minutes',
  },
  aws_eip: { removed: 'the address is given back; whoever lists it elsewhere lists a stranger' },
  aws_cloudwatch_log_group: {
    removed: 'what was written is lost',
    anew: 'what was written is lost',
  },
  aws_eks_access_entry: { removed: 'its user or role no longer gets in' },
  aws_eks_access_policy_association: {
    removed: 'what it allowed is refused',
    anew: 'its user or role may do nothing for some seconds',
  },
  aws_eks_addon: { removed: 'it no longer runs' },
  aws_iam_openid_connect_provider: { removed: 'roles for service accounts (IRSA) are refused' },
  aws_vpc_security_group_ingress_rule: { removed: 'the port is closed' },
  helm_release: {
    removed: 'all of the release goes',
    anew: 'all of the release is gone until it is back',
  },
  kubernetes_namespace_v1: { removed: 'all that runs in it goes' },
  kubernetes_secret_v1: {
    removed: 'pods that need it do not start',
    anew: 'pods that start meanwhile wait for it',
  },
  kubernetes_pod_disruption_budget_v1: {
    removed: 'who drains a node no longer waits for its pods',
  },
  kubernetes_deployment_v1: { removed: 'its pods end', anew: 'its pods end before new ones start' },
  kubernetes_service_v1: { removed: 'its name no longer leads anywhere', anew: ROUTE },
  'kubernetes_manifest ServiceIntentions': {
    removed: POLICY,
    anew: 'the service refuses every call for about a second',
  },
  'kubernetes_manifest AuthorizationPolicy': {
    removed: POLICY,
    anew: 'the calls that it allows are refused for about a second',
  },
  'kubernetes_manifest ServiceEntry': { removed: 'calls to its host fail', anew: ROUTE },
  'kubernetes_manifest VirtualService': { removed: 'calls by it fail', anew: ROUTE },
  'kubernetes_manifest DestinationRule': { removed: 'calls by it fail', anew: ROUTE },
  'kubernetes_manifest Gateway': { removed: 'calls through its port fail', anew: ROUTE },
  'kubernetes_manifest TLSRoute': { removed: 'calls by it fail', anew: ROUTE },
  'kubernetes_manifest TCPRoute': { removed: 'calls by its port fail', anew: ROUTE },
  'kubernetes_manifest IngressGateway': { removed: 'calls through its ports fail', anew: ROUTE },
  'kubernetes_manifest ValidatingAdmissionPolicy': {
    removed: 'nobody guards any more what it guarded',
  },
};

/** What a stack's plan comes to, the worst first. */
export function planLines({ changes }: StackPlan): PlanLine[] {
  const lines = changes.map(lineOf);
  return lines.sort((one, other) => ORDER.indexOf(one.does) - ORDER.indexOf(other.does));
}

function lineOf(change: ResourceChange): PlanLine {
  const { type, actions, before, after, because } = change;
  const kind = textAt(before ?? after, ['manifest', 'kind']);
  const effect = EFFECTS[kind === undefined ? type : `${type} ${kind}`] ?? {};
  const what = nameOf(change);
  // It is a note in the state, with nothing outside that could go or come.
  if (type === 'terraform_data') return { does: 'changes', what, meanwhile: '' };
  // One that has run has nothing that could be lost.
  if (type === 'kubernetes_job_v1' && actions.includes('create')) {
    return { does: 'adds', what, meanwhile: 'it runs, and the deploy waits for it' };
  }
  if (actions.includes('delete') && actions.includes('create')) {
    const first = actions[0] === 'create' ? 'the new one comes first' : 'the old one goes first';
    const why = because.length === 0 ? '' : `, for ${because.join(', ')}`;
    const meanwhile = actions[0] === 'create' && type !== 'aws_eks_node_group' ? '' : effect.anew;
    return { does: 'recreates', what: `${what}${why}; ${first}`, meanwhile: meanwhile ?? '' };
  }
  if (actions.includes('delete')) return { does: 'removes', what, meanwhile: effect.removed ?? '' };
  if (actions.includes('forget')) {
    return {
      does: 'forgets',
      what,
      meanwhile: 'it stays where it is, and nobody here knows it any more',
    };
  }
  if (actions.includes('create')) return { does: 'adds', what, meanwhile: '' };
  if (type === 'kubernetes_deployment_v1' && podsDiffer(before, after)) {
    return {
      does: 'restarts pods',
      what,
      meanwhile: 'new ones first; with one replica calls may fail for seconds',
    };
  }
  if (type === 'helm_release') {
    return {
      does: 'restarts pods',
      what,
      meanwhile: 'those of which the chart changes something, a few at a time',
    };
  }
  if (type === 'aws_eks_node_group' && nodesDiffer(before, after)) {
    return {
      does: 'changes',
      what,
      meanwhile: 'nodes are replaced a few at a time, new ones first; pods move',
    };
  }
  return { does: 'changes', what, meanwhile: '' };
}

/** As people call it: what it is, its name where it has one, and where it is. */
function nameOf({ type, address, before, after, place }: ResourceChange): string {
  const of = before ?? after;
  const kind = textAt(of, ['manifest', 'kind']);
  const metadata = kind === undefined ? ['metadata', '0'] : ['manifest', 'metadata'];
  const name =
    textAt(of, [...metadata, 'name']) ??
    textAt(of, ['name']) ??
    textAt(of, ['node_group_name']) ??
    textAt(of, ['addon_name']) ??
    textAt(of, ['principal_arn']) ??
    textAt(of, ['tags_all', 'Name']);
  const namespace = textAt(of, [...metadata, 'namespace']);
  const folder = namespace === undefined ? '' : `${namespace}/`;
  const called = name === undefined ? address.slice(type.length + 1) : `${folder}${name}`;
  return `${kind ?? type} ${called}${place === undefined ? '' : ` of ${place}`}`;
}

function podsDiffer(before: unknown, after: unknown): boolean {
  const template = (of: unknown) => JSON.stringify(valueAt(of, ['spec', '0', 'template']));
  return template(before) !== template(after);
}

/** EKS rolls the nodes of a group for another version of Kubernetes or of its launch template. */
function nodesDiffer(before: unknown, after: unknown): boolean {
  const of = (group: unknown) =>
    JSON.stringify([valueAt(group, ['version']), valueAt(group, ['launch_template'])]);
  return of(before) !== of(after);
}

function textAt(value: unknown, path: readonly string[]): string | undefined {
  const found = valueAt(value, path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function valueAt(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value;
  if (Array.isArray(value)) return valueAt((value as unknown[])[Number(key)], rest);
  return isYamlMap(value) ? valueAt(value[key], rest) : undefined;
}

/**
 * A stack's plan in words.
 *
 * @param changesFirst stacks that this one comes after and that a deploy would change
 */
export function planText(plan: StackPlan, changesFirst: readonly string[] = []): string {
  const { stack, refusals, errors } = plan;
  if (refusals.length > 0) {
    return section(stack, 'REFUSED, nothing would be changed', [
      ...refusals,
      ...(changesFirst.length === 0 ? [] : [presentOnly(changesFirst)]),
    ]);
  }
  if (errors.length > 0) {
    const told = errors.map((error) => wordsOf(error, changesFirst));
    return section(stack, 'could not be planned', [...new Set(told)]);
  }
  const lines = planLines(plan);
  if (lines.length === 0) return `${stack}: nothing would be changed`;
  const told = lines.filter(({ does, meanwhile }) => meanwhile !== '' || isLoss(does));
  const rest = ORDER.flatMap((does) => {
    const count = lines.filter((line) => line.does === does && !told.includes(line)).length;
    return count === 0 ? [] : [`${does} ${count}${does === 'changes' ? ' in place' : ''}`];
  });
  return section(stack, lossOf(lines), [
    ...told.map(
      ({ does, what, meanwhile }) => `${does} ${what}${meanwhile === '' ? '' : `: ${meanwhile}`}`,
    ),
    ...(rest.length === 0 ? [] : [`${told.length === 0 ? '' : 'besides '}${rest.join(', ')}`]),
  ]);
}

/** What a stack is missing may be what one before it is about to make, such as a load balancer. */
function presentOnly(changesFirst: readonly string[]): string {
  return (
    `This looks at what is there now, and a deploy changes ${changesFirst.join(', ')} first. If that brings ` +
    'what is missing, the deploy goes on, and otherwise it stops here.'
  );
}

/** What Terraform says of these helps nobody, or the wrong way. */
function wordsOf(error: string, changesFirst: readonly string[]): string {
  // An output of another stack that it does not have yet: cdktf names them so.
  if (error.includes('"cross-stack-output-')) return awaitedFrom(changesFirst);
  if (error.includes('Backend configuration changed')) return MOVED_STATE;
  return error;
}

const MOVED_STATE =
  'The settings name another place for the state than at the last run, which cdktf.out remembers. Move the state ' +
  'there first, then delete cdktf.out (docs/state.md), or set `state` back. Without its state a stack is deployed a second time.';

/** A deploy plans each stack when those before it are there. */
function awaitedFrom(changesFirst: readonly string[]): string {
  const first = changesFirst.join(' ');
  return first === ''
    ? 'It takes values that a stack before it does not have yet. A deploy changes that one first.'
    : `It takes values that a deploy of ${first} makes first. To see its plan beforehand: npx cdktf ` +
        `deploy ${first}, and plan again. A deploy of all stacks does both.`;
}

function isLoss(does: PlanLine['does']): boolean {
  return ['removes', 'recreates', 'forgets'].includes(does);
}

function lossOf(lines: readonly PlanLine[]): string {
  const lost = lines.filter(({ does }) => isLoss(does)).length;
  return lost === 0 ? 'nothing is removed or recreated' : `removes or recreates ${lost}`;
}

function section(stack: string, title: string, lines: readonly string[]): string {
  return [
    `${stack}: ${title}`,
    ...lines.map((line) => `  - ${line.replaceAll('\n', '\n    ')}`),
  ].join('\n');
}
