import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { App, LocalBackend, TerraformStack } from 'cdktf';
import { CustomResource } from '../constructs/kubernetes';
import { yamlMap } from '../constructs/kubernetes/yaml-file';
import { Processes } from '../rehearsal/processes';
import { checkTerraform, isMissing, missingText } from '../support/programs/prerequisites';
import { isWithoutProviders } from '../support/terraform/without-providers';
import { GATEWAY_API_CRDS, missing, moduleCrdFiles } from '../support/upstream/module-crds';
import type { Attempt } from './admission';
import { ApiServer, message } from './api-server';
import type { ControlPlaneBinaries } from './binaries';
import { gatewayApiCrds } from './crds';
import { runTerraform, WITHOUT_PROVIDER } from './terraform';

/*
 * What a deploy says of Gateways and routes that their controller does not take up: by the real Terraform and
 * the real Kubernetes provider, in a real API server with the CRDs of the Gateway API. No controller runs: this
 * writes the statuses that Istio's and Consul's would write, as they are in their sources.
 */

const ADMIN = { name: 'controllers', groups: ['system:masters'] };
const NAMESPACE = 'gateways';
const GROUP = 'gateway.networking.k8s.io';

interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message?: string;
}

interface Case {
  readonly kind: 'Gateway' | 'TCPRoute' | 'TLSRoute';
  readonly name: string;
  readonly what: string;
  /** What its controller writes first, and what it goes on to write. */
  readonly conditions: readonly (readonly Condition[])[];
  /** Of its listener. */
  readonly listener?: readonly Condition[];
  /** What the deploy says; nothing where it goes on. */
  readonly says?: RegExp;
}

const yes = (type: string): Condition => ({ type, status: 'True', reason: type });
const no = (type: string, reason: string, words: string): Condition => ({
  ...{ type, status: 'False', reason },
  message: words,
});
const PODS = no('Programmed', 'Pending', 'gateway pods are still being scheduled');

const READY: Case = {
  kind: 'Gateway',
  name: 'ready',
  what: 'a Gateway that is programmed',
  conditions: [[yes('Accepted'), yes('Programmed'), yes('ResolvedRefs')]],
};

const CASES: readonly Case[] = [
  READY,
  {
    kind: 'Gateway',
    name: 'slow',
    what: 'a Gateway whose pods come a while later',
    conditions: [
      [yes('Accepted'), PODS],
      [yes('Accepted'), yes('Programmed')],
    ],
  },
  {
    kind: 'Gateway',
    name: 'address',
    what: 'a Gateway of Istio whose Service is not there',
    conditions: [
      [
        yes('Accepted'),
        no('Programmed', 'AddressNotUsable', 'Failed to assign to any requested addresses'),
      ],
    ],
    says: /Gateway gateways\/address is not taken up, so no call passes it\. Its controller says: Programmed: AddressNotUsable: Failed to assign to any requested addresses\. Nothing changes until that is fixed/,
  },
  {
    kind: 'Gateway',
    name: 'listeners',
    what: 'a Gateway with a listener that is refused',
    conditions: [
      [
        no('Accepted', 'ListenersNotValid', "None of the Gateway's listeners are valid"),
        yes('Programmed'),
      ],
    ],
    listener: [no('Accepted', 'PortUnavailable', 'listener port is unavailable')],
    says: /Accepted: ListenersNotValid: None of the Gateway's listeners are valid; listener tls: Accepted: PortUnavailable: listener port is unavailable\./,
  },
  {
    kind: 'Gateway',
    name: 'unsynced',
    what: 'a Gateway that Consul is too old for, while its pods are still to come',
    conditions: [
      [
        yes('Accepted'),
        PODS,
        no('Synced', 'SyncError', '1 error occurred: invalid config key "TLS"'),
      ],
    ],
    says: /Gateway gateways\/unsynced is not taken up.* Programmed: Pending: gateway pods are still being scheduled; Synced: SyncError: 1 error occurred: invalid config key "TLS"\. Nothing changes/,
  },
  {
    kind: 'TLSRoute',
    name: 'led',
    what: 'a TLSRoute that is accepted',
    conditions: [[yes('Accepted'), yes('ResolvedRefs')]],
  },
  {
    kind: 'TLSRoute',
    name: 'denied',
    what: 'a TLSRoute from a namespace that the Gateway does not admit',
    conditions: [
      [
        no(
          'Accepted',
          'NotAllowedByListeners',
          'hostnames matched parent, but namespace is not allowed',
        ),
        yes('ResolvedRefs'),
      ],
    ],
    says: /TLSRoute gateways\/denied is not taken up.* Accepted: NotAllowedByListeners: hostnames matched parent, but namespace is not allowed\./,
  },
  {
    kind: 'TCPRoute',
    name: 'backend',
    what: 'a TCPRoute to a service that is not there',
    conditions: [
      [yes('Accepted'), no('ResolvedRefs', 'BackendNotFound', 'gateways/info: backend not found')],
    ],
    says: /TCPRoute gateways\/backend is not taken up.* ResolvedRefs: BackendNotFound: gateways\/info: backend not found\./,
  },
];

/** What Terraform says of a pause that is not the first or second. */
const LONG_PAUSE = '[20s elapsed]';

/** Deploys all, then mends what was refused and deploys again. */
export async function checkGateways(
  binaries: ControlPlaneBinaries,
): Promise<readonly Attempt[] | { readonly skipped: string }> {
  const terraform = checkTerraform();
  if (isMissing(terraform)) return { skipped: missingText(terraform) };
  if (moduleCrdFiles(GATEWAY_API_CRDS) === undefined) return { skipped: missing(GATEWAY_API_CRDS) };
  const folder = mkdtempSync(join(tmpdir(), 'mesh-gateways-'));
  const processes = new Processes(folder);
  const run = async (...args: readonly string[]) => {
    const stack = join(folder, 'out', 'stacks', 'mesh');
    const { code, text } = await runTerraform(terraform.program, stack, args);
    // Errors are in a frame, and broken into lines.
    return { code, said: text.replaceAll(/[\s│]+/g, ' ') };
  };
  try {
    const server = await ApiServer.start('gateways', binaries, processes, folder);
    writeFileSync(join(folder, 'kubeconfig'), server.kubeconfig, { mode: 0o600 });
    await prepare(server);
    synthesise(folder);
    if (isWithoutProviders((await run('init', '-input=false')).said)) return WITHOUT_PROVIDER;
    const [first] = await Promise.all([
      run('apply', '-auto-approve', '-input=false'),
      ...CASES.map((one) => write(server, one)),
    ]);
    const attempts = CASES.map(({ kind, name, what, says }): Attempt => {
      const passed = says?.test(first.said) ?? !first.said.includes(`${kind} gateways/${name} is`);
      const expected = says === undefined ? 'allowed' : 'refused';
      const answer = passed ? expected : first.said.slice(-3000);
      return { cluster: 'gateways', what, expected, answer, passed };
    });
    const tried = (what: string, passed: boolean, answer: string) =>
      attempts.push({ cluster: 'gateways', what, expected: 'allowed', answer, passed });
    tried(
      'is told as soon as it is decided',
      !first.said.includes(LONG_PAUSE),
      'a pause that was not needed',
    );
    for (const one of CASES) await writeStatus(server, { ...one, listener: [] }, GOOD);
    const again = await run('apply', '-auto-approve', '-input=false');
    tried('is deployed again once it is mended', again.code === 0, again.said.slice(-2000));
    for (const one of CASES) await writeStatus(server, one, [PODS]);
    const planned = await run('plan', '-input=false', '-detailed-exitcode');
    tried(
      'has nothing to do then, even while pods are away',
      planned.code === 0,
      planned.said.slice(-2000),
    );
    await remove(server, READY);
    const anew = await run('apply', '-auto-approve', '-input=false');
    tried('is made again where it was deleted by hand', anew.code === 0, anew.said.slice(-2000));
    return attempts;
  } finally {
    await processes.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

const GOOD = ['Accepted', 'Programmed', 'ResolvedRefs', 'Synced'].map(yes);

function synthesise(folder: string): void {
  const app = new App({ outdir: join(folder, 'out') });
  const stack = new TerraformStack(app, 'mesh');
  new LocalBackend(stack, { path: join(folder, 'state') });
  new KubernetesProvider(stack, 'kubernetes', { configPath: join(folder, 'kubeconfig') });
  for (const { kind, name } of CASES) {
    new CustomResource(stack, `${kind}-${name}`, {
      apiVersion: `${GROUP}/${versionOf(kind)}`,
      kind,
      metadata: { name, namespace: NAMESPACE },
      spec: SPECS[kind],
      ownName: true,
    });
  }
  app.synth();
}

const SPECS = {
  Gateway: {
    gatewayClassName: 'any',
    listeners: [{ name: 'tls', port: 8443, protocol: 'TLS', tls: { mode: 'Passthrough' } }],
  },
  TLSRoute: {
    parentRefs: [{ name: 'ready' }],
    hostnames: ['info.example.com'],
    rules: [{ backendRefs: [{ name: 'info', port: 8443 }] }],
  },
  TCPRoute: {
    parentRefs: [{ name: 'ready' }],
    rules: [{ backendRefs: [{ name: 'info', port: 8443 }] }],
  },
} as const;

function versionOf(kind: Case['kind']): string {
  return kind === 'TCPRoute' ? 'v1alpha2' : 'v1';
}

async function prepare(server: ApiServer): Promise<void> {
  const made = [
    { path: `/api/v1/namespaces/${NAMESPACE}`, object: namespace() },
    ...gatewayApiCrds().map((crd) => ({
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`,
      object: crd,
    })),
  ];
  for (const { path, object } of made) {
    const answer = await server.apply(path, object);
    if (answer.status > 299) throw new Error(`${path}: ${message(answer)}`);
  }
}

function namespace() {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
}

/** What a controller would write, as soon as the object is there. */
async function write(server: ApiServer, one: Case): Promise<void> {
  for (const conditions of one.conditions) {
    await writeStatus(server, one, conditions);
    // The first look is after five seconds.
    await sleep(8000);
  }
}

async function remove(server: ApiServer, { kind, name }: Case): Promise<void> {
  const answer = await server.as(ADMIN, 'DELETE', `${folderOf(kind)}/${name}`);
  if (answer.status > 299) throw new Error(`${kind} ${name}: ${message(answer)}`);
}

function folderOf(kind: Case['kind']): string {
  return `/apis/${GROUP}/${versionOf(kind)}/namespaces/${NAMESPACE}/${kind.toLowerCase()}s`;
}

async function writeStatus(
  server: ApiServer,
  { kind, name, listener = [] }: Case,
  conditions: readonly Condition[],
): Promise<void> {
  const folder = folderOf(kind);
  for (let tries = 0; tries < 600; tries++) {
    const found = await server.get(`${folder}/${name}`).catch(() => undefined);
    if (found === undefined) {
      await sleep(200);
      continue;
    }
    const { generation: observedGeneration } = yamlMap(found['metadata']);
    const whole = (all: readonly Condition[]) =>
      all.map((condition) => ({
        ...{ message: '', observedGeneration, lastTransitionTime: '2026-01-01T00:00:00Z' },
        ...condition,
      }));
    const parent = { parentRef: { name: 'ready' }, controllerName: 'example.com/any' };
    const status =
      kind === 'Gateway'
        ? {
            conditions: whole(conditions),
            listeners: [{ name: 'tls', attachedRoutes: 0, conditions: whole(listener) }],
          }
        : { parents: [{ ...parent, conditions: whole(conditions) }] };
    const answer = await server.as(ADMIN, 'PUT', `${folder}/${name}/status`, { ...found, status });
    if (answer.status > 299) throw new Error(`${folder}/${name}: ${message(answer)}`);
    return;
  }
}
