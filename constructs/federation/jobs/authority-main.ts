import { authority } from './authority.ts';
import { log, messageOf } from './run.ts';

/*
 * Runs in the namespace of a Linkerd mesh. Of these programs it needs its own few.
 */

void authority(process.env)
  .catch((error: unknown) => {
    log({ job: 'authority', outcome: 'failed', problems: [messageOf(error)] });
    return 1;
  })
  .then((code) => {
    process.exitCode = code;
  });
