import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import type { ObservabilityResources } from '../../constructs/federation/plan/observability';
import { ROOT } from '../../support/paths';
import { meshFederation } from '../helpers/cli';
import { temporaryFolder, writeFile } from '../helpers/files';

const folder = temporaryFolder();

/** `npm run observability` without npm. */
function observability(args: readonly string[], settings = '{}') {
  const file = writeFile(folder, 'federation.yaml', settings);
  return meshFederation(['observability', ...args], {
    FEDERATION_CONFIG: file,
    FEDERATION_PROFILE: 'default',
  });
}

const SET =
  'federation: { observability: { namespace: monitoring, labels: { release: prometheus } } }';

const HALF = `
meshes: { shop: { kind: istio }, bank: { kind: consul, partner: bank.offer.yaml } }
clusters: { shop: { kind: existing-eks, name: shop } }
accessPolicy:
  meshes: { shop: { services: { checkout: {} } }, bank: { services: { payments: {} } } }
  rules: [{ from: shop/checkout, to: bank/payments }]
`;

describe('npm run observability', () => {
  it('prints what the Prometheus Operator and Grafana take, for one cluster', async () => {
    const { status, stdout } = await observability(['--mesh', 'istio'], SET);
    const documents = parseAllDocuments(stdout).map((one) => one.toJS() as object);
    expect(documents).toMatchObject([
      {
        kind: 'PodMonitor',
        metadata: { namespace: 'monitoring', labels: { release: 'prometheus' } },
        spec: { namespaceSelector: { matchNames: ['federation-borders', 'mesh-federation'] } },
      },
      { kind: 'PrometheusRule', metadata: { name: 'mesh-federation-istio' } },
      { kind: 'ConfigMap', metadata: { labels: { grafana_dashboard: '1' } } },
    ]);
    expect(status).toBe(0);
  });

  it('need not be told which mesh where one alone is ours', async () => {
    const half =
      'meshes: { shop: { kind: istio }, bank: { kind: consul, partner: none.yaml } }\n' +
      'clusters: { shop: { kind: existing-eks, name: shop } }\n' +
      SET;
    const { status, stdout } = await observability([], half);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: expect.stringContaining('name: mesh-federation-shop'),
    });
  });

  it('prints it as JSON, and each alert leads to its part of the page', async () => {
    const { stdout } = await observability(
      ['--mesh', 'consul', '--namespace', 'elsewhere', '--json'],
      SET,
    );
    const { podMonitor, prometheusRule } = JSON.parse(stdout) as ObservabilityResources;
    expect(podMonitor.metadata.namespace).toBe('elsewhere');
    const page = readFileSync(path.join(ROOT, 'docs', 'observability.md'), 'utf8');
    const alerts = prometheusRule.spec.groups
      .flatMap(({ rules }) => rules)
      .flatMap((rule) => ('alert' in rule ? [rule] : []));
    expect(alerts.length).toBeGreaterThan(10);
    for (const { alert, annotations } of alerts) {
      expect(page).toContain(`### ${alert}\n`);
      expect(annotations.runbook).toBe(`docs/observability.md#${alert.toLowerCase()}`);
    }
    // Terraform and Helm read these as their own.
    expect(JSON.stringify(prometheusRule)).not.toContain('${');
  });

  it('prints the dashboard alone', async () => {
    const { stdout } = await observability(['--dashboard']);
    expect(JSON.parse(stdout)).toMatchObject({ uid: 'mesh-federation', title: 'Mesh federation' });
  });

  it('says what is missing, and what to do', async () => {
    const unset = await observability(['--mesh', 'istio']);
    expect(unset).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/set federation\.observability\.namespace/),
    });
    const both = await observability(['--mesh', 'linked']);
    expect(both.stderr).toMatch(/no mesh "linked"[^]*set federation\.observability\.namespace/);
    const unknown = await observability(['--mesh', 'linked'], SET);
    expect(unknown.stderr).toMatch(/there is no mesh "linked"; there are: istio, consul/);
    const partner = await observability(['--mesh', 'bank'], HALF);
    expect(partner.stderr).toMatch(/^--mesh: bank is a partner's, .*yours are: shop$/m);
    expect((await observability([], SET)).stderr).toMatch(/--mesh istio or --mesh consul/);
  });
});
