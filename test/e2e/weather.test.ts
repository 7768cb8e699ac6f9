import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { withBrowser, type ViewOptions } from '../../support/programs/browser';
import { ROOT } from '../../support/paths';
import { type LocalWeather, startWeather } from '../../support/weather/local';
import { describeWithBrowser } from '../helpers/browser';
import { describeWithEnvoy } from '../helpers/envoy';
import { temporaryFolder } from '../helpers/files';

const NOON = Date.UTC(2026, 10, 26, 10, 40) / 1000;
const quiet = { now: NOON, log: () => undefined };

/** What is wrong with a page besides what it shows: errors, and requests that leave it. */
interface Watched {
  readonly page: Page;
  readonly complaints: string[];
}

describeWithBrowser('the weather page in a browser', (browser) => {
  async function look<T>(
    url: string,
    use: (watched: Watched) => Promise<T>,
    view: Partial<ViewOptions> = {},
  ): Promise<T> {
    return withBrowser(browser, { width: 1120, height: 800, ...view }, async (context) => {
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (sent) => {
        if (!sent.url().startsWith(url) && !sent.url().startsWith('data:')) {
          complaints.push(`asks for ${sent.url()}`);
        }
      });
      await page.goto(url);
      return use({ page, complaints });
    });
  }

  describe('on services run locally', () => {
    let weather: LocalWeather;
    beforeAll(async () => {
      weather = await startWeather(quiet);
    });
    afterAll(() => weather.stop());

    it('shows weather, forecast and remarks of the sample data, and says that it is that', async () => {
      await look(weather.url, async ({ page, complaints }) => {
        expect(await page.title()).toBe('1° in Helsinki');
        expect(await page.locator('.note').innerText()).toMatch(/^Sample data\..*no key/);
        const now = await page.getByRole('region', { name: 'Now' }).innerText();
        expect(now).toMatch(/Helsinki[^]*Thursday,? 26 November, 12:40[^]*1°[^]*Few clouds/);
        expect(now).toMatch(/Wind\s+4\.1 m\/s SW[^]*Daylight\s+08:45 to 15:24/);
        expect(await page.locator('.hours ol').first().locator('li').allInnerTexts()).toEqual([
          ...['14:00', '17:00', '20:00', '23:00'],
          ...['02:00', '05:00', '08:00', '11:00'],
        ]);
        expect(await page.locator('.days li').count()).toBe(5);
        expect(await page.locator('#remarks li').allInnerTexts()).toContain(
          'Take shoes with a tread: 60 % chance of snow from 20:00 on.',
        );
        expect(complaints).toEqual([]);
      });
    });

    it('lists the calls of both directions, and that nobody vouches for them', async () => {
      await look(weather.url, async ({ page }) => {
        const calls = await page.locator('[data-call]').all();
        const states = calls.map(async (call) => [
          await call.getAttribute('data-call'),
          await call.getAttribute('class'),
        ]);
        expect(await Promise.all(states)).toEqual([
          ['frontend-backend', 'ok'],
          ['backend-info', 'ok'],
          ['info-backend', 'ok'],
        ]);
        expect(await page.locator('#provenance').innerText()).not.toContain('spiffe://');
        expect(await page.locator('[data-call=backend-info]').innerText()).toMatch(
          /no mesh was on/,
        );
      });
    });

    it.each([
      { width: 1120, colorScheme: 'light' },
      { width: 360, colorScheme: 'dark' },
    ] as const)('fits a $colorScheme window of $width pixels', async (view) => {
      await look(
        weather.url,
        async ({ page }) => {
          const overflow = await page.evaluate<number>(
            'document.documentElement.scrollWidth - innerWidth',
          );
          expect(overflow).toBeLessThanOrEqual(0);
          const background = await page.evaluate<string>(
            'getComputedStyle(document.body).backgroundColor',
          );
          const [red = 0] = (background.match(/\d+/g) ?? []).map(Number);
          if (view.colorScheme === 'dark') expect(red).toBeLessThan(60);
          else expect(red).toBeGreaterThan(200);
        },
        view,
      );
    });
  });

  describe('when a call fails', () => {
    it('shows what there is, and says which call and what to do', async () => {
      const broken = await startWeather({ ...quiet, infoUrl: await deadEnd() });
      try {
        await look(broken.url, async ({ page }) => {
          expect(await page.title()).toBe('1° in Helsinki');
          expect(await page.locator('#remarks').innerText()).toMatch(
            /info does not answer: HTTP status 403: RBAC: access denied\. No rule of the access policy/,
          );
          const [toInfo, back] = await Promise.all(
            ['backend-info', 'info-backend'].map((call) =>
              page.locator(`[data-call=${call}]`).getAttribute('class'),
            ),
          );
          expect([toInfo, back]).toEqual(['bad', 'unknown']);
        });
      } finally {
        await broken.stop();
      }
    });
  });

  describeWithEnvoy('with real borders between the services', (envoy) => {
    it('shows whom each border verified, and as whom each mesh admitted the caller', async () => {
      const weather = await startWeather({ ...quiet, envoy });
      try {
        await look(weather.url, async ({ page, complaints }) => {
          const identities = (call: string) =>
            page.locator(`[data-call=${call}] code.id`).allInnerTexts();
          expect(await identities('backend-info')).toEqual([
            'spiffe://cluster.local/ns/default/sa/backend',
            'spiffe://11111111-2222-4333-8444-555555555555.consul/ns/default/dc/dc1/svc/backend',
          ]);
          expect(await identities('info-backend')).toEqual([
            'spiffe://11111111-2222-4333-8444-555555555555.consul/ns/default/dc/dc1/svc/info',
            'spiffe://cluster.local/ns/federation-borders/sa/info',
          ]);
          expect(await page.locator('#provenance header').innerText()).toMatch(
            /both directions verified/,
          );
          expect(complaints).toEqual([]);
        });
      } finally {
        await weather.stop();
      }
    });
  });

  it('is saved as a picture by npm run weather', () => {
    const file = path.join(folder, 'weather.png');
    const run = spawnSync(
      process.execPath,
      [path.join(ROOT, 'scripts', 'cli.mjs'), 'weather', '--screenshot', file],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect([run.status, run.stderr]).toEqual([0, '']);
    const picture = readFileSync(file);
    expect(picture.subarray(1, 4).toString()).toBe('PNG');
    expect(picture.readUInt32BE(16)).toBe(1120);
    expect(picture.readUInt32BE(20)).toBeGreaterThan(1000);
  });
});

const folder = temporaryFolder();
const closers: (() => void)[] = [];
afterAll(() => closers.forEach((close) => close()));

/** A double of a sidecar that denies, as Istio's and Consul's do. */
async function deadEnd(): Promise<string> {
  const server = createServer((_, response) => response.writeHead(403).end('RBAC: access denied'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
