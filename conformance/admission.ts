import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { admissionRules } from '../constructs/federation/plan/internal';
import type { YamlMap } from '../constructs/kubernetes/yaml-file';
import { Processes } from '../rehearsal/processes';
import { plan } from './plan';
import { type Answer, ApiServer, message, type User } from './api-server';
import type { ControlPlaneBinaries } from './binaries';

/** Something that somebody tried, and what came of it. */
export interface Attempt {
  readonly cluster: string;
  readonly what: string;
  readonly expected: 'refused' | 'allowed';
  /** The server's answer: a refusal by one of the federation's rules, or anything else. */
  readonly answer: string;
  readonly passed: boolean;
}

/*
 * The federation's admission policies in a real API server, with people and programs that RBAC lets do
 * all that they try.
 */

const JOBS = 'mesh-federation';

/** May do whatever the roles `admin` and `edit` allow, in every namespace. */
const DEVELOPER: User = { name: 'developer' };
/** May do everything. */
const ADMINISTRATOR: User = { name: 'administrator', groups: ['system:masters'] };
/** As whoever deploys on a cloud: no `system:masters`, but all that a deploy needs. */
const DEPLOYER: User = { name: 'deployer' };
const KUBELET: User = { name: 'system:node:one', groups: ['system:nodes'] };

function account(namespace: string, name: string): User {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  };
}

const controller = (name: string) => account('kube-system', name);

/** One cluster's names, by the plan of the fixture. */
interface Names {
  readonly mesh: 'istio' | 'consul';
  readonly other: string;
  /** Of a border. */
  readonly namespace: string;
  readonly border: string;
  readonly account: string;
}

const CLUSTERS: readonly Names[] = ['istio' as const, 'consul' as const].map((mesh) => {
  const border = plan.borders.find((one) => one.mesh === mesh);
  if (border === undefined) throw new Error(`no border in ${mesh}`);
  return {
    mesh,
    other: border.foreignMesh,
    namespace: border.namespace,
    border: border.name,
    account: border.serviceAccount,
  };
});

/** Tries everything, in a cluster of each mesh. */
export async function checkAdmission(binaries: ControlPlaneBinaries): Promise<readonly Attempt[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-admission-'));
  const processes = new Processes(folder);
  try {
    const all = await Promise.all(
      CLUSTERS.map(async (names) => {
        const server = await ApiServer.start(
          `admission-${names.mesh}`,
          binaries,
          processes,
          folder,
        );
        await prepare(server, names);
        const attempts: Attempt[] = [];
        for (const one of tries(names)) attempts.push(await attempt(server, names.mesh, one));
        return attempts;
      }),
    );
    return all.flat();
  } finally {
    await processes.end();
  }
}

interface Try {
  readonly what: string;
  readonly as: User;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: YamlMap;
  readonly expected: 'refused' | 'allowed';
}

async function attempt(
  server: ApiServer,
  cluster: string,
  { what, as, method, path, body, expected }: Try,
): Promise<Attempt> {
  const answer = await server.as(as, method, path, body);
  const byRule =
    answer.status === 403 && /^.*ValidatingAdmissionPolicy 'mesh-federation-/.test(message(answer));
  // A session needs a kubelet: it is allowed where only that is missing.
  const allowed =
    answer.status < 300 || (path.endsWith('/exec') && !byRule && answer.status !== 403);
  return {
    cluster,
    what: `${as.name} ${what}`,
    expected,
    answer: byRule ? 'refused by its rule' : `${answer.status} ${message(answer)}`,
    passed: expected === 'refused' ? byRule : allowed,
  };
}

// ------------------------------------------------------------------------------ what is there before

async function prepare(server: ApiServer, { mesh, namespace, border, account: name }: Names) {
  const create = async (path: string, body: YamlMap) => {
    const answer = await server.as(ADMINISTRATOR, 'POST', path, body);
    if (answer.status > 299 && answer.status !== 409)
      throw new Error(`${path}: ${message(answer)}`);
  };
  for (const each of [JOBS, namespace, 'elsewhere']) {
    await create('/api/v1/namespaces', { metadata: { name: each } });
  }
  const readers = plan.borders.map(({ foreignMesh }) => `roots-reader-${foreignMesh}`);
  for (const [where, accounts] of [
    [JOBS, ['default', 'sync-istio', 'sync-consul', 'issue-istio', 'issue-consul', ...readers]],
    [namespace, ['default', name]],
    ['elsewhere', ['default', name]],
  ] as const) {
    for (const each of new Set(accounts)) {
      await create(`/api/v1/namespaces/${where}/serviceaccounts`, { metadata: { name: each } });
    }
  }
  await allow(create);
  await create(configMaps(JOBS), {
    metadata: { name: `roots-${mesh}` },
    data: { audiences: 'https://kubernetes.default.svc' },
  });
  await create(configMaps(namespace), { metadata: { name: border } });
  await create(configMaps(namespace), { metadata: { name: 'unrelated' } });
  await create(deployments(namespace), deployment(border, name));
  await create(pods(namespace), pod(`${border}-abc`, name));
  await create(pods('elsewhere'), pod('unrelated', 'default'));

  const api = '/apis/admissionregistration.k8s.io/v1';
  const tokenAudiences = JSON.stringify(['https://kubernetes.default.svc']);
  for (const { name: rule, spec } of admissionRules({ plan, mesh, tokenAudiences })) {
    await create(`${api}/validatingadmissionpolicies`, { metadata: { name: rule }, spec });
    await create(`${api}/validatingadmissionpolicybindings`, {
      metadata: { name: rule },
      spec: {
        policyName: rule,
        validationActions: ['Deny'],
      },
    });
  }
  await inForce(server, namespace, name);
}

/** RBAC has nothing against what is tried: what is refused is refused by a rule. */
async function allow(create: (path: string, body: YamlMap) => Promise<void>): Promise<void> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const everything = { apiGroups: ['', 'apps', 'batch'], resources: ['*'], verbs: ['*'] };
  const bind = async (name: string, rules: readonly YamlMap[], subjects: readonly YamlMap[]) => {
    await create(`${rbac}/clusterroles`, { metadata: { name }, rules });
    await create(`${rbac}/clusterrolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects,
    });
  };
  const user = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name });
  const group = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name });
  await bind(
    'everything-in-namespaces',
    [everything],
    [user(DEVELOPER.name), group('system:serviceaccounts'), group('system:nodes')],
  );
  const policies = {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['*'],
    verbs: ['*'],
  };
  await bind('deployer', [everything, policies], [user(DEPLOYER.name)]);
}

/** A policy binds a moment after it was made. */
async function inForce(server: ApiServer, namespace: string, name: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const dryRun = `${pods(namespace)}?dryRun=All`;
    const answers: readonly Answer[] = [
      await server.as(DEVELOPER, 'POST', dryRun, pod('x', name)),
      await server.as(DEVELOPER, 'POST', token(JOBS, 'default'), tokenRequest()),
      await server.as(DEVELOPER, 'POST', `${configMaps(JOBS)}?dryRun=All`, {
        metadata: { name: 'roots-x' },
      }),
    ];
    if (answers.every(({ status }) => status === 403)) return sleep(1000);
    await sleep(200);
  }
  throw new Error('the admission policies do not come into force');
}

// --------------------------------------------------------------------------------------- what is tried

function tries({ mesh, other, namespace, border, account: name }: Names): Try[] {
  const refused = 'refused' as const;
  const allowed = 'allowed' as const;
  const post = (
    as: User,
    what: string,
    path: string,
    body: YamlMap,
    expected: Try['expected'],
  ) => ({
    what,
    as,
    method: 'POST' as const,
    path,
    body,
    expected,
  });
  const reader = `roots-reader-${other}`;
  const issuer = account(JOBS, `issue-${other}`);
  const bundle = `federation-roots-${other}`;
  const sync = account(JOBS, `sync-${other}`);
  const elsewhere = mesh === 'consul' ? refused : allowed;
  return [
    // Pods with a guarded account, and all that makes pods.
    post(DEVELOPER, "runs a pod with a border's account", pods(namespace), pod('a', name), refused),
    post(
      DEVELOPER,
      "runs a pod with a job's account",
      pods(JOBS),
      pod('a', `sync-${other}`),
      refused,
    ),
    post(
      DEVELOPER,
      'runs a pod in the namespace of the jobs',
      pods(JOBS),
      pod('a', 'default'),
      refused,
    ),
    post(DEVELOPER, 'runs a pod of its own', pods(namespace), pod('b', 'default'), allowed),
    post(
      DEVELOPER,
      "runs a pod with an account of a border's name elsewhere",
      pods('elsewhere'),
      pod('a', name),
      elsewhere,
    ),
    ...(['deployments', 'statefulsets', 'daemonsets', 'replicasets'] as const).flatMap((plural) => [
      post(
        DEVELOPER,
        `makes ${plural} with a border's account`,
        `/apis/apps/v1/namespaces/${namespace}/${plural}`,
        workload(plural, name),
        refused,
      ),
      post(
        DEVELOPER,
        `makes ${plural} of its own`,
        `/apis/apps/v1/namespaces/${namespace}/${plural}`,
        workload(plural, 'default'),
        allowed,
      ),
    ]),
    post(
      DEVELOPER,
      "makes a Job with a border's account",
      `/apis/batch/v1/namespaces/${namespace}/jobs`,
      job(name),
      refused,
    ),
    post(
      DEVELOPER,
      "makes a CronJob with a border's account",
      `/apis/batch/v1/namespaces/${namespace}/cronjobs`,
      cronJob(name),
      refused,
    ),
    post(
      DEVELOPER,
      "makes a ReplicationController with a border's account",
      `/api/v1/namespaces/${namespace}/replicationcontrollers`,
      replicationController(name),
      refused,
    ),
    {
      what: "changes a border's Deployment",
      as: DEVELOPER,
      method: 'PUT',
      path: `${deployments(namespace)}/${border}`,
      body: deployment(border, name, 'elsewhere.example.com/image'),
      expected: refused,
    },
    {
      what: "takes a border's Deployment to another account",
      as: DEVELOPER,
      method: 'PUT',
      path: `${deployments(namespace)}/${border}`,
      body: deployment(border, 'default'),
      expected: refused,
    },
    post(
      controller('replicaset-controller'),
      "runs a border's pod",
      pods(namespace),
      pod('c', name),
      allowed,
    ),
    post(
      controller('job-controller'),
      "runs a job's pod",
      pods(JOBS),
      pod('c', `sync-${other}`),
      allowed,
    ),
    post(DEPLOYER, 'deploys a border', deployments(namespace), deployment('new', name), allowed),
    post(ADMINISTRATOR, "runs a border's pod", pods(namespace), pod('d', name), allowed),

    // Tokens.
    post(
      DEVELOPER,
      "asks for a token of a border's account",
      token(namespace, name),
      tokenRequest(['istio-ca']),
      refused,
    ),
    post(
      DEVELOPER,
      'asks for a token of its own account',
      token('elsewhere', 'default'),
      tokenRequest(),
      allowed,
    ),
    post(
      KUBELET,
      'asks for a token of a border, for a pod',
      token(namespace, name),
      tokenRequest(['istio-ca'], { kind: 'Pod', apiVersion: 'v1', name: `${border}-abc` }),
      allowed,
    ),
    post(
      KUBELET,
      'asks for a token of a border, for no pod',
      token(namespace, name),
      tokenRequest(),
      refused,
    ),
    post(issuer, 'asks for a token of its reader', token(JOBS, reader), tokenRequest(), allowed),
    post(
      issuer,
      'asks for one for the API server by its name',
      token(JOBS, reader),
      tokenRequest(['https://kubernetes.default.svc']),
      allowed,
    ),
    post(
      issuer,
      'asks for one for istio-ca',
      token(JOBS, reader),
      tokenRequest(['istio-ca']),
      refused,
    ),
    post(
      issuer,
      'asks for one for both',
      token(JOBS, reader),
      tokenRequest(['https://kubernetes.default.svc', 'istio-ca']),
      refused,
    ),
    post(
      issuer,
      "asks for a token of another job's account",
      token(JOBS, `sync-${other}`),
      tokenRequest(),
      refused,
    ),
    post(
      account(JOBS, reader),
      'asks for a token of itself',
      token(JOBS, reader),
      tokenRequest(),
      refused,
    ),
    post(
      DEPLOYER,
      "asks for the reader's first token",
      token(JOBS, reader),
      tokenRequest(),
      allowed,
    ),
    post(
      DEVELOPER,
      "makes a Secret with a lasting token of a border's account",
      `/api/v1/namespaces/${namespace}/secrets`,
      tokenSecret('lasting', name),
      refused,
    ),
    post(
      DEVELOPER,
      'makes a Secret with a lasting token of its own account',
      `/api/v1/namespaces/${namespace}/secrets`,
      tokenSecret('own', 'default'),
      allowed,
    ),

    // Roots and configurations.
    post(
      DEPLOYER,
      'makes the bundle',
      configMaps(namespace),
      { metadata: { name: bundle } },
      allowed,
    ),
    ...[DEVELOPER, account(namespace, 'default'), account(JOBS, `roots-${mesh}`)].map((as) => ({
      what: 'writes roots',
      as,
      method: 'PUT' as const,
      path: `${configMaps(namespace)}/${bundle}`,
      body: { metadata: { name: bundle }, data: { 'roots.pem': 'x' } },
      expected: refused,
    })),
    {
      what: 'writes roots',
      as: sync,
      method: 'PUT',
      path: `${configMaps(namespace)}/${bundle}`,
      body: { metadata: { name: bundle }, data: { 'roots.pem': 'x' } },
      expected: allowed,
    },
    {
      what: 'deletes roots',
      as: DEVELOPER,
      method: 'DELETE',
      path: `${configMaps(namespace)}/${bundle}`,
      expected: refused,
    },
    {
      what: 'deletes all ConfigMaps at once',
      as: DEVELOPER,
      method: 'DELETE',
      path: configMaps(namespace),
      expected: refused,
    },
    {
      what: "writes a border's configuration",
      as: DEVELOPER,
      method: 'PUT',
      path: `${configMaps(namespace)}/${border}`,
      body: { metadata: { name: border }, data: { 'envoy.json': '{}' } },
      expected: refused,
    },
    {
      what: 'deletes a ConfigMap of its own',
      as: DEVELOPER,
      method: 'DELETE',
      path: `${configMaps(namespace)}/unrelated`,
      expected: allowed,
    },
    post(
      DEVELOPER,
      'distrusts roots, or nobody',
      configMaps(JOBS),
      { metadata: { name: 'distrusted-roots' } },
      refused,
    ),
    {
      what: 'publishes roots in place of the job',
      as: DEVELOPER,
      method: 'PUT',
      path: `${configMaps(JOBS)}/roots-${mesh}`,
      body: { metadata: { name: `roots-${mesh}` }, data: { audiences: 'istio-ca' } },
      expected: refused,
    },
    {
      what: 'publishes roots',
      as: account(JOBS, `roots-${mesh}`),
      method: 'PUT',
      path: `${configMaps(JOBS)}/roots-${mesh}`,
      body: {
        metadata: { name: `roots-${mesh}` },
        data: { audiences: 'https://kubernetes.default.svc' },
      },
      expected: allowed,
    },
    post(
      account('istio-system', 'istiod'),
      'writes what belongs to the mesh into the namespace of the jobs',
      configMaps(JOBS),
      { metadata: { name: 'istio-ca-root-cert' } },
      allowed,
    ),

    // Sessions.
    post(DEVELOPER, 'opens a shell in a border', exec(namespace, `${border}-abc`), {}, refused),
    post(ADMINISTRATOR, 'opens a shell in a border', exec(namespace, `${border}-abc`), {}, allowed),
    post(
      DEVELOPER,
      'opens a shell in a pod of its own',
      exec('elsewhere', 'unrelated'),
      {},
      allowed,
    ),
  ];
}

// -------------------------------------------------------------------------------------------- objects

const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
const configMaps = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
const deployments = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`;
const token = (namespace: string, name: string) =>
  `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
const exec = (namespace: string, name: string) => `${pods(namespace)}/${name}/exec`;

function podSpec(serviceAccountName: string, image = 'example.com/image'): YamlMap {
  return { serviceAccountName, containers: [{ name: 'main', image }] };
}

function pod(name: string, serviceAccount: string): YamlMap {
  return { metadata: { name }, spec: podSpec(serviceAccount) };
}

const LABELS = { app: 'x' };

function template(serviceAccount: string, image?: string): YamlMap {
  return { metadata: { labels: LABELS }, spec: podSpec(serviceAccount, image) };
}

function deployment(name: string, serviceAccount: string, image?: string): YamlMap {
  return {
    metadata: { name },
    spec: { selector: { matchLabels: LABELS }, template: template(serviceAccount, image) },
  };
}

function workload(plural: string, serviceAccount: string): YamlMap {
  const own = deployment(`${plural}-${serviceAccount}`, serviceAccount);
  return plural === 'statefulsets'
    ? { ...own, spec: { ...(own['spec'] as YamlMap), serviceName: 'x' } }
    : own;
}

function job(serviceAccount: string): YamlMap {
  return { metadata: { name: 'job' }, spec: jobSpec(serviceAccount) };
}

function jobSpec(serviceAccount: string): YamlMap {
  return { template: { spec: { ...podSpec(serviceAccount), restartPolicy: 'Never' } } };
}

function cronJob(serviceAccount: string): YamlMap {
  return {
    metadata: { name: 'cron-job' },
    spec: { schedule: '@hourly', jobTemplate: { spec: jobSpec(serviceAccount) } },
  };
}

function replicationController(serviceAccount: string): YamlMap {
  return {
    metadata: { name: 'controller' },
    spec: { selector: LABELS, template: template(serviceAccount) },
  };
}

function tokenRequest(audiences?: readonly string[], boundObjectRef?: YamlMap): YamlMap {
  return {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { ...(audiences && { audiences }), ...(boundObjectRef && { boundObjectRef }) },
  };
}

function tokenSecret(name: string, serviceAccount: string): YamlMap {
  return {
    metadata: { name, annotations: { 'kubernetes.io/service-account.name': serviceAccount } },
    type: 'kubernetes.io/service-account-token',
  };
}
