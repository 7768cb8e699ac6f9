import { describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { defineConfig } from '../../config';
import { addStacks } from '../../stacks';
import { temporaryFolder, writeFile } from '../helpers/files';
import { before, type Block, synthesise } from '../helpers/synth';

const cluster = (name: string) =>
  `{name: ${name}, cluster: {server: 'https://${name}.example.com'}}`;
const context = (name: string) => `{name: ${name}, context: {cluster: ${name}}}`;
const path = writeFile(
  temporaryFolder(),
  'kubeconfig',
  `clusters: [${cluster('a')}, ${cluster('b')}]\ncontexts: [${context('a')}, ${context('b')}]\n`,
);

function deployed(clusterDomain?: string): TerraformStack[] {
  const app = Testing.app();
  const { config } = defineConfig({
    clusters: {
      istio: { kind: 'kubeconfig', path, context: 'a', clusterDomain },
      consul: { kind: 'kubeconfig', path, context: 'b', clusterDomain },
    },
  });
  addStacks(app, config);
  return app.node.children.filter((child) => TerraformStack.isStack(child));
}

describe('clusters with another DNS domain', () => {
  it('have it in each name of a Service, and in what istiod is told', () => {
    const usual = deployed().map((stack) => JSON.stringify(synthesise(stack)));
    const other = deployed('corp.example').map((stack) => JSON.stringify(synthesise(stack)));
    const count = (texts: string[], domain: string) =>
      texts.join().split(`svc.${domain}`).length - 1;
    expect(count(usual, 'cluster.local')).toBeGreaterThan(5);
    expect(count(other, 'cluster.local')).toBe(0);
    expect(count(other, 'corp.example')).toBe(count(usual, 'cluster.local'));
    expect(other.join()).toContain('clusterDomain: corp.example');
    expect(usual.join()).not.toContain('clusterDomain');
  });

  it('are refused with what is no domain', () => {
    expect(() => deployed('Corp.example.')).toThrow(/clusterDomain: is "Corp.example."; must be/);
  });
});

describe('calling pods that started before the foreign roots', () => {
  const [federation] = deployed().filter(({ node }) => node.id === 'federation');
  const { resource = {} } = federation === undefined ? {} : synthesise(federation);
  const named = (type: string, name: RegExp): [string, Block][] =>
    Object.entries(resource[type] ?? {}).filter(([, { metadata }]) =>
      name.test((metadata as { name: string }).name),
    );

  it('are told of by a job that may do no more than that', () => {
    const [[id, job] = ['', {}]] = named('kubernetes_job_v1', /^callers-look-/);
    expect(JSON.stringify(job)).toContain(
      '{"name":"CONFIG_MAPS","value":"federation-roots-consul"}',
    );
    expect(job.depends_on).toEqual(
      expect.arrayContaining([expect.stringMatching(/kubernetes_config_map_v1.*bundle-weather/)]),
    );
    const [[, role] = ['', {}]] = named('kubernetes_role_v1', /^federation-callers-look$/);
    expect(role).toMatchObject({
      rule: [
        { api_groups: [''], resources: ['pods'], verbs: ['list'] },
        { api_groups: [''], resources: ['pods/status'], verbs: ['patch'] },
      ],
    });
    // No road before: with it calls begin.
    const routes = Object.entries(resource['kubernetes_manifest'] ?? {}).filter(
      ([, { manifest }]) => (manifest as { kind: string }).kind === 'ServiceEntry',
    );
    expect(routes.length).toBeGreaterThan(0);
    for (const [route] of routes) {
      expect(before({ resource }, `kubernetes_manifest.${route}`)).toContain(
        `kubernetes_job_v1.${id}`,
      );
    }
  });
});
