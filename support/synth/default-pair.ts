import type { App } from 'cdktf';
import { defineConfig } from '../../config';
import { addStacks } from '../../stacks';

/** Adds the stacks of the default profile, with no more settings than a first deploy needs. */
export function addDefaultPair(app: App): void {
  const { config } = defineConfig({
    aws: { region: 'eu-north-1', accountId: '111122223333' },
    eks: { endpoint: { publicCidrs: ['198.51.100.7/32'] } },
  });
  addStacks(app, config);
}
