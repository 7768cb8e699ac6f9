/** The page's style sheet. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --bg: #f2f4f9; --card: #fff; --ink: #17212f; --soft: #566273; --line: #e2e7ef; --fill: #f6f8fc;
  --istio: #3c63c0; --consul: #c01f69; --ok: #0f7a57; --bad: #bb2d25; --warn: #8a5a00;
  --warn-fill: #fff5dc; --bad-fill: #fdeceb; --cold: #4f8df0; --warm: #f2a33c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #0c1119; --card: #151d28; --ink: #e8edf5; --soft: #98a5b8; --line: #263140; --fill: #1a2431;
    --istio: #8fadff; --consul: #ff80b5; --ok: #4bd3a4; --bad: #ff8a80; --warn: #f0c060;
    --warn-fill: #2b2412; --bad-fill: #331a1c; --cold: #6ea3ff; --warm: #ffb95c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--bg); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  -webkit-text-size-adjust: 100%;
}
main, footer { width: min(1080px, 100% - 2rem); margin-inline: auto; }
main { display: grid; gap: 1rem; padding-block: 1.25rem; }
h1, h2, p, ul, ol, dl, dd { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h2 { font-size: 1.05rem; letter-spacing: -.01em; }
code { font: .84em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
a { color: inherit; }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: 18px; padding: 1.15rem 1.25rem;
  min-width: 0;
}
.card > header { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 1rem; margin-bottom: .75rem; }
.soft { color: var(--soft); font-size: .875rem; }
.line { width: 1.25rem; height: 1.25rem; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; flex: none; }

.note { display: flex; gap: .75rem; border-radius: 14px; padding: .8rem 1rem; font-size: .93rem; background: var(--warn-fill); color: var(--ink); border: 1px solid color-mix(in srgb, var(--warn) 35%, transparent); }
.note strong { color: var(--warn); }
.note.bad { background: var(--bad-fill); border-color: color-mix(in srgb, var(--bad) 35%, transparent); }
.note.bad strong { color: var(--bad); }

.hero { --from: #3d556f; --to: #6480a0; position: relative; overflow: hidden; border-radius: 24px; padding: 1.6rem 1.75rem 1.4rem; color: #fff; background: linear-gradient(155deg, var(--from), var(--to)); }
.hero.clear, .hero.few-clouds { --from: #1559b7; --to: #3b8ede; }
.hero.rain, .hero.drizzle { --from: #2a3d54; --to: #4d6b8a; }
.hero.snow { --from: #4a6583; --to: #7590ad; }
.hero.fog { --from: #535f6c; --to: #77838f; }
.hero.thunder { --from: #23263f; --to: #4a4870; }
.hero.night { --from: #1a2336; --to: #3a4a66; }
.hero.night.clear, .hero.night.few-clouds { --from: #11183a; --to: #34427f; }
.hero .place { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .75rem; }
.hero h1 { font-size: 1.35rem; letter-spacing: -.01em; }
.hero .soft { color: rgb(255 255 255 / .85); }
.hero .now { display: flex; align-items: center; gap: 1rem; margin: .35rem 0 1.1rem; }
.hero .degrees { font-size: clamp(4.2rem, 14vw, 6.5rem); font-weight: 250; line-height: 1; letter-spacing: -.045em; }
.hero .words { font-size: 1.1rem; }
.hero .words b { display: block; font-size: 1.35rem; font-weight: 600; line-height: 1.25; }
.hero .icon { position: absolute; right: 1.5rem; top: .75rem; width: clamp(7rem, 22vw, 12.5rem); height: auto; filter: drop-shadow(0 10px 18px rgb(0 0 0 / .2)); }
.stats { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .6rem; position: relative; }
.stats > div { background: rgb(255 255 255 / .13); border-radius: 13px; padding: .55rem .8rem; }
.stats dt { font-size: .8rem; color: rgb(255 255 255 / .85); }
.stats dd { font-size: 1.1rem; font-weight: 600; white-space: nowrap; }
.stats svg { width: 1em; height: 1em; vertical-align: -.1em; fill: currentColor; }

.sun { fill: #ffcf4a; stroke: #ffcf4a; stroke-width: 4; stroke-linecap: round; }
.moon { fill: #f3e6b8; }
.cloud { fill: #fff; }
.card .cloud { fill: #b8c4d4; }
.far { opacity: .6; }
.drop, .flake, .fog { fill: none; stroke: #8cc4ff; stroke-width: 3; stroke-linecap: round; }
.flake { stroke: #e3f1ff; stroke-width: 2; }
.fog { stroke: #dfe6ee; stroke-width: 3.5; }
.card .flake { stroke: #7fb2ea; }
.card .fog { stroke: #a3b0c0; }
.card .drop { stroke: #4f97ea; }
.bolt { fill: #ffcf4a; }

.columns { display: grid; gap: 1rem; }
@media (min-width: 900px) { .columns { grid-template-columns: minmax(0, 1.45fr) minmax(0, 1fr); } }
.stack { display: grid; gap: 1rem; align-content: start; min-width: 0; }

.scroll { overflow-x: auto; margin-inline: -.35rem; padding-inline: .35rem; }
.hours { min-width: 33rem; }
.hours ol { display: grid; grid-template-columns: repeat(8, 1fr); text-align: center; }
.hours .icon { width: 2.4rem; height: 2.4rem; display: block; margin: .1rem auto 0; }
.hours .hour { font-size: .85rem; color: var(--soft); }
.hours b { font-size: 1.05rem; font-weight: 600; }
.hours .curve { display: block; width: 100%; height: 4.6rem; margin-block: .1rem; overflow: visible; }
.curve path { fill: none; stroke: var(--warm); stroke-width: 2.5; vector-effect: non-scaling-stroke; stroke-linecap: round; }
.curve .area { fill: var(--warm); opacity: .13; stroke: none; }
.pop { display: inline-flex; align-items: center; justify-content: flex-end; gap: .1rem; font-size: .8rem; color: var(--cold); min-width: 3.4rem; }
.pop .line { width: .9rem; height: .9rem; }
.pop.none { opacity: .6; }
.hours .pop { justify-content: center; min-width: 0; }

.card.fill { display: flex; flex-direction: column; }
.fill > ol, .fill > ul { flex: 1; align-content: space-between; }
.days { display: grid; grid-auto-rows: 1fr; }
.days li { display: grid; grid-template-columns: 5.6rem 2.2rem 3.4rem 2.4rem minmax(3rem, 1fr) 2.4rem; align-items: center; gap: .6rem; padding-block: .3rem; border-top: 1px solid var(--line); }
.days li:first-child { border-top: 0; }
.days .icon { width: 2.1rem; height: 2.1rem; }
.days .low { text-align: right; color: var(--soft); }
.days .high { font-weight: 600; text-align: right; }
#heat-colours { position: absolute; width: 0; height: 0; }
.range { width: 100%; height: .6rem; overflow: visible; }
.range line { stroke-width: 6; stroke-linecap: round; vector-effect: non-scaling-stroke; stroke: var(--line); }
.range .own { stroke: url(#heat); }
.heat-cold { stop-color: var(--cold); } .heat-warm { stop-color: var(--warm); }

.remarks { display: grid; gap: .95rem; }
.remarks li { display: grid; grid-template-columns: 2.25rem 1fr; gap: .75rem; align-items: start; }
.remarks .badge { display: grid; place-items: center; width: 2.25rem; height: 2.25rem; border-radius: 11px; color: var(--consul); background: color-mix(in srgb, var(--consul) 11%, transparent); }
.by { border-top: 1px solid var(--line); margin-top: 1rem; padding-top: .75rem; }

.map { display: block; width: 100%; height: auto; margin-block: .25rem .9rem; }
.map text { font: 600 17px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--ink); text-anchor: middle; }
.map .small { font-size: 13px; font-weight: 400; fill: var(--soft); }
.map .zone { fill: color-mix(in srgb, var(--mesh) 7%, transparent); stroke: color-mix(in srgb, var(--mesh) 40%, transparent); stroke-width: 1.5; }
.map .title { fill: var(--mesh); font-size: 15px; text-anchor: start; }
.map .node { fill: var(--card); stroke: var(--mesh); stroke-width: 2; }
.map .outside { fill: var(--fill); stroke: var(--line); stroke-width: 1.5; }
.map .border { stroke: var(--soft); stroke-width: 2; stroke-dasharray: 3 6; stroke-linecap: round; }
.map .arrow { stroke: var(--state); stroke-width: 2.5; fill: none; stroke-linecap: round; stroke-linejoin: round; }
.map .bad .arrow { stroke-dasharray: 7 6; }
.map .bad .tip { stroke-dasharray: none; }
.map .label { font-size: 14px; fill: var(--state); paint-order: stroke; stroke: var(--card); stroke-width: 7px; stroke-linejoin: round; }
.istio { --mesh: var(--istio); } .consul { --mesh: var(--consul); } .nowhere { --mesh: var(--soft); }
.ok { --state: var(--ok); } .bad { --state: var(--bad); } .unknown { --state: var(--soft); }
@media (max-width: 640px) { .map { display: none; } }

.calls { display: grid; gap: .6rem; }
.calls > li { border: 1px solid var(--line); border-left: 4px solid var(--state); border-radius: 13px; padding: .7rem .95rem; background: var(--fill); }
.calls .head { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem .6rem; }
.chip { display: inline-flex; align-items: center; gap: .4rem; font-weight: 600; }
.chip::before { content: ""; width: .6rem; height: .6rem; border-radius: 50%; background: var(--mesh); }
.result { margin-left: auto; display: inline-flex; align-items: center; gap: .3rem; color: var(--state); font-weight: 600; font-size: .9rem; }
.calls dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .8rem; margin-top: .4rem; font-size: .9rem; }
.calls dt { color: var(--soft); }
.calls dd { min-width: 0; }
@media (max-width: 640px) { .calls dl { grid-template-columns: 1fr; } .calls dd { margin-bottom: .3rem; } }
.id { display: inline-block; border-radius: 7px; padding: .05rem .45rem; background: color-mix(in srgb, var(--mesh) 12%, transparent); }
.wrong { color: var(--bad); font-weight: 600; overflow-wrap: anywhere; }
footer { padding-block: .25rem 2rem; }
@media (max-width: 520px) {
  .stats dd { font-size: .95rem; }
  .hero { padding: 1.25rem; } .hero .icon { right: .5rem; top: 2.2rem; opacity: .9; }
  .days li { grid-template-columns: 4.2rem 2rem 2.2rem minmax(2rem, 1fr) 2.2rem; } .days .pop { display: none; }
}
`;
