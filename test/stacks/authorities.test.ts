import { beforeAll, describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { type ConfigInput, defineConfig } from '../../config';
import { addStacks } from '../../stacks';
import { temporaryFolder, writeFile } from '../helpers/files';
import { certificate } from '../helpers/roots';
import { resource, resources, stackOf, synthesise } from '../helpers/synth';

const outdir = temporaryFolder();

type Trust = NonNullable<NonNullable<ConfigInput['federation']>['trust']>;

function stacks(trust: Trust) {
  const app = Testing.app({ outdir });
  addStacks(
    app,
    defineConfig({ eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } }, federation: { trust } })
      .config,
  );
  const all = app.node.children.filter((child) => TerraformStack.isStack(child));
  return { app, all, named: (name: string) => stackOf(app, name) };
}

const cacerts = { metadata: { name: 'cacerts', namespace: 'istio-system' } };

describe('own authorities, the default', () => {
  const { all } = stacks({});

  it('leave every private key in its cluster', () => {
    for (const stack of all) {
      const { resource: made = {} } = synthesise(stack);
      expect(Object.keys(made).join()).not.toMatch(/tls_/);
      expect(JSON.stringify(made['kubernetes_secret_v1'] ?? {})).not.toMatch(/private_key|ca-key/);
    }
  });
});

describe('generated authorities', () => {
  const { all, named } = stacks({ authorities: 'generated' });

  it('give each mesh a root that names its trust domain', () => {
    for (const [name, uri] of [
      ['istio-mesh', 'spiffe://cluster.local'],
      ['consul-mesh', expect.stringMatching(/^spiffe:\/\/[0-9a-f-]{36}\.consul$/)],
    ] as const) {
      expect(resource(named(name), 'tls_self_signed_cert')).toMatchObject({
        is_ca_certificate: true,
        allowed_uses: ['cert_signing', 'crl_signing'],
        uris: [uri],
      });
    }
  });

  it('sign the workloads of the mesh', () => {
    expect(resource(named('istio-mesh'), 'kubernetes_secret_v1', cacerts).data).toEqual({
      'ca-cert.pem': expect.stringMatching(/tls_self_signed_cert\..*\.cert_pem\}$/),
      'ca-key.pem': expect.stringMatching(/tls_private_key\..*\.private_key_pem\}$/),
      'cert-chain.pem': expect.stringMatching(/tls_self_signed_cert\..*\.cert_pem\}$/),
      'root-cert.pem': expect.stringMatching(/tls_self_signed_cert\..*\.cert_pem\}$/),
    });
    const ca = JSON.stringify(resources(named('consul-mesh'), 'kubernetes_secret_v1'));
    expect(ca).toMatch(/root_cert.*tls_self_signed_cert\./);
    expect(ca).toMatch(/private_key.*tls_private_key\./);
  });

  it('are read from the meshes and kept up to date as their own would be', () => {
    expect(all.map(({ node }) => node.id)).not.toContain('shared-root');
    const jobs = Object.values(resources(named('federation'), 'kubernetes_cron_job_v1'));
    const names = jobs.map(({ metadata }) => (metadata as { name: string }).name);
    expect(names).toEqual(
      expect.arrayContaining(['roots-consul', 'roots-istio', 'sync-consul', 'sync-istio']),
    );
  });
});

describe('a shared root', () => {
  const { app, named } = stacks({ authorities: 'shared' });
  // Only then cdktf sees which stack refers to which.
  app.synth();

  it('is made before both meshes', () => {
    for (const mesh of ['istio-mesh', 'consul-mesh', 'federation']) {
      expect(named(mesh).dependencies.map(({ node }) => node.id)).toContain('shared-root');
    }
  });

  it('signs an intermediate for each', () => {
    const shared = named('shared-root');
    const root = resource(shared, 'tls_self_signed_cert');
    expect(root).not.toHaveProperty('uris');
    const requests = Object.values(resources(shared, 'tls_cert_request')).map(({ uris }) => uris);
    expect(requests).toEqual(
      expect.arrayContaining([
        ['spiffe://cluster.local'],
        [expect.stringMatching(/^spiffe:\/\/[0-9a-f-]{36}\.consul$/)],
      ]),
    );
    for (const intermediate of Object.values(resources(shared, 'tls_locally_signed_cert'))) {
      expect(intermediate).toMatchObject({
        is_ca_certificate: true,
        ca_cert_pem: expect.stringMatching(/tls_self_signed_cert\./),
      });
    }
  });

  it('is what both sides trust, and no job asks for more', () => {
    const federation = named('federation');
    const bundles = Object.values(resources(federation, 'kubernetes_config_map_v1')).filter(
      ({ metadata }) => JSON.stringify(metadata).includes('federation-roots-'),
    );
    expect(bundles.length).toBeGreaterThan(1);
    for (const { data, lifecycle } of bundles) {
      expect(JSON.stringify(data)).toMatch(
        /shared-root[^}]+tls_self_signed_certroot_certificate_\w+\}"\}$/,
      );
      expect(lifecycle).toBeUndefined();
    }
    expect(resources(federation, 'kubernetes_cron_job_v1')).toEqual({});
  });

  it("is in Consul's bundle together with the intermediate, which Consul's workloads do not show", () => {
    const data = (name: string) =>
      JSON.stringify(
        resource(named('federation'), 'kubernetes_config_map_v1', {
          metadata: { name, namespace: 'federation-borders' },
        }).data,
      );
    const certificates = (name: string) =>
      [...data(name).matchAll(/output-(tls_\w+cert)root_/g)].map(([, type]) => type);
    expect(certificates('federation-roots-consul')).toEqual([
      'tls_locally_signed_cert',
      'tls_self_signed_cert',
    ]);
    expect(certificates('federation-roots-istio')).toEqual(['tls_self_signed_cert']);
  });
});

describe('roots that are given', () => {
  const folder = temporaryFolder();
  let pem: string;
  let file: string;
  beforeAll(async () => {
    ({ pem } = await certificate());
    file = writeFile(folder, 'istio.pem', pem);
  });

  it('are trusted as they are', () => {
    const { resource: made = {} } = synthesise(
      stacks({ roots: { istio: file } }).named('federation'),
    );
    const [bundle] = Object.values(made['kubernetes_config_map_v1'] ?? {}).filter(({ metadata }) =>
      JSON.stringify(metadata).includes('federation-roots-istio'),
    );
    expect(bundle?.['data']).toEqual({ 'roots.pem': pem });
    const jobs = Object.values(made['kubernetes_cron_job_v1'] ?? {});
    expect(jobs.map(({ metadata }) => (metadata as { name: string }).name).sort()).toEqual([
      'issue-istio',
      'renew-consul',
      'roots-consul',
      'roots-istio',
      'sync-consul',
    ]);
  });
});
