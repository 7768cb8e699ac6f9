import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ConfigInput, defineConfig } from '../../../config';
import { stateBucketFindings } from '../../../support/check/state-bucket';

/* Imitates S3, which answers HEAD with a status alone. */

const STATUS: Readonly<Record<string, number>> = {
  '/mine': 200,
  '/elsewhere': 301,
  '/taken': 403,
  '/none': 404,
  '/broken': 501,
};

let server: Server;
let endpoint = '';
let asked: string[] = [];

beforeAll(async () => {
  server = createServer(({ method, url = '' }, response) => {
    asked.push(`${method} ${url}`);
    response.writeHead(STATUS[url.replace(/\/?(\?.*)?$/, '')] ?? 500);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  endpoint =
    typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
});

afterAll(() => {
  server.close();
});

function findings(state: ConfigInput['state']) {
  const { config } = defineConfig({
    aws: { region: 'eu-north-1', accountId: '111122223333', emulator: { endpoint } },
    eks: { endpoint: { publicCidrs: ['198.51.100.7/32'] } },
    state,
  });
  return stateBucketFindings(config);
}

describe('The bucket of the state', () => {
  it('is not asked for where the state is on this machine', async () => {
    asked = [];
    expect(await findings({ kind: 'local' })).toEqual([]);
    expect(asked).toEqual([]);
  });

  it.each([
    ['mine', 'right', 'mine in eu-north-1', undefined],
    ['none', 'wrong', 'there is no none', /^"aws s3 mb s3:\/\/none --region eu-north-1", then /],
    ['elsewhere', 'wrong', 'elsewhere is in another region than eu-north-1', /^Set state\.region/],
    ['taken', 'wrong', /^taken is closed to these credentials/, /rights "State" of "npm run iam"/],
    ['broken', 'unknown', /^could not be found out: /, /^Run it again in a few minutes/],
  ] as const)('%s is %s', async (bucket, verdict, found, remedy) => {
    const [finding, ...others] = await findings({ kind: 's3', bucket });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ what: 'Bucket of the state', verdict });
    expect(finding?.found).toMatch(found);
    expect(finding?.remedy ?? '').toMatch(remedy ?? /^$/);
  });
});
