import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TerraformStack } from 'cdktf';
import { CustomResource } from '../constructs/kubernetes';
import { Processes } from '../rehearsal/processes';
import { checkTerraform, isMissing, missingText } from '../support/programs/prerequisites';
import { GATEWAY_API_CRDS, missing, moduleCrdFiles } from '../support/upstream/module-crds';
import type { Attempt } from './admission';
import { ApiServer } from './api-server';
import type { ControlPlaneBinaries } from './binaries';
import { gatewayApiCrds } from './crds';
import { prepare, remove, writeStatus } from './objects';
import { Deployment, WITHOUT_PROVIDER } from './terraform';

/*
 * What a deploy says of Gateways and routes that their controller does not take up: by the real Terraform and
 * the real Kubernetes provider, in a real API server with the CRDs of the Gateway API. No controller runs: this
 * writes the statuses that Istio's and Consul's would write, as they are in their sources.
 */

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
  const deployment = new Deployment(terraform.program, folder);
  try {
    const server = await ApiServer.start('gateways', binaries, processes, folder);
    deployment.to(server);
    await prepare(server, [NAMESPACE], gatewayApiCrds());
    deployment.synthesise(addAll);
    if (!(await deployment.init())) return WITHOUT_PROVIDER;
    const [first] = await Promise.all([
      deployment.apply(),
      ...CASES.map((one) => write(server, one)),
    ]);
    const attempts = CASES.map(({ kind, name, what, says }): Attempt => {
      const passed = says?.test(first.text) ?? !first.text.includes(`${kind} gateways/${name} is`);
      const expected = says === undefined ? 'allowed' : 'refused';
      const answer = passed ? expected : first.text.slice(-3000);
      return { cluster: 'gateways', what, expected, answer, passed };
    });
    const tried = (what: string, passed: boolean, answer: string) =>
      attempts.push({ cluster: 'gateways', what, expected: 'allowed', answer, passed });
    tried(
      'is told as soon as it is decided',
      !first.text.includes(LONG_PAUSE),
      'a pause that was not needed',
    );
    for (const one of CASES) await report(server, { ...one, listener: [] }, GOOD);
    const again = await deployment.apply();
    tried('is deployed again once it is mended', again.code === 0, again.text.slice(-2000));
    for (const one of CASES) await report(server, one, [PODS]);
    const planned = await deployment.plan();
    tried(
      'has nothing to do then, even while pods are away',
      planned.code === 0,
      planned.text.slice(-2000),
    );
    await remove(server, pathOf(READY));
    const anew = await deployment.apply();
    tried('is made again where it was deleted by hand', anew.code === 0, anew.text.slice(-2000));
    return attempts;
  } finally {
    await processes.end();
  }
}

const GOOD = ['Accepted', 'Programmed', 'ResolvedRefs', 'Synced'].map(yes);

function addAll(stack: TerraformStack): void {
  for (const { kind, name } of CASES) {
    new CustomResource(stack, `${kind}-${name}`, {
      apiVersion: `${GROUP}/${versionOf(kind)}`,
      kind,
      metadata: { name, namespace: NAMESPACE },
      spec: SPECS[kind],
      ownName: true,
    });
  }
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

/** What a controller would write, as soon as the object is there. */
async function write(server: ApiServer, one: Case): Promise<void> {
  for (const conditions of one.conditions) {
    await report(server, one, conditions);
    // The first look is after five seconds.
    await sleep(8000);
  }
}

function pathOf({ kind, name }: Case): string {
  return `/apis/${GROUP}/${versionOf(kind)}/namespaces/${NAMESPACE}/${kind.toLowerCase()}s/${name}`;
}

async function report(
  server: ApiServer,
  one: Case,
  conditions: readonly Condition[],
): Promise<void> {
  await writeStatus(server, pathOf(one), ({ generation: observedGeneration }) => {
    const whole = (all: readonly Condition[]) =>
      all.map((condition) => ({
        ...{ message: '', observedGeneration, lastTransitionTime: '2026-01-01T00:00:00Z' },
        ...condition,
      }));
    const parent = { parentRef: { name: 'ready' }, controllerName: 'example.com/any' };
    return one.kind === 'Gateway'
      ? {
          conditions: whole(conditions),
          listeners: [{ name: 'tls', attachedRoutes: 0, conditions: whole(one.listener ?? []) }],
        }
      : { parents: [{ ...parent, conditions: whole(conditions) }] };
  });
}
