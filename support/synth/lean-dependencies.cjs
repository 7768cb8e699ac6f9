// What cdktf and Node.js do for whoever debugs cdktf itself, left out of a synthesis for its speed.
const Module = require('node:module');

// cdktf and the providers carry their source maps inside of each file, and tsx has Node.js parse every
// one: a third of the time and 20 MB of each synthesis, to name lines in code that is not ours. Our
// own files keep theirs.
const INLINE_SOURCE_MAP = /\n\/\/# sourceMappingURL=data:\S+\s*$/;
const compile = Module.prototype._compile;

Module.prototype._compile = function (content, filename, ...rest) {
  const code = filename.includes('node_modules')
    ? content.replace(INLINE_SOURCE_MAP, '\n')
    : content;
  return compile.call(this, code, filename, ...rest);
};

require('./lean-tokens.cjs');
