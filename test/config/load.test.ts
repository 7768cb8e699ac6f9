import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { defineConfig, loadConfig, PROFILE_NAMES } from '../../config';
import { LOG_TYPES } from '../../constructs/eks/props';
import { undeployed } from '../../support/settings/undeployed';
import { CHECKED, ISTIO } from '../../versions';
import { temporaryFolder, writeFile } from '../helpers/files';
import { refusalOf } from '../helpers/mistakes';

const folder = temporaryFolder();
const emptyFolder = temporaryFolder();
let file: string;

beforeEach(() => {
  file = writeFile(folder, 'federation.yaml', '');
});

/** The settings of `federation.yaml` with this text. */
function load(text: string, env: NodeJS.ProcessEnv = {}) {
  writeFileSync(file, text);
  return loadConfig({ env, folder });
}

function refusal(action: () => unknown): string {
  const refused = refusalOf(action);
  if (refused === undefined) throw new Error('not refused');
  return refused.message;
}

const mine = 'eks: { endpoint: { publicCidrs: [198.51.100.7/32] } }\n';

describe('The settings', () => {
  it('are those of federation.yaml over those of the profile', () => {
    const { config, profile } = load(`
profile: thesis
aws: { region: us-east-1, tags: { team: weather } }
${mine}
clusters: { consul: { name: mine } }
`);
    expect(profile).toBe('thesis');
    expect(config.aws).toEqual({ region: 'us-east-1', tags: { team: 'weather' } });
    expect(config.clusters.istio).toMatchObject({ name: 'terraform-istio' });
    expect(config.clusters.consul).toMatchObject({ name: 'mine', cidr: '10.20.0.0/16' });
    expect(config.eks.nodeGroups).toEqual([expect.objectContaining({ diskGiB: 100 })]);
  });

  it('are those of the profile alone where there is no file, or an empty one', () => {
    const env = { FEDERATION_PROFILE: 'emulated' };
    const elsewhere = loadConfig({ env, folder: emptyFolder });
    expect(elsewhere.profile).toBe('emulated');
    expect(load('', env)).toEqual(elsewhere);
  });

  it('can be in a file that FEDERATION_CONFIG names', () => {
    const other = writeFile(folder, 'other.yaml', `${mine}aws: { region: eu-west-1 }\n`);
    expect(load('', { FEDERATION_CONFIG: other }).config.aws.region).toBe('eu-west-1');
    expect(load('', { FEDERATION_CONFIG: 'other.yaml' }).config.aws.region).toBe('eu-west-1');
  });

  it('are of the profile that FEDERATION_PROFILE names, whatever the file says', () => {
    expect(load('profile: thesis', { FEDERATION_PROFILE: 'emulated' }).profile).toBe('emulated');
  });

  it('are never taken from a file that is named and not there', () => {
    const missing = path.join(folder, 'missing.yaml');
    expect(refusal(() => load('', { FEDERATION_CONFIG: missing }))).toBe(
      `1 mistake in the environment:\n  FEDERATION_CONFIG names ${missing}, which does not exist; name a file that does, or ` +
        'unset it, and federation.yaml is read',
    );
  });

  it.each([
    [
      'eks: [',
      /^1 mistake in federation.yaml:\n {2}federation.yaml:1:7: a bracket is not closed before this line; "]" is missing/,
    ],
    ['- eks', /federation.yaml:1:1: must hold settings/],
    [
      'profile: defualt',
      /1:10: profile: is "defualt"; must be default, thesis, emulated or kind; did you mean "default"\?$/,
    ],
    [
      'aws: { accountId: 111122223333 }',
      /aws.accountId: is 111122223333; must be text: put it in quotes/,
    ],
  ])('are refused: %s', (text, message) => {
    expect(refusal(() => load(text))).toMatch(message);
  });

  it('can come from TypeScript', () => {
    const { config, profile } = defineConfig({
      eks: { endpoint: { publicCidrs: ['198.51.100.7/32'] } },
      clusters: { istio: { name: 'mine' } },
    });
    expect(profile).toBe('default');
    expect(config.clusters.istio).toMatchObject({ kind: 'eks', name: 'mine' });
  });
});

describe('What holds for both clusters', () => {
  const both = (text: string) => {
    const { istio, consul } = load(mine + text).config.clusters;
    if (istio?.kind !== 'eks' || consul?.kind !== 'eks') throw new Error('no new clusters');
    return { istio, consul };
  };

  it('reaches each, and each may differ in single settings', () => {
    const { istio, consul } = both(`
network: { nat: per-zone, zones: 2 }
clusters:
  istio: { network: { zones: 4 }, eks: { version: "1.34", logs: { retentionDays: 7 } } }
`);
    expect(istio.network).toMatchObject({ nat: 'per-zone', zones: 4 });
    expect(consul.network).toMatchObject({ nat: 'per-zone', zones: 2 });
    expect(istio.eks).toMatchObject({
      version: '1.34',
      endpoint: { publicCidrs: ['198.51.100.7/32'] },
      logs: { retentionDays: 7, types: [...LOG_TYPES] },
    });
    expect(consul.eks).toMatchObject({ version: '1.35', logs: { retentionDays: 365 } });
  });

  it('is replaced by a list of the cluster as a whole', () => {
    const { istio } = both('clusters: { istio: { eks: { nodeGroups: [{ name: one }] } } }');
    expect(istio.eks.nodeGroups.map(({ name }) => name)).toEqual(['one']);
  });

  it('is wrong once, where it was written', () => {
    expect(refusal(() => load(`${mine}network: { nat: two }`))).toBe(
      '1 mistake in federation.yaml:\n  federation.yaml:2:17: network.nat: is "two"; must be one, per-zone or none',
    );
    expect(refusal(() => load(`${mine}clusters: { consul: { network: { nat: two } } }`))).toBe(
      '1 mistake in federation.yaml:\n' +
        '  federation.yaml:2:39: clusters.consul.network.nat: is "two"; must be one, per-zone or none',
    );
  });
});

describe('A cluster of another kind', () => {
  it('takes nothing over from the one that the profile has', () => {
    const { config } = load(
      `${mine}clusters: { istio: { kind: existing-eks, name: theirs, region: us-east-1 } }`,
    );
    expect(config.clusters.istio).toEqual({
      kind: 'existing-eks',
      name: 'theirs',
      region: 'us-east-1',
      egressCidrs: [],
      loadBalancers: 'in-cloud',
    });
  });

  it('has no settings of a new one', () => {
    expect(
      refusal(() =>
        load(`${mine}clusters: { istio: { kind: existing-eks, name: a, cidr: 10.0.0.0/16 } }`),
      ),
    ).toContain(
      'clusters.istio.cidr: there is no such setting of the kind existing-eks; write kind: eks beside it',
    );
  });
});

describe('Where nothing is deployed', () => {
  const withProfile = (text: string, profile: string = 'default') => {
    writeFileSync(file, text);
    return loadConfig({
      env: { FEDERATION_PROFILE: profile },
      folder,
      undeployed: undeployed(emptyFolder),
    });
  };

  it.each(PROFILE_NAMES)('the profile %s is right by itself', (profile) => {
    expect(withProfile('', profile).profile).toBe(profile);
  });

  it.each([
    mine,
    'clusters: { istio: { eks: { endpoint: { publicCidrs: [203.0.113.7/32] } } } }',
    'eks: { endpoint: { privateOnly: true } }\nfederation: { crossing: given }',
    'clusters: { consul: { kind: kubeconfig, path: /nowhere, context: test } }',
  ])('what could be deployed is right too: %s', (text) => {
    expect(() => withProfile(text)).not.toThrow();
  });

  it('mistakes are mistakes all the same', () => {
    expect(refusal(() => withProfile('eks: { endpoint: 1 }'))).toContain('eks.endpoint: is 1');
    expect(
      refusal(() =>
        withProfile('eks: { endpoint: { privateOnly: true, publicCidrs: [203.0.113.7/32] } }'),
      ),
    ).toContain('leave one of them out');
  });
});

describe('A notice', () => {
  const notices = (text: string) => load(mine + text).notices;

  beforeAll(() => {
    jest.useFakeTimers({ now: new Date(CHECKED) });
  });
  afterAll(() => {
    jest.useRealTimers();
  });

  it('is not needed for two new clusters', () => {
    expect(notices('')).toEqual([]);
  });

  it('says whose addresses the other API must be told, where they are not known here', () => {
    const addresses = (caller: string, other: string) =>
      `The API of clusters.${other} admits listed addresses only. List those from which the pods ` +
      `of clusters.${caller} call out in clusters.${caller}.egressCidrs, or they cannot fetch its ` +
      'trust bundle.';
    const theirs = 'clusters: { istio: { kind: existing-eks, name: theirs';
    const open =
      'The gateway of meshes.consul takes connections from everybody, since it is not known from ' +
      'where the pods of clusters.istio call out. List that in clusters.istio.egressCidrs.';
    expect(notices(`${theirs} } }`)).toEqual([addresses('istio', 'consul'), open]);
    expect(notices(`${theirs}, egressCidrs: [192.0.2.4/32] } }`)).toEqual([]);
    expect(
      notices(`
clusters:
  consul:
    existingVpc:
      vpcId: vpc-0a
      privateSubnetIds: [subnet-0a, subnet-0b]
      publicSubnetIds: [subnet-0c]
`),
    ).toEqual([
      addresses('consul', 'istio'),
      open.replaceAll('clusters.istio', 'clusters.consul').replace('meshes.consul', 'meshes.istio'),
    ]);
  });

  it('says what the pods of a new caller need, and what is for an owner to add', () => {
    const policy = (consul: string) => `
weather: { enabled: false }
accessPolicy:
  meshes:
    istio: { services: { shop: { standIn: web } } }
    consul: ${consul}
  rules: [{ from: istio/shop, to: consul/info }]
`;
    const annotations =
      'The pods of istio/shop call another mesh, and need annotations for that, or its calls are ' +
      'answered with 503: "npm run -s policy -- --annotations istio/shop" prints them.';
    expect(notices(policy('{ services: { info: {} } }'))).toEqual([annotations]);
    expect(notices(policy('{ services: { info: { intentions: existing } } }'))).toEqual([
      annotations,
      'The ServiceIntentions of consul/info are yours: let them admit web, and nothing more.',
    ]);
    expect(
      notices(policy('{ gatewayListeners: existing, services: { info: {} } }')),
    ).toContainEqual(
      expect.stringMatching(/^What the gateway of the mesh consul listens to is yours to write/),
    );
  });

  it.each([
    ['{ services: { shop: { out: border }, cart: {} } }', ['istio/cart']],
    ['{ out: border, services: { shop: {}, cart: {} } }', []],
    ['{ out: border, services: { shop: {}, cart: { out: sidecar } } }', ['istio/cart']],
  ])('says nothing of the pods of callers that leave by a border: %s', (istio, expected) => {
    const text = `
weather: { enabled: false }
accessPolicy:
  meshes: { istio: ${istio}, consul: { services: { info: {}, stock: {} } } }
  rules: [{ from: istio/shop, to: consul/info }, { from: istio/cart, to: consul/stock }]
`;
    const named = notices(text).flatMap((notice) => /The pods of (\S+)/.exec(notice)?.[1] ?? []);
    expect(named).toEqual(expected);
  });

  /** Notices by the settings that they are about. */
  const on = (day: string, text: string, about: string) => {
    jest.setSystemTime(new Date(day));
    const found = notices(text).filter((notice) => notice.startsWith(`${about}: `));
    jest.setSystemTime(new Date(CHECKED));
    return found.map((notice) => notice.slice(about.length + 2));
  };

  it('says when the support of a Kubernetes version ends, from 60 days before', () => {
    const later = 'AWS upgrades the cluster by itself. Set a later eks.version.';
    const soon = 'AWS then upgrades the cluster by itself. Set a later eks.version.';
    expect(on('2027-01-25', '', 'clusters.istio')).toEqual([]);
    expect(on('2027-01-26', '', 'clusters.istio')).toEqual([
      `Standard support of Kubernetes 1.35 ends on 2027-03-27: ${soon}`,
    ]);
    expect(on('2027-03-27', '', 'clusters.istio')).toEqual([
      `Standard support of Kubernetes 1.35 ended on 2027-03-27: ${later}`,
    ]);
    expect(on('2028-03-27', '', 'clusters.istio')).toEqual([
      'EKS ended its support of Kubernetes 1.35 on 2028-03-27 and makes no new clusters of it.',
    ]);
    expect(
      on(CHECKED, 'clusters: { consul: { eks: { version: "1.34" } } }', 'clusters.consul'),
    ).toEqual([`Standard support of Kubernetes 1.34 ends on 2026-12-02: ${soon}`]);
  });

  it("says when a mesh's version is out of support, or leaves it, or is not known", () => {
    const istio = (day: string, version: string) =>
      on(
        day,
        `meshes: { istio: { version: ${version}, allowUnsupported: true } }`,
        'meshes.istio.version',
      );
    expect(istio(CHECKED, ISTIO.version)).toEqual([]);
    expect(istio(CHECKED, '1.30.8')).toEqual([
      'Istio 1.30 leaves support on 2026-11-30. Upgrade to 1.31.',
    ]);
    expect(istio('2026-11-30', '1.30.8')).toEqual([
      'Istio 1.30 left support on 2026-11-30. Upgrade to 1.31.',
    ]);
    expect(istio(CHECKED, '1.20.0')).toEqual(['Istio 1.20.0 is out of support. Upgrade to 1.31.']);
    expect(istio(CHECKED, '1.36.0')).toEqual([
      expect.stringMatching(/^Istio 1\.36\.0 is not known/),
    ]);
  });

  it.each([
    ['charts', 'charts: { kind: oci, url: "oci://gcr.io/istio-release/charts" }'],
    [
      'charts',
      'charts: { kind: repository, url: "https://istio-release.storage.googleapis.com/charts" }',
    ],
    ['images.registry', 'images: { registry: registry.istio.io/release }'],
    ['images.proxy', 'images: { proxy: "registry.istio.io/release/proxyv2:1.31.0" }'],
  ])('says of %s that a host is switched off: %s', (setting, text) => {
    const found = (day: string) =>
      on(day, `meshes: { istio: { ${text} } }`, `meshes.istio.${setting}`);
    expect(found(CHECKED)).toEqual([
      expect.stringMatching(/is switched off from 2026-12-08 on .*blob\.istio\.io.*docker\.io/),
    ]);
    expect(found('2027-01-01')).toEqual([
      expect.stringContaining('is switched off since 2026-12-08'),
    ]);
  });

  it('says so of a host in a values file, with its place there', () => {
    writeFile(folder, 'hub.yaml', 'global: {hub: registry.istio.io/release}\n');
    expect(
      on(
        CHECKED,
        'meshes: { istio: { values: { istiod: [hub.yaml] } } }',
        'meshes.istio.values.istiod[0] (global.hub)',
      ),
    ).toEqual([expect.stringMatching(/^registry\.istio\.io is switched off from 2026-12-08 on/)]);
  });

  it('judges a control plane beside the first as it does that', () => {
    const canary = (day: string, version: string) =>
      on(
        day,
        `meshes: { istio: { version: 1.31.9, canary: { revision: old, version: ${version} } } }`,
        'meshes.istio.canary.version',
      );
    expect(canary('2026-12-01', '1.30.8')).toEqual([
      'Istio 1.30 left support on 2026-11-30. Upgrade to 1.31.',
    ]);
    expect(
      refusal(() =>
        load(`${mine}meshes: { istio: { canary: { revision: old, version: 1.30.2 } } }`),
      ),
    ).toMatch(/meshes\.istio\.canary\.version: is 1\.30\.2; its sidecars miss the second rotation/);
  });

  it('does not repeat what was consented to', () => {
    expect(
      notices('clusters: { consul: { eks: { version: "1.32", extendedSupport: true } } }'),
    ).toEqual([]);
  });

  it.each(['thesis', 'emulated', 'default'] as const)('of the profile %s', (profile) => {
    const { notices: found } = load(`${mine}profile: ${profile}`);
    expect(found.length > 0).toBe(profile === 'thesis');
  });
});
