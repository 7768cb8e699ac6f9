import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { InboundCrossing } from '../../constructs/federation/plan/crossing';
import { configurationFiles, inboundBorderEnvoy } from '../../constructs/federation/plan/envoy';
import { MeshCa } from '../../rehearsal/certificates';
import { attempt } from '../../rehearsal/clients';
import { Envoy } from '../../rehearsal/envoy';
import { freePorts } from '../../rehearsal/ports';
import { Processes } from '../../rehearsal/processes';
import { describeWithEnvoy } from '../helpers/envoy';
import { temporaryFolder, writeFile } from '../helpers/files';

/*
 * A border with the roots of SPIRE, on a real Envoy. No agent is here: what it would send stands in files,
 * in the form in which SPIRE 1.13 sends it (seen), and of the configuration only where secrets come from is
 * another.
 */

const OWN = 'spiffe://own.example.org/ns/federation-borders/sa/backend';
const CALLER = 'spiffe://other.example.org/ns/federation-borders/sa/info-outbound';
const SERVER_NAME = 'info.consul.backend.istio.federation.internal';

const crossing: InboundCrossing = {
  id: 'backend-to-info',
  serverName: SERVER_NAME,
  caller: CALLER,
  peer: CALLER,
  protocol: 'http',
  allow: [],
  // Nothing is there: who gets as far as that gets a 503.
  callee: { authority: 'info', address: { host: '127.0.0.1', port: 9 } },
};

const SECRET = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

describeWithEnvoy('A border with the roots of SPIRE', (program) => {
  const folder = temporaryFolder();
  const processes = new Processes(folder);
  let own: MeshCa;
  let other: MeshCa;
  let border: Envoy;
  let port: number;

  /** As the agent sends it by the name `ALL`. */
  function giveRoots(domains: Readonly<Record<string, MeshCa>>): void {
    const file = writeFile(
      folder,
      'next.json',
      JSON.stringify({
        resources: [
          {
            '@type': SECRET,
            name: 'ALL',
            validation_context: {
              custom_validator_config: {
                name: 'envoy.tls.cert_validator.spiffe',
                typed_config: {
                  '@type':
                    'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig',
                  trust_domains: Object.entries(domains).map(([name, { bundle }]) => ({
                    name,
                    trust_bundle: { inline_string: bundle },
                  })),
                },
              },
            },
          },
        ],
      }),
    );
    renameSync(file, join(folder, 'ALL.json'));
  }

  async function answerTo(ca: MeshCa, identity: string): Promise<number | undefined> {
    const leaf = await ca.issue(identity);
    return (await attempt(port, { serverName: SERVER_NAME, leaf })).status;
  }

  beforeAll(async () => {
    own = await MeshCa.consul('own.example.org');
    other = await MeshCa.consul('other.example.org');
    const [listen = 0, status = 0, metrics = 0, admin = 0, check = 0] = await freePorts(5);
    port = listen;
    const at = (one: number) => ({ host: '127.0.0.1', port: one });
    const agent = { source: 'sds', socketPath: '/var/run/spire/spire-agent.sock' } as const;
    const files = configurationFiles(
      inboundBorderEnvoy({
        name: 'backend',
        placement: {
          configDirectory: folder,
          listen: at(listen),
          status: at(status),
          metrics: at(metrics),
          admin: at(admin),
          check: at(check),
          certificate: { ...agent, resourceName: OWN },
          foreignBundle: { ...agent, resourceName: 'ALL' },
        },
        crossings: [crossing],
      }),
    );
    const { chain, key } = await own.issue(OWN);
    writeFile(
      folder,
      'own.json',
      JSON.stringify({
        resources: [
          {
            '@type': SECRET,
            name: OWN,
            tls_certificate: {
              certificate_chain: { inline_string: chain },
              private_key: { inline_string: key },
            },
          },
        ],
      }),
    );
    giveRoots({ 'own.example.org': own, 'other.example.org': other });
    const fromFiles = (_: string, value: unknown): unknown =>
      typeof value === 'object' && value !== null && 'name' in value && 'sds_config' in value
        ? {
            name: value.name,
            sds_config: {
              path_config_source: {
                path: join(folder, value.name === 'ALL' ? 'ALL.json' : 'own.json'),
              },
            },
          }
        : value;
    border = new Envoy('border', program, processes, join(folder, 'border'), admin, status);
    border.write(
      Object.fromEntries(
        Object.entries(files).map(([name, text]) => [
          name,
          JSON.stringify(JSON.parse(text, fromFiles)),
        ]),
      ),
    );
    border.start();
  });

  afterAll(() => processes.end());

  it('gets ready', async () => {
    await border.ready();
    expect(await border.isReady()).toBe(true);
  });

  it('admits one identity, by the roots of its own trust domain only', async () => {
    expect(await answerTo(other, CALLER)).toBe(503);
    expect(await answerTo(own, CALLER)).toBeUndefined();
    expect(await answerTo(own, OWN)).toBeUndefined();
    expect(await answerTo(other, CALLER.replace('info', 'news'))).toBeUndefined();
    expect((await attempt(port, { serverName: SERVER_NAME })).status).toBeUndefined();
  });

  it('admits nobody of a trust domain that was withdrawn, and stays ready', async () => {
    giveRoots({ 'own.example.org': own });
    // Envoy reads the file when it sees that it changed.
    while ((await answerTo(other, CALLER)) !== undefined);
    expect(await border.isReady()).toBe(true);
  });
});
