/**
 * A page of a graph: one file that needs nothing else and asks nothing of the network.
 */
import type { Tensor } from '../tensor/index.js';
import type { Drawable } from './drawing.js';
import { STYLE } from './html-style.js';
import { showCount } from './nearest.js';
import { type HtmlOptions, pageOf } from './page-data.js';
import { PAGE_SCRIPT } from './page-script.js';
import { escapeXml, oneLine } from './wording.js';

/** Nothing may be loaded, whatever a label contains. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'";

/** JSON that can stand in a script element: no `<` ends it, and no comment begins in it. */
const embedded = (data: unknown): string => JSON.stringify(data).replaceAll('<', '\\u003c');

const button = (id: string, sign: string, label: string): string =>
  `<button type="button" id="${id}" aria-label="${label}" title="${label}">${sign}</button>`;

/** The page of a graph. @throws ArgumentError as {@link pageOf} */
export function writeHtml(thing: Tensor | Drawable, options: HtmlOptions): string {
  const { data, note } = pageOf(thing, options);
  const title = oneLine(options.title ?? '') || 'Computational graph';
  const count = `${showCount(data.nodes.length)} ${data.nodes.length === 1 ? 'node' : 'nodes'}`;
  const folding = data.groups.length > 0;
  const lines = [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<header>',
    `<h1>${escapeXml(title)}</h1>`,
    '<p id="count" role="status"></p>',
    '<div class="tools" role="toolbar" aria-label="Graph">',
    '<input type="search" id="search" placeholder="Search" aria-label="Search nodes by name" autocomplete="off" spellcheck="false">',
    ...(folding ? [button('fold', 'Fold', 'Fold all modules'), button('unfold', 'Unfold', 'Unfold all modules')] : []),
    button('out', '−', 'Zoom out'),
    button('fit', 'Fit', 'Show the whole graph'),
    button('in', '+', 'Zoom in'),
    '</div>',
    '</header>',
    '<main>',
    `<svg id="graph" tabindex="0" role="application" aria-label="${escapeXml(title)}: ${count}. Arrow keys follow the arrows, Enter pins a node or folds a module, plus and minus zoom, 0 shows all."></svg>`,
    '<aside id="card" aria-live="polite" hidden></aside>',
    '<noscript>This page draws its graph with a script, which this browser does not run.</noscript>',
    '</main>',
    `<footer>${note === '' ? '' : `<p>${escapeXml(note)}</p>`}<p class="hint">Drag to move, scroll or pinch to zoom, point at a node to read it, click to keep it.</p></footer>`,
    `<script type="application/json" id="data">${embedded(data)}</script>`,
    `<script>${PAGE_SCRIPT}</script>`,
    '</body>',
    '</html>',
  ];
  return `${lines.join('\n')}\n`;
}
