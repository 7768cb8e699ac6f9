import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BundleFile } from '../files';
import { certificateSecret, type Identity, type Trust, trustSecret } from '../imitations/parts';
import type { Pki } from './pki';

/** Certificates and roots as secret files that Envoy watches, for the imitations. */
export class Secrets {
  constructor(private readonly folder: string) {
    mkdirSync(folder);
  }

  async identity(pki: Pki, workload: string): Promise<Identity> {
    const secretFile = this.file(`${pki.mesh}-${workload}`);
    const files = await pki.files(workload);
    files.follow(() => replace(secretFile, certificateSecret(files)));
    return { secretFile };
  }

  trust(name: string, bundle: BundleFile): Trust {
    const secretFile = this.file(name);
    bundle.follow(() => replace(secretFile, trustSecret(bundle)));
    return { secretFile };
  }

  private file(name: string): string {
    return join(this.folder, `${name}.json`);
  }
}

/** By rename, which is what Envoy watches for. */
function replace(file: string, content: object): void {
  writeFileSync(`${file}.new`, JSON.stringify(content), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
