const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/**
 * Gives a run a temporary folder of its own, which `remove-temporary-folder.js` removes with all that is in it:
 * `Testing.app()` of cdktf leaves a folder for each app. There Node.js keeps what it has compiled, too, for the many
 * programs that tests start: a tenth of their CPU time.
 */
module.exports = () => {
  const before = process.env.TMPDIR;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-run-'));
  process.env.TMPDIR = folder;
  // An emulator stays when its starter ends. None of this run does when Jest is killed.
  process.env.EMULATOR_ENDS_WITH = String(process.pid);
  process.env.NODE_COMPILE_CACHE ??= path.join(folder, 'compiled');
  globalThis.ownTemporaryFolder = { before, folder };
};
