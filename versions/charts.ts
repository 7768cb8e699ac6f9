import type { Charts } from './types';

const ISTIO_RELEASES =
  'https://istio.io/latest/docs/releases/supported-releases/#support-status-of-istio-releases';

/** A sidecar takes up the first new root from its mounted files, and none after it. */
const SECOND_ROTATION = {
  what:
    'its sidecars miss the second rotation of a root in mounted files: calls to the other mesh fail ' +
    'from then on, until the pods are started again',
  source: 'https://github.com/istio/istio/issues/59912',
};

/**
 * Istio. Its first hosts, `istio-release.storage.googleapis.com` and `registry.istio.io`, are
 * switched off in December 2026.
 * @see https://istio.io/latest/blog/2026/retirement-of-gcp/
 * @see https://github.com/istio/istio/issues/61467
 */
export const ISTIO: Charts = {
  name: 'Istio',
  version: '1.31.4',
  repository: 'https://blob.istio.io/istio-release/charts',
  charts: ['base', 'istiod', 'gateway', 'cni'],
  images: 'docker.io/istio',
  index: { kind: 'helm', url: 'https://blob.istio.io/istio-release/charts', chart: 'istiod' },
  releases: [
    {
      line: '1.29',
      endOfSupport: '2026-10-12',
      kubernetes: ['1.31', '1.35'],
      source: ISTIO_RELEASES,
    },
    {
      line: '1.30',
      endOfSupport: '2026-11-30',
      kubernetes: ['1.32', '1.36'],
      source: ISTIO_RELEASES,
    },
    {
      line: '1.31',
      endOfSupport: '2027-02-28',
      kubernetes: ['1.32', '1.37'],
      source: ISTIO_RELEASES,
    },
  ],
  faults: [
    { from: '1.29.0', fixed: '1.29.3', ...SECOND_ROTATION },
    { from: '1.30.0', fixed: '1.30.3', ...SECOND_ROTATION },
  ],
};

/** Hosts of Istio's charts and images that are switched off for good, and from when. */
export const ISTIO_RETIRED_HOSTS = {
  hosts: ['istio-release.storage.googleapis.com', 'registry.istio.io', 'gcr.io/istio-release'],
  from: '2026-12-08',
  source: 'https://github.com/istio/istio/issues/61467',
} as const;

/**
 * Consul's chart. It installs servers, control plane and dataplane of its own version.
 * HashiCorp mends the newest line and the two before it, and names no days.
 */
export const CONSUL: Charts = {
  name: 'Consul',
  version: '2.0.3',
  repository: 'https://helm.releases.hashicorp.com',
  charts: ['consul'],
  images: 'docker.io/hashicorp',
  index: { kind: 'helm', url: 'https://helm.releases.hashicorp.com', chart: 'consul' },
  releases: [
    {
      line: '2.0',
      kubernetes: ['1.30', '1.35'],
      source: 'https://developer.hashicorp.com/consul/docs/k8s/compatibility',
    },
    // Its values are those of 2.0, and ours render with it (chart of 2026-08-20). No public source was found
    // that says on which versions of Kubernetes it is supported. Its sidecars redirect by nftables.
    {
      line: '2.1',
      dataplane: '2.1',
      source: 'https://github.com/hashicorp/consul-k8s/pull/5554',
    },
  ],
};

/**
 * Linkerd's two charts. Since 2.15 the project itself publishes edge releases only, one a week or so, of
 * which none is mended afterwards: upgrading is the mending. So there are no lines and no end of support.
 * Version 2026.8.3 of the charts has the images edge-26.8.3.
 * @see https://linkerd.io/releases/
 */
export const LINKERD: Charts = {
  name: 'Linkerd',
  version: '2026.8.3',
  repository: 'https://helm.linkerd.io/edge',
  charts: ['linkerd-crds', 'linkerd-control-plane'],
  images: 'cr.l5d.io/linkerd',
  index: { kind: 'helm', url: 'https://helm.linkerd.io/edge', chart: 'linkerd-control-plane' },
  releases: [],
};
