/**
 * `npm run weather` runs the weather application on this machine: all three services in one process,
 * with a page to look at. Add `-- --federated` for the trust borders in between.
 */
import { InvalidArgumentError } from 'commander';
import colors from 'picocolors';
import { checkBrowser, withBrowser } from '../support/programs/browser';
import { checkEnvoy } from '../support/programs/envoy';
import { interruptible } from '../support/processes/interrupt';
import { needed } from '../support/programs/prerequisites';
import { EXIT, runProgram } from '../support/terminal/user-error';
import { startWeather } from '../support/weather/local';
import { newCommand } from './command';

interface Options {
  readonly port: number;
  readonly federated: boolean;
  readonly screenshot?: string;
  readonly dark: boolean;
  readonly width: number;
}

export const command = newCommand('weather', [
  ['', 'the page at http://127.0.0.1:8080'],
  ['--federated --port 9000', 'with the borders in between, at another port'],
  ['--screenshot page.png --dark', 'a picture of it'],
])
  .description(
    'Runs the weather application on this machine. With OPENWEATHER_API_KEY in the environment it shows the weather, without it sample data.',
  )
  .option('--port <number>', 'port of the page', number, 8080)
  .option('--federated', 'with the sidecars, gateways and borders of the rehearsal between', false)
  .option('--screenshot <file>', 'save a picture of the page as PNG, and end')
  .option('--dark', 'a dark picture', false)
  .option('--width <pixels>', 'width of the picture', number, 1120)
  .action((options: Options) => runProgram(() => main(options)));

function number(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65535) {
    throw new InvalidArgumentError('must be a whole number from 1 to 65535');
  }
  return value;
}

/** The same noon in every picture of the sample data, in seconds since 1970. */
const PICTURED_TIME = Date.UTC(2026, 10, 26, 10, 40) / 1000;

async function main({ port, federated, screenshot, dark, width }: Options): Promise<number> {
  const browser = screenshot === undefined ? undefined : needed(checkBrowser()).program;
  const weather = await startWeather({
    port: screenshot === undefined ? port : undefined,
    key: process.env['OPENWEATHER_API_KEY'] || undefined,
    now: screenshot === undefined ? undefined : PICTURED_TIME,
    envoy: federated ? needed(checkEnvoy()).program : undefined,
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
      return EXIT.right;
    }
    console.error(`${colors.bold(weather.url)}  Ctrl-C ends it.`);
    await interruptible(
      ({ stop }) => new Promise((resolve) => stop.addEventListener('abort', resolve)),
      () => undefined,
    );
    return EXIT.right;
  } finally {
    await weather.stop();
  }
}
