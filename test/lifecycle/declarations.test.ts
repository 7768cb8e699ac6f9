import { expect, it } from '@jest/globals';
import { AWS_CHANGES } from './changes';
import { settingLeaves } from './leaves';
import { LINKERD_CHANGES } from './linkerd-changes';
import { MESH_CHANGES } from './mesh-changes';

it('Every setting says beside itself what changing it does', () => {
  const leaves = settingLeaves();
  expect(leaves.length).toBeGreaterThan(150);
  expect(leaves.filter(([, declared]) => declared === undefined).map(([path]) => path)).toEqual([]);
});

it('Every setting has a change that is tried', () => {
  const tried = [
    ...Object.keys(AWS_CHANGES),
    ...Object.keys(MESH_CHANGES),
    ...Object.keys(LINKERD_CHANGES),
  ];
  expect(tried.sort()).toEqual(
    settingLeaves()
      .map(([path]) => path)
      .sort(),
  );
});
