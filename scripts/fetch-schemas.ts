/**
 * `npm run schemas`: fetches the upstream files that the tests hold the project against, of the
 * pinned versions: the CRDs of both meshes and the charts' own values.
 *
 * They come from the sources' release tags on GitHub, into `.cache/schemas`, and are not part of
 * this repository. `SCHEMAS_MIRROR` names another address in place of
 * https://raw.githubusercontent.com, for networks without a way out.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CONSUL, ISTIO } from '../versions';

const istio = ISTIO.version;
const consul = CONSUL.version;
const mirror = (process.env.SCHEMAS_MIRROR || 'https://raw.githubusercontent.com').replace(
  /\/+$/,
  '',
);
const target = join(__dirname, '..', '.cache', 'schemas');

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

/** Where each file lies in the cache, and where upstream. */
const files: readonly (readonly [string, string])[] = [
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

async function download(path: string): Promise<string> {
  const url = `${mirror}/${path}`;
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(
      `cannot reach ${url}: ${reason instanceof Error ? reason.message : String(reason)}; ` +
        'behind a proxy or without a network, set SCHEMAS_MIRROR to a copy',
    );
  }
  if (!response.ok) {
    throw new Error(`${url} answers ${response.status} ${response.statusText}`);
  }
  return response.text();
}

async function main(): Promise<void> {
  if (files.every(([name]) => existsSync(join(target, name)))) {
    console.log(`${target} is complete (Istio ${istio}, Consul chart ${consul})`);
    return;
  }
  // Whole or not at all: a half of it would pass for all of it.
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  for (const [name, path] of files) {
    const text = await download(path);
    await mkdir(dirname(join(partial, name)), { recursive: true });
    await writeFile(join(partial, name), text);
  }
  await rm(target, { recursive: true, force: true });
  await rename(partial, target);
  console.log(`${files.length} files of Istio ${istio} and Consul chart ${consul} in ${target}`);
}

main().catch((error: unknown) => {
  console.error(`schemas: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
