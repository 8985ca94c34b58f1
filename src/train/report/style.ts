/**
 * The report's style sheet: one column of cards, in the reader's light or dark mode.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1c2430; --soft: #5b6675; --rule: #e1e5ea;
  --training: #1f6feb; --held-out: #d9660a; --right: #2da44e; --wrong: #e5534b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --card: #1b2129; --ink: #e6eaf0; --soft: #98a4b3; --rule: #2f3843;
    --training: #6cabff; --held-out: #ff9f54; --right: #3fb950; --wrong: #f47067;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 20px 48px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 18px; margin: 0 0 4px; }
p { margin: 0 0 12px; color: var(--soft); max-width: 96ch; }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 20px 22px; margin-top: 18px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 14px; margin-top: 20px; }
.tile { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 12px 16px; }
.tile b { display: block; font-size: 23px; font-weight: 650; line-height: 1.3; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tile span { color: var(--soft); font-size: 13px; }
.tile.first b { color: var(--training); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(430px, 100%), 1fr)); gap: 12px 28px; }
figure { margin: 0; }
.chart figcaption { display: flex; flex-wrap: wrap; gap: 2px 14px; align-items: baseline; margin-bottom: 6px; }
.chart svg { width: 100%; height: auto; display: block; }
.key { color: var(--soft); font-size: 13px; white-space: nowrap; }
.key::before { content: ''; display: inline-block; width: 18px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: middle; background: currentColor; }
.key.training::before, .key.band::before { background: var(--training); }
.key.held-out::before { background: var(--held-out); }
.key.band::before { opacity: 0.22; height: 11px; }
.grid { stroke: var(--rule); }
.axis { stroke: var(--soft); }
.tick { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
.label { fill: var(--soft); font-size: 12.5px; }
.line { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
.line.training { stroke: var(--training); }
.line.held-out { stroke: var(--held-out); }
.mark { stroke: var(--card); stroke-width: 1.2; }
.mark.training { fill: var(--training); }
.mark.held-out { fill: var(--held-out); }
.chart path.band { fill: var(--training); opacity: 0.16; }
.split { display: grid; grid-template-columns: minmax(0, 1fr) 230px; gap: 28px; align-items: start; }
@media (max-width: 860px) { .split { grid-template-columns: minmax(0, 1fr); } }
.wide { overflow-x: auto; }
table.confusion { border-collapse: separate; border-spacing: 2px; font-variant-numeric: tabular-nums; font-size: 14px; width: 100%; }
.confusion th { font-weight: 600; padding: 2px 6px; }
.confusion .axis-name { color: var(--soft); font-weight: 400; font-size: 13px; }
.confusion tbody td { text-align: center; padding: 6px 4px; border-radius: 5px; min-width: 40px; }
.confusion .right { background: color-mix(in srgb, var(--right) var(--shade), transparent); }
.confusion .wrong { background: color-mix(in srgb, var(--wrong) var(--shade), transparent); }
.confusion i { color: var(--rule); }
.confusion tbody td.recall { color: var(--soft); text-align: right; white-space: nowrap; }
.pairs { list-style: none; margin: 4px 0 0; padding: 0; }
.pairs li { display: flex; gap: 5px; padding: 5px 0; border-bottom: 1px solid var(--rule); }
.pairs span { margin-left: auto; color: var(--soft); font-variant-numeric: tabular-nums; }
.gallery { display: grid; gap: 10px; margin-top: 10px; }
.gallery img { width: 100%; display: block; image-rendering: pixelated; border-radius: 5px; }
.weights { grid-template-columns: repeat(auto-fill, minmax(88px, 1fr)); }
.weights img { border: 1px solid var(--rule); }
.mistakes { grid-template-columns: repeat(auto-fill, minmax(76px, 1fr)); gap: 14px 10px; }
.mistakes figcaption { font-size: 13.5px; text-align: center; padding-top: 3px; font-variant-numeric: tabular-nums; white-space: nowrap; }
.mistakes small { color: var(--soft); }
.picture { overflow-x: auto; margin-top: 10px; text-align: center; }
.picture svg { max-width: 100%; height: auto; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(330px, 100%), 1fr)); gap: 0 36px; margin: 6px 0 0; }
.facts div { display: flex; gap: 16px; justify-content: space-between; padding: 5px 0; border-bottom: 1px solid var(--rule); }
.facts dt { color: var(--soft); white-space: nowrap; }
.facts dd { margin: 0; text-align: right; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
footer { color: var(--soft); font-size: 13px; margin-top: 22px; text-align: center; }
`;
