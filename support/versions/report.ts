import colors from 'picocolors';
import type { Config } from '../../config';
import { deployedImages } from '../../config/deployed-images';
import { valuesChoices } from '../../config/chart-values';
import type { MeshSettings } from '../../config/meshes';
import { CHARTS, versionFindings } from '../../config/versions';
import { formatPath } from '../../constructs/problems';
import {
  CONSUL_CLIENT,
  CONSUL_TEMPLATE,
  DEFAULT_KUBERNETES_VERSION,
  ENVOY,
  type Image,
  imageReference,
  KUBERNETES_VERSIONS,
  NODE,
  NODE_TOOL,
  OPENTOFU,
  type Pin,
  PROVIDERS,
  PYTHON,
  REHEARSAL_ENVOY,
  TERRAFORM,
} from '../../versions';
import {
  compareVersions,
  faultOf,
  type Finding,
  releaseOf,
  supportFinding,
} from '../../versions/verdicts';
import { checkPython, checkTerraform, isMissing } from '../programs/prerequisites';
import { table, wrap } from '../terminal/table';
import type { IndexAnswers } from './indexes';

/** One thing, and what is known of its version. */
interface Row {
  readonly name: string;
  readonly version: string;
  /** `undefined` where the vendor names no day. */
  readonly supportedUntil?: string;
  /** The newest patch of the same line and the newest of all, where they are newer. */
  readonly newer: readonly string[];
  /** Why the index could not be asked. */
  readonly unanswered?: string;
  /** Reference of an image. */
  readonly image?: string;
}

/** A setting that chooses another version than the project, or another place to take it from. */
interface Override {
  readonly setting: string;
  readonly value: string;
  /** What the project has. */
  readonly instead: string;
}

export interface VersionReport {
  readonly day: string;
  readonly indexesAsked: boolean;
  readonly versions: readonly Row[];
  readonly overrides: readonly Override[];
  readonly findings: readonly (Finding & { readonly about: string })[];
}

/**
 * @param answers of the public indexes; none: they were not asked
 * @param machine findings of the programs on this machine; those of the machine it runs on by default
 */
export function versionReport(
  config: Config,
  day: string,
  answers?: IndexAnswers,
  machine: VersionReport['findings'] = machineFindings(day),
): VersionReport {
  const meshes = meshPins(config);
  const images = chosenImages(config);
  const pins: readonly Pin[] = [...meshes, ...images, REHEARSAL_ENVOY];
  const rows = [...pins.map((pin) => row(pin, answers)), ...providerRows(answers)];
  const catalog = [
    ...images.filter((pin) => pin === ENVOY || pin === NODE),
    REHEARSAL_ENVOY,
  ].flatMap((pin) => {
    const finding = supportFinding(pin, pin.version, day);
    return finding === undefined ? [] : [{ about: pin.name, ...finding }];
  });
  return {
    day,
    indexesAsked: answers !== undefined,
    versions: [
      ...rows.slice(0, meshes.length),
      ...kubernetesRows(config),
      ...rows.slice(meshes.length),
    ],
    overrides: overrides(config),
    findings: [
      ...versionFindings(config, day).map(({ path, ...finding }) => ({ about: path, ...finding })),
      ...catalog,
      ...unpinned(images, answers),
      ...PROVIDERS.flatMap((provider) => {
        const fault = faultOf(
          { ...provider, index: npm(provider.bindings.name), releases: [] },
          provider.version,
        );
        return fault === undefined
          ? []
          : [
              {
                about: `${provider.name} ${provider.version}`,
                level: 'note' as const,
                text: `${fault.what}; mended in ${fault.fixed} (${fault.source}).`,
              },
            ];
      }),
      ...machine,
    ],
  };
}

const npm = (name: string) => ({ kind: 'npm' as const, name });

function row(pin: Pin, answers: IndexAnswers | undefined): Row {
  const answer = answers?.get(pin.name);
  const known = answer !== undefined && 'versions' in answer ? answer.versions : [];
  const line = pin.version.split('.').slice(0, 2).join('.');
  const newer = known.filter((version) => compareVersions(version, pin.version) > 0);
  const patch = newer.find((version) => version.startsWith(`${line}.`));
  return {
    name: pin.name,
    version: pin.version,
    supportedUntil: releaseOf(pin.releases, pin.version)?.endOfSupport,
    newer: [...new Set([patch, newer[0]])].filter((version) => version !== undefined),
    unanswered: answer !== undefined && 'problem' in answer ? answer.problem : undefined,
    image: isImage(pin) ? imageReference(pin) : undefined,
  };
}

function isImage(pin: Pin): pin is Image {
  return 'tag' in pin;
}

function kubernetesRows({ clusters }: Config): Row[] {
  return Object.entries(clusters).flatMap(([key, cluster]) => {
    if (cluster.kind !== 'eks') return [];
    const { version, extendedSupport } = cluster.eks;
    const known = KUBERNETES_VERSIONS.find((entry) => entry.version === version);
    return [
      {
        name: `Kubernetes of clusters.${key}`,
        version,
        supportedUntil: extendedSupport ? known?.endOfExtendedSupport : known?.endOfStandardSupport,
        newer: [],
      },
    ];
  });
}

function providerRows(answers: IndexAnswers | undefined): Row[] {
  return PROVIDERS.map(({ name, version, bindings }) => ({
    ...row({ ...bindings, index: npm(bindings.name), releases: [] }, answers),
    // What is newer is newer bindings: these bring the provider.
    name: `${bindings.name}, with ${name} ${version}`,
  }));
}

/** Images that only a tag names, with the digest that the registry has for it. */
function unpinned(
  images: readonly Image[],
  answers: IndexAnswers | undefined,
): VersionReport['findings'] {
  return images
    .filter(({ digest }) => digest === undefined)
    .map((image) => {
      const answer = answers?.get(image.name);
      const digest = answer !== undefined && 'digest' in answer ? answer.digest : undefined;
      return {
        about: image.name,
        level: 'note',
        text:
          `${imageReference(image)} is named by its tag alone. ` +
          (digest === undefined
            ? '`docker buildx imagetools inspect` prints its digest.'
            : `The registry has ${digest} for it today.`) +
          ' federation.borders.images takes a reference with a digest.',
      };
    });
}

/** Images of the project's choice that these settings have a use for, whether or not they choose others. */
function chosenImages(config: Config): readonly Image[] {
  const { meshes, federation, weather } = config;
  const { borders, trust } = federation;
  const used = deployedImages({
    ...config,
    meshes: Object.fromEntries(
      Object.entries(meshes).map(([name, mesh]) => [name, { ...mesh, images: {} }]),
    ),
    federation: {
      ...federation,
      borders: { ...borders, images: {} },
      trust: { ...trust, image: undefined },
    },
    weather: { ...weather, image: undefined },
  })
    // The servers' image is that of the mesh.
    .filter(({ usedBy }) => usedBy !== "Consul's servers")
    .map(({ image }) => image);
  return [ENVOY, NODE, CONSUL_CLIENT, CONSUL_TEMPLATE].filter((image) =>
    used.includes(imageReference(image)),
  );
}

/** The meshes, one row for each version of a kind. */
function meshPins({ meshes }: Config): Pin[] {
  const pins = Object.values(meshes).map(({ kind, version }): [string, Pin] => [
    `${kind} ${version}`,
    { ...CHARTS[kind], version },
  ]);
  return [...new Map(pins).values()];
}

/** What a mesh may choose, what it does, and the catalog's choice. */
function meshChoices(mesh: MeshSettings): (readonly [string, string | undefined, string])[] {
  const { repository, images, version } = CHARTS[mesh.kind];
  const own = [
    ['version', mesh.version, version],
    ...(mesh.kind === 'istio' ? [['canary.version', mesh.canary?.version, version] as const] : []),
    ['charts', addressOf(mesh.charts), repository],
    ['images.registry', mesh.images.registry, images],
  ] as const;
  switch (mesh.kind) {
    case 'istio':
      return [
        ...own,
        ['images.pilot', mesh.images.pilot, `${images}/pilot`],
        ['images.proxy', mesh.images.proxy, `${images}/proxyv2`],
      ];
    case 'consul':
      return [
        ...own,
        ['images.consul', mesh.images.consul, `${images}/consul`],
        ['images.controlPlane', mesh.images.controlPlane, `${images}/consul-k8s-control-plane`],
        ['images.dataplane', mesh.images.dataplane, `${images}/consul-dataplane`],
      ];
    case 'linkerd':
      return [
        ...own,
        ['images.controller', mesh.images.controller, `${images}/controller`],
        ['images.proxy', mesh.images.proxy, `${images}/proxy`],
      ];
  }
}

function addressOf(source: MeshSettings['charts']): string | undefined {
  return source?.kind === 'local' ? source.path : source?.url;
}

/** What the settings change of the catalog's choice. */
function overrides(config: Config): Override[] {
  const { clusters, meshes, federation, weather } = config;
  const { images } = federation.borders;
  const chosen: readonly (readonly [string, string | undefined, string])[] = [
    ...Object.entries(meshes).flatMap(([name, mesh]) =>
      meshChoices(mesh).map(
        ([setting, value, instead]) => [`meshes.${name}.${setting}`, value, instead] as const,
      ),
    ),
    ...Object.entries(clusters).map(([name, cluster]) => {
      const version = cluster.kind === 'eks' ? cluster.eks.version : undefined;
      return [`clusters.${name}.eks.version`, version, DEFAULT_KUBERNETES_VERSION] as const;
    }),
    ['federation.borders.images.envoy', images.envoy, imageReference(ENVOY)],
    ['federation.borders.images.shell', images.shell, imageReference(NODE)],
    ['federation.borders.images.consul', images.consul, imageReference(CONSUL_CLIENT)],
    [
      'federation.borders.images.consulTemplate',
      images.consulTemplate,
      imageReference(CONSUL_TEMPLATE),
    ],
    ['federation.trust.image', federation.trust.image, imageReference(NODE)],
    ['weather.image', weather.image, imageReference(NODE)],
    ...Object.entries(meshes)
      .flatMap(([name, mesh]) => valuesChoices(name, mesh))
      .map(
        ({ path, key, value }) =>
          [`${formatPath(path)} (${key})`, value, "the settings' own"] as const,
      ),
  ];
  return chosen.flatMap(([setting, value, instead]) =>
    value === undefined || value === instead ? [] : [{ setting, value, instead }],
  );
}

/** The programs here, which the project does not choose. */
function machineFindings(day: string): VersionReport['findings'] {
  const terraform = checkTerraform();
  const python = checkPython();
  const found = [
    [NODE_TOOL, process.versions.node] as const,
    ...(isMissing(terraform)
      ? []
      : [[terraform.program.includes('tofu') ? OPENTOFU : TERRAFORM, terraform.version] as const]),
    ...(isMissing(python) ? [] : [[PYTHON, python.version] as const]),
  ];
  return found.flatMap(([tool, version]) => {
    const finding = supportFinding(tool, version, day);
    return finding === undefined
      ? []
      : [{ about: `${tool.name} on this machine`, level: 'note' as const, text: finding.text }];
  });
}

const WIDTH = 80;

/** The report to read in a terminal of 80 columns. */
export function versionText({
  day,
  indexesAsked,
  versions,
  overrides,
  findings,
}: VersionReport): string {
  const unanswered = versions.flatMap(({ name, unanswered }) =>
    unanswered === undefined ? [] : [`${name}: ${unanswered}`],
  );
  const newest = ({ newer, unanswered }: Row) =>
    !indexesAsked ? 'not asked' : unanswered !== undefined ? 'no answer' : newer.join(', ') || '-';
  return [
    table(
      `Versions on ${day}`,
      ['', 'Used', 'Supported until', 'Newer'],
      versions.map((one) => [
        wrap(one.name, 31),
        wrap(one.version, 9),
        one.supportedUntil ?? '-',
        wrap(newest(one), 11),
      ]),
    ),
    ...section('Wrong', findings.filter(({ level }) => level === 'wrong').map(said)),
    ...section('Soon', findings.filter(({ level }) => level === 'soon').map(said)),
    ...section(
      'Your settings',
      overrides.map(
        ({ setting, value, instead }) => `${setting}: ${value}, in place of ${instead}`,
      ),
    ),
    ...section('To know', findings.filter(({ level }) => level === 'note').map(said)),
    ...section('Indexes that did not answer', unanswered),
  ].join('\n');
}

function said({ about, text }: { readonly about: string; readonly text: string }): string {
  return `${about}: ${text}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0
    ? []
    : [
        '',
        colors.bold(title),
        ...lines.map((line) => `- ${wrap(line, WIDTH - 2).replaceAll('\n', '\n  ')}`),
      ];
}
