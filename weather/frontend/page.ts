import { createHash } from 'node:crypto';
import type { Problem, Remarks, Report, Weather } from '../shared/model.ts';
import { clock, daily, degrees, hero, hourly } from './forecast.ts';
import { Html, html } from './html.ts';
import { lineIcon } from './icons.ts';
import { provenance, type Provenance } from './provenance.ts';
import { STYLE } from './style.ts';

/** All that the page shows. */
export interface PageSettings extends Provenance {
  /** Of the request, as it is in the logs of all services. */
  readonly id: string;
}

/** Nothing but the page's own style: no script, nothing from elsewhere, in no frame. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Ccircle cx='12' cy='13' r='7' fill='%23fb4'/%3E%3Cpath d='M10 27h14a6 6 0 0 0 1-12 8 8 0 0 0-15-1 7 7 0 0 0 0 13z' fill='%2379d'/%3E%3C/svg%3E";

/** The page as HTML. It needs no script. */
export function page(settings: PageSettings): string {
  const { report, call, id } = settings;
  const weather = report?.weather;
  const title = weather ? `${degrees(weather.now.temperature)} in ${weather.place}` : 'No weather';
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="${ICON}" />
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>
          ${report === undefined && failure('backend does not answer', call.problem)}
          ${report?.weatherProblem && failure('There is no weather', report.weatherProblem)}
          ${weather && html`${notes(weather)}${hero(weather)}${hourly(weather)}`}
          ${report && html`<div class="columns">${weather && daily(weather)}${remarksCard(report)}</div>`}
          ${provenance(settings)}
        </main>
        <footer class="soft">
          ${weather && attribution(weather)} The logs of all services and proxies have this request
          as
          <code>${id}</code>.
        </footer>
      </body>
    </html>`.source;
}

// To the letter, or its hash in the policy would be another.
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`);

function failure(what: string, problem: Problem | undefined): Html {
  return html`<div class="note bad" role="alert">
    ${lineIcon('bad')}
    <div><strong>${what}.</strong> ${problem?.what}.<br />${problem?.help}</div>
  </div>`;
}

function notes({ source, utcOffset }: Weather): Html {
  if (source.kind === 'sample') {
    return html`<div class="note">
      ${lineIcon('saying')}
      <div>
        <strong>Sample data.</strong> backend has no key of the OpenWeather API. In the cluster set
        <code>weather.data: openweather</code> and <code>TF_VAR_openweather_api_key</code>; on your
        machine <code>OPENWEATHER_API_KEY</code>.
      </div>
    </div>`;
  }
  if (source.stale === undefined) return html``;
  return html`<div class="note" role="alert">
    ${lineIcon('bad')}
    <div>
      <strong>From ${clock(source.fetched, utcOffset)}.</strong> ${source.stale.what}.<br />${
        source.stale.help
      }
    </div>
  </div>`;
}

function remarksCard({ remarks, call }: Report): Html {
  return html`<section class="card fill" id="remarks">
    <header><h2>Remarks</h2></header>
    ${
      remarks === undefined
        ? html`<p>
            <span class="wrong">info does not answer: ${call.problem?.what}.</span>
            ${call.problem?.help}
          </p>`
        : remarksList(remarks)
    }
  </section>`;
}

function remarksList({ remarks, call, origin }: Remarks): Html {
  const where = origin.mesh === undefined ? '' : ` in the ${origin.mesh} mesh`;
  return html`<ul class="remarks">
      ${remarks.map(
        ({ topic, text }) =>
          html`<li><span class="badge">${lineIcon(topic)}</span><span>${text}</span></li>`,
      )}
    </ul>
    <p class="by soft">
      By info${where},
      ${
        call.problem === undefined
          ? 'on the weather that it asked backend for.'
          : html`without knowing the weather:
              <span class="wrong">${call.problem.what}.</span> ${call.problem.help}`
      }
    </p>`;
}

function attribution({ source, utcOffset }: Weather): Html {
  const time = clock(source.fetched, utcOffset);
  return source.kind === 'sample'
    ? html`Made-up weather of ${time}.`
    : html`Weather data by <a href="https://openweathermap.org/" rel="noreferrer">OpenWeather</a>,
        fetched at ${time}.`;
}
