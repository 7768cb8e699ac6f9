import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { App, LocalBackend, TerraformStack } from 'cdktf';
import { CustomResource } from '../constructs/kubernetes';
import { Processes } from '../rehearsal/processes';
import { checkTerraform, isMissing, missingText } from '../support/programs/prerequisites';
import { isWithoutProviders } from '../support/terraform/without-providers';
import type { Attempt } from './admission';
import { ApiServer, message } from './api-server';
import type { ControlPlaneBinaries } from './binaries';
import { crds } from './crds';
import { runTerraform, WITHOUT_PROVIDER } from './terraform';

/*
 * What a deploy says of Consul's resources that its controller does not take up, and of those that somebody else
 * made, by the real Terraform and the real Kubernetes provider, in a real API server with Consul's CRDs: only
 * these show whether the objects of a kind can be told by name. No controller runs: this writes what it would.
 */

const ADMIN = { name: 'controllers', groups: ['system:masters'] };
const NAMESPACE = 'consul';
const API = 'consul.hashicorp.com/v1alpha1';
const POLICIES = 'admissionregistration.k8s.io/v1';

const DEFAULTS = {
  folder: `/apis/${API}/namespaces/${NAMESPACE}/servicedefaults`,
  apiVersion: API,
};
const PLACES = {
  ServiceDefaults: DEFAULTS,
  ServiceIntentions: { ...DEFAULTS, folder: DEFAULTS.folder.replace('defaults', 'intentions') },
  ValidatingAdmissionPolicyBinding: {
    folder: `/apis/${POLICIES}/validatingadmissionpolicybindings`,
    apiVersion: POLICIES,
  },
} as const;

const SPECS = {
  ServiceDefaults: { protocol: 'tcp' },
  ServiceIntentions: { destination: { name: 'api' }, sources: [{ name: 'web', action: 'allow' }] },
  ValidatingAdmissionPolicyBinding: { policyName: 'any', validationActions: ['Deny'] },
} as const;

type Kind = keyof typeof PLACES;

const MADE: readonly (readonly [Kind, string])[] = [
  ['ServiceDefaults', 'web'],
  ['ServiceDefaults', 'api'],
  ['ServiceDefaults', 'db'],
  ['ServiceIntentions', 'api'],
  ['ValidatingAdmissionPolicyBinding', 'guard'],
];

/** What others made: some under names that are to be made, one under another. */
const OF_OTHERS: readonly (readonly [Kind, string])[] = [
  ['ServiceDefaults', 'web'],
  ['ServiceDefaults', 'theirs'],
  ['ValidatingAdmissionPolicyBinding', 'guard'],
  ['ValidatingAdmissionPolicyBinding', 'theirs'],
];

/** Deploys beside what others made, then what a controller refuses, then mends it. */
export async function checkTakenUp(
  binaries: ControlPlaneBinaries,
): Promise<readonly Attempt[] | { readonly skipped: string }> {
  const terraform = checkTerraform();
  if (isMissing(terraform)) return { skipped: missingText(terraform) };
  const folder = mkdtempSync(join(tmpdir(), 'mesh-taken-up-'));
  const processes = new Processes(folder);
  const run = async (...args: readonly string[]) => {
    const stack = join(folder, 'out', 'stacks', 'mesh');
    const { code, text } = await runTerraform(terraform.program, stack, args);
    // Errors are in a frame, and broken into lines.
    return { code, said: text.replaceAll(/[\s│]+/g, ' ') };
  };
  const apply = () => run('apply', '-auto-approve', '-input=false');
  const attempts: Attempt[] = [];
  const tried = (what: string, expected: Attempt['expected'], passed: boolean, said: string) =>
    attempts.push({
      ...{ cluster: 'taken-up', what, expected, passed },
      answer: passed ? expected : said.slice(-3000),
    });
  try {
    const server = await ApiServer.start('taken-up', binaries, processes, folder);
    writeFileSync(join(folder, 'kubeconfig'), server.kubeconfig, { mode: 0o600 });
    await prepare(server);
    synthesise(folder);
    if (isWithoutProviders((await run('init', '-input=false')).said)) return WITHOUT_PROVIDER;

    const beside = await apply();
    const theirs = [...beside.said.matchAll(/(\S+ \S+) is there already/g)].map(([, one]) => one);
    tried(
      'objects that somebody else made',
      'refused',
      String([...new Set(theirs)].sort()) ===
        'ServiceDefaults consul/web,ValidatingAdmissionPolicyBinding guard',
      beside.said,
    );
    await remove(server, 'ServiceDefaults', 'web');
    await remove(server, 'ValidatingAdmissionPolicyBinding', 'guard');

    const [refused] = await Promise.all([
      apply(),
      say(server, 'ServiceDefaults', 'web', 'invalid config key'),
      say(server, 'ServiceDefaults', 'api'),
      say(server, 'ServiceDefaults', 'db', 'no leader'),
      say(server, 'ServiceIntentions', 'api'),
    ]);
    tried(
      'what its controller refuses, each with its words, and nothing else',
      'refused',
      refused.said.includes(
        'Consul has not taken up ServiceDefaults consul/db (its controller says: ConsulAgentError: no leader), ' +
          'ServiceDefaults consul/web (its controller says: ConsulAgentError: invalid config key), so what',
      ) && refused.said.match(/has not taken up/g)?.length === 1,
      refused.said,
    );

    for (const name of ['web', 'db']) await say(server, 'ServiceDefaults', name);
    const again = await apply();
    tried('the same once it is mended', 'allowed', again.code === 0, again.said);
    const planned = await run('plan', '-input=false', '-detailed-exitcode');
    tried('a plan, which has nothing to do', 'allowed', planned.code === 0, planned.said);

    await say(server, 'ServiceIntentions', 'api', 'no leader');
    const late = await run('plan', '-input=false');
    tried(
      'a plan when its controller has changed its mind',
      'refused',
      late.said.includes('has not taken up ServiceIntentions consul/api'),
      late.said,
    );
    await say(server, 'ServiceIntentions', 'api');

    await remove(server, 'ServiceDefaults', 'db');
    const [anew] = await Promise.all([apply(), say(server, 'ServiceDefaults', 'db')]);
    tried('what was deleted by hand', 'allowed', anew.code === 0, anew.said);
    return attempts;
  } finally {
    await processes.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

function synthesise(folder: string): void {
  const app = new App({ outdir: join(folder, 'out') });
  const stack = new TerraformStack(app, 'mesh');
  new LocalBackend(stack, { path: join(folder, 'state') });
  new KubernetesProvider(stack, 'kubernetes', { configPath: join(folder, 'kubeconfig') });
  for (const [kind, name] of MADE) {
    new CustomResource(stack, `${kind}-${name}`, { ...objectOf(kind, name), spec: SPECS[kind] });
  }
  app.synth();
}

function objectOf(kind: Kind, name: string) {
  const { apiVersion } = PLACES[kind];
  const namespace = apiVersion === API ? NAMESPACE : undefined;
  return { apiVersion, kind, metadata: { name, namespace } };
}

async function prepare(server: ApiServer): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
  const made = [
    { path: `/api/v1/namespaces/${NAMESPACE}`, object: namespace },
    ...crds('consul-k8s').map((crd) => ({
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`,
      object: crd,
    })),
  ];
  for (const { path, object } of made) {
    const answer = await server.apply(path, object);
    if (answer.status > 299) throw new Error(`${path}: ${message(answer)}`);
  }
  for (const [kind, name] of OF_OTHERS) {
    const object = { ...objectOf(kind, name), spec: SPECS[kind] };
    // A CRD is served a moment after it is there.
    for (let tries = 0; ; tries++) {
      const answer = await server.as(ADMIN, 'POST', PLACES[kind].folder, object);
      if (answer.status < 299) break;
      if (tries > 600) throw new Error(`${kind} ${name}: ${message(answer)}`);
      await sleep(200);
    }
  }
}

async function remove(server: ApiServer, kind: Kind, name: string): Promise<void> {
  const answer = await server.as(ADMIN, 'DELETE', `${PLACES[kind].folder}/${name}`);
  if (answer.status > 299) throw new Error(`${kind} ${name}: ${message(answer)}`);
}

/** What the controller says, as soon as the object is there. */
async function say(server: ApiServer, kind: Kind, name: string, refusal?: string): Promise<void> {
  const path = `${PLACES[kind].folder}/${name}`;
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  const condition =
    refusal === undefined
      ? { type: 'Synced', status: 'True', lastTransitionTime }
      : {
          ...{ type: 'Synced', status: 'False', lastTransitionTime },
          ...{ reason: 'ConsulAgentError', message: refusal },
        };
  for (let tries = 0; tries < 600; tries++) {
    const found = await server.get(path).catch(() => undefined);
    if (found !== undefined) {
      const status = { conditions: [condition] };
      const answer = await server.as(ADMIN, 'PUT', `${path}/status`, { ...found, status });
      if (answer.status < 299) return;
      if (answer.status !== 409) throw new Error(`${path}: ${message(answer)}`);
    }
    await sleep(200);
  }
}
