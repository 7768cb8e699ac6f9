import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { terraformCliConfig, terraformEnvironment } from '../../../support/terraform/cli-config';

const AWS = { address: 'registry.terraform.io/hashicorp/aws', version: '5.0.1' };
const HELM = { address: 'registry.terraform.io/hashicorp/helm', version: '3.0.1' };
const PLATFORM = `${os.platform()}_${os.arch() === 'x64' ? 'amd64' : os.arch()}`;

let home: string;
let mirror: string;

beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'home-'));
  mirror = path.join(home, 'mirror');
  mkdirSync(mirror);
});

afterEach(() => rmSync(home, { recursive: true }));

function holdUnpacked(version: string) {
  mkdirSync(path.join(mirror, AWS.address, version, PLATFORM), { recursive: true });
}

function configure(env: NodeJS.ProcessEnv = {}) {
  return terraformCliConfig(env, {
    home,
    folders: [mirror],
    providers: [AWS, HELM],
    file: path.join(home, 'written.tfrc'),
  });
}

function written(): string {
  return readFileSync(configure().TF_CLI_CONFIG_FILE ?? '', 'utf8');
}

describe('The configuration of the Terraform CLI', () => {
  test('that a person has is left alone', () => {
    holdUnpacked(AWS.version);
    const file = path.join(home, 'own.tfrc');
    writeFileSync(file, '');
    expect(configure({ TF_CLI_CONFIG_FILE: file })).toEqual({});
    writeFileSync(path.join(home, '.terraformrc'), '');
    expect(configure()).toEqual({});
  });

  test('is not needed without a mirror', () => {
    expect(configure()).toEqual({});
    expect(configure({ TF_CLI_CONFIG_FILE: path.join(home, 'missing') })).toEqual({});
  });

  test('is not written for a mirror of another version', () => {
    holdUnpacked('5.99.0');
    expect(configure()).toEqual({});
  });

  test('takes from the mirror what is there, and the rest from the registry', () => {
    holdUnpacked(AWS.version);
    expect(written()).toBe(
      [
        'provider_installation {',
        '  filesystem_mirror {',
        `    path    = "${mirror}"`,
        '    include = ["registry.terraform.io/hashicorp/aws"]',
        '  }',
        '  direct {',
        '    exclude = ["registry.terraform.io/hashicorp/aws"]',
        '  }',
        '}',
        '',
      ].join('\n'),
    );
  });

  test('knows packed mirrors too, and a configuration that is named but missing', () => {
    mkdirSync(path.join(mirror, HELM.address), { recursive: true });
    writeFileSync(
      path.join(mirror, HELM.address, `terraform-provider-helm_3.0.1_${PLATFORM}.zip`),
      '',
    );
    expect(configure({ TF_CLI_CONFIG_FILE: path.join(home, 'missing') })).toHaveProperty(
      'TF_CLI_CONFIG_FILE',
    );
    expect(written()).toContain('include = ["registry.terraform.io/hashicorp/helm"]');
  });
});

describe('What Terraform is started with', () => {
  const environment = (env: NodeJS.ProcessEnv) =>
    terraformEnvironment({ TF_CLI_CONFIG_FILE: __filename, ...env });
  const logs = (env: NodeJS.ProcessEnv) =>
    Object.fromEntries(
      Object.entries(environment(env)).filter(([name]) => name.startsWith('TF_LOG')),
    );

  test('keeps the log of each provider from being written, which Terraform would throw away', () => {
    expect(logs({})).toEqual({
      TF_LOG_SDK: 'off',
      TF_LOG_PROVIDER_AWS: 'off',
      TF_LOG_PROVIDER_HELM: 'off',
      TF_LOG_PROVIDER_KUBERNETES: 'off',
      TF_LOG_PROVIDER_TLS: 'off',
    });
  });

  test.each(['TF_LOG', 'TF_LOG_PROVIDER', 'TF_LOG_PROVIDER_AWS', 'TF_LOG_SDK_PROTO'])(
    'lets providers write their logs to who asks with %s',
    (name) => {
      expect(logs({ [name]: 'debug' })).toEqual({});
    },
  );

  test('collects garbage as often as somebody says, and seldom without', () => {
    expect(environment({})).toHaveProperty('GOGC', '400');
    expect(environment({ GOGC: '100' })).toHaveProperty('GOGC', '100');
  });
});
