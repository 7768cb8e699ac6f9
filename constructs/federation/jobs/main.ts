import { issue } from './issue.ts';
import { look } from './look.ts';
import { metrics } from './metrics.ts';
import { publish } from './publish.ts';
import { renew } from './renew.ts';
import { log, messageOf } from './run.ts';
import { sync } from './sync.ts';

const jobs: Readonly<Record<string, (env: NodeJS.ProcessEnv) => Promise<number>>> = {
  publish,
  sync,
  issue,
  renew,
  look,
  metrics,
};

async function main(name: string): Promise<number> {
  try {
    const job = jobs[name];
    if (job === undefined) throw new Error(`must be called with ${Object.keys(jobs).join(' or ')}`);
    return await job(process.env);
  } catch (error) {
    log({ job: name, outcome: 'failed', problems: [messageOf(error)] });
    return 1;
  }
}

void main(process.argv[2] ?? '').then((code) => {
  process.exitCode = code;
});
