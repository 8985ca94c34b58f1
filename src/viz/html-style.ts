/**
 * The style sheet of a page: the colours of all pictures, in light, in dark and on paper.
 */
import { DARK, LIGHT, type Palette } from './palette.js';

const variables = (palette: Palette): string =>
  Object.entries(palette)
    .map(([name, colour]) => `--${name}: ${colour};`)
    .join(' ');

const FONTS = `system-ui, 'Segoe UI', 'Noto Sans', 'Noto Sans KR', 'Apple SD Gothic Neo', 'Malgun Gothic', sans-serif`;

export const STYLE = `
:root { color-scheme: light dark; ${variables(LIGHT)} --rule: #dfe3e9; --shade: #1f293726; }
@media (prefers-color-scheme: dark) { :root { ${variables(DARK)} --rule: #303843; --shade: #0009; } }
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; background: var(--paper); color: var(--ink); font: 14px/1.45 ${FONTS}; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px; padding: 10px 16px; border-bottom: 1px solid var(--rule); }
h1 { font-size: 16px; line-height: 1.3; margin: 0; overflow-wrap: anywhere; }
#count { margin: 0; color: var(--muted); white-space: nowrap; }
.tools { display: flex; flex-wrap: wrap; gap: 6px; margin-left: auto; }
button, input { font: inherit; color: inherit; background: var(--variable); border: 1px solid var(--variableFrame); border-radius: 7px; height: 32px; padding: 0 10px; }
button { cursor: pointer; min-width: 32px; }
button:hover { background: var(--operation); border-color: var(--operationFrame); }
:focus-visible { outline: 2px solid var(--value); outline-offset: 1px; }
#search { width: 150px; }
#search::placeholder { color: var(--muted); opacity: 1; }
#search.none { border-color: var(--alarm); color: var(--alarm); }
main { position: relative; flex: 1; min-height: 0; }
noscript { position: absolute; inset: 24px; }
footer { display: flex; flex-wrap: wrap; gap: 2px 18px; padding: 6px 16px; color: var(--muted); font-size: 12px; border-top: 1px solid var(--rule); }
footer p { margin: 0; }

#graph { display: block; position: absolute; inset: 0; width: 100%; height: 100%; touch-action: none; cursor: grab; user-select: none; -webkit-user-select: none; }
#graph:active { cursor: grabbing; }
#graph:focus-visible { outline-offset: -3px; }
#graph text { fill: var(--ink); pointer-events: none; }
#graph text.small, .number text { fill: var(--muted); }
#graph text.grad { fill: var(--grad); }
#graph [data-id] { cursor: pointer; outline: none; transition: opacity .12s; }
.shape { fill: var(--variable); stroke: var(--variableFrame); }
.operation .shape { fill: var(--operation); stroke: var(--operationFrame); }
.number .shape { fill: var(--paper); fill-opacity: 0; stroke: none; }
.group .shape, .frame { fill: var(--module); stroke: var(--moduleFrame); }
.frame { fill-opacity: .55; stroke-opacity: .55; }
.title .shape { fill: var(--module); fill-opacity: 0; stroke: none; }
.title:hover .shape { fill-opacity: 1; stroke: var(--moduleFrame); }
.sign { fill: none; stroke: var(--moduleFrame); stroke-width: 1.8; stroke-linecap: round; }
.title text { font-weight: 600; paint-order: stroke; stroke: var(--module); stroke-width: 3px; stroke-linejoin: round; }
.mark { fill: var(--alarm); stroke: var(--paper); stroke-width: 1.5; }
.alarm .shape { stroke: var(--alarm); stroke-width: 1.6; }
.line { fill: none; stroke: var(--muted); stroke-width: 1; }
.tip { fill: var(--muted); }
.lit .line { stroke: var(--value); stroke-width: 2; stroke-opacity: 1; }
.lit .tip { fill: var(--value); }
#graph [data-id]:hover .shape, #graph [data-id]:focus-visible .shape, .chosen .shape { stroke: var(--value); stroke-width: 2; stroke-opacity: 1; }
.found .shape { stroke: var(--grad); stroke-width: 2.4; stroke-opacity: 1; }
.away { opacity: .25; }

#card { position: absolute; z-index: 1; width: max-content; min-width: 190px; max-width: min(360px, calc(100% - 24px)); max-height: calc(100% - 24px); overflow: auto; padding: 12px 14px; background: var(--paper); border: 1px solid var(--rule); border-radius: 12px; box-shadow: 0 8px 28px var(--shade); font-size: 13px; pointer-events: none; }
#card[hidden] { display: none; }
#card.kept { top: 12px; right: 12px; pointer-events: auto; border-color: var(--operationFrame); }
#card h2 { font-size: 15px; line-height: 1.3; margin: 0; overflow-wrap: anywhere; }
#card.kept h2 { padding-right: 30px; }
#card .head p { margin: 0; color: var(--muted); overflow-wrap: anywhere; }
#card dl { display: grid; grid-template-columns: max-content 1fr; gap: 1px 12px; margin: 6px 0 0; }
#card dl:empty { display: none; }
#card dt { color: var(--muted); }
#card dd { margin: 0; text-align: right; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
#card dd.wide { grid-column: 1 / -1; text-align: left; }
#card section { margin-top: 10px; padding-top: 8px; border-top: 1px solid var(--rule); }
#card h3 { font-size: 12px; font-weight: 600; margin: 0; }
#card .value h3, #card .value .bars { color: var(--value); }
#card .grad h3, #card .grad .bars { color: var(--grad); }
.bars { display: flex; align-items: flex-end; gap: 1px; height: 34px; margin-top: 6px; border-bottom: 1px solid var(--rule); }
.bars i { flex: 1; background: currentColor; opacity: .75; border-radius: 1px 1px 0 0; }
.close { position: absolute; top: 8px; right: 8px; height: 28px; min-width: 28px; padding: 0; border-color: transparent; background: none; font-size: 18px; line-height: 1; }

@media (max-width: 640px) {
  header { padding: 8px 12px; }
  .tools { margin-left: 0; width: 100%; }
  #search { flex: 1; width: 0; min-width: 80px; }
  .hint { display: none; }
  footer:not(:has(p:not(.hint))) { display: none; }
  #card, #card.kept { left: 8px !important; right: 8px; top: auto !important; bottom: 8px; width: auto; max-width: none; max-height: 55%; }
}
@media (prefers-reduced-motion: reduce) { #graph [data-id] { transition: none; } }
@media print {
  :root { color-scheme: light; ${variables(LIGHT)} }
  .tools, .hint, #card { display: none; }
  header, footer { border: none; }
  main { min-height: 85vh; }
}
`;
