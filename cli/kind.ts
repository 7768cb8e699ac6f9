/**
 * `npm run kind:up` makes the kind clusters of the settings, such as those of the profile `kind`, and a load
 * balancer for all of them, on a machine with Docker. `npm run kind:down` deletes those that it made.
 *
 * The load balancer is cloud-provider-kind: one container, no pool of addresses to choose, and an
 * address that each cluster can reach in the other. Both commands can be run again at any time.
 *
 * @see https://github.com/kubernetes-sigs/cloud-provider-kind
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeWhole } from '../support/files/whole-file';
import { EXIT, runProgram, UserError } from '../support/terminal/user-error';
import { newCommand } from './command';
import { KIND_KUBECONFIG } from '../config/kind';
import { commandLine } from '../constructs/command-line';
import { kindClusters } from '../support/settings/kind-clusters';
import { CLOUD_PROVIDER_KIND, imageReference } from '../versions';

// npm runs scripts in the project's root.
const kubeconfig = join(process.cwd(), KIND_KUBECONFIG);
const ledger = join(dirname(kubeconfig), 'made');

const loadBalancer = {
  container: 'mesh-federation-load-balancer',
  image: imageReference(CLOUD_PROVIDER_KIND),
  // It would bring its own Gateway API CRDs, which then are in the way of the Consul chart's.
  options: ['--gateway-channel=disabled', '--enable-default-ingress=false'],
  /** Label of the containers that it makes, one for each Service. */
  label: 'io.x-k8s.cloud-provider-kind.cluster',
};

/** Milliseconds for an answer: a Docker daemon that hangs gives none. */
const TIMEOUT = 60_000;

/** Runs a command in silence. @returns What it printed, or undefined when it failed. */
function ask(command: string, ...args: string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', timeout: TIMEOUT });
  return status === 0 ? stdout : undefined;
}

/** The lines of what a command prints. @throws UserError when it fails, since nothing is known then. */
function list(command: string, ...args: string[]): string[] {
  const text = ask(command, ...args);
  if (text !== undefined) return lines(text);
  throw new UserError(
    `"${[command, ...args].join(' ')}" failed, so it is not known what there is: run it to see why, and then this again.`,
    EXIT.wrong,
  );
}

/** Runs a command whose output the user sees. @throws When it fails. */
function run(command: string, ...args: string[]): void {
  console.log(`> ${command} ${args.join(' ')}`);
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) {
    throw error ?? new UserError(`${command} ${args[0]} failed: see above`, EXIT.wrong);
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Everything that is missing, at once. */
function checkPrerequisites(): void {
  const missing: string[] = [];
  // "docker version" fails without its daemon too.
  if (ask('docker', '--version') === undefined) {
    missing.push('docker: https://docs.docker.com/get-docker/');
  } else if (ask('docker', 'info') === undefined) {
    missing.push(
      'a running Docker daemon that you may use: start Docker, or see "docker info" for the reason',
    );
  }
  if (ask('kind', 'version') === undefined) {
    missing.push('kind: https://kind.sigs.k8s.io/docs/user/quick-start/#installation');
  }
  if (missing.length > 0) {
    throw new UserError(`This machine lacks:\n${missing.map((one) => `  - ${one}`).join('\n')}`);
  }
}

function existingClusters(): string[] {
  return list('kind', 'get', 'clusters');
}

/** The clusters that this command made here, or began to make: no other is ever deleted. */
function made(): string[] {
  return existsSync(ledger) ? lines(readFileSync(ledger, 'utf8')) : [];
}

function up(): void {
  const { names, ofProfile } = kindClusters();
  mkdirSync(dirname(kubeconfig), { recursive: true });
  const existing = existingClusters();
  for (const name of names) {
    if (existing.includes(name)) {
      run('kind', 'export', 'kubeconfig', '--name', name, '--kubeconfig', kubeconfig);
      if (!made().includes(name)) {
        console.log(
          `The cluster ${name} was there already: "${commandLine('kind down')}" will not delete it.`,
        );
      }
    } else {
      // Before it is made, so that one that is made by half is known too.
      writeWhole(ledger, [...new Set([...made(), name])].map((one) => `${one}\n`).join(''));
      run('kind', 'create', 'cluster', '--name', name, '--kubeconfig', kubeconfig, '--wait', '5m');
    }
  }
  const { container, image, options } = loadBalancer;
  if (list('docker', 'ps', '--quiet', '--filter', `name=^${container}$`).length === 0) {
    ask('docker', 'rm', '--force', container);
    run(
      'docker',
      ...['run', '--detach', '--name', container, '--network', 'kind'],
      ...['--volume', '/var/run/docker.sock:/var/run/docker.sock', image, ...options],
    );
  }
  const profile = ofProfile ? 'FEDERATION_PROFILE=kind ' : '';
  console.log(`
These clusters are up, in ${kubeconfig}:
${names.map((name) => `  kind-${name}`).join('\n')}
Deploy:     ${profile}${commandLine('deploy')}
Take down:  ${profile}${commandLine('destroy')} && ${commandLine('kind down')}`);
}

function down(): void {
  const names = made();
  const existing = existingClusters();
  ask('docker', 'rm', '--force', loadBalancer.container);
  for (const name of names.filter((one) => existing.includes(one))) {
    run('kind', 'delete', 'cluster', '--name', name, '--kubeconfig', kubeconfig);
  }
  for (const name of names) {
    const filter = `label=${loadBalancer.label}=${name}`;
    const containers = list('docker', 'ps', '--all', '--quiet', '--filter', filter);
    if (containers.length > 0) {
      run('docker', 'rm', '--force', ...containers);
    }
  }
  rmSync(kubeconfig, { force: true });
  rmSync(ledger, { force: true });
  console.log(
    names.length === 0
      ? `"${commandLine('kind up')}" has made no cluster here.`
      : `Deleted: ${names.join(', ')}. Nothing is left of them.`,
  );
}

function action(work: () => void): () => Promise<void> {
  return () =>
    runProgram(() => {
      checkPrerequisites();
      work();
      return EXIT.right;
    });
}

export const command = newCommand('kind')
  .description('Makes the kind clusters of the settings, and removes them.')
  .addCommand(
    newCommand('kind up', [['', 'what is there stays']])
      .description('Makes the clusters and a load balancer for them; what is there stays.')
      .action(action(up)),
  )
  .addCommand(
    newCommand('kind down', [['', 'what is gone is no mistake']])
      .description('Removes the clusters that it made, and the load balancer.')
      .action(action(down)),
  );
