import type { Config } from '../../config';
import { deployedImages } from '../../config/deployed-images';
import { CONSUL_CHARTS } from '../../constructs/consul/props';
import { ISTIO_CHARTS } from '../../constructs/istio/props';
import { LINKERD_CHARTS } from '../../constructs/linkerd/props';
import type { ChartSource } from '../../constructs/kubernetes';
import { reasonOf } from '../terminal/reason';
import type { Finding } from './finding';

const area = 'downloads';

const CHARTS = { istio: ISTIO_CHARTS, consul: CONSUL_CHARTS, linkerd: LINKERD_CHARTS };

/** Seconds for one answer. */
const TIMEOUT = 10;

/** Where charts and images come from, and whether it answers. */
export function downloadFindings(config: Config): Promise<Finding[]> {
  const charts = new Map(
    Object.values(config.meshes).flatMap(({ kind, charts }) => addressOf(charts ?? CHARTS[kind])),
  );
  const registries = new Set(deployedImages(config).map(({ image }) => registryOf(image)));
  return Promise.all([
    ...[...charts].map(([name, address]) => chartsFinding(name, address)),
    ...[...registries].map(registryFinding),
  ]);
}

/** A folder of charts is read with the settings. */
function addressOf(source: ChartSource): [name: string, address: string][] {
  switch (source.kind) {
    case 'repository':
      return [[source.url, `${source.url.replace(/\/$/, '')}/index.yaml`]];
    case 'oci':
      return [[source.url, `https://${new URL(source.url).host}/v2/`]];
    default:
      return [];
  }
}

/** The registry of a reference, as containerd finds it. */
function registryOf(image: string): string {
  const [first = ''] = image.split('/');
  const named = image.includes('/') && /[.:]|^localhost$/.test(first);
  return named && first !== 'docker.io' ? first : 'registry-1.docker.io';
}

async function chartsFinding(name: string, address: string): Promise<Finding> {
  const what = `Charts of ${name}`;
  const problem = await problemOf(address, (status) => status < 400 || status === 401);
  return problem === undefined
    ? { area, what, verdict: 'right', found: 'answers' }
    : {
        area,
        what,
        verdict: 'wrong',
        found: problem,
        remedy: 'meshes.*.charts names a copy of yours: docs/air-gapped.md',
      };
}

/** Asked from here; it is the nodes that must reach it. */
async function registryFinding(registry: string): Promise<Finding> {
  const what = `Images of ${registry}`;
  // 401 is what a registry answers whom it does not know yet.
  const problem = await problemOf(`https://${registry}/v2/`, (status) =>
    [200, 401, 403].includes(status),
  );
  return problem === undefined
    ? { area, what, verdict: 'right', found: 'answers here' }
    : {
        area,
        what,
        verdict: 'unknown',
        found: `${problem} from here; the nodes must reach it`,
        remedy: 'images.registry names a copy of yours: docs/air-gapped.md',
      };
}

/** Terraform and Helm take the proxy of the environment by themselves. */
function pastProxy(env = process.env): string {
  const proxy = env['HTTPS_PROXY'] || env['https_proxy'];
  return proxy && !env['NODE_USE_ENV_PROXY']
    ? '; asked without HTTPS_PROXY, which Node.js takes from 22.21 on with NODE_USE_ENV_PROXY=1'
    : '';
}

async function problemOf(
  address: string,
  isRight: (status: number) => boolean,
): Promise<string | undefined> {
  try {
    const { status } = await fetch(address, {
      method: 'GET',
      signal: AbortSignal.timeout(TIMEOUT * 1000),
    });
    return isRight(status) ? undefined : `answers ${status}`;
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError';
    if (late) return `does not answer in ${TIMEOUT} s`;
    // `fetch` itself only says that it failed.
    const reason = reasonOf(error instanceof Error ? (error.cause ?? error) : error);
    return `cannot be reached: ${reason}${pastProxy()}`;
  }
}
