import { describe, expect, it, jest } from '@jest/globals';
import { defineConfig, PROFILE_NAMES } from '../../config';
import { KIND_KUBECONFIG } from '../../config/kind';
import { profiles } from '../../config/profiles';
import { LOG_TYPES } from '../../constructs/eks/props';
import { standardVersions } from '../../constructs/eks/versions';
import { temporaryFolder } from '../helpers/files';

const folder = temporaryFolder();

const eks = { endpoint: { publicCidrs: ['198.51.100.7/32'] } };

describe('The profile default', () => {
  const { clusters, network, state } = defineConfig({ eks }).config;

  it('needs nothing but the addresses from which you work', () => {
    expect(() => defineConfig()).toThrow(
      '1 mistake in the settings:\n  eks.endpoint.publicCidrs: is empty, so Terraform on your ' +
        'machine could not reach the clusters; list your address with /32 behind it ' +
        '("curl https://checkip.amazonaws.com" prints it), or set eks.endpoint.privateOnly: true ' +
        'to deploy from inside the VPC',
    );
    expect(() =>
      defineConfig({ eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } } }),
    ).not.toThrow();
  });

  it('has supported versions, secure settings and few things to pay for', () => {
    expect(state).toEqual({ kind: 'local', directory: 'state' });
    expect(network).toMatchObject({
      zones: 3,
      s3Endpoint: true,
      flowLogs: { enabled: true },
    });
    for (const cluster of Object.values(clusters)) {
      if (cluster.kind !== 'eks') throw new Error('no new cluster');
      expect(standardVersions()).toContain(cluster.eks.version);
      expect(cluster.eks).toMatchObject({
        extendedSupport: false,
        nodeSubnets: 'private',
        endpoint: { allowAnywhere: false },
        logs: { types: LOG_TYPES, retentionDays: 365 },
        nodeGroups: [
          {
            instanceTypes: ['t3.medium'],
            imageType: 'AL2023_x86_64_STANDARD',
            min: 2,
            desired: 2,
            max: 3,
          },
        ],
      });
    }
  });
});

describe('The profile thesis', () => {
  const { config, notices } = defineConfig({ profile: 'thesis', eks });

  it('has the names and figures of the thesis', () => {
    const { istio, consul } = config.clusters;
    if (istio?.kind !== 'eks' || consul?.kind !== 'eks') throw new Error('no new clusters');
    expect([istio.name, consul.name]).toEqual(['terraform-istio', 'terraform-consul']);
    for (const { network, eks: settings } of [istio, consul]) {
      expect(network.zones).toBe(3);
      expect(settings.nodeGroups).toEqual([
        expect.objectContaining({
          instanceTypes: ['t3.medium'],
          capacity: 'on-demand',
          min: 2,
          desired: 2,
          max: 3,
          diskGiB: 100,
        }),
      ]);
    }
  });

  it('says which versions of the thesis are out of support, and what takes their place', () => {
    const text = notices.join('\n');
    for (const old of ['1.20', 'AL2_x86_64', 'docker', 'Istio 1.14.1', 'Consul chart 0.40.0']) {
      expect(text).toContain(old);
    }
  });
});

describe('The profile emulated', () => {
  it('works as it is, on the emulator that is running', () => {
    expect(defineConfig({ profile: 'emulated' }).config.aws).toMatchObject({
      accountId: '123456789012',
      emulator: { endpoint: 'http://127.0.0.1:4566' },
    });
    const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:5000' };
    expect(defineConfig({ profile: 'emulated' }, env).config.aws.emulator).toEqual({
      endpoint: 'http://127.0.0.1:5000',
    });
  });

  it('is the only one with an emulator', () => {
    for (const profile of ['default', 'thesis'] as const) {
      expect(defineConfig({ profile, eks }).config.aws.emulator).toBeUndefined();
    }
  });
});

describe('The profile kind', () => {
  it('names the contexts that the script makes, and the API servers as pods reach them', () => {
    expect(profiles({}).kind.settings.clusters).toEqual({
      istio: {
        kind: 'kubeconfig',
        path: KIND_KUBECONFIG,
        context: 'kind-mesh-istio',
        apiServer: 'https://mesh-istio-control-plane:6443',
      },
      consul: {
        kind: 'kubeconfig',
        path: KIND_KUBECONFIG,
        context: 'kind-mesh-consul',
        apiServer: 'https://mesh-consul-control-plane:6443',
      },
    });
  });

  it('says how to make the clusters, where they are not there', () => {
    const cwd = jest.spyOn(process, 'cwd').mockReturnValue(folder);
    expect(() => defineConfig({ profile: 'kind' })).toThrow(
      new RegExp(
        '^2 mistakes in the settings:\n' +
          ['istio', 'consul']
            .map(
              (name) =>
                `  clusters.${name}.path: .* does not exist; name a file that does; "npm run kind:up" makes it`,
            )
            .join('\n'),
      ),
    );
    cwd.mockRestore();
  });
});

it('Each profile keeps its state apart from the others', () => {
  const directories = PROFILE_NAMES.map((name) => {
    const state = profiles({})[name].settings.state;
    return state?.kind === 'local' ? state.directory : 'state';
  });
  expect(new Set(directories).size).toBe(PROFILE_NAMES.length);
});
