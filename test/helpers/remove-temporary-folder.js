const fs = require('node:fs');

/** Removes what `own-temporary-folder.js` made. */
module.exports = () => {
  const { before, folder } = globalThis.ownTemporaryFolder;
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  fs.rmSync(folder, { recursive: true, force: true });
};
