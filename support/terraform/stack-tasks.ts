import { Listr, type ListrTask } from 'listr2';
import { writesOver } from '../terminal/progress';
import { size, type DeployProgress, type StackProgress } from './deploy-progress';

/** How often a line is printed where lines cannot be written over, in milliseconds. */
const LINE_INTERVAL = 5_000;

/** Takes a line for the person while the stacks are shown, when nothing else can be printed. */
let showLine: ((text: string) => void) | undefined;

/** Says something while stacks may be shown. */
export function announce(text: string): void {
  if (showLine === undefined) console.log(`\n${text}`);
  else showLine(text);
}

/**
 * Shows how far each stack is while `run` is at work.
 *
 * @param run is given what it has to call with each progress
 */
export async function showStacks<T extends { readonly progress: DeployProgress }>(
  stacks: readonly string[],
  run: (onProgress: (progress: DeployProgress) => void) => Promise<T>,
): Promise<T> {
  const isLive = writesOver(process.stdout);
  const show: ((progress: DeployProgress) => void)[] = [];
  const running = run((progress) => show.forEach((each) => each(progress)));
  const tasks = stacks.map((stack): ListrTask => ({
    title: stack,
    task: async (_, task) => {
      let shown = '';
      let printed = 0;
      if (isLive) task.output = describe(undefined);
      show.push(({ stacks }) => {
        const text = describe(stacks.get(stack));
        const due = isLive || Date.now() - printed > LINE_INTERVAL;
        if (text === shown || !due) return;
        task.output = isLive ? text : `${stack}: ${text}`;
        shown = text;
        printed = Date.now();
      });
      const { progress } = await running;
      const last = progress.stacks.get(stack);
      task.title = `${stack}: ${describe(last)}`;
      // What the error is said once, at the end. This only makes the mark red.
      if (last?.phase !== 'complete') throw new Error(task.title);
    },
  }));
  if (isLive) {
    tasks.push({
      title: 'Ctrl-C lets Terraform end what is under way',
      task: async (_, task) => {
        showLine = (text) => (task.title = text);
        const { progress } = await running.finally(() => (showLine = undefined));
        if (!progress.complete) throw new Error(task.title);
        task.title = 'Terraform is through';
      },
    });
  }
  await new Listr(tasks, {
    concurrent: true,
    exitOnError: false,
    // Ours ends Terraform first.
    registerSignalListeners: false,
    fallbackRendererCondition: () => !isLive,
  }).run();
  return running;
}

function describe(progress: StackProgress | undefined): string {
  if (progress === undefined) return 'is synthesised';
  const { phase, plan, done, busy } = progress;
  switch (phase) {
    case 'waiting':
      return 'waits for Terraform to start';
    case 'initialised':
      return 'waits for the stacks that it needs';
    case 'initialising':
      return 'fetches its providers';
    case 'planning':
      return 'is planned';
    case 'applying':
      return (
        `${done} of ${size(plan)} changes made` + (busy.length > 0 ? `, now: ${list(busy)}` : '')
      );
    case 'complete':
      return size(plan) === 0 ? 'no changes' : `${done} changes made`;
  }
}

function list(addresses: readonly string[]): string {
  // Without what makes the name unique.
  const [first = '', ...others] = addresses.map((address) => address.replace(/_[0-9A-F]{8}$/, ''));
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
