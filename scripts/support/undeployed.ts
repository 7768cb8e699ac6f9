import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import type { Undeployed } from '../../config';

/**
 * Stand-ins for the clusters, for a command that deploys nothing.
 *
 * @param folder for the files, removed by the caller
 */
export function undeployed(folder: string): Undeployed {
  return {
    kubeconfig: (context) => {
      const name = createHash('sha256').update(context).digest('hex');
      const file = path.join(folder, `${name}.yaml`);
      const cluster = { server: 'https://undeployed.invalid' };
      writeFileSync(
        file,
        stringify({
          clusters: [{ name: 'undeployed', cluster }],
          contexts: [{ name: context, context: { cluster: 'undeployed' } }],
        }),
      );
      return file;
    },
  };
}
