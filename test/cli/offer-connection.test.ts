import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { offerOf, offerText, readOffer } from '../../constructs/federation/plan';
import { consulMember } from '../../support/policy/installed-meshes';
import { meshFederation } from '../helpers/cli';
import { temporaryFolder, writeFile } from '../helpers/files';
import { certificate } from '../helpers/roots';

/*
 * `offer` with a private connection to a partner. Imitates the few answers of EC2, EKS and STS that it asks for,
 * as the AWS SDK reads them; filters are looked at, not applied.
 */

const folder = temporaryFolder();
const SERVICE = 'com.amazonaws.vpce.eu-north-1.vpce-svc-0123456789abcdef0';
const [PCX, VPC, THEIRS] = [
  'pcx-0123456789abcdef0',
  'vpc-0aaaaaaaaaaaaaaaa',
  'vpc-0bbbbbbbbbbbbbbbb',
];

let server: Server;
let roots: string;
let account: string;
let answers: Record<string, string>;
const asked: string[] = [];

beforeAll(async () => {
  roots = writeFile(folder, 'shop.pem', (await certificate()).pem);
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (request.url?.startsWith('/clusters/') === true) {
        const status = answers['vpc'] === undefined ? 404 : 200;
        response.writeHead(status, {
          'content-type': 'application/json',
          ...(status === 404 && { 'x-amzn-errortype': 'ResourceNotFoundException' }),
        });
        response.end(
          JSON.stringify(
            status === 404
              ? { message: 'No cluster found' }
              : { cluster: { resourcesVpcConfig: { vpcId: answers['vpc'] } } },
          ),
        );
        return;
      }
      const form = new URLSearchParams(body);
      const action = form.get('Action') ?? '';
      asked.push(
        `${action} ${form.get('Filter.1.Name') ?? ''}=${form.get('Filter.1.Value.1') ?? ''}`,
      );
      response.writeHead(200, { 'content-type': 'text/xml' });
      response.end(
        action === 'GetCallerIdentity'
          ? `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
          : `<${action}Response>${answers[`${action} ${form.get('Filter.1.Name') ?? ''}`] ?? ''}</${action}Response>`,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

beforeEach(() => {
  account = '111122223333';
  answers = { vpc: VPC };
  asked.length = 0;
});

function settings(crossing: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return writeFile(
    folder,
    'federation.yaml',
    `
aws: { region: eu-north-1, accountId: '111122223333', emulator: { endpoint: 'http://127.0.0.1:${port}' } }
federation: { crossing: ${crossing} }
meshes:
  shop: { kind: istio, trustDomain: shop.example.com }
  bank: { kind: consul, partner: bank.offer.yaml }
clusters:
  shop: { kind: eks, name: mesh-shop, cidr: 10.10.0.0/16, eks: { endpoint: { publicCidrs: [203.0.113.7/32] } } }
accessPolicy:
  meshes: { shop: { services: { checkout: {} } }, bank: { services: { payments: {} } } }
  rules: [{ from: shop/checkout, to: bank/payments }]
`,
  );
}

const write = (crossing: string) =>
  meshFederation(['offer', '--roots', roots], {
    FEDERATION_CONFIG: settings(crossing),
    FEDERATION_PROFILE: 'emulated',
  });

const serviceIs = (state: string) => ({
  'DescribeVpcEndpointServiceConfigurations tag:Name': `<serviceConfigurationSet><item><serviceName>${SERVICE}</serviceName><serviceState>${state}</serviceState></item></serviceConfigurationSet>`,
});

const peeringIs = (end: 'requester' | 'accepter', status: string) => ({
  [`DescribeVpcPeeringConnections ${end}-vpc-info.vpc-id`]: `<vpcPeeringConnectionSet><item><vpcPeeringConnectionId>${PCX}</vpcPeeringConnectionId><requesterVpcInfo><vpcId>${end === 'requester' ? VPC : THEIRS}</vpcId></requesterVpcInfo><accepterVpcInfo><vpcId>${end === 'requester' ? THEIRS : VPC}</vpcId></accepterVpcInfo><status><code>${status}</code></status></item></vpcPeeringConnectionSet>`,
});

describe('With PrivateLink to a partner, npm run offer', () => {
  it('names who has to be allowed before there is any service, without an address and without a cluster', async () => {
    answers = {};
    const { status, stdout, stderr } = await write('privatelink');
    expect(stderr).toContain('Send it to bank');
    expect(status).toBe(0);
    const { gateway, connection } = readOffer(stdout);
    expect(gateway).toBeUndefined();
    expect(connection).toEqual({
      crossing: 'privatelink',
      privatelink: { principal: 'arn:aws:iam::111122223333:root', region: 'eu-north-1' },
    });
    expect(asked).toContain('DescribeVpcEndpointServiceConfigurations tag:Name=mesh-shop-shop');
  });

  it.each([
    ['Available', SERVICE],
    ['Deleting', undefined],
  ])('names the service that is %s: %s', async (state, service) => {
    answers = serviceIs(state);
    const { stdout } = await write('privatelink');
    expect(readOffer(stdout).connection?.privatelink?.service).toBe(service);
  });

  it('writes nothing with credentials of another account', async () => {
    account = '999999999999';
    const { status, stdout, stderr } = await write('privatelink');
    expect([status === 0, stdout]).toEqual([false, '']);
    expect(stderr).toContain(
      'credentials of the account 999999999999, and the settings name 111122223333',
    );
  });
});

describe('With a peering with a partner, npm run offer', () => {
  const receive = async () => {
    const { pem } = await certificate({ name: 'bank' });
    writeFile(
      folder,
      'bank.offer.yaml',
      offerText(
        offerOf({
          policy: {
            meshes: {
              shop: { kind: 'istio', services: { checkout: {} } },
              bank: { kind: 'consul', services: { payments: {} } },
            },
            rules: [{ from: 'shop/checkout', to: 'bank/payments' }],
          },
          mesh: 'bank',
          member: consulMember(),
          gateway: 'mesh.bank.example.com',
          connection: {
            crossing: 'peering',
            peering: {
              account: '444455556666',
              region: 'eu-north-1',
              vpc: THEIRS,
              cidr: '10.20.0.0/16',
            },
          },
          roots: pem,
        }),
        'yaml',
      ),
    );
  };

  it('says which stack makes the VPC while there is none', async () => {
    answers = {};
    const { status, stderr } = await write('peering');
    expect(status).not.toBe(0);
    expect(stderr).toContain('is not there yet: deploy shop-cluster');
  });

  it('names VPC, account, region and addresses, and needs no gateway that nobody calls', async () => {
    const { stdout } = await write('peering');
    const { gateway, connection } = readOffer(stdout);
    expect(gateway).toBeUndefined();
    expect(connection?.peering).toEqual({
      account: '111122223333',
      region: 'eu-north-1',
      vpc: VPC,
      cidr: '10.10.0.0/16',
    });
  });

  it.each([
    ['requester', 'pending-acceptance', { requested: { bank: PCX } }],
    ['requester', 'expired', {}],
    ['accepter', 'pending-acceptance', {}],
    ['accepter', 'active', { accepted: { bank: PCX } }],
  ] as const)('as %s of a connection that is %s says %j', async (end, status, said) => {
    await receive();
    answers = { vpc: VPC, ...peeringIs(end, status) };
    const { stdout, stderr } = await write('peering');
    const { requested, accepted } = readOffer(stdout).connection?.peering ?? {};
    expect(JSON.parse(JSON.stringify({ requested, accepted }))).toEqual(said);
    expect(stderr).toContain(
      'Deploy all but federation. The offer of bank does not say that the peering',
    );
  });
});
