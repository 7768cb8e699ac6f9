import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import cdktfJson from '../../cdktf.json';
import { type ConfigInput, defineConfig } from '../../config';
import { writeWhole } from '../files/whole-file';
import type { AwsAccess } from '../aws/access';
import { readInventory, type Inventory } from '../aws/inventory';
import { cdktf, type CdktfOptions, type CdktfResult } from '../terraform/cdktf';
import { ROOT } from '../paths';
import {
  emulatorEndpoint,
  emulatorEnvironment,
  emulatorPort,
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
  /** Whether what was synthesised before is still right. @default false */
  readonly skipSynthesis?: boolean;
}

export interface RunResult extends CdktfResult {
  /** Whether the emulator ended in the middle of it, which ended the run as well. */
  readonly emulatorEnded: boolean;
  /** All that cdktf and Terraform printed. */
  readonly logFile: string;
}

export interface StartedWorld {
  readonly world: EmulatedWorld;
  /** Whether the stacks are synthesised as they are to be deployed there. */
  readonly isSynthesised: boolean;
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

  /**
   * A new, empty world, whose stacks, those of the profile `emulated`, are synthesised while the emulator's packages
   * are fetched and it starts.
   */
  public static async startSynthesised(
    options: Omit<EmulatorOptions, 'port'>,
  ): Promise<StartedWorld> {
    const port = await emulatorPort(options.folder);
    const synthesis = synthesise(options.folder, emulatorEndpoint(port));
    const world = await EmulatedWorld.start({ ...options, port });
    // Another program may have taken the port.
    return { world, isSynthesised: (await synthesis) && world.emulator.port === port };
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
    return outputFolder(this.folder);
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
    { settings, terraform, kill, skipSynthesis, ...options }: RunOptions = {},
  ): Promise<RunResult> {
    const logFile = path.join(this.folder, `${command}.log`);
    const env = {
      ...environment(this.folder, this.emulator.endpoint, settings),
      ...terraformEnvironment(),
      ...(terraform !== undefined && { TERRAFORM_BINARY_NAME: terraform }),
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
        skipSynthesis,
        kill: kill === undefined ? watch.signal : AbortSignal.any([watch.signal, kill]),
      });
      return { ...result, logFile, emulatorEnded: watch.signal.aborted };
    } finally {
      clearInterval(watching);
    }
  }
}

/** What the synthesis and Terraform need. */
function environment(
  folder: string,
  endpoint: string,
  settings: ConfigInput | undefined,
): NodeJS.ProcessEnv {
  return {
    ...emulatorEnvironment({ endpoint }),
    FEDERATION_PROFILE: 'emulated',
    FEDERATION_CONFIG: writeSettings(folder, settings),
  };
}

/** The settings are the world's own: neither a person's `federation.yaml` nor their state. */
function writeSettings(folder: string, settings: ConfigInput = {}): string {
  const file = path.join(folder, 'federation.yaml');
  mkdirSync(folder, { recursive: true });
  const state = { kind: 'local', directory: stateFolder(folder) };
  writeWhole(file, stringify({ ...settings, state }));
  return file;
}

/** As cdktf does it. @returns whether it succeeded; what went wrong cdktf says when it does it again */
async function synthesise(folder: string, endpoint: string): Promise<boolean> {
  const output = outputFolder(folder);
  rmSync(output, { recursive: true, force: true });
  const child = spawn(cdktfJson.app, {
    cwd: ROOT,
    shell: true,
    stdio: 'ignore',
    env: { ...environment(folder, endpoint, undefined), CDKTF_OUTDIR: output },
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return code === 0;
}

function outputFolder(folder: string): string {
  return path.join(folder, 'cdktf.out');
}

function stateFolder(folder: string): string {
  return path.resolve(folder, 'state');
}
