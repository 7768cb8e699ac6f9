import { CONSUL } from './charts';
import type { Image } from './types';

/** The version is what the tag says, so that it stands in one place. */
function image(settings: Omit<Image, 'version'>): Image {
  const version = /\d+\.\d+\.\d+/.exec(settings.tag)?.[0];
  if (version === undefined) throw new Error(`${settings.tag} names no version`);
  return { ...settings, version };
}

/** The full reference of an image: by digest where there is one, with the tag for people. */
export function imageReference({ repository, tag, digest }: Image): string {
  return `${repository}:${tag}${digest === undefined ? '' : `@${digest}`}`;
}

/**
 * Envoy of the borders, upstream's distroless build. Two of its changes matter here:
 * - From 1.39.2 on a certificate with crafted CRL distribution points no longer takes hundreds of MiB of
 *   memory (CVE-2026-35189); a border asks every stranger for a certificate.
 * - From 1.40.0 on a lost answer of a name server no longer takes away the addresses of a load balancer.
 * @see https://github.com/envoyproxy/envoy/blob/ffd4b26c8dabc6c07126bd38171e9eb30a556746/changelogs/1.40.0.yaml
 */
export const ENVOY = image({
  name: 'Envoy of the borders',
  repository: 'docker.io/envoyproxy/envoy',
  tag: 'distroless-v1.40.2',
  index: { kind: 'docker', repository: 'envoyproxy/envoy' },
  releases: [
    {
      line: '1.40',
      endOfSupport: '2027-10-01',
      source: 'https://github.com/envoyproxy/envoy/blob/main/RELEASES.md#major-release-schedule',
    },
  ],
  source: 'no public source was found that names its digest',
});

/**
 * Node.js for the programs that run in the clusters. It runs TypeScript files as they are, without
 * types being checked.
 * @see https://nodejs.org/docs/latest-v24.x/api/typescript.html#type-stripping
 */
export const NODE = image({
  name: 'Node.js of the jobs and the weather services',
  repository: 'docker.io/library/node',
  tag: '24.21.0-alpine3.24',
  digest: 'sha256:ebfe2f90462722a7a4de65e91990e97fe0d401c70e0e762c5b53302f905ec1c1',
  index: { kind: 'docker', repository: 'library/node' },
  releases: [
    {
      line: '24',
      endOfSupport: '2028-04-30',
      source: 'https://github.com/nodejs/release#release-schedule',
    },
  ],
  source: 'many public repositories that pin this tag by this digest, read on 2026-11-28',
});

/** Consul as the borders run it to log in; of the servers' version. */
export const CONSUL_CLIENT = image({
  name: 'Consul of the borders',
  repository: `${CONSUL.images}/consul`,
  tag: CONSUL.version,
  index: { kind: 'docker', repository: 'hashicorp/consul' },
  releases: CONSUL.releases,
  source: 'no public source was found that names its digest',
});

/**
 * consul-template. From 0.42 on it has `caLeaf`.
 * @see https://github.com/hashicorp/consul-template/blob/v0.42.1/docs/templating-language.md#caleaf
 */
export const CONSUL_TEMPLATE = image({
  name: 'consul-template',
  repository: 'docker.io/hashicorp/consul-template',
  tag: '0.42.1',
  index: { kind: 'docker', repository: 'hashicorp/consul-template' },
  releases: [],
  source: 'no public source was found that names its digest',
});

/** The load balancer of the two kind clusters. */
export const CLOUD_PROVIDER_KIND = image({
  name: 'cloud-provider-kind',
  repository: 'registry.k8s.io/cloud-provider-kind/cloud-controller-manager',
  tag: 'v0.12.0',
  digest: 'sha256:1b97632e5dfec8f83c7e970cf18cedb9e6b707e272011d712cabf6ab59d323c9',
  index: { kind: 'go', module: 'sigs.k8s.io/cloud-provider-kind' },
  releases: [],
  source: 'https://github.com/kubernetes-sigs/cloud-provider-kind/releases/tag/v0.12.0',
});
