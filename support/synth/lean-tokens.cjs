// cdktf keeps for each token the whole stack of calls that made it, a tenth of the time of a synthesis, and shows it
// only within an error that has a stack of its own.
require('cdktf/lib/tokens/private/stack-trace').captureStackTrace = () => [];
