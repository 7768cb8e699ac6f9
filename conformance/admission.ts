import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { admissionRules } from '../constructs/federation/plan/internal';
import type { YamlMap } from '../constructs/kubernetes/yaml-file';
import { Processes } from '../rehearsal/processes';
import { plan } from './plan';
import { type Answer, ApiServer, message } from './api-server';
import type { ControlPlaneBinaries } from './binaries';
import {
  ADMINISTRATOR,
  configMaps,
  DEPLOYER,
  deployment,
  deployments,
  DEVELOPER,
  JOBS,
  type Names,
  pod,
  pods,
  tries,
  type Try,
} from './admission-tries';

/*
 * The federation's admission policies in a real API server, with people and programs that RBAC lets do
 * all that they try.
 */

/** Something that somebody tried, and what came of it. */
export interface Attempt {
  readonly cluster: string;
  readonly what: string;
  readonly expected: 'refused' | 'allowed';
  /** The server's answer: a refusal by one of the federation's rules, or anything else. */
  readonly answer: string;
  readonly passed: boolean;
}

/** Milliseconds in which all policies of a cluster have to bind. */
const PATIENCE = 120_000;

/** One cluster of each mesh. */
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
        const until = performance.now() + PATIENCE;
        for (const one of tries(names)) {
          if (one.expected === 'refused') await inForce(server, one, until);
          attempts.push(await attempt(server, names.mesh, one));
        }
        return attempts;
      }),
    );
    return all.flat();
  } finally {
    await processes.end();
  }
}

async function attempt(
  server: ApiServer,
  cluster: string,
  { what, as, method, path, body, expected }: Try,
): Promise<Attempt> {
  const answer = await server.as(as, method, path, body);
  const byRule = refusedByRule(answer);
  // A session needs a kubelet: it is allowed where only that is missing.
  const allowed = answer.status < 300 || (isSession(path) && !byRule && answer.status !== 403);
  return {
    cluster,
    what: `${as.name} ${what}`,
    expected,
    answer: byRule ? 'refused by its rule' : `${answer.status} ${message(answer)}`,
    passed: expected === 'refused' ? byRule : allowed,
  };
}

/**
 * A policy binds a while after it was made, each its own, and on a busy machine later. What it is against is tried
 * without a trace until it does, or until patience ends.
 */
async function inForce(server: ApiServer, one: Try, until: number): Promise<void> {
  const path = isSession(one.path) ? one.path : `${one.path}?dryRun=All`;
  for (;;) {
    if (refusedByRule(await server.as(one.as, one.method, path, one.body))) return;
    if (performance.now() > until) return;
    await sleep(200);
  }
}

function refusedByRule(answer: Answer): boolean {
  return (
    answer.status === 403 && /^.*ValidatingAdmissionPolicy 'mesh-federation-/.test(message(answer))
  );
}

/** It has no dry run, and leaves no trace: nothing runs in the pods. */
function isSession(path: string): boolean {
  return path.endsWith('/exec');
}

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
