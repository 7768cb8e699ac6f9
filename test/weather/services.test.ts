import { describe, expect, it } from '@jest/globals';
import { backend } from '../../weather/backend/routes';
import { sampleSource, type Source } from '../../weather/backend/source';
import { frontend } from '../../weather/frontend/routes';
import { info } from '../../weather/info/routes';
import { CallError, getJson } from '../../weather/shared/call';
import { Json } from '../../weather/shared/json';
import { readRemarks, readReport, readWeather } from '../../weather/shared/model';
import { closedPort, double, service } from './support';

const place = { name: 'Helsinki', latitude: 60.1699, longitude: 24.9384 };
const noon = Date.UTC(2026, 10, 26, 10, 40) / 1000;
const source = sampleSource(place, () => noon);

const BACKEND = 'spiffe://cluster.local/ns/default/sa/backend';
const INFO = 'spiffe://11111111-2222-4333-8444-555555555555.consul/ns/default/dc/dc1/svc/info';

async function problemOf(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CallError)) throw new Error(`no CallError: ${String(error)}`);
  return error.problem;
}

describe('a call that fails says what to do', () => {
  const settings = { timeoutMs: 60_000 };
  const read = (json: Json) => json.get('x').number();

  it('when the name is unknown', async () => {
    const problem = await problemOf(getJson('http://nowhere.invalid/', read, settings));
    expect(problem.what).toMatch(
      /^the name nowhere\.invalid is unknown \((ENOTFOUND|EAI_AGAIN)\)$/,
    );
    expect(problem.help).toMatch(/is its stack deployed/);
  });

  it('when nobody listens', async () => {
    const { what } = await problemOf(getJson(await closedPort(), read, settings));
    expect(what).toBe('nobody listens at 127.0.0.1 (ECONNREFUSED)');
  });

  it('when no answer comes, and when its end does not', async () => {
    const silent = await double(() => undefined);
    expect((await problemOf(getJson(silent.url, read, { timeoutMs: 300 }))).what).toBe(
      'no answer within 0.3 s',
    );
  });

  it('when the answer does not end', async () => {
    const endless = await double(() => ({ body: 'x'.repeat(300_000) }));
    expect((await problemOf(getJson(endless.url, read, settings))).what).toBe(
      'the answer is longer than 262144 bytes',
    );
  });

  it.each([
    [403, 'RBAC: access denied', 'HTTP status 403: RBAC: access denied', /No rule of the access/],
    [502, '', 'HTTP status 502', /does not know the host/],
    [
      503,
      'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure, transport failure reason: TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:TLS_error_end',
      /CERTIFICATE_VERIFY_FAILED/,
      /do not trust each other/,
    ],
    [503, 'no healthy upstream', 'HTTP status 503: no healthy upstream', /nowhere to send it/],
    [504, 'upstream request timeout', /504/, /overloaded/],
    [500, '<html>…', 'HTTP status 500', /log/],
    [307, '', 'HTTP status 307', /log/],
  ])('when a proxy says %d %s', async (status, body, what, help) => {
    const proxy = await double(() => ({ status, body }));
    const problem = await problemOf(getJson(proxy.url, read, settings));
    if (typeof what === 'string') expect(problem.what).toBe(what);
    else expect(problem.what).toMatch(what);
    expect(problem.help).toMatch(help);
  });

  it('when the service itself said so', async () => {
    const own = { problem: { what: 'no weather', help: 'Look up.' } };
    const other = await double(() => ({ status: 502, body: JSON.stringify(own) }));
    expect(await problemOf(getJson(other.url, read, settings))).toEqual(own.problem);
  });

  it.each([
    ['{"x":"1"}', 'x is not a number'],
    ['{}', 'x is missing'],
    ['[]', 'it is not an object'],
    ['x', 'it is no JSON'],
  ])('when the answer is %s', async (body, mistake) => {
    const other = await double(() => ({ body }));
    expect((await problemOf(getJson(other.url, read, settings))).what).toBe(
      `the answer is not as agreed: ${mistake}`,
    );
  });
});

describe('info', () => {
  it('remarks on the weather that it asks backend for, and says who asked', async () => {
    const asked = await service(
      'backend',
      backend({ source, infoUrl: 'http://unused', origin: { service: 'backend' } }),
    );
    const url = await service('info', info({ backendUrl: asked, origin: { service: 'info' } }));
    const answer = await fetch(url, { headers: { 'x-federation-caller': BACKEND } });
    const remarks = readRemarks(new Json(await answer.json()));
    expect(remarks.remarks.map(({ topic }) => topic)).toEqual([
      'clothes',
      'rain',
      'wind',
      'light',
      'tomorrow',
    ]);
    expect(remarks.seen).toEqual({ federation: BACKEND });
    expect(remarks.call).toMatchObject({ from: 'info', to: 'backend', url: `${asked}/weather` });
    expect(remarks.call.problem).toBeUndefined();
  });

  it('has something to say without an answer, and why', async () => {
    const url = await service(
      'info',
      info({ backendUrl: await closedPort(), origin: { service: 'info' } }),
    );
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    const { remarks, call } = readRemarks(new Json(await answer.json()));
    expect(remarks.map(({ topic }) => topic)).toEqual(['saying']);
    expect(call.problem?.what).toMatch(/ECONNREFUSED/);
  });
});

describe('backend', () => {
  const down: Source = {
    readings: () => Promise.reject(new CallError({ what: 'no weather', help: 'Look up.' })),
  };
  const origin = { service: 'backend', mesh: 'Istio', pod: 'backend-1' };

  it('tells the weather, and who asked', async () => {
    const url = await service('backend', backend({ source, infoUrl: 'http://unused', origin }));
    const answer = await fetch(`${url}/weather`, { headers: { 'x-federation-caller': INFO } });
    expect(readWeather(new Json(await answer.json()))).toMatchObject({
      place: 'Helsinki',
      source: { kind: 'sample' },
      origin,
      seen: { federation: INFO },
    });
  });

  it('says why there is no weather, with remarks nevertheless', async () => {
    const remarks = await double(() => ({
      body: JSON.stringify({
        remarks: [{ topic: 'saying', text: 'Well.' }],
        call: { from: 'info', to: 'backend', url: 'http://backend/weather', milliseconds: 3 },
        origin: { service: 'info' },
        seen: { federation: BACKEND },
      }),
    }));
    const url = await service('backend', backend({ source: down, infoUrl: remarks.url, origin }));
    const weather = await fetch(`${url}/weather`);
    expect([weather.status, await weather.json()]).toEqual([
      502,
      { problem: { what: 'no weather', help: 'Look up.' } },
    ]);
    const report = readReport(new Json(await (await fetch(`${url}/report`)).json()));
    expect(report).toMatchObject({
      weatherProblem: { what: 'no weather' },
      remarks: { remarks: [{ text: 'Well.' }] },
      call: { from: 'backend', to: 'info', seen: { federation: BACKEND } },
    });
    expect(report.weather).toBeUndefined();
  });

  it('says why there are no remarks, with the weather nevertheless', async () => {
    const denied = await double(() => ({ status: 403, body: 'RBAC: access denied' }));
    const url = await service('backend', backend({ source, infoUrl: denied.url, origin }));
    const report = readReport(new Json(await (await fetch(`${url}/report`)).json()));
    expect(report.weather?.place).toBe('Helsinki');
    expect(report.remarks).toBeUndefined();
    expect(report.call.problem).toEqual({
      what: 'HTTP status 403: RBAC: access denied',
      help: 'No rule of the access policy allows this call.',
    });
  });

  it('joins the logs of all calls of one request', async () => {
    const other = await double(() => ({ status: 503, body: '' }));
    const url = await service('backend', backend({ source, infoUrl: other.url, origin }));
    await fetch(`${url}/report`, { headers: { 'x-request-id': 'joined' } });
    expect(other.seen.map(({ headers }) => headers['x-request-id'])).toEqual(['joined']);
  });
});

describe('frontend', () => {
  it('shows an error that helps, with an error status, without backend', async () => {
    const url = await service(
      'frontend',
      frontend({ backendUrl: await closedPort(), origin: { service: 'frontend' } }),
    );
    const answer = await fetch(url);
    expect(answer.status).toBe(502);
    expect(await answer.text()).toMatch(
      /backend does not answer[^]*nobody listens at 127\.0\.0\.1[^]*Is the service running/,
    );
  });

  it('allows the page nothing but its own style', async () => {
    const url = await service(
      'frontend',
      frontend({ backendUrl: await closedPort(), origin: { service: 'frontend' } }),
    );
    const { headers } = await fetch(url);
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; img-src data:; .*frame-ancestors 'none'$/,
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});
