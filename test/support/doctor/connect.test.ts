import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { AwsDouble } from '../../helpers/aws-double';
import { temporaryFolder, writeFile } from '../../helpers/files';

/*
 * By which context of the person's own kubeconfig the doctor's commands reach an EKS cluster. The client of Kubernetes
 * is an ES module: a program of its own.
 */

const PROGRAM = `
const { defineConfig } = require('./config/index.ts');
const { placedMeshes } = require('./config/placed-meshes.ts');
const { connect } = require('./support/doctor/load.ts');
const [endpoint, ...files] = process.argv.slice(1);
const { config } = defineConfig({
  aws: { emulator: { endpoint } },
  eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
});
const [istio] = placedMeshes(config).filter(({ name }) => name === 'istio');
(async () => {
  const said = [];
  for (const file of files) {
    process.env.KUBECONFIG = file;
    said.push((await connect(config, istio)).kubectl);
  }
  console.log(JSON.stringify(said));
})();
`;

const SERVER = 'https://1234.gr7.eu-north-1.eks.amazonaws.com';
const folder = temporaryFolder();
const aws = AwsDouble.ofFile();

function leadingTo(server: string): string {
  return stringify({
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'team', context: { cluster: 'c', user: 'u' } }],
  });
}

test("The doctor's commands have the context that leads to a cluster, or its name where there is none", async () => {
  aws.answers = {
    '/clusters/mesh-istio': () => ({
      cluster: { endpoint: SERVER, certificateAuthority: { data: '' } },
    }),
  };
  const files = [
    writeFile(folder, 'to-it', leadingTo(SERVER)),
    writeFile(folder, 'to-another', leadingTo('https://203.0.113.1')),
    writeFile(folder, 'no-kubeconfig', 'clusters: ['),
    path.join(folder, 'none'),
  ];
  const words = ['--import', 'tsx', '--eval', PROGRAM, aws.access.endpoint ?? '', ...files];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  const ofName = 'kubectl --context mesh-istio';
  expect(JSON.parse(stdout)).toEqual(['kubectl --context team', ofName, ofName, ofName]);
});
