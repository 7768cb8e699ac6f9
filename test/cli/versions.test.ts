import { stripVTControlCharacters } from 'node:util';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type ConfigInput, defineConfig } from '../../config';
import { type IndexAnswer, type IndexAnswers, indexAnswers } from '../../support/versions/indexes';
import { versionReport, versionText } from '../../support/versions/report';
import {
  CHECKED,
  CONSUL,
  CONSUL_CLIENT,
  CONSUL_TEMPLATE,
  ENVOY,
  ISTIO,
  LINKERD,
  NODE,
  REHEARSAL_ENVOY,
} from '../../versions';
import { meshFederation } from '../helpers/cli';
import { temporaryFolder, writeFile } from '../helpers/files';

const folder = temporaryFolder();

const emulated = (settings: ConfigInput = {}) =>
  defineConfig({ profile: 'emulated', ...settings }).config;

/** `npm run versions` without npm. */
function versions(settings: string, ...args: string[]) {
  const file = writeFile(folder, 'federation.yaml', settings);
  return meshFederation(['versions', ...args], {
    FEDERATION_CONFIG: file,
    FEDERATION_PROFILE: 'default',
  });
}

describe('npm run versions', () => {
  it('ends with 1 where something is wrong, and says it to a program too', async () => {
    const { status, stdout } = await versions(
      'meshes: { istio: { version: 1.20.0, allowUnsupported: true } }',
      '--offline',
      '--json',
    );
    const report = JSON.parse(stdout) as ReturnType<typeof versionReport>;
    expect(report.findings).toContainEqual(
      expect.objectContaining({ about: 'meshes.istio.version', level: 'wrong' }),
    );
    expect(report.overrides).toEqual([
      { setting: 'meshes.istio.version', value: '1.20.0', instead: ISTIO.version },
    ]);
    expect(status).toBe(1);
  });

  it('ends with 2 where the settings cannot be read', async () => {
    const { status, stderr } = await versions(
      'meshes: { istio: { version: latest } }',
      '--offline',
    );
    expect(stderr).toContain('meshes.istio.version: is "latest"');
    expect(status).toBe(2);
  });
});

describe('The report', () => {
  it('finds nothing wrong with what the project chooses, on the day of the catalog', () => {
    const { findings, overrides } = versionReport(emulated(), CHECKED, undefined, []);
    expect(findings.filter(({ level }) => level !== 'note')).toEqual([]);
    expect(overrides).toEqual([]);
  });

  it('knows a later day', () => {
    const levels = versionReport(emulated(), '2027-03-01', undefined, []).findings.map(
      ({ about, level }) => [about, level],
    );
    expect(levels).toContainEqual(['meshes.istio.version', 'wrong']);
    expect(levels).toContainEqual(['clusters.istio', 'soon']);
  });

  it('lists the images of what the settings deploy, and no others', () => {
    const borderless = { meshes: {}, rules: [] };
    const named = (settings: ConfigInput) =>
      versionReport(emulated(settings), CHECKED, undefined, []).versions.flatMap(
        ({ name, image }) => (image === undefined ? [] : [name]),
      );
    const all = [ENVOY.name, NODE.name, CONSUL_CLIENT.name, CONSUL_TEMPLATE.name];
    expect(named({}).slice(0, 4)).toEqual(all);
    // Of a registry of one's own too: they are to be copied there.
    expect(named({ images: { registry: 'registry.example.com/hub' } }).slice(0, 4)).toEqual(all);
    const unfederated = { weather: { enabled: false }, accessPolicy: borderless };
    expect(named(unfederated)).toEqual([]);
    expect(
      versionReport(emulated(unfederated), CHECKED, undefined, []).findings.map(
        ({ about }) => about,
      ),
    ).not.toContain(ENVOY.name);
  });

  it('fits into 80 columns, whatever there is to say', () => {
    const config = emulated({
      meshes: {
        istio: { version: '1.30.8', images: { registry: 'registry.istio.io/release' } },
        consul: { version: '2.9.0' },
      },
    });
    const problem = { problem: 'getaddrinfo ENOTFOUND a.very.long.name.of.a.host.example.com' };
    const answers: IndexAnswers = new Map<string, IndexAnswer>([
      [ISTIO.name, { versions: ['1.32.10', '1.30.10', '1.30.9'] }],
      [CONSUL.name, problem],
    ]);
    const text = versionText(versionReport(config, '2027-03-01', answers));
    for (const line of stripVTControlCharacters(text).split('\n')) {
      // An address of the web is not broken.
      expect(line.length <= 80 || /\S{70}/.test(line) ? '' : line).toBe('');
    }
    expect(text).toContain('1.30.10');
    expect(text).toContain('1.32.10');
    expect(text).not.toContain('1.30.9');
  });
});

describe('What the settings override', () => {
  it('is named wherever it is: a control plane beside the first, a values file', () => {
    const file = writeFile(folder, 'mine.yaml', 'global: {tag: 1.31.1, hub: example.com/istio}\n');
    const { overrides } = versionReport(
      emulated({
        meshes: {
          istio: {
            canary: { revision: 'next', version: '1.32.0' },
            values: { istiod: [file] },
          },
        },
      }),
      CHECKED,
      undefined,
      [],
    );
    expect(overrides.map(({ setting, value }) => `${setting}: ${value}`)).toEqual([
      'meshes.istio.canary.version: 1.32.0',
      'meshes.istio.values.istiod[0] (global.hub): example.com/istio',
      'meshes.istio.values.istiod[0] (global.tag): 1.31.1',
    ]);
  });
});

describe('The indexes', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** A double: tests do not ask the internet. The forms of the answers are those of the real ones. */
  const answering = (answer: (url: URL) => string | undefined) =>
    jest.spyOn(globalThis, 'fetch').mockImplementation((input) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const body = answer(url);
      return Promise.resolve(
        body === undefined ? new Response('', { status: 503 }) : new Response(body),
      );
    });

  it('are read each in its own form', async () => {
    answering(({ host, pathname }) => {
      if (host === 'blob.istio.io')
        return 'entries: { istiod: [{ version: 1.31.9 }, { version: 1.32.0-rc.1 }, { version: 1.9.0 }] }';
      if (host === 'pypi.org') return '{"releases": {"1.40.1": [], "1.39.9": []}}';
      if (host === 'hub.docker.com' && pathname.includes('envoy'))
        return JSON.stringify({
          results: [
            { name: 'distroless-v1.40.9', digest: 'sha256:a' },
            { name: ENVOY.tag, digest: 'sha256:b' },
            { name: 'distroless-v1.41-latest', digest: 'sha256:c' },
          ],
        });
      return undefined;
    });
    const answers = await indexAnswers(1000);
    expect(answers.get(ISTIO.name)).toEqual({ versions: ['1.31.9', '1.9.0'] });
    expect(answers.get(REHEARSAL_ENVOY.name)).toEqual({ versions: ['1.40.1', '1.39.9'] });
    expect(answers.get(ENVOY.name)).toEqual({
      versions: ['1.40.9', ENVOY.version],
      digest: 'sha256:b',
    });
    expect(answers.get(CONSUL.name)).toEqual({
      problem: 'helm.releases.hashicorp.com answers 503',
    });
    expect(answers.get(LINKERD.name)).toEqual({ problem: 'helm.linkerd.io answers 503' });
  });

  it('that do not answer in time are said so', async () => {
    jest.spyOn(globalThis, 'fetch').mockImplementation(
      (_, init) =>
        new Promise((_, reject) => {
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
        }),
    );
    const answers = await indexAnswers(50);
    expect(answers.get(ISTIO.name)).toEqual({ problem: 'no answer within 0.05 s' });
  });
});
