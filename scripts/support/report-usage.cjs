// Preloaded into a Node.js program by the benchmark: leaves its peak memory in the file USAGE_FILE.
process.on('exit', () => {
  require('node:fs').writeFileSync(process.env.USAGE_FILE, String(process.resourceUsage().maxRSS));
});
