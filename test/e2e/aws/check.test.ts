import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { chmodSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ConfigInput, defineConfig } from '../../../config';
import { checkAll } from '../../../support/check';
import type { Finding } from '../../../support/check/finding';
import {
  type Emulator,
  emulatorEnvironment,
  startEmulator,
  stopEmulator,
} from '../../../support/demo/emulator';
import { ROOT } from '../../../support/paths';
import { withoutProgress } from '../../helpers/cli';
import { temporaryFolder, writeFile } from '../../helpers/files';

/*
 * `npm run check` against the emulated AWS, with a repository of charts on this machine. The quotas are
 * AWS's defaults, but for vCPUs (emulator/aws_emulator/quotas.py).
 */

const folder = temporaryFolder((at) => stopEmulator(at));
const ACCOUNT = '123456789012';
let emulator: Emulator;
let charts: Server;

beforeAll(async () => {
  emulator = await startEmulator({ folder, port: 0 });
  charts = createServer((request, response) => {
    response.statusCode = request.url === '/charts/index.yaml' ? 200 : 404;
    response.end();
  });
  await new Promise<void>((resolve) => charts.listen(0, '127.0.0.1', resolve));
  aws('2.31.5');
});

afterAll(() => {
  charts.close();
});

/** Puts an AWS CLI of this version in front of the machine's. */
function aws(version: string): void {
  const bin = path.join(folder, 'bin');
  chmodSync(writeFile(bin, 'aws', `#!/bin/sh\necho aws-cli/${version} Python/3.13\n`), 0o755);
  process.env['PATH'] = `${bin}:${(process.env['PATH'] ?? '').replace(`${bin}:`, '')}`;
}

/** Settings whose downloads are on this machine, and the registry nowhere. */
function settings(input: ConfigInput = {}): ConfigInput {
  const { port } = charts.address() as AddressInfo;
  const source = {
    charts: { kind: 'repository', url: `http://127.0.0.1:${port}/charts` },
  } as const;
  return {
    eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] }, ...input.eks },
    meshes: { istio: source, consul: source, ...input.meshes },
    images: { registry: '127.0.0.1:9/hub' },
    ...(input.network && { network: input.network }),
    ...(input.clusters && { clusters: input.clusters }),
    aws: { ...input.aws, emulator: { endpoint: emulator.endpoint } },
  };
}

async function found(input: ConfigInput = {}): Promise<Finding[]> {
  return checkAll(defineConfig(settings(input)).config);
}

const wrong = (findings: readonly Finding[]) =>
  findings.filter(({ verdict }) => verdict === 'wrong').map((one) => `${one.what}: ${one.found}`);

const of = (findings: readonly Finding[], what: string) =>
  findings.find((one) => one.what === what);

describe('npm run check', () => {
  it('finds an account in which a deploy has its place', async () => {
    const findings = await found({ aws: { accountId: ACCOUNT } });
    expect(wrong(findings)).toEqual([]);
    expect(of(findings, 'AWS credentials')?.found).toContain(ACCOUNT);
    expect(of(findings, 'Region')?.found).toBe('eu-north-1');
    expect(of(findings, 'EKS version')?.found).toMatch(/^1\.\d+$/);
    expect(of(findings, 'Instance type t3.medium')?.found).toMatch(
      /^in eu-north-1a, eu-north-1b, eu-north-1c$/,
    );
    expect(of(findings, 'Zones of mesh-istio')?.found).toBe('3 of 3');
    expect(of(findings, 'Clusters')?.found).toBe('0 of 100 used, 2 more needed');
    // Each account has one VPC in each region from the start.
    expect(of(findings, 'VPCs per Region')?.found).toBe('1 of 5 used, 2 more needed');
    expect(of(findings, 'EC2-VPC Elastic IPs')?.found).toBe('0 of 5 used, 2 more needed');
    // Two t3.medium with two vCPUs in each cluster.
    expect(of(findings, 'Running On-Demand Standard instances (vCPUs)')?.found).toBe(
      '0 of 32 used, 8 more needed',
    );
    expect(of(findings, 'AWS CLI')?.found).toBe('aws 2.31.5');
    expect(findings.filter(({ what }) => what.startsWith('Charts of'))).toHaveLength(1);
    // Only the nodes could say more.
    expect(of(findings, 'Images of 127.0.0.1:9')?.verdict).toBe('unknown');
  });

  it('says all at once that is not, each with what to do', async () => {
    const ec2 = new EC2Client({
      region: 'eu-north-1',
      endpoint: emulator.endpoint,
      credentials: { accessKeyId: 'emulated', secretAccessKey: 'emulated' },
    });
    for (const i of [1, 2, 3]) {
      await ec2.send(new CreateVpcCommand({ CidrBlock: `10.${100 + i}.0.0/16` }));
    }
    aws('1.42.0');
    const { port } = charts.address() as AddressInfo;
    const findings = await found({
      network: { nat: 'per-zone' },
      eks: {
        endpoint: { publicCidrs: ['203.0.113.7/32'] },
        nodeGroups: [
          { name: 'large', instanceTypes: ['m5.24xlarge'] },
          {
            name: 'elsewhere',
            instanceTypes: ['t2.medium'],
            capacity: 'spot',
            desired: 20,
            max: 20,
          },
        ],
      },
      meshes: { istio: { charts: { kind: 'repository', url: `http://127.0.0.1:${port}/none` } } },
    });
    aws('2.31.5');
    expect(wrong(findings)).toEqual([
      'AWS CLI: is 1.42.0, and must be 2',
      'Instance type t2.medium: eu-north-1 does not have it',
      'VPCs per Region: 4 of 5 used, 2 more needed',
      'EC2-VPC Elastic IPs: 0 of 5 used, 6 more needed',
      'Running On-Demand Standard instances (vCPUs): 0 of 32 used, 384 more needed',
      'All Standard Spot Instance Requests (vCPUs): 0 of 32 used, 80 more needed',
      `Charts of http://127.0.0.1:${port}/none: answers 404`,
    ]);
    expect(findings.filter(({ verdict, remedy }) => verdict === 'wrong' && !remedy)).toEqual([]);
    expect(of(findings, 'VPCs per Region')?.remedy).toContain(
      '--service-code vpc --quota-code L-F678F1CE --desired-value 6',
    );
  });

  it('counts on no zone that EKS cannot use', async () => {
    const aws = { accountId: ACCOUNT, region: 'us-east-1' };
    const many = await found({ aws, network: { zones: 6 } });
    expect(of(many, 'Zones of mesh-istio')).toMatchObject({
      verdict: 'wrong',
      found: 'EKS can use 5 of us-east-1, not 6',
    });
    // use1-az3: https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
    const named = await found({ aws, network: { zones: ['us-east-1a', 'us-east-1e'] } });
    expect(of(named, 'Zones of mesh-istio')).toMatchObject({
      verdict: 'wrong',
      found: 'EKS can use no us-east-1e in us-east-1',
    });
  });

  it('asks no more of an account that is another one', async () => {
    const findings = await found({ aws: { accountId: '111122223333' } });
    expect(of(findings, 'AWS credentials')?.found).toMatch(/and the settings name 111122223333$/);
    expect(of(findings, 'AWS credentials')?.verdict).toBe('wrong');
    expect(of(findings, 'Region')).toBeUndefined();
    expect(of(findings, 'Clusters')).toBeUndefined();
  });

  it('ends with 0, 1 or 2, and has its findings as JSON', async () => {
    // Not spawnSync: the charts are served by this very process.
    const run = async (input: object, words: readonly string[], env: NodeJS.ProcessEnv = {}) => {
      const file = writeFile(folder, 'federation.yaml', JSON.stringify(input));
      const child = spawn(
        process.execPath,
        [path.join(ROOT, 'scripts', 'cli.mjs'), 'check', ...words],
        {
          cwd: ROOT,
          env: {
            ...emulatorEnvironment(emulator),
            FEDERATION_CONFIG: file,
            // A log of CI has colours.
            NO_COLOR: '1',
            ...env,
          },
        },
      );
      const [stdout, stderr, [status]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'close') as Promise<[number]>,
      ]);
      return { status, stdout, stderr };
    };
    // The emulator is found as AWS is, by the environment.
    const own = {};
    const json = await run({ ...settings(), aws: own }, ['--json']);
    // The VPCs of the case before are there.
    expect(json.status).toBe(1);
    expect(wrong(JSON.parse(json.stdout) as Finding[])).toEqual([
      'VPCs per Region: 4 of 5 used, 2 more needed',
    ]);
    const vpc = {
      existingVpc: {
        vpcId: 'vpc-0123456789abcdef0',
        privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
        publicSubnetIds: ['subnet-0123456789abcdef2', 'subnet-0123456789abcdef3'],
      },
    };
    const right = await run({ ...settings(), aws: own, clusters: { istio: vpc } }, []);
    expect([right.status, withoutProgress(right.stderr)]).toEqual([0, '']);
    expect(right.stdout).toMatch(/VPCs per Region +│ right +│ 4 of 5 used, 1 more needed/);
    expect(right.stdout).toContain(
      'Nothing that would stop a deploy. 1 could not be found out. Next:',
    );

    const nobody = await run({ ...settings(), aws: own }, [], {
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      HOME: folder,
    });
    expect(nobody.status).toBe(1);
    expect(nobody.stdout).toMatch(/AWS credentials +│ wrong/);

    const mistaken = await run({ network: { nat: 'many' } }, []);
    expect(mistaken.status).toBe(2);
    expect(mistaken.stderr).toContain('network.nat');
  });
});
