import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What runs of Terraform took. */
export interface TerraformUsage {
  /** By command: `init`, `plan` and so on. */
  readonly runs: Readonly<Record<string, number>>;
  /** CPU time of Terraform and its providers, in seconds. */
  readonly cpuSeconds: number;
  /** The same by the name of the folder that Terraform ran in, which is that of the stack. */
  readonly cpuSecondsOf: Readonly<Record<string, number>>;
}

/** A Terraform that counts what it takes, whoever starts it. */
export class CountedTerraform {
  /** To be started in its place, also as `TERRAFORM_BINARY_NAME`. */
  public readonly program: string;
  private readonly usages: string;

  /**
   * @param terraform the real one
   * @param folder for the program and its notes
   */
  public constructor(terraform: string, folder: string) {
    this.usages = path.join(folder, 'usages');
    this.program = path.join(folder, 'terraform');
    mkdirSync(this.usages, { recursive: true });
    writeFileSync(this.program, counting(terraform, this.usages));
    chmodSync(this.program, 0o755);
  }

  /** What all runs since the last call took. */
  public take(): TerraformUsage {
    const runs: Record<string, number> = {};
    const cpuSecondsOf: Record<string, number> = {};
    let cpuSeconds = 0;
    for (const name of readdirSync(this.usages)) {
      const file = path.join(this.usages, name);
      const [command = '', folder = '', times = ''] = readFileSync(file, 'utf8').split('\n');
      rmSync(file);
      // cdktf and we ask for the version alone.
      if (/^-|^version$/.test(command)) continue;
      runs[command] = (runs[command] ?? 0) + 1;
      const [user = 0, system = 0] = times.split(' ').map(Number);
      cpuSecondsOf[folder] = (cpuSecondsOf[folder] ?? 0) + user + system;
      cpuSeconds += user + system;
    }
    return { runs, cpuSeconds, cpuSecondsOf };
  }
}

/** `time` counts the providers too, which Terraform waits for. Several may run at the same time. */
function counting(terraform: string, usages: string): string {
  return [
    '#!/bin/bash',
    `usage=${JSON.stringify(usages)}/$$`,
    'printf "%s\\n" "$1" "${PWD##*/}" > "$usage"',
    'exec 3>&2',
    'TIMEFORMAT="%U %S"',
    `{ time ${JSON.stringify(terraform)} "$@" 2>&3; } 2>> "$usage"`,
    '',
  ].join('\n');
}
