import { build } from 'esbuild';
import { expect, it } from '@jest/globals';
import { ROOT } from '../../support/paths';

// What Node.js would load, types left out. cdktf takes longer to load than settings to be read.
it.each([
  'config/index.ts',
  'config/access-plan.ts',
  'cli/check.ts',
  'cli/cost.ts',
  'cli/diagram.ts',
  'cli/iam.ts',
  'cli/images.ts',
  'cli/init.ts',
  'cli/leftovers.ts',
  'cli/observability.ts',
  'cli/policy.ts',
])('%s loads neither cdktf nor a provider', async (entry) => {
  const { metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: ROOT,
    bundle: true,
    packages: 'external',
    platform: 'node',
    write: false,
    metafile: true,
  });
  const loaded = new Set([entry]);
  for (const file of loaded) {
    for (const { path, kind } of metafile.inputs[file]?.imports ?? []) {
      // What is loaded when it is needed is not loaded at the start.
      if (kind !== 'dynamic-import') loaded.add(path);
    }
  }
  const packages = [...loaded].filter((file) => !(file in metafile.inputs));
  expect(packages).toContain('zod');
  expect(packages.filter((name) => /^(cdktf|constructs|@cdktf)(\/|$)/.test(name))).toEqual([]);
});
