// Preloaded into Node.js programs by the benchmark: each leaves its peak memory as a line of the file USAGE_FILE.
process.on('exit', () => {
  require('node:fs').appendFileSync(process.env.USAGE_FILE, `${process.resourceUsage().maxRSS}\n`);
});
