import type { Call, Origin, Report } from '../shared/model.ts';
import { html, type Html } from './html.ts';
import { lineIcon } from './icons.ts';

/** What the page knows of the way that its parts took. */
export interface Provenance {
  readonly report: Report | undefined;
  /** From frontend to backend. */
  readonly call: Call;
  readonly origin: Origin;
}

type State = 'ok' | 'bad' | 'unknown';

interface Service extends Origin {
  /** Of the style sheet. */
  readonly colour: 'istio' | 'consul' | 'nowhere';
}

interface Way {
  readonly frontend: Service;
  readonly backend: Service;
  readonly info: Service;
  readonly toBackend: Call;
  /** Nothing where backend was not reached. */
  readonly toInfo: Call | undefined;
  /** Nothing where info was not reached. */
  readonly back: Call | undefined;
  /** `OpenWeather`; nothing where backend was not reached. */
  readonly source: { readonly name: string; readonly state: State } | undefined;
}

/** Where each part of the page came from, and who vouched for whom on the way. */
export function provenance({ report, call, origin }: Provenance): Html {
  const way: Way = {
    frontend: service(origin),
    backend: service(report?.origin ?? { service: 'backend' }),
    info: service(report?.remarks?.origin ?? { service: 'info' }),
    toBackend: call,
    toInfo: report?.call,
    back: report?.remarks?.call,
    source: report && {
      name: report.weather?.source.kind === 'sample' ? 'sample data' : 'OpenWeather',
      state: report.weather === undefined || report.weather.source.stale ? 'bad' : 'ok',
    },
  };
  return html`<section class="card" id="provenance">
    <header>
      <h2>Where each part came from</h2>
      <span class="soft">${headline(way)}</span>
    </header>
    ${map(way)}
    <ol class="calls">
      ${row(way.frontend, way.backend, 'weather and remarks', call)}
      ${row(way.backend, way.info, 'remarks', way.toInfo, 'backend was not reached')}
      ${row(way.info, way.backend, 'weather', way.back, 'info was not reached')}
    </ol>
  </section>`;
}

function service(origin: Origin): Service {
  const colour = { Istio: 'istio', Consul: 'consul' } as const;
  const known = Object.entries(colour).find(([mesh]) => mesh === origin.mesh);
  return { ...origin, colour: known?.[1] ?? 'nowhere' };
}

function stateOf(call: Call | undefined): State {
  if (call === undefined) return 'unknown';
  return call.problem === undefined ? 'ok' : 'bad';
}

function headline({ toInfo, back }: Way): string {
  if (stateOf(toInfo) !== 'ok' || stateOf(back) !== 'ok') return 'a call failed';
  return toInfo?.seen?.federation !== undefined && back?.seen?.federation !== undefined
    ? 'two meshes, two root CAs, both directions verified'
    : 'outside of a federation: nobody vouches for a caller';
}

// ------------------------------------------------------------------------------------------------ map

function map(way: Way): Html {
  const { frontend, backend, info, toBackend, toInfo, back, source } = way;
  const zone = ({ colour, mesh }: Service, x: number, width: number) =>
    html`<g class="${colour}">
      <rect class="zone" x="${x}" y="10" width="${width}" height="170" rx="18" />
      <text class="title" x="${x + 18}" y="38"
        >${mesh === undefined ? 'no mesh' : `${mesh} mesh`}</text
      >
    </g>`;
  const node = ({ colour, service: name, pod }: Service, x: number) =>
    html`<g class="${colour}">
      <rect class="node" x="${x - 80}" y="76" width="160" height="58" rx="13" />
      <text x="${x}" y="${pod === undefined ? 111 : 102}">${name}</text>
      ${pod === undefined ? '' : html`<text class="small" x="${x}" y="122">${shortened(pod)}</text>`}
    </g>`;
  const arrow = (
    state: State,
    from: number,
    to: number,
    y: number,
    label: string,
    labelY: number,
  ) => {
    const tip = to > from ? -9 : 9;
    return html`<g class="${state}">
      <path class="arrow" d="M${from} ${y}H${to}" />
      <path class="arrow tip" d="M${to + tip} ${y - 7}L${to} ${y}L${to + tip} ${y + 7}" />
      <text class="label" x="${(from + to) / 2}" y="${labelY}">${label}</text>
    </g>`;
  };
  const time = (call: Call | undefined, what: string) =>
    `${what}${call === undefined ? '' : ` ${call.problem ? 'failed' : `${call.milliseconds} ms`}`}`;
  const crossing = toInfo?.seen?.federation !== undefined;
  return html`<svg
    class="map"
    viewBox="0 0 1000 270"
    role="img"
    aria-label="Map of the calls listed below"
  >
    ${zone(backend, 110, 500)} ${zone(info, 770, 220)}
    <rect class="outside" x="2" y="84" width="76" height="42" rx="12" />
    <text class="small" x="40" y="110">browser</text>
    ${arrow('ok', 82, 134, 105, '', 90)} ${node(frontend, 220)} ${node(backend, 510)}
    ${node(info, 880)} ${arrow(stateOf(toBackend), 306, 424, 105, time(toBackend, ''), 94)}
    ${
      crossing &&
      html`<path class="border" d="M690 24V60M690 154V178" /><text class="small" x="690" y="14"
          >trust border</text
        >`
    }
    ${arrow(stateOf(toInfo), 596, 794, 90, time(toInfo, 'remarks'), 78)}
    ${arrow(stateOf(back), 794, 596, 122, time(back, 'weather'), 144)}
    ${
      source &&
      html`<g class="${source.state}">
        <path class="arrow" d="M510 216V140" /><path
          class="arrow tip"
          d="M503 149L510 140L517 149"
        />
        <rect class="outside" x="430" y="218" width="160" height="42" rx="12" />
        <text class="label" x="510" y="244">${source.name}</text>
      </g>`
    }
  </svg>`;
}

/** A pod's name by its end, which tells it from the others. */
function shortened(pod: string): string {
  return pod.length <= 22 ? pod : `…${pod.slice(-21)}`;
}

// ---------------------------------------------------------------------------------------------- calls

function row(
  from: Service,
  to: Service,
  what: string,
  call: Call | undefined,
  missing?: string,
): Html {
  const state = stateOf(call);
  return html`<li class="${state}" data-call="${from.service}-${to.service}">
    <div class="head">
      ${chip(from)} ${lineIcon('arrow')} ${chip(to)}
      <span class="soft">asks for ${what}</span>
      <span class="result">
        ${
          call === undefined
            ? missing
            : html`${lineIcon(state === 'ok' ? 'ok' : 'bad')} ${call.milliseconds} ms`
        }
      </span>
    </div>
    ${call && details(from, to, call)}
  </li>`;
}

function chip({ colour, service: name }: Service): Html {
  return html`<span class="chip ${colour}">${name}</span>`;
}

function details(from: Service, to: Service, { url, seen, problem }: Call): Html {
  const lines: (readonly [string, Html])[] = [['Request', html`<code>GET ${url}</code>`]];
  if (problem !== undefined) {
    lines.push(
      ['Failed', html`<span class="wrong">${problem.what}</span>`],
      ['What to do', html`${problem.help}`],
    );
  }
  if (seen?.federation !== undefined) {
    lines.push([
      'Verified at the border',
      html`${identity(from, seen.federation)} <span class="soft">x-federation-caller</span>`,
    ]);
  }
  if (seen?.peer !== undefined) {
    lines.push([
      seen.federation === undefined ? `Verified by ${to.service}` : `Admitted by ${to.service} as`,
      html`${identity(to, seen.peer)} <span class="soft">x-forwarded-client-cert</span>`,
    ]);
  }
  if (seen !== undefined && seen.federation === undefined && seen.peer === undefined) {
    lines.push(['Identity', html`<span class="soft">none: no mesh was on the way</span>`]);
  }
  return html`<dl>
    ${lines.map(
      ([term, value]) =>
        html`<dt>${term}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

function identity({ colour }: Service, id: string): Html {
  return html`<code class="id ${colour}">${id}</code>`;
}
