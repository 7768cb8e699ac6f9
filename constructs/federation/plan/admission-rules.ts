import { NAMESPACE_NAME } from '../../kubernetes/metadata';
import type { YamlMap } from '../../kubernetes/yaml-file';
import { kindOf } from './meshes';
import {
  type AccessPlan,
  allBordersOf,
  exchangesWith,
  foreignBundle,
  isEnteredDirectly,
  JOB_NAMES,
  jobAccounts,
  jobsNamespaceOf,
  named,
  neighboursOf,
  ofMesh,
} from './plan';

/*
 * What the federation relies on inside a cluster, as rules for the API server. Plain data.
 *
 * They bind whoever may change them as little as any rule could: cluster administrators, and with them
 * whoever deploys this. All others they bind, whatever else RBAC lets them do in a namespace: the usual
 * role `edit` may run a pod with any account of its namespace, ask for tokens for each, and write each
 * ConfigMap.
 */

/** A rule, and what it is bound to. */
export interface AdmissionRule {
  /** Name of the policy and of its binding. */
  readonly name: string;
  readonly spec: YamlMap;
}

/** What is guarded in the cluster of one mesh. */
export interface Guarded {
  readonly plan: AccessPlan;
  /** The policy's name for the mesh. */
  readonly mesh: string;
  /**
   * What tokens for the cluster's API server are for, a list in CEL, where jobs of the cluster issue tokens
   * for the readers of others.
   * @default none: no job does
   */
  readonly tokenAudiences?: string;
}

/** The rules for one cluster; none where the federation has nothing in it. */
export function admissionRules(guarded: Guarded): AdmissionRule[] {
  const rules = hasAnything(guarded)
    ? [
        workloads(guarded),
        tokens(guarded),
        ...(guarded.tokenAudiences === undefined
          ? []
          : [audiences(guarded, guarded.tokenAudiences)]),
        tokenSecrets(guarded),
        objects(guarded),
        sessions(guarded),
      ]
    : [];
  const { plan, mesh } = guarded;
  return rules.map((rule) => ({ ...rule, name: ofMesh(plan, mesh, named(rule.name, plan.name)) }));
}

function hasAnything({ plan, mesh }: Guarded): boolean {
  return jobAccounts(plan, mesh).length > 0;
}

/**
 * Who is not bound: whoever could take the rule away, and the control plane's own controllers, which act
 * on what others were allowed to write.
 */
const TRUSTED = [
  "authorizer.group('admissionregistration.k8s.io').resource('validatingadmissionpolicies')" +
    ".check('update').allowed()",
  "'system:serviceaccounts:kube-system' in request.userInfo.groups",
  "request.userInfo.username in ['system:apiserver', 'system:kube-controller-manager', " +
    "'system:kube-scheduler']",
].join(' || ');

interface Resource {
  readonly group: '' | 'apps' | 'batch';
  readonly resources: readonly string[];
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT')[];
}

function rule(
  name: string,
  resources: readonly Resource[],
  spec: {
    readonly namespaces: YamlMap;
    readonly variables?: readonly { readonly name: string; readonly expression: string }[];
    /** When the rule is about the request. */
    readonly matches: string;
    /** Who may, apart from those who are trusted. */
    readonly allowed: string;
    readonly message: string;
  },
): AdmissionRule {
  return {
    name: `mesh-federation-${name}`,
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        matchPolicy: 'Equivalent',
        namespaceSelector: { matchExpressions: [spec.namespaces] },
        objectSelector: {},
        resourceRules: resources.map(({ group, resources: plurals, operations }) => ({
          apiGroups: [group],
          apiVersions: ['v1'],
          operations,
          resources: plurals,
          scope: 'Namespaced',
        })),
      },
      ...(spec.variables === undefined ? {} : { variables: spec.variables }),
      validations: [
        {
          expression: `!(${spec.matches}) || (${spec.allowed}) || (${TRUSTED})`,
          message: `${spec.message} (mesh federation; see docs/security.md)`,
          reason: 'Forbidden',
        },
      ],
    },
  };
}

/** Namespaces in which one of the guarded accounts could be used: all, where the name alone counts. */
function accountNamespaces(guarded: Guarded): YamlMap {
  return byNameAlone(guarded)
    ? { key: NAMESPACE_NAME, operator: 'NotIn', values: ['kube-system'] }
    : { key: NAMESPACE_NAME, operator: 'In', values: namespaces(guarded) };
}

function byNameAlone({ plan, mesh }: Guarded): boolean {
  const member = plan.meshes[mesh];
  return member !== undefined && kindOf(member).accountsByNameAlone;
}

function bordersOf({ plan, mesh }: Guarded) {
  return allBordersOf(plan, mesh);
}

function namespaces(guarded: Guarded): string[] {
  const all = [...bordersOf(guarded), ...bundlesOf(guarded)];
  return [...new Set([jobsOf(guarded), ...all.map(({ namespace }) => namespace)])].sort();
}

/** Whether an account, by namespace and name, is a border's or a job's. */
function isGuarded(guarded: Guarded, namespace: string, name: string): string {
  const borders = bordersOf(guarded);
  const accounts = list(borders.map((border) => border.serviceAccount));
  const exact = list(borders.map((border) => `${border.namespace}/${border.serviceAccount}`));
  const border = byNameAlone(guarded)
    ? [
        `${name} in ${accounts}`,
        // Other meshes of the cluster have accounts of such names, which this one knows nothing of.
        ...neighbours(guarded).map(
          (others) => `!((${namespace} + '/' + ${name}) in ${list(others)})`,
        ),
      ].join(' && ')
    : `(${namespace} + '/' + ${name}) in ${exact}`;
  return `${namespace} == '${jobsOf(guarded)}' || ${border}`;
}

/** Accounts of other meshes in the same cluster, of each one's services and borders. */
function neighbours({ plan, mesh }: Guarded): string[][] {
  return neighboursOf(plan, mesh).map((other) => [
    ...new Set([
      ...plan.services
        .filter((service) => service.mesh === other)
        .map((one) => `${one.namespace}/${kindOf(one).hops.pods(one).serviceAccount}`),
      ...allBordersOf(plan, other).map((border) => `${border.namespace}/${border.serviceAccount}`),
    ]),
  ]);
}

/** Pods of borders and jobs, and all that makes pods. */
function workloads(guarded: Guarded): AdmissionRule {
  const write = ['CREATE', 'UPDATE'] as const;
  return rule(
    'workloads',
    [
      {
        group: '',
        resources: ['pods', 'pods/ephemeralcontainers', 'replicationcontrollers'],
        operations: write,
      },
      {
        group: 'apps',
        resources: ['deployments', 'replicasets', 'statefulsets', 'daemonsets'],
        operations: write,
      },
      { group: 'batch', resources: ['jobs', 'cronjobs'], operations: write },
    ],
    {
      namespaces: accountNamespaces(guarded),
      variables: [
        // Also as it was: nobody takes a border's pods away from its account.
        {
          name: 'objects',
          expression: 'oldObject == null ? [object] : [object, oldObject]',
        },
        {
          name: 'pods',
          expression:
            "variables.objects.map(it, it.kind == 'Pod' ? [it.spec] : it.kind == 'CronJob' ? " +
            '[it.spec.jobTemplate.spec.template.spec] : ' +
            'has(it.spec.template) ? [it.spec.template.spec] : [])',
        },
        {
          name: 'accounts',
          expression:
            'variables.pods.map(some, some.map(pod, ' +
            "has(pod.serviceAccountName) ? pod.serviceAccountName : ''))",
        },
      ],
      matches: `variables.accounts.exists(some, some.exists(account, ${isGuarded(guarded, 'request.namespace', 'account')}))`,
      allowed: 'false',
      message:
        'only an administrator may run or change pods with the account of a border or of a job',
    },
  );
}

/** Tokens of borders' and jobs' accounts. */
function tokens(guarded: Guarded): AdmissionRule {
  const issuing =
    guarded.tokenAudiences === undefined
      ? []
      : readers(guarded).map(
          ({ reader, issuer }) =>
            `(request.namespace == '${jobsOf(guarded)}' && request.name == '${reader}' && ` +
            `request.userInfo.username == '${issuer}')`,
        );
  return rule('tokens', TOKENS, {
    namespaces: accountNamespaces(guarded),
    matches: isGuarded(guarded, 'request.namespace', 'request.name'),
    allowed: [
      // The kubelet, for a pod that it runs. What is not set is null, and `has` is true of it.
      "('system:nodes' in request.userInfo.groups && object.spec.boundObjectRef != null && " +
        "object.spec.boundObjectRef.kind == 'Pod')",
      ...issuing,
    ].join(' || '),
    message:
      'only the kubelet gets a token for the account of a border or of a job, and the job that issues ' +
      "them one for another cluster's reader",
  });
}

const TOKENS: readonly Resource[] = [
  { group: '', resources: ['serviceaccounts/token'], operations: ['CREATE'] },
];

/**
 * What the readers' tokens are for: the API server, by the audiences that the tokens of the publishing
 * job itself have. The request has them already, where it named none.
 *
 * They are written into the rule and not read from the ConfigMap as its parameter: an API server that once
 * had no binding with ConfigMaps as parameters left never again sees one that is new, until it restarts. A
 * federation that is destroyed and deployed again would get no token in this namespace.
 *
 * @see https://github.com/kubernetes/kubernetes/issues/130887
 */
function audiences(guarded: Guarded, allowed: string): AdmissionRule {
  return rule('audiences', TOKENS, {
    namespaces: { key: NAMESPACE_NAME, operator: 'In', values: [jobsOf(guarded)] },
    matches: `request.name in ${list(readers(guarded).map(({ reader }) => reader))}`,
    allowed: `object.spec.audiences.all(audience, audience in ${allowed})`,
    message: "a token for another cluster's reader is for the API server and for nobody else",
  });
}

function readers(guarded: Guarded) {
  const { plan, mesh } = guarded;
  return exchangesWith(plan, mesh).map((other) => ({
    reader: JOB_NAMES.reader(other),
    issuer: account(guarded, JOB_NAMES.issue(other)),
  }));
}

/** The older way to a token: a Secret that names the account. */
function tokenSecrets(guarded: Guarded): AdmissionRule {
  const key = 'kubernetes.io/service-account.name';
  return rule(
    'token-secrets',
    [{ group: '', resources: ['secrets'], operations: ['CREATE', 'UPDATE'] }],
    {
      namespaces: accountNamespaces(guarded),
      variables: [
        {
          name: 'account',
          expression:
            `has(object.type) && object.type == 'kubernetes.io/service-account-token' && ` +
            `has(object.metadata.annotations) && '${key}' in object.metadata.annotations ? ` +
            `object.metadata.annotations['${key}'] : ''`,
        },
      ],
      matches: `variables.account != '' && (${isGuarded(guarded, 'request.namespace', 'variables.account')})`,
      allowed: 'false',
      message:
        'only an administrator may make a token that lasts for the account of a border or of a job',
    },
  );
}

/** ConfigMaps with roots: where they are, and of which mesh. */
function bundlesOf({ plan, mesh }: Guarded) {
  return [...plan.borders, ...plan.formerBorders].flatMap((border) =>
    border.mesh === mesh
      ? [{ namespace: border.namespace, foreignMesh: border.foreignMesh }]
      : border.foreignMesh === mesh && isEnteredDirectly(border)
        ? [{ namespace: border.foreign.namespace, foreignMesh: border.mesh }]
        : [],
  );
}

function objects(guarded: Guarded): AdmissionRule {
  const { plan, mesh } = guarded;
  const configurations = bordersOf(guarded).map(({ namespace, name }) => `${namespace}/${name}`);
  const bundles = new Map(
    bundlesOf(guarded).map(({ namespace, foreignMesh }) => [
      `${namespace}/${foreignBundle(foreignMesh).configMap}`,
      account(guarded, JOB_NAMES.sync(foreignMesh)),
    ]),
  );
  const jobs = jobsOf(guarded);
  // Its own ConfigMap each: RBAC says which.
  const ours = jobAccounts(plan, mesh).map((name) => account(guarded, name));
  const ownNames = ['roots-', 'sync-', 'bundle-jobs-', 'distrusted-'];
  return rule(
    'objects',
    [{ group: '', resources: ['configmaps'], operations: ['CREATE', 'UPDATE', 'DELETE'] }],
    {
      namespaces: { key: NAMESPACE_NAME, operator: 'In', values: namespaces(guarded) },
      variables: [
        {
          name: 'name',
          expression:
            "request.operation == 'DELETE' ? (oldObject == null ? '' : oldObject.metadata.name) : " +
            "has(object.metadata.name) ? object.metadata.name : ''",
        },
        { name: 'path', expression: "request.namespace + '/' + variables.name" },
      ],
      matches:
        `variables.path in ${list([...bundles.keys(), ...configurations])} || ` +
        `(request.namespace == '${jobs}' && ` +
        `${list(ownNames)}.exists(start, variables.name.startsWith(start)))`,
      allowed: [
        ...[...bundles].map(
          ([bundle, sync]) =>
            `variables.path == '${bundle}' && request.userInfo.username == '${sync}'`,
        ),
        `request.namespace == '${jobs}' && request.userInfo.username in ${list(ours)}`,
      ]
        .map((who) => `(request.operation == 'UPDATE' && ${who})`)
        .join(' || '),
      message:
        "only the job that exchanges them may write roots, and only an administrator a border's configuration",
    },
  );
}

/** A shell, or a port of loopback, in a border or a job. */
function sessions(guarded: Guarded): AdmissionRule {
  const borders = bordersOf(guarded).map(
    ({ namespace, name }) =>
      `(request.namespace == '${namespace}' && request.name.startsWith('${name}-'))`,
  );
  return rule(
    'sessions',
    [
      {
        group: '',
        resources: ['pods/exec', 'pods/attach', 'pods/portforward'],
        operations: ['CONNECT'],
      },
    ],
    {
      namespaces: { key: NAMESPACE_NAME, operator: 'In', values: namespaces(guarded) },
      matches: [`request.namespace == '${jobsOf(guarded)}'`, ...borders].join(' || '),
      allowed: 'false',
      message: 'only an administrator may open a session in the pod of a border or of a job',
    },
  );
}

function account(guarded: Guarded, name: string): string {
  return `system:serviceaccount:${jobsOf(guarded)}:${name}`;
}

/** Namespace of its jobs. */
function jobsOf({ plan, mesh }: Guarded): string {
  return jobsNamespaceOf(plan, mesh);
}

/** As CEL writes it. Names of Kubernetes need no escape. */
function list(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(', ')}]`;
}
