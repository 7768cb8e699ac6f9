import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { linkerdRelease } from '../../constructs/linkerd/props';
import { messageOf } from '../../constructs/problems';
import { CONSUL, ISTIO, LINKERD } from '../../versions';
import { CACHE } from '../paths';

/*
 * The CRDs of the meshes and the charts' own values, of the pinned versions, from the release tags of the
 * sources on GitHub.
 */

/** Where they are kept; not part of the repository. */
export const SCHEMAS = path.join(CACHE, 'schemas');
/** Those of Linkerd, without which most tests run too. */
export const LINKERD_SCHEMAS = path.join(CACHE, 'linkerd-schemas');

const istio = ISTIO.version;
const consul = CONSUL.version;

const istioCharts = `istio/istio/${istio}/manifests/charts`;
const consulCrds = [
  'controlplanerequestlimits',
  'exportedservices',
  'gatewayclassconfigs',
  'gatewaypolicies',
  'ingressgateways',
  'jwtproviders',
  'meshes',
  'meshservices',
  'peeringacceptors',
  'peeringdialers',
  'proxydefaults',
  'ratelimits',
  'registrations',
  'routeauthfilters',
  'routeextprocs',
  'routeretryfilters',
  'routetimeoutfilters',
  'routetlssdsfilters',
  'samenessgroups',
  'servicedefaults',
  'serviceintentions',
  'serviceresolvers',
  'servicerouters',
  'servicesplitters',
  'terminatinggateways',
].map((name) => `consul.hashicorp.com_${name}.yaml`);

type Files = readonly (readonly [name: string, source: string])[];

/** Where each file lies in the cache, and where upstream. */
const files: Files = [
  [`crds/istio-${istio}/crds.yaml`, `${istioCharts}/base/files/crd-all.gen.yaml`],
  [`chart-values/istio-base-${istio}/values.yaml`, `${istioCharts}/base/values.yaml`],
  [
    `chart-values/istiod-${istio}/values.yaml`,
    `${istioCharts}/istio-control/istio-discovery/values.yaml`,
  ],
  [`chart-values/istio-cni-${istio}/values.yaml`, `${istioCharts}/istio-cni/values.yaml`],
  [`chart-values/istio-gateway-${istio}/values.yaml`, `${istioCharts}/gateway/values.yaml`],
  [
    `chart-values/istio-gateway-${istio}/values.schema.json`,
    `${istioCharts}/gateway/values.schema.json`,
  ],
  [
    `chart-values/consul-${consul}/values.yaml`,
    `hashicorp/consul-k8s/v${consul}/charts/consul/values.yaml`,
  ],
  ...consulCrds.map(
    (name) =>
      [
        `crds/consul-k8s-${consul}/${name}`,
        `hashicorp/consul-k8s/v${consul}/control-plane/config/crd/bases/${name}`,
      ] as const,
  ),
];

const linkerdCharts = `linkerd/linkerd2/${linkerdRelease(LINKERD.version)}/charts`;

const linkerdFiles: Files = [
  ...LINKERD.charts.map(
    (chart) =>
      [
        `chart-values/${chart}-${LINKERD.version}/values.yaml`,
        `${linkerdCharts}/${chart}/values.yaml`,
      ] as const,
  ),
  ...['authorization-policy', 'httproute', 'meshtls-authentication', 'server'].map(
    (name) =>
      [
        `crds/linkerd-${LINKERD.version}/${name}.yaml`,
        `${linkerdCharts}/linkerd-crds/templates/policy/${name}.yaml`,
      ] as const,
  ),
];

/**
 * Fetches those of Istio and Consul. `SCHEMAS_MIRROR` names another address in place of
 * https://raw.githubusercontent.com.
 *
 * @throws Where the address cannot be reached, or does not have one of them.
 */
export async function fetchSchemas(
  folder = SCHEMAS,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  await fetchFiles(files, folder, env);
}

/** Fetches those of Linkerd, likewise. */
export async function fetchLinkerdSchemas(
  folder = LINKERD_SCHEMAS,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  await fetchFiles(linkerdFiles, folder, env);
}

/**
 * Some CRDs are templates of a chart, which has a condition around them, labels and annotations of its own in
 * them, and no more.
 */
function withoutTemplates(text: string): string {
  return text
    .replaceAll(/^\{\{[^}]*\}\}$/gm, '')
    .split('\n')
    .filter((line) => !line.includes('{{'))
    .join('\n');
}

async function fetchFiles(all: Files, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const origin = env.SCHEMAS_MIRROR || 'https://raw.githubusercontent.com';
  const mirror = origin.replace(/\/+$/, '');
  const texts = await Promise.all(
    all.map(async ([name, source]) => ({
      name,
      text: source.includes('/templates/')
        ? withoutTemplates(await download(`${mirror}/${source}`))
        : await download(`${mirror}/${source}`),
    })),
  );
  // Whole or not at all: a half of it would pass for all of it.
  const partial = `${folder}.${process.pid}`;
  try {
    for (const { name, text } of texts) {
      await mkdir(path.dirname(path.join(partial, name)), { recursive: true });
      await writeFile(path.join(partial, name), text);
    }
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function download(url: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(
      `cannot reach ${url}: ${messageOf(reason)}; behind a ` +
        'proxy or without a network, set SCHEMAS_MIRROR to a copy',
    );
  }
  if (!response.ok) throw new Error(`${url} answers ${response.status} ${response.statusText}`);
  return response.text();
}
