import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { App, LocalBackend, TerraformStack } from 'cdktf';
import { PrivateGateway } from '../constructs/kubernetes';
import { Processes } from '../rehearsal/processes';
import { checkTerraform, isMissing, missingText } from '../support/programs/prerequisites';
import { isWithoutProviders } from '../support/terraform/without-providers';
import type { Attempt } from './admission';
import { ApiServer, message } from './api-server';
import type { ControlPlaneBinaries } from './binaries';
import { runTerraform, WITHOUT_PROVIDER } from './terraform';

/*
 * What the plan of a mesh does when `federation.crossing` changes on a deployed pair: the private Service of a
 * gateway, by the real Terraform and the real Kubernetes provider, beside the gateway's own one in a real API
 * server. No controller of load balancers runs, so an address is written where one would.
 */

const ADMIN = { name: 'controllers', groups: ['system:masters'] };
const SERVICES = '/api/v1/namespaces/gateways/services';

/** A change of the settings: the ways, and whether the gateway's own load balancer stays. */
interface Change {
  readonly what: string;
  readonly ways: readonly string[];
  readonly besideOwn: boolean;
  /** What Terraform says: why it refuses, or what it is going to do. */
  readonly says: RegExp;
  readonly expected: Attempt['expected'];
}

const FIRST: Change = {
  what: 'to a peering at once, while callers come over the internet',
  ways: ['peering'],
  besideOwn: false,
  says: /would take away before they know the private one\. [^]*federation\.crossingFrom: internet/,
  expected: 'refused',
};

const DEPLOYED: Change = {
  what: 'to a peering beside the internet: only adds',
  ways: ['peering', 'internet'],
  besideOwn: true,
  says: /1 added, 0 changed, 0 destroyed/,
  expected: 'allowed',
};

/** Planned with the peering there, and nothing of them deployed. */
const THEN: readonly Change[] = [
  {
    what: 'the internet taken out, once callers come by the peering: leaves the private Service as it is',
    ways: ['peering'],
    besideOwn: false,
    says: /No changes/,
    expected: 'allowed',
  },
  {
    what: 'from the peering to PrivateLink at once',
    ways: ['privatelink'],
    besideOwn: false,
    says: /by peering, which this deploy would take away [^]*federation\.crossingFrom: peering/,
    expected: 'refused',
  },
  {
    what: 'from the peering to PrivateLink beside it: changes the Service in place, with its load balancer',
    ways: ['privatelink', 'peering'],
    besideOwn: false,
    says: /0 to add, 1 to change, 0 to destroy/,
    expected: 'allowed',
  },
  {
    what: 'back to the internet beside the peering: changes the Service in place',
    ways: ['internet', 'peering'],
    besideOwn: true,
    says: /0 to add, 1 to change, 0 to destroy/,
    expected: 'allowed',
  },
  {
    what: 'to an address of your own beside the peering: changes the Service in place',
    ways: ['given', 'peering'],
    besideOwn: true,
    says: /0 to add, 1 to change, 0 to destroy/,
    expected: 'allowed',
  },
];

/** Plans each change, and deploys the one that the others start from. */
export async function checkCrossing(
  binaries: ControlPlaneBinaries,
): Promise<readonly Attempt[] | { readonly skipped: string }> {
  const terraform = checkTerraform();
  if (isMissing(terraform)) return { skipped: missingText(terraform) };
  const folder = mkdtempSync(join(tmpdir(), 'mesh-crossing-'));
  const processes = new Processes(folder);
  const run = async (...args: readonly string[]) => {
    const stack = join(folder, 'out', 'stacks', 'mesh');
    const { text } = await runTerraform(terraform.program, stack, args);
    // Errors are in a frame, and broken into lines.
    return text.replaceAll(/[\s│]+/g, ' ');
  };
  const attempt = async (change: Change, command: 'plan' | 'apply'): Promise<Attempt> => {
    synthesise(folder, change);
    const said = await run(
      command,
      '-input=false',
      ...(command === 'apply' ? ['-auto-approve'] : []),
    );
    const { what, expected, says } = change;
    const passed = says.test(said) && /\berror: /i.test(said) === (expected === 'refused');
    return {
      cluster: 'crossing',
      what,
      expected,
      answer: passed ? expected : said.slice(-2000),
      passed,
    };
  };
  try {
    const server = await ApiServer.start('crossing', binaries, processes, folder);
    writeFileSync(join(folder, 'kubeconfig'), server.kubeconfig, { mode: 0o600 });
    await prepare(server);
    synthesise(folder, FIRST);
    const text = await run('init', '-input=false');
    if (isWithoutProviders(text)) return WITHOUT_PROVIDER;
    const attempts = [await attempt(FIRST, 'plan')];
    const [deployed] = await Promise.all([attempt(DEPLOYED, 'apply'), balance(server)]);
    attempts.push(deployed);
    for (const change of THEN) attempts.push(await attempt(change, 'plan'));
    return attempts;
  } finally {
    await processes.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

function synthesise(folder: string, { ways, besideOwn }: Change): void {
  const app = new App({ outdir: join(folder, 'out') });
  const stack = new TerraformStack(app, 'mesh');
  new LocalBackend(stack, { path: join(folder, 'state') });
  new KubernetesProvider(stack, 'kubernetes', { configPath: join(folder, 'kubeconfig') });
  new PrivateGateway(stack, 'private-gateway', {
    namespace: 'gateways',
    serviceName: 'gateway',
    selector: { app: 'gateway' },
    ports: [{ name: 'tls-federation', port: 8443 }],
    allowedSources: ways.map((way) => (way === 'privatelink' ? '10.10.0.0/16' : '10.20.0.0/16')),
    ways,
    besideOwn,
    dependsOn: [],
  });
  app.synth();
}

/** The gateway as its chart makes it. */
async function prepare(server: ApiServer): Promise<void> {
  const own = {
    metadata: { name: 'gateway' },
    spec: {
      type: 'LoadBalancer',
      selector: { app: 'gateway' },
      ports: [{ name: 'tls-federation', port: 8443 }],
    },
  };
  for (const [path, object] of [
    ['/api/v1/namespaces', { metadata: { name: 'gateways' } }],
    [SERVICES, own],
  ] as const) {
    const answer = await server.as(ADMIN, 'POST', path, object);
    if (answer.status > 299) throw new Error(`${path}: ${message(answer)}`);
  }
}

/** Gives the private Service an address, as soon as it is there. */
async function balance(server: ApiServer): Promise<void> {
  const path = `${SERVICES}/gateway-private`;
  for (let tries = 0; tries < 600; tries++) {
    const found = await server.get(path).catch(() => undefined);
    if (found !== undefined) {
      const status = { loadBalancer: { ingress: [{ hostname: 'private.example.com' }] } };
      const answer = await server.as(ADMIN, 'PUT', `${path}/status`, { ...found, status });
      if (answer.status > 299) throw new Error(`${path}: ${message(answer)}`);
      return;
    }
    await sleep(200);
  }
}
