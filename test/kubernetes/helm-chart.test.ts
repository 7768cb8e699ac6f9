import { renameSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

import { type ChartSource, HelmChart } from '../../constructs/kubernetes';
import { temporaryFolder, writeFile } from '../helpers/files';
import { clusterStack } from '../helpers/cluster';
import { resource, synthesise } from '../helpers/synth';

const folder = temporaryFolder();
writeFile(folder, 'unpacked/istiod/Chart.yaml', 'name: istiod\nversion: 1.30.3\n');
writeFile(folder, 'archives/istiod-1.30.3.tgz', 'x');
writeFile(folder, 'archives/istiod-1.29.0.tgz', 'x');

function release(source: ChartSource, version = '1.30.3') {
  const stack = clusterStack();
  new HelmChart(stack, 'chart', {
    source,
    chart: 'istiod',
    version,
    releaseName: 'istiod',
    namespace: 'istio-system',
    values: { a: 'costs ${5} or %{6}' },
  });
  return resource(stack, 'helm_release');
}

describe('a Helm release', () => {
  it('can be deployed again after any kind of failure', () => {
    expect(release({ kind: 'repository', url: 'https://charts.example.com' })).toMatchObject({
      wait: true,
      atomic: true,
      upgrade_install: true,
      timeout: 600,
    });
  });

  it('keeps "${" and "%{" of the values from Terraform', () => {
    const { values } = release({ kind: 'repository', url: 'https://charts.example.com' });
    expect(values).toEqual(['a: costs $${5} or %%{6}\n']);
  });
});

describe('a Helm release that a killed deploy left pending', () => {
  const stack = clusterStack();
  new HelmChart(stack, 'chart', {
    source: { kind: 'repository', url: 'https://charts.example.com' },
    chart: 'istiod',
    version: '1.30.3',
    releaseName: 'istiod',
    namespace: 'istio-system',
    values: {},
  });
  const [pending] = Object.values(synthesise(stack).data?.kubernetes_resources ?? {});

  it('is found when the next deploy is planned', () => {
    expect(pending).toMatchObject({
      api_version: 'v1',
      kind: 'Secret',
      namespace: 'istio-system',
      label_selector:
        'owner=helm,name=istiod,status in (pending-install,pending-upgrade,pending-rollback)',
      lifecycle: { postcondition: [{ condition: '${length(self.objects) == 0}' }] },
    });
  });

  it('stops it with the command that helps', () => {
    const { postcondition } = pending?.lifecycle as { postcondition: { error_message: string }[] };
    expect(postcondition[0]?.error_message).toContain(
      "kubectl --namespace istio-system delete secret --selector 'owner=helm,name=istiod,status in",
    );
  });
});

describe('the source of a chart', () => {
  it('is a repository', () => {
    expect(release({ kind: 'repository', url: 'https://charts.example.com/' })).toMatchObject({
      repository: 'https://charts.example.com',
      chart: 'istiod',
      version: '1.30.3',
    });
  });

  it('is an OCI registry', () => {
    expect(release({ kind: 'oci', url: 'oci://registry.example.com/charts' })).toMatchObject({
      repository: 'oci://registry.example.com/charts',
      chart: 'istiod',
    });
  });

  it.each(['unpacked', 'archives'])('is a local folder with %s charts', (kind) => {
    const { chart, repository } = release({ kind: 'local', path: `${folder}/${kind}` });
    expect(chart).toMatch(/^\.\/assets\//);
    expect(repository).toBeUndefined();
  });

  it('is another one when a file of the folder is renamed', () => {
    writeFile(folder, 'renamed/istiod/Chart.yaml', 'name: istiod\nversion: 1.30.3\n');
    writeFile(folder, 'renamed/istiod/files/one.json', '{}');
    const source: ChartSource = { kind: 'local', path: `${folder}/renamed` };
    const before = release(source).chart;
    expect(release(source).chart).toBe(before);
    renameSync(
      `${folder}/renamed/istiod/files/one.json`,
      `${folder}/renamed/istiod/files/other.json`,
    );
    expect(release(source).chart).not.toBe(before);
  });

  it.each<[ChartSource, string, RegExp]>([
    [{ kind: 'repository', url: 'charts.example.com' }, '1.30.3', /must start with https:\/\//],
    [
      { kind: 'oci', url: 'https://x' },
      '1.30.3',
      /source\.url: is "https:\/\/x"; must start with oci:\/\//,
    ],
    [{ kind: 'local', path: '/nowhere' }, '1.30.3', /chart folder \/nowhere does not exist/],
    [
      { kind: 'local', path: `${folder}/unpacked` },
      '1.31.0',
      /istiod has version 1\.30\.3, but 1\.31\.0 is asked for: set the version/,
    ],
    [
      { kind: 'local', path: `${folder}/archives` },
      '1.31.0',
      /no chart istiod 1\.31\.0 in .*; there is istiod-1\.29\.0\.tgz, istiod-1\.30\.3\.tgz/,
    ],
    [
      { kind: 'local', path: folder },
      '1.30.3',
      /neither istiod\/Chart\.yaml nor istiod-1\.30\.3\.tgz/,
    ],
  ])('%j in version %s is refused', (source, version, message) => {
    expect(() => release(source, version)).toThrow(message);
  });
});
