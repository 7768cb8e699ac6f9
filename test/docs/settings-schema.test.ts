import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { PROFILE_NAMES } from '../../config';
import { BASE, profiles } from '../../config/profiles';
import { ROOT } from '../../support/paths';
import { firstSettings, SCHEMA_FILE } from '../../support/settings/file-text';
import { SAMPLE } from '../../support/settings/page';

const ajv = addFormats(new Ajv2020({ strict: false, allErrors: true, formats: { cidrv4: true } }));
const valid = ajv.compile(JSON.parse(readFileSync(path.join(ROOT, SCHEMA_FILE), 'utf8')) as object);

describe('The JSON Schema of federation.yaml', () => {
  it.each(PROFILE_NAMES)('admits the settings of the profile %s', (name) => {
    expect(valid({ profile: name, ...profiles({})[name].settings })).toBe(true);
    expect(valid(BASE)).toBe(true);
  });

  it.each<[string, string]>([
    ['the sample', SAMPLE],
    ['what init writes', firstSettings({ region: 'eu-north-1', addresses: ['203.0.113.7/32'] })],
    ['an empty section', 'network: {}'],
    ['one setting of a mesh of the pair', 'meshes: {istio: {cni: true}}'],
    ['a mesh with a name', 'meshes: {shop: {kind: istio, cluster: berlin}}'],
    ['a cluster with a name', 'clusters: {berlin: {kind: existing-eks, name: a}}'],
    [
      'services of a mesh with a name',
      'accessPolicy: {meshes: {shop: {services: {a: {port: 80}}}}}',
    ],
    ['one setting of a cluster', 'clusters: {consul: {cidr: 10.30.0.0/16}}'],
    ['another kind', 'clusters: {istio: {kind: kubeconfig, path: a, context: b}}'],
    ['a bucket', 'state: {kind: s3, bucket: mine}'],
    ['a node group', 'eks: {nodeGroups: [{name: a}]}'],
  ])('admits %s', (_, text) => {
    expect({ valid: valid(parse(text)), errors: valid.errors }).toEqual({
      valid: true,
      errors: null,
    });
  });

  it.each<[string, string]>([
    ['a section that does not exist', 'netwrok: {}'],
    ['a setting that does not exist', 'network: {natt: one}'],
    ['a wrong word', 'network: {nat: two}'],
    ['a number in place of text', 'aws: {accountId: 111122223333}'],
    ['a number that is too small', 'eks: {nodeGroups: [{name: a, diskGiB: 1}]}'],
    ['an entry of a list without its name', 'eks: {nodeGroups: [{}]}'],
    ['a profile that does not exist', 'profile: mine'],
    ['a mesh with a name and no kind', 'meshes: {shop: {cni: true}}'],
    ['a kind of mesh that does not exist', 'meshes: {shop: {kind: kuma}}'],
    ['a setting of another kind of mesh', 'meshes: {shop: {kind: istio, servers: 3}}'],
    ['a setting of another kind of mesh of the pair', 'meshes: {istio: {servers: 3}}'],
    ['a cluster with a name and no kind', 'clusters: {berlin: {name: a}}'],
    ['a setting of another kind', 'clusters: {istio: {kind: kubeconfig, cidr: 10.0.0.0/16}}'],
  ])('refuses %s', (_, text) => {
    expect(valid(parse(text))).toBe(false);
  });
});
