import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BundleFile } from '../files';
import { certificateSecret, type Identity, type Trust, trustSecret } from '../standins/parts';
import type { Pki } from './pki';

/** Certificates and roots as files that Envoy watches, for the stand-ins. */
export class Secrets {
  constructor(private readonly folder: string) {
    mkdirSync(folder);
  }

  async identity(pki: Pki, workload: string): Promise<Identity> {
    return this.write(`${pki.mesh}-${workload}`, certificateSecret(await pki.files(workload)));
  }

  trust(name: string, bundle: BundleFile): Trust {
    return this.write(name, trustSecret(bundle));
  }

  private write(name: string, content: object): Identity {
    const secretFile = join(this.folder, `${name}.json`);
    writeFileSync(secretFile, JSON.stringify(content));
    return { secretFile };
  }
}
