// cdktf records for each token the whole stack that made it, and Node.js looks every line of it up in
// the source maps. Only the text of an error within a token's resolution shows it; the error has a
// stack of its own.
require('cdktf/lib/tokens/private/stack-trace').captureStackTrace = () => [];
