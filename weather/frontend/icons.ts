import type { Sky, Topic } from '../shared/model.ts';
import { html, type Html } from './html.ts';

const SUN = html`<g class="sun">
  <circle cx="32" cy="32" r="12" />
  <path
    d="M32 6v8M32 50v8M6 32h8M50 32h8M13.6 13.6l5.7 5.7M44.7 44.7l5.7 5.7M13.6 50.4l5.7-5.7M44.7 19.3l5.7-5.7"
  />
</g>`;
const MOON = html`<path class="moon" d="M40 10a23 23 0 1 0 14 30A19 19 0 0 1 40 10z" />`;
const CLOUD = html`<path
  class="cloud"
  d="M19 48h28a10.5 10.5 0 0 0 1.5-20.9A15 15 0 0 0 19.8 24 12.1 12.1 0 0 0 19 48z"
/>`;
const HIGH_CLOUD = html`<g transform="translate(0 -9)">${CLOUD}</g>`;

function behind(light: Html): Html {
  return html`<g transform="translate(18 -2) scale(.72)">${light}</g>`;
}

const WEATHER: Readonly<Record<Sky, (light: Html) => Html>> = {
  clear: (light) => light,
  'few-clouds': (light) => html`${behind(light)}<g transform="translate(-2 5)">${CLOUD}</g>`,
  clouds: () =>
    html`<g class="far" transform="translate(16 -4) scale(.78)">${CLOUD}</g>
      <g transform="translate(-3 4)">${CLOUD}</g>`,
  fog: () => html`${HIGH_CLOUD}<path class="fog" d="M12 47h40M18 54h34M10 61h30" />`,
  drizzle: () => html`${HIGH_CLOUD}<path class="drop" d="M22 46l-2 5M33 46l-2 5M44 46l-2 5" />`,
  rain: () =>
    html`${HIGH_CLOUD}<path class="drop" d="M21 45l-4 12M31 45l-4 12M41 45l-4 12M51 45l-4 12" />`,
  snow: () =>
    html`${HIGH_CLOUD}<path
        class="flake"
        d="M20 46v8M16.5 48l7 4M16.5 52l7-4M33 51v8M29.5 53l7 4M29.5 57l7-4M46 46v8M42.5 48l7 4M42.5 52l7-4"
      />`,
  thunder: () =>
    html`${HIGH_CLOUD}<path class="bolt" d="M35 38l-11 14h8l-4 10 13-15h-8l4-9z" />
      <path class="drop" d="M18 45l-3 9M50 45l-3 9" />`,
};

/** A picture of the sky. It says nothing that the text beside it does not. */
export function skyIcon(sky: Sky, night: boolean, className = 'icon'): Html {
  return html`<svg class="${className}" viewBox="0 0 64 64" aria-hidden="true">
    ${WEATHER[sky](night ? MOON : SUN)}
  </svg>`;
}

const LINES: Readonly<Record<Topic | 'arrow' | 'ok' | 'bad' | 'drop', string>> = {
  clothes: 'M9 4 4 7l2 4 2-1v10h8V10l2 1 2-4-5-3a3 3 0 0 1-6 0z',
  rain: 'M12 3v2M4 13a8 8 0 0 1 16 0zM12 13v6a2 2 0 0 0 4 0',
  wind: 'M3 9h11a3 3 0 1 0-3-3M3 14h15a3 3 0 1 1-3 3M3 19h7',
  light:
    'M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM12 1v2M12 21v2M1 12h2M21 12h2M4 4l1.5 1.5M18.5 18.5 20 20M4 20l1.5-1.5M18.5 5.5 20 4',
  tomorrow: 'M4 6h16v14H4zM4 10h16M8 3v4M16 3v4M9 15h6m-2.5-2.5L15 15l-2.5 2.5',
  saying: 'M4 5h16v11h-9l-5 4v-4H4zM8 9h8M8 12h5',
  arrow: 'M4 12h16m-5-5 5 5-5 5',
  ok: 'M5 12.5 10 17.5 19 7',
  bad: 'M6 6l12 12M18 6 6 18',
  drop: 'M12 4c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11z',
};

export function lineIcon(name: keyof typeof LINES): Html {
  return html`<svg class="line" viewBox="0 0 24 24" aria-hidden="true">
    <path d="${LINES[name]}" />
  </svg>`;
}
