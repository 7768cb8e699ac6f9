import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Leaf } from './certificates';

/** A workload's certificate as its mesh's agent writes it: each file replaced by rename. */
export class CertificateFiles {
  private readonly onWritten: (() => void)[] = [];

  constructor(readonly directory: string) {
    mkdirSync(directory, { recursive: true });
  }

  get chain(): string {
    return join(this.directory, 'cert-chain.pem');
  }

  get key(): string {
    return join(this.directory, 'key.pem');
  }

  /** Chain and key in one file, as consul-template writes them for a border in Consul. */
  get whole(): string {
    return join(this.directory, 'certificate.pem');
  }

  /** The certificate chain that was written last. */
  read(): Buffer {
    return readFileSync(this.chain);
  }

  write({ chain, key }: Leaf): void {
    this.replace('key.pem', key);
    this.replace('cert-chain.pem', chain);
    for (const act of this.onWritten) act();
  }

  /** Acts now, and whenever the certificate was written again. */
  follow(act: () => void): void {
    act();
    this.onWritten.push(act);
  }

  /** Replaces one of the files, with whatever content. */
  replace(file: 'key.pem' | 'cert-chain.pem', content: string): void {
    const temporary = join(this.directory, `.${file}`);
    writeFileSync(temporary, content, { mode: 0o600 });
    renameSync(temporary, join(this.directory, file));
    this.writeWhole();
  }

  /** By rename too, with whatever is in the other two. */
  private writeWhole(): void {
    const parts = [this.chain, this.key].filter((part) => existsSync(part));
    const temporary = join(this.directory, '.certificate.pem');
    const content = parts.map((part) => readFileSync(part, 'utf8')).join('');
    writeFileSync(temporary, content, { mode: 0o600 });
    renameSync(temporary, this.whole);
  }
}

/**
 * A trust bundle as the kubelet mounts a ConfigMap: the file is a link through `..data`, and an
 * update swaps that link.
 * @see https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/volume/util/atomic_writer.go
 */
export class BundleFile {
  private generation = 0;
  private readonly onWritten: (() => void)[] = [];

  constructor(readonly directory: string) {
    mkdirSync(directory, { recursive: true });
    symlinkSync('..data/roots.pem', this.path);
  }

  get path(): string {
    return join(this.directory, 'roots.pem');
  }

  write(content: string): void {
    const previous = `..${this.generation}`;
    this.generation += 1;
    const current = `..${this.generation}`;
    mkdirSync(join(this.directory, current));
    writeFileSync(join(this.directory, current, 'roots.pem'), content);
    symlinkSync(current, join(this.directory, '..data_tmp'));
    renameSync(join(this.directory, '..data_tmp'), join(this.directory, '..data'));
    rmSync(join(this.directory, previous), { recursive: true, force: true });
    for (const act of this.onWritten) act();
  }

  /** Acts now, and whenever the bundle was written again. */
  follow(act: () => void): void {
    act();
    this.onWritten.push(act);
  }
}
