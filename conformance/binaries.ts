import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Missing } from '../support/programs/prerequisites';

/** The programs of a Kubernetes control plane that stores and checks objects, and does nothing else. */
export interface ControlPlaneBinaries {
  readonly etcd: string;
  readonly apiServer: string;
}

/** The Go module that pins the API server. */
const MODULE = join(__dirname, 'apiserver');
const PACKAGE = 'k8s.io/kubernetes/cmd/kube-apiserver';

/** How to get the programs, where they cannot be built here. */
const REMEDY =
  'install Go (https://go.dev/doc/install) and etcd (Debian, Ubuntu: apt-get install etcd-server; ' +
  'macOS: brew install etcd), or set KUBEBUILDER_ASSETS to a folder with etcd and kube-apiserver, ' +
  'which "go run sigs.k8s.io/controller-runtime/tools/setup-envtest@latest use" fetches';

/** Version of the API server that is built here, without `v`. */
export function pinnedApiServerVersion(): string {
  const version = /k8s\.io\/kubernetes v(\S+)/.exec(readFileSync(join(MODULE, 'go.mod'), 'utf8'));
  return version?.[1] ?? '';
}

/**
 * Those of `KUBEBUILDER_ASSETS` where that is set; else etcd from the `PATH` and an API server that is
 * built at the first use and kept in the user's cache.
 *
 * @param progress Told before a build, which takes minutes.
 * @returns What is missing, on a machine that has neither.
 * @throws Error when `KUBEBUILDER_ASSETS` does not hold them, or when the build fails.
 * @see https://book.kubebuilder.io/reference/envtest
 */
export function controlPlaneBinaries(
  env: NodeJS.ProcessEnv,
  progress: (text: string) => void,
): ControlPlaneBinaries | Missing {
  const assets = env['KUBEBUILDER_ASSETS'];
  if (assets !== undefined) {
    const [etcd, apiServer] = [join(assets, 'etcd'), join(assets, 'kube-apiserver')];
    const absent = [etcd, apiServer].filter((file) => !existsSync(file));
    if (absent.length > 0) {
      throw new Error(
        `KUBEBUILDER_ASSETS names ${assets}, and there is no ${absent.join(' and no ')}`,
      );
    }
    return { etcd, apiServer };
  }

  const lacking = [
    ...(runs('etcd', ['--version'], env) ? [] : ['etcd']),
    ...(existsSync(cachedApiServer(env)) || runs('go', ['version'], env)
      ? []
      : ['Go, to build the API server with']),
  ];
  if (lacking.length > 0) {
    return {
      name: 'Kubernetes API server',
      problem: `not on the PATH: ${lacking.join('; ')}`,
      remedy: REMEDY,
    };
  }
  return { etcd: 'etcd', apiServer: builtApiServer(env, progress) };
}

function runs(program: string, args: readonly string[], env: NodeJS.ProcessEnv): boolean {
  return spawnSync(program, args, { stdio: 'ignore', env }).status === 0;
}

/** A name of its own for everything that the result depends on. */
function cachedApiServer(env: NodeJS.ProcessEnv): string {
  const sums = createHash('sha256').update(readFileSync(join(MODULE, 'go.sum')));
  const name = `kube-apiserver-${pinnedApiServerVersion()}-${sums.digest('hex').slice(0, 12)}`;
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'cdktf-mesh-federation', name);
}

function builtApiServer(env: NodeJS.ProcessEnv, progress: (text: string) => void): string {
  const file = cachedApiServer(env);
  if (existsSync(file)) return file;

  const version = pinnedApiServerVersion();
  progress(`Building kube-apiserver ${version}, once; it takes some minutes ...`);
  const [major, minor] = version.split('.');
  const variable = (name: string, value?: string) =>
    `-X k8s.io/component-base/version.${name}=${value}`;
  const flags = [
    '-s -w',
    variable('gitVersion', `v${version}`),
    variable('gitMajor', major),
    variable('gitMinor', minor),
  ];
  // Built aside and moved into place, so that an interrupted build is never taken for one.
  const aside = `${file}.${process.pid}`;
  mkdirSync(join(file, '..'), { recursive: true });
  try {
    // It takes the CPU time that the tests beside it leave, which have Envoys that are flooded.
    const build = spawnSync(
      'nice',
      ['go', 'build', '-trimpath', '-ldflags', flags.join(' '), '-o', aside, PACKAGE],
      {
        cwd: MODULE,
        encoding: 'utf8',
        env: { ...env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' },
      },
    );
    if (build.status !== 0) {
      const said = `${build.stderr ?? ''}${build.error?.message ?? ''}`;
      throw new Error(
        `kube-apiserver ${version} could not be built with Go:\n` +
          `${said.trimEnd().split('\n').slice(-15).join('\n')}\n` +
          'Its sources come from https://proxy.golang.org; GOPROXY names another module proxy. ' +
          `Or set KUBEBUILDER_ASSETS: ${REMEDY}`,
      );
    }
    renameSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
  }
  return file;
}
