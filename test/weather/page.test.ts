import { describe, expect, it } from '@jest/globals';
import { readingsOf } from '../../weather/backend/openweather';
import { sampleAnswers } from '../../weather/backend/sample';
import { html } from '../../weather/frontend/html';
import { page, type PageSettings } from '../../weather/frontend/page';
import type { Call, Report } from '../../weather/shared/model';

const place = { name: 'Helsinki', latitude: 60.1699, longitude: 24.9384 };
const noon = Date.UTC(2026, 10, 26, 10, 40) / 1000;
const readings = readingsOf(sampleAnswers(place, noon), { place, kind: 'sample', now: noon });

const EVIL = `<script>alert(1)</script>"'\`&`;

const toInfo: Call = {
  from: 'backend',
  to: 'info',
  url: 'http://info/',
  milliseconds: 5,
  seen: { federation: 'spiffe://cluster.local/ns/default/sa/backend' },
};

const report: Report = {
  weather: { ...readings, origin: { service: 'backend' }, seen: {} },
  remarks: {
    remarks: [{ topic: 'wind', text: 'A breeze.' }],
    call: { from: 'info', to: 'backend', url: 'http://backend/weather', milliseconds: 3, seen: {} },
    origin: { service: 'info', mesh: 'Consul', pod: 'info-1' },
    seen: {},
  },
  call: toInfo,
  origin: { service: 'backend', mesh: 'Istio', pod: 'backend-1' },
  seen: {},
};

function given(changes: Partial<Report>, more: Partial<PageSettings> = {}): string {
  return page({
    report: { ...report, ...changes },
    call: { from: 'frontend', to: 'backend', url: 'http://backend/report', milliseconds: 9 },
    origin: { service: 'frontend', mesh: 'Istio' },
    id: 'abc',
    ...more,
  });
}

describe('html', () => {
  it('escapes every text, in elements and attributes', () => {
    expect(html`<p title="${EVIL}">${EVIL}${[EVIL]}</p>`.source).not.toMatch(/<script|"'|`/);
    expect(html`${'<'}${'&'}`.source).toBe('&#60;&#38;');
  });

  it('leaves out what is not there, and puts in numbers and HTML', () => {
    expect(html`${undefined}${false}${0}${html`<b>${1}</b>`}`.source).toBe('0<b>1</b>');
  });
});

describe('the page', () => {
  it('has nothing from elsewhere: no script, no address but links to follow', () => {
    const text = given({});
    expect(text).not.toMatch(/<script|\son\w+=|@import|url\((?!#)/i);
    expect(text.match(/(?:src|href)="[^"]*"/g)).toEqual([expect.stringMatching(/^href="data:/)]);
    // The policy that is sent with it forbids them.
    expect(text).not.toMatch(/\sstyle=/);
  });

  it('cannot be changed by what other services or callers say', () => {
    const problem = { what: EVIL, help: EVIL };
    const origin = { service: EVIL, mesh: EVIL, pod: EVIL };
    const seen = { federation: EVIL, peer: EVIL };
    const call = { ...toInfo, url: EVIL, from: EVIL, to: EVIL, seen, problem };
    const now = { ...readings.now, description: EVIL };
    const text = given(
      {
        weather: {
          ...readings,
          place: EVIL,
          now,
          source: { kind: 'openweather', fetched: noon, stale: problem },
          origin,
          seen,
        },
        weatherProblem: problem,
        remarks: { remarks: [{ topic: 'rain', text: EVIL }], call, origin, seen },
        call,
        origin,
        seen,
      },
      { call, origin, id: EVIL },
    );
    expect(text).not.toContain('<script');
    expect(text).toContain('&#60;script&#62;');
  });

  it('says when the weather is old, and why', () => {
    const stale = { what: 'OpenWeather: HTTP status 429', help: 'Wait.' };
    const source = { kind: 'openweather', fetched: noon - 7200, stale } as const;
    const text = given({ weather: { ...readings, source, origin: report.origin, seen: {} } });
    expect(text).toMatch(/From 10:40\.[^]*HTTP status 429[^]*Wait\./);
    expect(text).toContain('https://openweathermap.org/');
    expect(text).not.toContain('Sample data');
  });

  it('shows remarks and calls when there is no weather', () => {
    const text = given({
      weather: undefined,
      weatherProblem: { what: 'OpenWeather: HTTP status 401', help: 'Take another key' },
    });
    expect(text).toMatch(/There is no weather[^]*HTTP status 401[^]*Take another key/);
    expect(text).toContain('A breeze.');
    expect(text).toContain('<title>No weather</title>');
  });

  it('says that both directions are verified only when both are', () => {
    const verified = /both directions verified/;
    const back: Call = { ...toInfo, seen: { federation: 'spiffe://x/svc/info' } };
    const remarks = report.remarks && { ...report.remarks, call: back };
    expect(given({ remarks })).toMatch(verified);
    expect(given({})).not.toMatch(verified);
    expect(given({ remarks, call: { ...toInfo, seen: {} } })).not.toMatch(verified);
    const failed = { ...toInfo, problem: { what: 'x', help: 'y' } };
    expect(given({ remarks, call: failed })).toMatch(/a call failed/);
  });
});
