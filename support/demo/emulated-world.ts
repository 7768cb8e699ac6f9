import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { writeWhole } from '../files/whole-file';
import { type ConfigInput, defineConfig } from '../../config';
import { readInventory, type AwsAccess, type Inventory } from '../aws/inventory';
import { cdktf, type CdktfOptions, type CdktfResult } from '../terraform/cdktf';
import {
  emulatorEnvironment,
  hasEnded,
  runningEmulator,
  startEmulator,
  stopEmulator,
  type Emulator,
  type EmulatorOptions,
} from './emulator';
import { terraformEnvironment } from '../terraform/cli-config';

/** What a state file has of its resources. */
const remembered = z.object({
  resources: z.array(z.object({ mode: z.string(), instances: z.array(z.unknown()) })),
});

export interface RunOptions extends Pick<CdktfOptions, 'onProgress' | 'onStart' | 'stop' | 'kill'> {
  /** Differences from the profile `emulated`. @default none */
  readonly settings?: ConfigInput;
  /** Program in Terraform's place. @default the one that cdktf takes */
  readonly terraform?: string;
}

export interface RunResult extends CdktfResult {
  /** Whether the emulator ended in the middle of it, which ended the run as well. */
  readonly emulatorEnded: boolean;
  /** All that cdktf and Terraform printed. */
  readonly logFile: string;
}

/**
 * An emulated AWS, and the project as it is deployed there. Both belong together: the emulator keeps
 * everything in memory, so the state of one that has ended describes nothing.
 */
export class EmulatedWorld {
  private constructor(
    /** Folder of the state and the logs. */
    public readonly folder: string,
    public readonly emulator: Emulator,
  ) {}

  /** The world of a folder, if its emulator still runs. */
  public static async find(folder: string): Promise<EmulatedWorld | undefined> {
    const emulator = await runningEmulator(folder);
    return emulator && new EmulatedWorld(folder, emulator);
  }

  /** A new, empty world, in the place of one that may have been in the folder. */
  public static async start(options: EmulatorOptions): Promise<EmulatedWorld> {
    await EmulatedWorld.end(options.folder);
    return new EmulatedWorld(options.folder, await startEmulator(options));
  }

  /** Ends the world of a folder, if there is one, and forgets what was deployed there. */
  public static async end(folder: string): Promise<void> {
    await stopEmulator(folder);
    rmSync(stateFolder(folder), { recursive: true, force: true });
  }

  /** Whether Terraform's state of a world is there, the world itself or not. */
  public static hasState(folder: string): boolean {
    return existsSync(stateFolder(folder));
  }

  /** Where the last run has put the configuration. */
  public get output(): string {
    return path.join(this.folder, 'cdktf.out');
  }

  /** How to reach the emulated AWS. */
  public get access(): AwsAccess {
    return {
      region: defineConfig({ profile: 'emulated' }).config.aws.region,
      endpoint: this.emulator.endpoint,
      credentials: { accessKeyId: 'emulated', secretAccessKey: 'emulated' },
    };
  }

  public inventory(): Promise<Inventory> {
    return readInventory(this.access);
  }

  /** All that Terraform remembers, as text. */
  public state(): string {
    const folder = stateFolder(this.folder);
    if (!existsSync(folder)) return '';
    return readdirSync(folder)
      .filter((name) => name.endsWith('.tfstate'))
      .map((name) => readFileSync(path.join(folder, name), 'utf8'))
      .join('\n');
  }

  /** How many resources Terraform remembers, by stack. */
  public resources(): ReadonlyMap<string, number> {
    const folder = stateFolder(this.folder);
    const files = existsSync(folder) ? readdirSync(folder) : [];
    return new Map(
      files
        .filter((name) => name.endsWith('.tfstate'))
        .map((name) => {
          const text = readFileSync(path.join(folder, name), 'utf8');
          const { resources } = remembered.parse(JSON.parse(text));
          const managed = resources.filter(({ mode }) => mode === 'managed');
          const count = managed.reduce((sum, { instances }) => sum + instances.length, 0);
          return [name.replace('.tfstate', ''), count];
        }),
    );
  }

  /** Runs the project's own `cdktf deploy` or `cdktf destroy` here. */
  public async run(
    command: CdktfOptions['command'],
    stacks: readonly string[],
    { settings, terraform, kill, ...options }: RunOptions = {},
  ): Promise<RunResult> {
    const logFile = path.join(this.folder, `${command}.log`);
    const env = {
      ...emulatorEnvironment(this.emulator),
      ...terraformEnvironment(),
      ...(terraform !== undefined && { TERRAFORM_BINARY_NAME: terraform }),
      FEDERATION_PROFILE: 'emulated',
      FEDERATION_CONFIG: this.writeSettings(settings),
    };
    const watch = new AbortController();
    // Without it Terraform would try to reach it for many minutes.
    const watching = setInterval(() => {
      void hasEnded(this.emulator).then((ended) => ended && watch.abort());
    }, 1000);
    try {
      const result = await cdktf({
        ...options,
        command,
        stacks,
        env,
        logFile,
        output: this.output,
        kill: kill === undefined ? watch.signal : AbortSignal.any([watch.signal, kill]),
      });
      return { ...result, logFile, emulatorEnded: watch.signal.aborted };
    } finally {
      clearInterval(watching);
    }
  }

  /** The settings are the world's own: neither a person's `federation.yaml` nor their state. */
  private writeSettings(settings: ConfigInput = {}): string {
    const file = path.join(this.folder, 'federation.yaml');
    mkdirSync(this.folder, { recursive: true });
    const state = { kind: 'local', directory: stateFolder(this.folder) };
    writeWhole(file, stringify({ ...settings, state }));
    return file;
  }
}

function stateFolder(folder: string): string {
  return path.resolve(folder, 'state');
}
