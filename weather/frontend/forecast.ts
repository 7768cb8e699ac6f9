import type { Day, Forecast, Now, Weather } from '../shared/model.ts';
import { html, type Html } from './html.ts';
import { lineIcon, skyIcon } from './icons.ts';

/** The weather now, as large as the page allows. */
export function hero({ place, now, source, utcOffset }: Weather): Html {
  return html`<section class="hero ${now.sky} ${now.night ? 'night' : 'day'}" aria-label="Now">
    ${skyIcon(now.sky, now.night)}
    <div class="place">
      <h1>${place}</h1>
      <span class="soft">${format(now.time, utcOffset, DATE)}, ${clock(now.time, utcOffset)}</span>
    </div>
    <div class="now">
      <div class="degrees">${degrees(now.temperature)}</div>
      <div class="words">
        <b>${capital(now.description)}</b>
        feels like ${degrees(now.feelsLike)}
      </div>
    </div>
    <dl class="stats">
      <div>
        <dt>Wind</dt>
        <dd>${now.wind.speed.toFixed(1)} m/s ${compass(now.wind.from)}</dd>
      </div>
      <div>
        <dt>Humidity</dt>
        <dd>${Math.round(now.humidity)} %</dd>
      </div>
      <div>
        <dt>Pressure</dt>
        <dd>${Math.round(now.pressure)} hPa</dd>
      </div>
      <div>
        <dt>Daylight</dt>
        <dd>${daylight(now, utcOffset)}</dd>
      </div>
      <div>
        <dt>Source</dt>
        <dd>${source.kind === 'sample' ? 'Sample data' : 'OpenWeather'}</dd>
      </div>
    </dl>
  </section>`;
}

function daylight({ sun }: Now, utcOffset: number): string {
  return sun === undefined ? '–' : `${clock(sun.rise, utcOffset)} to ${clock(sun.set, utcOffset)}`;
}

/** Where the wind comes from, in words and as an arrow that flies with it. */
function compass(from: number): Html {
  const names = ['N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW'];
  const turn = Math.round(from) % 360;
  return html`${names[Math.round(from / 45) % 8]}
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path transform="rotate(${turn + 180} 12 12)" d="M12 2l6 19-6-4-6 4z" />
    </svg>`;
}

/** The next 24 hours. */
export function hourly({ hours, utcOffset }: Weather): Html {
  return html`<section class="card">
    <header>
      <h2>Next 24 hours</h2>
      <span class="soft">chance of rain or snow below</span>
    </header>
    <div class="scroll" tabindex="0" role="group" aria-label="Hours, scrollable">
      <div class="hours">
        <ol>
          ${hours.map(
            (hour) =>
              html`<li>
                <div class="hour">${clock(hour.time, utcOffset)}</div>
                ${skyIcon(hour.sky, hour.night)}
              </li>`,
          )}
        </ol>
        ${curve(hours)}
        <ol>
          ${hours.map(
            (hour) =>
              html`<li><b>${degrees(hour.temperature)}</b><br />${chance(hour.precipitation)}</li>`,
          )}
        </ol>
      </div>
    </div>
  </section>`;
}

/** The temperature as a smooth line through the middle of each column. */
function curve(hours: readonly Forecast[]): Html {
  const temperatures = hours.map(({ temperature }) => temperature);
  const [low, high] = [Math.min(...temperatures), Math.max(...temperatures)];
  const points = temperatures.map((temperature, index) => ({
    x: index * 100 + 50,
    // A steady temperature is a line in the middle.
    y: 12 + 66 * (high - low < 0.1 ? 0.5 : (high - temperature) / (high - low)),
  }));
  const [first] = points;
  if (first === undefined) return html``;
  // Each half of the way to the next point is level with its end.
  const line = points.slice(1).map(({ x, y }, index) => {
    const before = points[index] ?? first;
    const middle = (before.x + x) / 2;
    return `C${middle} ${before.y.toFixed(1)} ${middle} ${y.toFixed(1)} ${x} ${y.toFixed(1)}`;
  });
  const path = `M${first.x} ${first.y.toFixed(1)}${line.join('')}`;
  return html`<svg
    class="curve"
    viewBox="0 0 ${hours.length * 100} 90"
    preserveAspectRatio="none"
    aria-hidden="true"
  >
    <path class="area" d="${path}V90H${first.x}z" />
    <path d="${path}" />
  </svg>`;
}

/** The next days. */
export function daily({ days, utcOffset }: Weather): Html {
  const low = Math.min(...days.map((day) => day.low));
  const high = Math.max(...days.map((day) => day.high));
  const place = (temperature: number) =>
    (high === low ? 50 : (100 * (temperature - low)) / (high - low)).toFixed(1);
  const row = (day: Day, index: number) =>
    html`<li>
      <span>${index === 0 ? 'Today' : format(day.time, utcOffset, WEEKDAY)}</span>
      ${skyIcon(day.sky, false)} ${chance(day.precipitation)}
      <span class="low">${degrees(day.low)}</span>
      <svg class="range" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <line x1="0" x2="100" y1="3" y2="3" />
        <line class="own" x1="${place(day.low)}" x2="${place(day.high)}" y1="3" y2="3.01" />
      </svg>
      <span class="high">${degrees(day.high)}</span>
    </li>`;
  return html`<section class="card fill">
    <header><h2>Next days</h2></header>
    <svg id="heat-colours" aria-hidden="true">
      <linearGradient id="heat" gradientUnits="userSpaceOnUse" x1="0" x2="100">
        <stop class="heat-cold" />
        <stop class="heat-warm" offset="1" />
      </linearGradient>
    </svg>
    <ol class="days">
      ${days.map(row)}
    </ol>
  </section>`;
}

function chance(probability: number): Html {
  const percent = Math.round(probability * 100);
  return html`<span class="pop ${percent < 20 ? 'none' : ''}"
    >${lineIcon('drop')}${percent} %</span
  >`;
}

const WEEKDAY: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric' };
const DATE: Intl.DateTimeFormatOptions = { weekday: 'long', day: 'numeric', month: 'long' };

export function degrees(temperature: number): string {
  return `${String(Math.round(temperature)).replace('-', '−')}°`;
}

/** Local time of the place. */
export function clock(time: number, utcOffset: number): string {
  return format(time, utcOffset, { hour: '2-digit', minute: '2-digit' });
}

function format(time: number, utcOffset: number, options: Intl.DateTimeFormatOptions): string {
  const shifted = new Date((time + utcOffset) * 1000);
  return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }).format(shifted);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
