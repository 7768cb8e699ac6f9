/*
 * Says which Node.js is needed, before an older one stops at TypeScript, which it cannot read. So this is for every
 * version: `node -r ./scripts/node-version.cjs ...`.
 */
const { engines } = require('../package.json');

const needed = engines.node.replace('>=', '');
const numbers = (version) => version.split('.').map(Number);
const [[major, minor], [leastMajor, leastMinor]] = [process.versions.node, needed].map(numbers);

if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
  console.error(
    `Node.js is ${process.versions.node}, and must be ${needed} or later: https://nodejs.org/en/download, ` +
      'or: nvm install 22',
  );
  process.exit(2);
}
