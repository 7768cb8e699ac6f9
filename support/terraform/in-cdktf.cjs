// Loaded into cdktf, which ends at once when it is interrupted, and takes its Terraforms with it. Whoever started it
// interrupts them in its place, and it ends when they have.
const PARENT = process.ppid;
const hasParent = () => process.ppid === PARENT;

const SIGNALS = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']);
const { on } = process;
for (const signal of SIGNALS) process.on(signal, () => hasParent() || process.exit(1));
process.on = process.addListener = (event, listener) =>
  SIGNALS.has(event) ? process : on.call(process, event, listener);

// While it asks for approval, the terminal sends no signal: Ctrl-C is a character, by which cdktf ends, too.
const interruptParent = (data) => {
  if (hasParent() && String(data).includes('\x03')) process.kill(PARENT, 'SIGINT');
};
const { setRawMode } = process.stdin;
if (setRawMode !== undefined) {
  process.stdin.setRawMode = (raw) => {
    process.stdin.off('data', interruptParent);
    if (raw) process.stdin.on('data', interruptParent);
    return setRawMode.call(process.stdin, raw);
  };
}

// A closed terminal takes no more lines.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// When a stack fails, cdktf waits for those beside it, and looks at the failure only then. Node.js would end it before.
process.on('unhandledRejection', (reason) => {
  process.exitCode = 1;
  if (!/Invoking Terraform CLI failed/.test(String(reason))) console.error(reason);
});
