import { describe, expect, it } from '@jest/globals';
import { createServer, type AddressInfo, type Server } from 'node:net';
import tls from 'node:tls';
import { dial, type Dialled } from '../../../support/doctor/dial';
import { MeshCa } from '../../../rehearsal/certificates';

const ID = 'spiffe://mesh.example.com/ns/default/sa/border';

/** What a client sees of a server at some port. */
async function seen(server: Server, roots: string, timeout = 60_000): Promise<Dialled> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const target = { host: '127.0.0.1', port, serverName: 'a.internal', roots, identities: [ID] };
  try {
    return await dial({ ...target, timeout });
  } finally {
    server.close();
  }
}

/** A server that asks for a certificate, as a border does. */
async function border(ca: MeshCa, spiffeId: string) {
  const { chain, key } = await ca.issue(spiffeId);
  const server = tls.createServer({ cert: chain, key, requestCert: true });
  server.on('tlsClientError', () => undefined);
  return server;
}

describe('a dial without a certificate', () => {
  it('is right at the border', async () => {
    const ca = await MeshCa.consul('mesh.example.com');
    expect(await seen(await border(ca, ID), ca.bundle)).toMatchObject({ end: 'right' });
  });

  it('tells another workload, and another mesh, from the border', async () => {
    const [ca, other] = await Promise.all([
      MeshCa.consul('a.example.com'),
      MeshCa.consul('b.example.com'),
    ]);
    expect(await seen(await border(ca, `${ID}-2`), ca.bundle)).toEqual({
      end: 'other-identity',
      identity: `${ID}-2`,
    });
    expect(await seen(await border(other, ID), ca.bundle)).toMatchObject({ end: 'wrong-root' });
  });

  it('tells silence, a reset and a closed port from each other', async () => {
    const silent = createServer((socket) => socket.resume());
    expect(await seen(silent, '', 300)).toEqual({ end: 'silent' });
    const reset = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.resetAndDestroy());
    });
    expect(await seen(reset, '')).toEqual({ end: 'reset' });
    const target = { serverName: 'a.internal', roots: '', identities: [ID] };
    expect(await dial({ ...target, host: '127.0.0.1', port: 1 })).toEqual({ end: 'refused' });
  });
});
