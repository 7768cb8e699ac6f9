import type { YamlMap } from '../constructs/kubernetes/yaml-file';
import type { User } from './api-server';

/** The namespace of the jobs. */
export const JOBS = 'mesh-federation';

/** May do whatever the roles `admin` and `edit` allow, in every namespace. */
export const DEVELOPER: User = { name: 'developer' };

/** May do everything. */
export const ADMINISTRATOR: User = { name: 'administrator', groups: ['system:masters'] };

/** As whoever deploys on a cloud: no `system:masters`, but all that a deploy needs. */
export const DEPLOYER: User = { name: 'deployer' };

const KUBELET: User = { name: 'system:node:one', groups: ['system:nodes'] };

function account(namespace: string, name: string): User {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  };
}

const controller = (name: string) => account('kube-system', name);

/** One cluster's names, by the plan of the fixture. */
export interface Names {
  readonly mesh: 'istio' | 'consul';
  readonly other: string;
  /** Of a border. */
  readonly namespace: string;
  readonly border: string;
  readonly account: string;
}

/** What somebody tries, and what has to come of it. */
export interface Try {
  readonly what: string;
  readonly as: User;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: YamlMap;
  readonly expected: 'refused' | 'allowed';
}

/** All that is tried in a cluster. */
export function tries({ mesh, other, namespace, border, account: name }: Names): Try[] {
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

export const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;

export const configMaps = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;

export const deployments = (namespace: string) =>
  `/apis/apps/v1/namespaces/${namespace}/deployments`;

export const token = (namespace: string, name: string) =>
  `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;

const exec = (namespace: string, name: string) => `${pods(namespace)}/${name}/exec`;

function podSpec(serviceAccountName: string, image = 'example.com/image'): YamlMap {
  return { serviceAccountName, containers: [{ name: 'main', image }] };
}

export function pod(name: string, serviceAccount: string): YamlMap {
  return { metadata: { name }, spec: podSpec(serviceAccount) };
}

const LABELS = { app: 'x' };

function template(serviceAccount: string, image?: string): YamlMap {
  return { metadata: { labels: LABELS }, spec: podSpec(serviceAccount, image) };
}

export function deployment(name: string, serviceAccount: string, image?: string): YamlMap {
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

export function tokenRequest(audiences?: readonly string[], boundObjectRef?: YamlMap): YamlMap {
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
