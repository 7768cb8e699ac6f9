/**
 * `npm run weather` runs the weather application on this machine: all three services in one process,
 * with a page to look at. Add `-- --federated` for the trust borders in between.
 */
import { Command, InvalidArgumentError } from 'commander';
import colors from 'picocolors';
import { checkBrowser, withBrowser } from './support/browser';
import { checkEnvoy } from './support/envoy';
import { interruptible } from './support/interrupt';
import { isMissing, type Prerequisite } from './support/prerequisites';
import { startWeather } from './support/weather';

interface Options {
  readonly port: number;
  readonly federated: boolean;
  readonly screenshot?: string;
  readonly dark: boolean;
  readonly width: number;
}

const program = new Command('npm run weather --')
  .description(
    'Runs the weather application on this machine. With OPENWEATHER_API_KEY in the environment it shows the weather, without it sample data.',
  )
  .option('--port <number>', 'port of the page', number, 8080)
  .option('--federated', 'with the sidecars, gateways and borders of the rehearsal between', false)
  .option('--screenshot <file>', 'save a picture of the page as PNG, and end')
  .option('--dark', 'a dark picture', false)
  .option('--width <pixels>', 'width of the picture', number, 1120)
  .parse();

function number(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65535) {
    throw new InvalidArgumentError('must be a whole number from 1 to 65535');
  }
  return value;
}

/** The same noon in every picture of the sample data, in seconds since 1970. */
const PICTURED_TIME = Date.UTC(2026, 10, 26, 10, 40) / 1000;

/** What is missing on this machine. */
class MissingError extends Error {}

function needed(found: Prerequisite): string {
  if (isMissing(found)) throw new MissingError(`${found.name} ${found.problem}.\n${found.remedy}`);
  return found.program;
}

async function main({ port, federated, screenshot, dark, width }: Options): Promise<void> {
  const browser = screenshot === undefined ? undefined : needed(checkBrowser());
  const weather = await startWeather({
    port: screenshot === undefined ? port : undefined,
    key: process.env['OPENWEATHER_API_KEY'] || undefined,
    now: screenshot === undefined ? undefined : PICTURED_TIME,
    envoy: federated ? needed(checkEnvoy()) : undefined,
    log: screenshot === undefined ? console.log : () => undefined,
  });
  try {
    if (browser !== undefined && screenshot !== undefined) {
      const view = { width, height: 800, colorScheme: dark ? 'dark' : 'light' } as const;
      await withBrowser(browser, view, async (context) => {
        const page = await context.newPage();
        await page.goto(weather.url);
        // All take longer the first times.
        for (let i = 0; i < 5; i += 1) await page.reload();
        await page.screenshot({ path: screenshot, fullPage: true });
      });
      return;
    }
    console.error(`${colors.bold(weather.url)}  Ctrl-C ends it.`);
    await interruptible(
      (signal) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
      () => undefined,
    );
  } finally {
    await weather.stop();
  }
}

main(program.opts<Options>()).catch((error: unknown) => {
  console.error(error instanceof MissingError ? colors.red(error.message) : error);
  process.exitCode = 1;
});
