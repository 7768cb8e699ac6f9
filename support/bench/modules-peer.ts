import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../constructs/problems';
import { CACHE, ROOT } from '../paths';

/** A module of terraform-aws-modules, by the commit of its release. */
interface Module {
  readonly name: string;
  readonly tag: string;
  readonly commit: string;
}

/** `kms` is what `eks` itself asks for, at that version. */
const MODULES: readonly Module[] = [
  { name: 'eks', tag: 'v20.37.2', commit: '8a0efdbbc84180a26e0bacfd2b6fcfceac53b3b6' },
  { name: 'vpc', tag: 'v5.21.0', commit: '7c1f791efd61f326ed6102d564d1a65d1eceedf0' },
  { name: 'kms', tag: 'v2.1.0', commit: '5508c9cdd6fdb0ed4dcf399f54ba02fb8c31bd4b' },
];

/** Names a folder that has the modules already, one folder each. */
export const MODULES_VARIABLE = 'TERRAFORM_AWS_MODULES';

/** The modules cannot be had here. */
export class NoModules extends Error {}

/**
 * The folder that has the modules: the user's own, or the cache, into which they are cloned from GitHub.
 *
 * @throws NoModules
 */
export function modulesFolder(env: NodeJS.ProcessEnv = process.env): string {
  const own = env[MODULES_VARIABLE];
  if (own !== undefined && own !== '') {
    const missing = MODULES.filter(({ name }) => !existsSync(path.join(own, name, 'main.tf')));
    if (missing.length === 0) return path.resolve(own);
    const names = missing.map(({ name }) => name).join(', ');
    throw new NoModules(`${MODULES_VARIABLE} names ${own}, where there is no ${names}`);
  }
  const folder = path.join(CACHE, 'terraform-aws-modules');
  for (const module of MODULES) clone(module, folder);
  return folder;
}

function clone({ name, tag, commit }: Module, folder: string): void {
  const there = path.join(folder, name);
  if (existsSync(there) && head(there) === commit) return;
  const fresh = `${there}.new`;
  for (const old of [there, fresh]) rmSync(old, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const repository = `https://github.com/terraform-aws-modules/terraform-aws-${name}`;
  try {
    const words = ['-c', 'advice.detachedHead=false', 'clone', '--quiet', '--depth', '1'];
    execFileSync('git', [...words, '--branch', tag, repository, fresh], {
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 120_000,
    });
  } catch (error) {
    throw new NoModules(messageOf(error).trim());
  }
  const found = head(fresh);
  if (found !== commit) {
    rmSync(fresh, { recursive: true });
    throw new NoModules(`${tag} of ${repository} is ${found} and not ${commit}`);
  }
  renameSync(fresh, there);
}

function head(repository: string): string {
  return execFileSync('git', ['-C', repository, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
}

/** `together`: one root module for both clusters. `apart`: one for each. */
export type ModulesForm = 'together' | 'apart';

/**
 * Makes the folder in which Terraform deploys the peer: our own code of bench/peers/modules, the modules, and
 * how to reach AWS.
 *
 * @param form which root module it is
 * @param provider the arguments of the AWS provider, as Terraform's JSON has them
 * @param variables of the code
 */
export function writeModulesPeer(
  folder: string,
  modules: string,
  form: ModulesForm,
  {
    provider,
    required,
    variables,
  }: {
    readonly provider: object;
    /** Versions of providers. */
    readonly required: object;
    readonly variables: object;
  },
): void {
  const code = path.join(ROOT, 'bench', 'peers', 'modules');
  cpSync(path.join(code, 'cluster'), path.join(folder, 'cluster'), { recursive: true });
  cpSync(path.join(code, `${form}.tf`), path.join(folder, 'main.tf'));
  for (const { name } of MODULES) {
    const isCode = (file: string) => path.basename(file) !== '.git';
    const to = path.join(folder, 'vendor', name);
    cpSync(path.join(modules, name), to, { recursive: true, dereference: true, filter: isCode });
  }
  useOwnKms(path.join(folder, 'vendor', 'eks', 'main.tf'));
  const write = (name: string, content: object) => {
    writeFileSync(path.join(folder, name), JSON.stringify(content, null, 2));
  };
  write('emulator.tf.json', {
    provider: { aws: provider },
    terraform: { required_providers: required },
  });
  write('terraform.tfvars.json', variables);
}

/** `eks` asks Terraform's registry for `kms`. Here it is beside it, so that no registry is needed. */
function useOwnKms(file: string): void {
  const fromRegistry = /source\s+= "terraform-aws-modules\/kms\/aws"\n\s+version = .*\n/;
  const text = readFileSync(file, 'utf8');
  if (!fromRegistry.test(text)) throw new NoModules(`${file} no longer asks for the module kms`);
  writeFileSync(file, text.replace(fromRegistry, 'source = "../kms"\n'));
}
