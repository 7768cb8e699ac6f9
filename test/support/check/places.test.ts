import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { defineConfig } from '../../../config';
import { checkAll } from '../../../support/check';

/*
 * Imitates STS, whose answers are all that is needed to see who asks where; everything else is refused, and
 * counts as not found out. The emulator has one account only. test/e2e/aws/check.test.ts asks that one.
 */

const ROLE = 'arn:aws:iam::222233334444:role/deploy';
const CLOSED = 'arn:aws:iam::333344445555:role/deploy';

interface Asked {
  readonly service: string;
  readonly region: string;
  readonly key: string;
}

let asked: Asked[] = [];
let caller = 'user/me';
/** What STS refuses, whoever asks, with this word for it. */
let refused: { readonly action: string; readonly code: string } | undefined;
let server: Server;
let endpoint = '';

const accountOf = (key: string) => (key === 'of-the-role' ? '222233334444' : '111122223333');

function answerOfSts(body: string, key: string): string | undefined {
  const form = new URLSearchParams(body);
  if (form.get('Action') === 'GetCallerIdentity') {
    const account = accountOf(key);
    return `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::${account}:${caller}</Arn><UserId>me</UserId><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;
  }
  return form.get('RoleArn') === ROLE
    ? '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>of-the-role</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>'
    : undefined;
}

beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const [, key = '', region = '', service = ''] =
        /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)/.exec(request.headers.authorization ?? '') ?? [];
      asked.push({ service, region, key });
      const isRefused = refused !== undefined && body.includes(`Action=${refused.action}&`);
      const answer = service === 'sts' && !isRefused ? answerOfSts(body, key) : undefined;
      const code = isRefused ? refused?.code : 'AccessDenied';
      response.writeHead(answer === undefined ? 400 : 200, { 'content-type': 'text/xml' });
      response.end(
        answer ??
          `<ErrorResponse><Error><Code>${code}</Code><Message>not allowed</Message></Error></ErrorResponse>`,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  endpoint =
    typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
});

afterAll(() => {
  server.close();
});

beforeEach(() => {
  asked = [];
  caller = 'user/me';
  refused = undefined;
});

const charts = { kind: 'oci' as const, url: 'oci://127.0.0.1:1/charts' };

async function findings(consul: Readonly<Record<string, string>>) {
  const { config } = defineConfig({
    aws: { region: 'eu-north-1', accountId: '111122223333', emulator: { endpoint } },
    eks: { endpoint: { publicCidrs: ['198.51.100.7/32'] } },
    clusters: { istio: { kind: 'eks' }, consul: { kind: 'eks', ...consul } },
    // What is asked on the internet is not what this is about.
    images: { registry: '127.0.0.1:1' },
    meshes: { istio: { charts }, consul: { charts } },
  });
  const found = await checkAll(config);
  return found.filter(({ area }) => area === 'account' || area === 'quotas');
}

const whats = (found: Awaited<ReturnType<typeof findings>>, wanted: string) =>
  found
    .filter(({ what }) => what.startsWith(wanted))
    .map(({ what, verdict }) => `${what}: ${verdict}`);

describe('npm run check', () => {
  it('asks each region and account in which the settings have a cluster, as the one who deploys there', async () => {
    const found = await findings({ region: 'eu-west-1', assumeRole: ROLE });
    expect(whats(found, 'AWS')).toEqual([
      'AWS credentials, eu-north-1 of 111122223333: right',
      'AWS credentials, eu-west-1 of 222233334444: right',
    ]);
    expect(whats(found, 'VPCs per Region')).toHaveLength(2);
    const others = new Set(
      asked.filter(({ service }) => service !== 'sts').map(({ region, key }) => `${region} ${key}`),
    );
    expect(others).toEqual(new Set(['eu-north-1 emulated', 'eu-west-1 of-the-role']));
  });

  it('refuses the root user, whom no cluster would admit', async () => {
    caller = 'root';
    const found = await findings({});
    expect(whats(found, '')).toEqual(['AWS credentials: wrong']);
    expect(found[0]?.found).toMatch(
      /^arn:aws:iam::111122223333:root, whom EKS lets make a cluster/,
    );
    expect(asked.filter(({ service }) => service !== 'sts')).toEqual([]);
  });

  it('says which role cannot be taken, and asks nothing there', async () => {
    const found = await findings({ region: 'eu-west-1', assumeRole: CLOSED });
    expect(whats(found, 'AWS role')).toEqual(['AWS role, eu-west-1 of 333344445555: wrong']);
    expect(found.find(({ what }) => what.startsWith('AWS role'))?.remedy).toContain(CLOSED);
    expect(
      asked.filter(({ region, service }) => region === 'eu-west-1' && service !== 'sts'),
    ).toEqual([]);
  });

  it.each(['GetCallerIdentity', 'AssumeRole'])(
    'says to log in again where %s is asked with what has expired',
    async (action) => {
      refused = { action, code: 'ExpiredToken' };
      const found = await findings({ region: 'eu-west-1', assumeRole: ROLE });
      const wrong = found.filter(({ verdict }) => verdict === 'wrong');
      expect(wrong.length).toBeGreaterThan(0);
      for (const { found: reason, remedy } of wrong) {
        expect(reason).toContain('ExpiredToken: not allowed');
        expect(remedy).toContain('aws sso login');
      }
    },
  );

  it('names the account that is another one than the settings say', async () => {
    const found = await findings({ accountId: '444455556666' });
    expect(whats(found, 'AWS')).toEqual([
      'AWS credentials, eu-north-1 of 111122223333: right',
      'AWS credentials, eu-north-1 of 444455556666: wrong',
    ]);
  });

  it('names no place where there is one only', async () => {
    expect(whats(await findings({}), 'AWS')).toEqual(['AWS credentials: right']);
  });
});
