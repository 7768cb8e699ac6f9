import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TerraformStack } from 'cdktf';
import { CustomResource } from '../constructs/kubernetes';
import { Processes } from '../rehearsal/processes';
import { checkTerraform, isMissing, missingText } from '../support/programs/prerequisites';
import type { Attempt } from './admission';
import { accepted, ApiServer, CONTROLLERS } from './api-server';
import type { ControlPlaneBinaries } from './binaries';
import { crds } from './crds';
import { prepare, remove, writeStatus } from './objects';
import { Deployment, WITHOUT_PROVIDER } from './terraform';

/*
 * What a deploy says of Consul's resources that its controller does not take up, and of those that somebody else
 * made, by the real Terraform and the real Kubernetes provider, in a real API server with Consul's CRDs: only
 * these show whether the objects of a kind can be told by name. No controller runs: this writes what it would.
 */

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
  const deployment = new Deployment(terraform.program, folder);
  const attempts: Attempt[] = [];
  const tried = (what: string, expected: Attempt['expected'], passed: boolean, said: string) =>
    attempts.push({
      ...{ cluster: 'taken-up', what, expected, passed },
      answer: passed ? expected : said.slice(-3000),
    });
  try {
    const server = await ApiServer.start('taken-up', binaries, processes, folder);
    deployment.to(server);
    await prepare(server, [NAMESPACE], crds('consul-k8s'));
    for (const [kind, name] of OF_OTHERS) await make(server, kind, name);
    deployment.synthesise(addAll);
    if (!(await deployment.init())) return WITHOUT_PROVIDER;

    const beside = await deployment.apply();
    const theirs = [...beside.text.matchAll(/(\S+ \S+) is there already/g)].map(([, one]) => one);
    tried(
      'objects that somebody else made',
      'refused',
      String([...new Set(theirs)].sort()) ===
        'ServiceDefaults consul/web,ValidatingAdmissionPolicyBinding guard',
      beside.text,
    );
    await remove(server, pathOf('ServiceDefaults', 'web'));
    await remove(server, pathOf('ValidatingAdmissionPolicyBinding', 'guard'));

    const [refused] = await Promise.all([
      deployment.apply(),
      say(server, 'ServiceDefaults', 'web', 'invalid config key'),
      say(server, 'ServiceDefaults', 'api'),
      say(server, 'ServiceDefaults', 'db', 'no leader'),
      say(server, 'ServiceIntentions', 'api'),
    ]);
    tried(
      'what its controller refuses, each with its words, and nothing else',
      'refused',
      refused.text.includes(
        'Consul has not taken up ServiceDefaults consul/db (its controller says: ConsulAgentError: no leader), ' +
          'ServiceDefaults consul/web (its controller says: ConsulAgentError: invalid config key), so what',
      ) && refused.text.match(/has not taken up/g)?.length === 1,
      refused.text,
    );

    for (const name of ['web', 'db']) await say(server, 'ServiceDefaults', name);
    const again = await deployment.apply();
    tried('the same once it is mended', 'allowed', again.code === 0, again.text);
    const planned = await deployment.plan();
    tried('a plan, which has nothing to do', 'allowed', planned.code === 0, planned.text);

    await say(server, 'ServiceIntentions', 'api', 'no leader');
    const late = await deployment.plan();
    tried(
      'a plan when its controller has changed its mind',
      'refused',
      late.text.includes('has not taken up ServiceIntentions consul/api'),
      late.text,
    );
    await say(server, 'ServiceIntentions', 'api');

    await remove(server, pathOf('ServiceDefaults', 'db'));
    const [anew] = await Promise.all([deployment.apply(), say(server, 'ServiceDefaults', 'db')]);
    tried('what was deleted by hand', 'allowed', anew.code === 0, anew.text);
    return attempts;
  } finally {
    await processes.end();
  }
}

function addAll(stack: TerraformStack): void {
  for (const [kind, name] of MADE) {
    new CustomResource(stack, `${kind}-${name}`, { ...objectOf(kind, name), spec: SPECS[kind] });
  }
}

function objectOf(kind: Kind, name: string) {
  const { apiVersion } = PLACES[kind];
  const namespace = apiVersion === API ? NAMESPACE : undefined;
  return { apiVersion, kind, metadata: { name, namespace } };
}

function pathOf(kind: Kind, name: string): string {
  return `${PLACES[kind].folder}/${name}`;
}

/** Makes an object of somebody else's. */
async function make(server: ApiServer, kind: Kind, name: string): Promise<void> {
  const object = { ...objectOf(kind, name), spec: SPECS[kind] };
  // A CRD is served a moment after it is there.
  for (let tries = 0; ; tries++) {
    const answer = await server.as(CONTROLLERS, 'POST', PLACES[kind].folder, object);
    if (answer.status === 404 && tries < 50) {
      await sleep(200);
      continue;
    }
    accepted(`${kind} ${name}`, answer);
    return;
  }
}

/** What the controller says, as soon as the object is there. */
async function say(server: ApiServer, kind: Kind, name: string, refusal?: string): Promise<void> {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  const condition =
    refusal === undefined
      ? { type: 'Synced', status: 'True', lastTransitionTime }
      : {
          ...{ type: 'Synced', status: 'False', lastTransitionTime },
          ...{ reason: 'ConsulAgentError', message: refusal },
        };
  await writeStatus(server, pathOf(kind, name), () => ({ conditions: [condition] }));
}
