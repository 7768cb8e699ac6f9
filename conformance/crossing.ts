import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TerraformStack } from 'cdktf';
import { PrivateGateway } from '../constructs/kubernetes';
import { Processes } from '../rehearsal/processes';
import { checkTerraform, isMissing, missingText } from '../support/programs/prerequisites';
import type { Attempt } from './admission';
import { accepted, ApiServer, CONTROLLERS } from './api-server';
import type { ControlPlaneBinaries } from './binaries';
import { prepare, writeStatus } from './objects';
import { Deployment, WITHOUT_PROVIDER } from './terraform';

/*
 * What the plan of a mesh does when `federation.crossing` changes on a deployed pair: the private Service of a
 * gateway, by the real Terraform and the real Kubernetes provider, beside the gateway's own one in a real API
 * server. No controller of load balancers runs, so an address is written where one would.
 */

const NAMESPACE = 'gateways';
const SERVICES = `/api/v1/namespaces/${NAMESPACE}/services`;

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
  const deployment = new Deployment(terraform.program, folder);
  const attempt = async (change: Change, command: 'plan' | 'apply'): Promise<Attempt> => {
    deployment.synthesise((stack) => addGateway(stack, change));
    const { text: said } = await deployment[command]();
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
    deployment.to(server);
    await prepare(server, [NAMESPACE]);
    accepted(SERVICES, await server.as(CONTROLLERS, 'POST', SERVICES, OWN_SERVICE));
    deployment.synthesise((stack) => addGateway(stack, FIRST));
    if (!(await deployment.init())) return WITHOUT_PROVIDER;
    const attempts = [await attempt(FIRST, 'plan')];
    const [deployed] = await Promise.all([
      attempt(DEPLOYED, 'apply'),
      // An address, as a controller of load balancers gives one.
      writeStatus(server, `${SERVICES}/gateway-private`, () => ({
        loadBalancer: { ingress: [{ hostname: 'private.example.com' }] },
      })),
    ]);
    attempts.push(deployed);
    for (const change of THEN) attempts.push(await attempt(change, 'plan'));
    return attempts;
  } finally {
    await processes.end();
  }
}

function addGateway(stack: TerraformStack, { ways, besideOwn }: Change): void {
  new PrivateGateway(stack, 'private-gateway', {
    namespace: NAMESPACE,
    serviceName: 'gateway',
    selector: { app: 'gateway' },
    ports: [{ name: 'tls-federation', port: 8443 }],
    allowedSources: ways.map((way) => (way === 'privatelink' ? '10.10.0.0/16' : '10.20.0.0/16')),
    ways,
    besideOwn,
    dependsOn: [],
  });
}

/** The gateway as its chart makes it. */
const OWN_SERVICE = {
  metadata: { name: 'gateway' },
  spec: {
    type: 'LoadBalancer',
    selector: { app: 'gateway' },
    ports: [{ name: 'tls-federation', port: 8443 }],
  },
};
