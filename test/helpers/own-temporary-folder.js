const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/**
 * Gives a run a temporary folder of its own, which `remove-temporary-folder.js` removes with all that is in it:
 * `Testing.app()` of cdktf leaves a folder for each app.
 */
module.exports = () => {
  const before = process.env.TMPDIR;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-run-'));
  process.env.TMPDIR = folder;
  globalThis.ownTemporaryFolder = { before, folder };
};
