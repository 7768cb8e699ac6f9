import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { type BrowserContext, chromium } from 'playwright-core';
import type { Prerequisite } from './prerequisites';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];

/** A Chromium on the `PATH`. */
export function checkBrowser(): Prerequisite {
  for (const program of BROWSERS) {
    const run = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 30_000 });
    const version = /(\d+\.\d+\.\d+)/.exec(run.stdout ?? '')?.[1];
    if (run.status === 0 && version !== undefined) return { name: 'Chromium', program, version };
  }
  return {
    name: 'Chromium',
    problem: 'is not on the PATH',
    remedy:
      'Debian: apt-get install chromium; macOS: brew install --cask chromium; or Google Chrome as google-chrome',
  };
}

/** How a page is looked at. */
export interface ViewOptions {
  readonly width: number;
  readonly height: number;
  /** @default light */
  readonly colorScheme?: 'light' | 'dark';
}

/**
 * Opens a browser without a window and with an empty profile, which is gone afterwards.
 *
 * @param program Chromium
 */
export async function withBrowser<T>(
  program: string,
  { width, height, colorScheme = 'light' }: ViewOptions,
  use: (context: BrowserContext) => Promise<T>,
): Promise<T> {
  const profile = mkdtempSync(path.join(tmpdir(), 'weather-browser-'));
  try {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: executable(program),
      headless: true,
      viewport: { width, height },
      colorScheme,
      // It looks at pages of this project only, also as root in a container.
      chromiumSandbox: false,
      args: [
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    try {
      return await use(context);
    } finally {
      await context.close();
    }
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Playwright wants a path. */
function executable(program: string): string {
  return spawnSync('sh', ['-c', 'command -v -- "$1"', 'sh', program], {
    encoding: 'utf8',
  }).stdout.trim();
}
