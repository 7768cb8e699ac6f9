import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { defineConfig } from '../../../config';
import { accessPlan } from '../../../config/access-plan';
import { crossCalls } from '../../../constructs/federation/plan';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import { refusalIn, requestIn } from '../../../support/doctor/access-lines';
import { Cluster, type LoggedContainer } from '../../../support/cluster/cluster';
import { ApiError } from '../../../support/cluster/errors';
import { probe, REQUEST_ID } from '../../../support/doctor/probe';
import { probeText } from '../../../support/doctor/text';
import { ClusterDouble } from '../../helpers/cluster-double';

/*
 * One request, by its id, in the logs of all that it passes. No kubelet serves logs here, so a double has
 * them. Lines of borders are those of real Envoys (conformance/doctor/probes.ts makes new ones each time).
 */

const ID = 'c6a81fad-6134-4bd9-bc1d-7bdc8d451ffb';
const OTHER = '56199869-7b21-46d5-94b1-473db811b27c';
const TO_ISTIO = 'consul/info -> istio/backend';

const plan = accessPlan(
  defineConfig({ eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } } }).config,
);

/** A line of a border's log. */
function border(id: string, status: number, flags: string, reason: string): string {
  return JSON.stringify({
    ...{ bytes_in: 0, bytes_out: 19, client_cert: null, crossing: 'info-to-backend' },
    ...{ event: 'request', flags, method: 'GET', milliseconds: 41, path: '/weather', peer: null },
    ...{ peer_issuer: null, peer_serial: null, protocol: 'HTTP/1.1', reason, refusal: null },
    ...{ request_id: id, sni: null, status, termination: null, time: '2026-11-28T21:45:33.830Z' },
    ...{ tls: null, upstream: '127.0.0.21:8443', upstream_failure: null },
  });
}

const REFUSED = JSON.stringify({
  ...{ event: 'connection', time: '2026-11-28T21:45:34.001Z', crossing: null, flags: '-' },
  sni: 'backend.istio.info.consul.federation.internal',
  refusal:
    'TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:TLS_error_end',
});

/** Istio's default format. @see https://istio.io/latest/docs/tasks/observability/logs/access-log/ */
const sidecar = (id: string, status: number) =>
  `[2026-11-28T21:45:33.900Z] "GET /weather HTTP/1.1" ${status} - via_upstream - "-" 0 135 4 3 "-" "curl/8" ` +
  `"${id}" "backend.weather" "10.0.0.5:8080" inbound|8080|| 127.0.0.6:1 10.0.0.5:8080 10.0.0.9:2 - default`;

/** Pods of every workload, whose logs are these, by the pod's name. */
class Logged extends ClusterDouble {
  public constructor(
    private readonly logs: Readonly<Record<string, readonly string[] | ApiError>>,
  ) {
    super();
  }

  public override list(_: string, __: string, namespace = ''): Promise<YamlMap[]> {
    const pod = (name: string, serviceAccountName: string, labels: YamlMap) => ({
      metadata: { name, namespace, labels },
      spec: { serviceAccountName },
      status: { phase: 'Running' },
    });
    return Promise.resolve(
      namespace === 'weather'
        ? [pod('info-1', 'info', {}), pod('backend-1', 'backend', { app: 'backend' })]
        : plan.borders.map(({ name, serviceAccount, podLabels }) =>
            pod(`${name}-1`, serviceAccount, podLabels),
          ),
    );
  }

  public override log(
    { pod }: LoggedContainer,
    _: number,
    each: (line: string) => void,
  ): Promise<void> {
    const lines = this.logs[pod] ?? [];
    if (lines instanceof ApiError) return Promise.reject(lines);
    lines.forEach(each);
    return Promise.resolve();
  }
}

async function probed(logs: Readonly<Record<string, readonly string[] | ApiError>>) {
  const cluster = new Logged(logs);
  const call = crossCalls(plan).find(({ id }) => id === TO_ISTIO);
  if (call === undefined) throw new Error('no call');
  const found = await probe(
    {
      plan,
      clusters: { istio: cluster, consul: cluster },
      wanted: [],
      staleSeconds: 1,
      givenRoots: [],
    },
    call,
    { id: ID, seconds: 60 },
  );
  return { ...found, states: found.hops.map(({ state }) => state).join(' ') };
}

const THROUGH = border(ID, 200, '-', 'via_upstream');

describe('a request that is looked for by its id', () => {
  it('arrives where the called pods have answered', async () => {
    const found = await probed({
      'backend-outbound-1': [THROUGH],
      'info-border-1': [border(OTHER, 200, '-', 'via_upstream'), THROUGH],
      'backend-1': [sidecar(ID, 200)],
    });
    expect(found.states).toBe('silent seen passes seen seen');
    expect(found).toMatchObject({ end: 'arrived', what: 'It arrived, and was answered with 200.' });
    expect(found.hops.at(-1)?.seen).toEqual([
      { pod: 'backend-1', status: 200, time: '2026-11-28T21:45:33.900Z', reason: 'via_upstream' },
    ]);
  });

  it('arrives by the word of the last border, where sidecars log nothing', async () => {
    const found = await probed({ 'backend-outbound-1': [THROUGH], 'info-border-1': [THROUGH] });
    expect(found).toMatchObject({ end: 'arrived', states: 'silent seen passes seen silent' });
    expect(probeText(found)).toContain('accessLogFile');
  });

  it('is told without what would move the cursor of a terminal', async () => {
    const { hops, ...found } = await probed({ 'backend-outbound-1': [THROUGH] });
    const told = hops.map((hop) => ({ ...hop, note: 'asked for \u001b[2Jinfo' }));
    expect(probeText({ ...found, hops: told })).toContain('asked for ?[2Jinfo');
  });

  it('ends at a hop that answers itself, with the reason', async () => {
    const denied = border(ID, 403, '-', 'rbac_access_denied_matched_policy[none]');
    expect(await probed({ 'backend-outbound-1': [denied] })).toMatchObject({
      end: 'ended',
      what: 'It ended at federation-borders/backend-outbound, which answered with 403 itself: its rules deny it.',
    });
    const nobody = border(ID, 503, 'UH', 'no_healthy_upstream');
    const found = await probed({ 'backend-outbound-1': [THROUGH], 'info-border-1': [nobody] });
    expect(found.what).toBe(
      'It ended at federation-borders/info-border, which answered with 503 itself: the next hop has no healthy address.',
    );
  });

  it('ends at the way to the next border, whose last refusal is told', async () => {
    const unsent = border(
      ID,
      503,
      'UF,URX',
      'upstream_reset_before_response_started{connection_failure}',
    );
    const found = await probed({
      'backend-outbound-1': [unsent],
      'info-border-1': [REFUSED, border(OTHER, 200, '-', 'via_upstream')],
    });
    expect(found).toMatchObject({ end: 'ended', states: 'silent seen passes unseen silent' });
    expect(found.what).toContain('it could not connect to the next hop');
    expect(found.hops[3]?.note).toMatch(
      /asked for backend\.istio\.info.*CERTIFICATE_VERIFY_FAILED/,
    );
  });

  // Seen on real nodes: Consul's intentions are enforced by the sidecar of the outbound border.
  it('ends at the sidecar of a border that refuses it, whatever a later border has refused', async () => {
    const found = await probed({
      'info-1': [sidecar(ID, 403)],
      'backend-outbound-1': [border(OTHER, 200, '-', 'via_upstream')],
      'info-border-1': [REFUSED],
    });
    expect(found).toMatchObject({ end: 'ended', states: 'seen unseen passes unseen silent' });
    expect(found.what).toMatch(/not in the log of .*backend-outbound: .*403 before.*sidecar/);
    expect(found.hops[3]).not.toHaveProperty('note');
  });

  it('is not said to be refused by a sidecar where another status came, or no border is next', async () => {
    const failed = await probed({
      'info-1': [sidecar(ID, 503)],
      'backend-outbound-1': [border(OTHER, 200, '-', 'via_upstream')],
    });
    expect(failed.end).toBe('ended');
    expect(failed.what).toMatch(
      /not in the log of .*backend-outbound; it was answered with 503 on/,
    );
    // The border's own rules let it through, and the called pods' answer says no more than its status.
    const answered = await probed({
      'info-border-1': [border(ID, 403, '-', 'via_upstream')],
      'backend-1': [sidecar(OTHER, 200)],
    });
    expect(answered).toMatchObject({ end: 'arrived', what: expect.stringContaining('403') });
  });

  it('has left a border for one whose log may not be read, and more is not known', async () => {
    const found = await probed({
      'backend-outbound-1': [border(ID, 403, '-', 'via_upstream')],
      'info-border-1': new ApiError(403, 'forbidden'),
    });
    expect(found).toMatchObject({
      end: 'unknown',
      states: 'silent seen passes unreadable silent',
      what: 'It left federation-borders/backend-outbound; what became of it no log says.',
    });
  });

  it('is not known where an API server fails, in its words', async () => {
    const found = await probed({ 'backend-outbound-1': new ApiError(500, 'etcd is away') });
    expect(found.hops[1]).toMatchObject({ state: 'unreadable' });
    expect(found.hops[1]?.note).toContain('etcd is away');
    expect(found.hops[1]?.note).not.toContain('no right');
  });

  it("tells of a refusal that is not the doctor's own, where there is one", async () => {
    const own = REFUSED.replace('CERTIFICATE_VERIFY_FAILED', 'PEER_DID_NOT_RETURN_A_CERTIFICATE');
    const unsent = border(ID, 503, 'UF,URX', 'upstream_reset_before_response_started{x}');
    const note = async (...lines: readonly string[]) =>
      (await probed({ 'backend-outbound-1': [unsent], 'info-border-1': lines })).hops[3]?.note;
    expect(await note(REFUSED, own)).toMatch(/CERTIFICATE_VERIFY_FAILED/);
    expect(await note(own)).toMatch(/PEER_DID_NOT.*the doctor's own handshakes look like that/);
  });

  it('is not known where no log has it, and says so where a log may not be read', async () => {
    expect(await probed({ 'info-1': [sidecar(OTHER, 200)] })).toMatchObject({
      end: 'unknown',
      states: 'unseen unseen passes unseen silent',
    });
    const refused = await probed({ 'backend-outbound-1': new ApiError(403, 'forbidden') });
    expect(refused.hops[1]).toMatchObject({
      state: 'unreadable',
      note: 'no right to "get" pods/log in federation-borders',
    });
  });
});

describe('a line of an access log', () => {
  it('is read in the formats of the meshes', () => {
    expect(requestIn(border(ID, 503, 'UH', 'no_healthy_upstream'))).toEqual({
      time: '2026-11-28T21:45:33.830Z',
      status: 503,
      flags: 'UH',
      reason: 'no_healthy_upstream',
    });
    // Consul's and Istio's JSON.
    const json = { start_time: 'T', response_code: 403, response_flags: '-', request_id: ID };
    expect(requestIn(JSON.stringify({ ...json, response_code_details: 'rbac' }))).toEqual({
      time: 'T',
      status: 403,
      reason: 'rbac',
    });
    // Linkerd's, whose field trace_id is x-request-id where the request has no x-b3-traceid.
    expect(requestIn(JSON.stringify({ timestamp: 'T', status: '200', trace_id: ID }))).toEqual({
      time: 'T',
      status: 200,
    });
  });

  it('is no line of a program that only names the id', () => {
    expect(requestIn(`handled ${ID}`)).toBeUndefined();
    expect(requestIn(JSON.stringify({ message: ID }))).toBeUndefined();
    expect(requestIn('{ not JSON')).toBeUndefined();
    expect(refusalIn(THROUGH)).toBeUndefined();
    expect(refusalIn(REFUSED)?.serverName).toBe('backend.istio.info.consul.federation.internal');
  });

  it('has an id that nothing else in it is a part of', () => {
    expect([ID, 'my-probe_1.2:3'].every((id) => REQUEST_ID.test(id))).toBe(true);
    expect(['', '200', 'a b c d e f', 'x'.repeat(129)].some((id) => REQUEST_ID.test(id))).toBe(
      false,
    );
  });
});

describe('the log of a container', () => {
  async function served(status: number, body: string) {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const cluster = new Cluster(
      {
        getCurrentCluster: () => ({ server: `http://127.0.0.1:${port}` }),
        applyToHTTPSOptions: () => Promise.resolve(),
      },
      'kubectl',
      () => Promise.reject(new Error('none')),
    );
    const lines: string[] = [];
    const read = cluster
      .log({ namespace: 'a', pod: 'b-1', container: 'envoy' }, 900, (line) => lines.push(line))
      .finally(() => server.close());
    return { read, lines, asked };
  }

  it('is read line by line, though it is no JSON as a whole', async () => {
    const { read, lines, asked } = await served(200, `${THROUGH}\n[info] started\n`);
    await read;
    expect(lines).toEqual([THROUGH, '[info] started']);
    expect(asked).toEqual(['/api/v1/namespaces/a/pods/b-1/log?container=envoy&sinceSeconds=900']);
  });

  it('is refused in the words of the API server', async () => {
    const { read } = await served(403, JSON.stringify({ message: 'pods "b-1" is forbidden' }));
    await expect(read).rejects.toThrow(new ApiError(403, 'pods "b-1" is forbidden'));
  });
});
