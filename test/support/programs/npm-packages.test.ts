import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { npmPrograms } from '../../../support/programs/npm-packages';
import { temporaryFolder, writeFile } from '../../helpers/files';

const folder = temporaryFolder();
const cache = path.join(folder, 'cache');

/** An npm that makes a program in the folder behind `--prefix`, and then ends as it is told. */
function npm(program: string, end: string): NodeJS.ProcessEnv {
  const text = `#!/bin/sh
while [ "$1" != --prefix ]; do shift; done
mkdir -p "$2/node_modules/.bin" && echo ${program} >"$2/node_modules/.bin/program" && ${end}
`;
  chmodSync(writeFile(folder, 'bin/npm', text), 0o755);
  return { ...process.env, PATH: `${folder}/bin:${process.env['PATH']}` };
}

test('An installation that was cut off is none, and one that is there is made once', () => {
  const log = jest.spyOn(console, 'log').mockReturnValue();
  const tool = { name: 'tool-1.0.0', packages: ['tool@1.0.0'], megabytes: 1 };
  const install = (env: NodeJS.ProcessEnv) => npmPrograms(tool, env, cache);
  expect(() => install(npm('half', 'kill -KILL $$'))).toThrow(
    /"npm install .*tool@1\.0\.0" failed/,
  );
  for (const program of ['whole', 'again']) {
    const programs = install(npm(program, 'true'));
    expect(readFileSync(path.join(programs, 'program'), 'utf8')).toBe('whole\n');
  }
  expect(readdirSync(cache)).toEqual(['tool-1.0.0']);
  log.mockRestore();
});
