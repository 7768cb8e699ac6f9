import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { metricsServer } from '../../../constructs/federation/jobs/metrics';
import { temporaryFolder, writeFile } from '../../helpers/files';

const folder = temporaryFolder();
const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');

let server: Awaited<ReturnType<typeof metricsServer>> | undefined;
afterEach(() => {
  server?.close();
});

/** @param maps The ConfigMaps as they are mounted. */
async function page(
  name: string,
  maps: Readonly<Record<string, Readonly<Record<string, string>>>>,
  path = '/metrics',
  method = 'GET',
  env: NodeJS.ProcessEnv = {},
): Promise<Response> {
  for (const [map, data] of Object.entries(maps)) {
    for (const [key, value] of Object.entries(data)) writeFile(folder, join(name, map, key), value);
  }
  server = await metricsServer({
    PORT: '0',
    MESH: 'istio',
    FOREIGN_MESHES: 'consul,other',
    STATUS_FOLDER: join(folder, name),
    LATE_SECONDS: '1500',
    TOKEN_LATE_SECONDS: '2100',
    ...env,
  });
  const { port } = server.address() as AddressInfo;
  return fetch(`http://127.0.0.1:${port}${path}`, { method });
}

/** Lines of the page that are no comments. */
async function samples(...given: Parameters<typeof page>): Promise<string[]> {
  const text = await (await page(...given)).text();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe("the jobs' metrics", () => {
  it('name the federation, where it has a name', async () => {
    const published = { success: '2026-11-28T12:00:00Z' };
    const named = { FEDERATION: 'depot' };
    expect(await samples('named', { published }, '/metrics', 'GET', named)).toContain(
      'mesh_federation_task_failing{mesh="istio",task="publish",federation="depot"} 0',
    );
  });

  it('say when each task succeeded, when roots and tokens end, and that all is well', async () => {
    expect(
      await samples('well', {
        published: {
          success: '2026-11-28T12:00:00Z',
          'roots.txt': `${FINGERPRINT} until 2036-01-01T00:00:00.000Z CN=istio\n`,
        },
        'sync-consul': {
          success: '2026-11-28T12:01:00Z',
          first: '2026-11-01T00:00:00Z',
          renewed: '2026-11-28T12:02:00Z',
          'token-ends': '2026-12-05T12:00:00Z',
          'roots.txt': `${FINGERPRINT} until 2027-01-01T00:00:00.000Z CN=consul\n`,
        },
      }),
    ).toEqual([
      'mesh_federation_task_last_success_timestamp_seconds{mesh="istio",task="publish"} 1795867200',
      'mesh_federation_task_last_success_timestamp_seconds{mesh="istio",foreign_mesh="consul",task="sync"} 1795867260',
      'mesh_federation_task_last_success_timestamp_seconds{mesh="istio",foreign_mesh="consul",task="renew"} 1795867320',
      'mesh_federation_task_failing{mesh="istio",task="publish"} 0',
      'mesh_federation_task_failing{mesh="istio",foreign_mesh="consul",task="sync"} 0',
      'mesh_federation_task_failing{mesh="istio",foreign_mesh="consul",task="renew"} 0',
      'mesh_federation_task_failing{mesh="istio",foreign_mesh="other",task="sync"} 0',
      'mesh_federation_task_warning{mesh="istio",task="publish"} 0',
      'mesh_federation_task_warning{mesh="istio",foreign_mesh="consul",task="sync"} 0',
      'mesh_federation_task_warning{mesh="istio",foreign_mesh="consul",task="renew"} 0',
      'mesh_federation_task_warning{mesh="istio",foreign_mesh="other",task="sync"} 0',
      'mesh_federation_task_late_after_seconds{mesh="istio",task="publish"} 1500',
      'mesh_federation_task_late_after_seconds{mesh="istio",foreign_mesh="consul",task="sync"} 1500',
      'mesh_federation_task_late_after_seconds{mesh="istio",foreign_mesh="consul",task="renew"} 2100',
      'mesh_federation_task_late_after_seconds{mesh="istio",foreign_mesh="other",task="sync"} 1500',
      `mesh_federation_root_expiry_timestamp_seconds{mesh="istio",of="istio",fingerprint="${FINGERPRINT}"} 2082758400`,
      `mesh_federation_root_expiry_timestamp_seconds{mesh="istio",foreign_mesh="consul",of="consul",fingerprint="${FINGERPRINT}"} 1798761600`,
      'mesh_federation_token_expiry_timestamp_seconds{mesh="istio",foreign_mesh="consul"} 1796472000',
    ]);
  });

  it('say what fails and what is warned of, and nothing of what others wrote there', async () => {
    const lines = await samples('ill', {
      published: { problem: 'no "leader"\n' },
      'sync-consul': {
        first: '2026-11-01T00:00:00Z',
        problem: 'gone',
        warning: 'soon',
        renewal: 'token',
        'token-ends': 'tomorrow',
        'roots.txt': 'AB until never } 1\nx" 2 until 2027-01-01T00:00:00.000Z CN=y\n',
      },
    });
    expect(lines.filter((line) => / 1$/.test(line))).toEqual([
      'mesh_federation_task_failing{mesh="istio",task="publish"} 1',
      'mesh_federation_task_failing{mesh="istio",foreign_mesh="consul",task="sync"} 1',
      'mesh_federation_task_failing{mesh="istio",foreign_mesh="consul",task="renew"} 1',
      'mesh_federation_task_warning{mesh="istio",foreign_mesh="consul",task="sync"} 1',
    ]);
    expect(lines.join('\n')).not.toMatch(/leader|gone|expiry/);
    expect(lines[0]).toBe(
      'mesh_federation_task_last_success_timestamp_seconds{mesh="istio",foreign_mesh="consul",task="sync"} 1793491200',
    );
  });

  it('say of a Linkerd mesh how its trust anchor and issuer are kept', async () => {
    const lines = await samples('authority', {
      published: {
        'authority-success': '2026-11-28T12:00:00Z',
        'authority-warning': 'soon',
        'authority-anchor-ends': '2036-01-01T00:00:00.000Z',
        'authority-issuer-ends': '2027-01-01T00:00:00.000Z',
      },
    });
    expect(lines.filter((line) => line.includes('authority'))).toEqual([
      'mesh_federation_task_last_success_timestamp_seconds{mesh="istio",task="authority"} 1795867200',
      'mesh_federation_task_failing{mesh="istio",task="authority"} 0',
      'mesh_federation_task_warning{mesh="istio",task="authority"} 1',
      'mesh_federation_task_late_after_seconds{mesh="istio",task="authority"} 172800',
      'mesh_federation_authority_expiry_timestamp_seconds{mesh="istio",of="anchor"} 2082758400',
      'mesh_federation_authority_expiry_timestamp_seconds{mesh="istio",of="issuer"} 1798761600',
    ]);
  });

  it('say that they fail before they were ever there', async () => {
    const lines = await samples('no-authority', { published: { 'authority-problem': 'no' } });
    expect(lines.filter((line) => line.includes('authority'))).toEqual([
      'mesh_federation_task_failing{mesh="istio",task="authority"} 1',
      'mesh_federation_task_warning{mesh="istio",task="authority"} 0',
      'mesh_federation_task_late_after_seconds{mesh="istio",task="authority"} 172800',
    ]);
  });

  it.each([
    ['/metrics', 'POST'],
    ['/', 'GET'],
    ['/status/sync-consul/problem', 'GET'],
  ])('are all that it shows: not %s by %s', async (path, method) => {
    expect((await page('else', {}, path, method)).status).toBe(404);
  });
});
