/**
 * The script of a page: brings the graph onto it and listens to the reader. `npm run build` makes one piece of this
 * folder, which the library writes into its pages.
 */
import { CardPanel } from './card.js';
import { Graph } from './graph.js';
import type { PageData } from './model.js';
import { View } from './view.js';
import { type Id, PAGE } from './visible.js';

/** How much a key or button zooms, and how far an arrow key moves. */
const ZOOM = 1.3;
const STEP = 60;

/** An element that the page has. */
function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

const svg = document.querySelector<SVGSVGElement>('#graph')!;
const data: PageData = JSON.parse(byId('data').textContent ?? '');
const view = new View(svg);
const count = byId('count');
const total = data.nodes.length;
const panel = new CardPanel(byId('card'), () => graph.keep(PAGE));
const down = (data.direction ?? (innerWidth < innerHeight ? 'TB' : 'LR')) === 'TB';
const graph = new Graph(data, down, view, panel, (seen) => {
  const all = total.toLocaleString('en');
  count.textContent = `${seen === total ? all : `${seen.toLocaleString('en')} of ${all}`} ${total === 1 ? 'node' : 'nodes'}`;
});
view.start();

/** What lies under a pointer. */
function under({ target }: Event): Id {
  const thing = target instanceof Element ? target.closest<SVGElement>('[data-id]') : null;
  return thing ? Number(thing.dataset.id) : PAGE;
}

/** What a click or Enter does: groups fold, nodes are kept. */
const act = (id: Id): void => (graph.isGroup(id) ? graph.toggle(id) : graph.keep(id));

// ── Pointers ─────────────────────────────────────────────────────────────────────────────────────────────────────────

svg.addEventListener('pointerover', (event) => {
  if (event.pointerType !== 'touch' && event.buttons === 0) graph.point(under(event));
});
svg.addEventListener('pointerleave', () => graph.point(PAGE));
svg.addEventListener('click', (event) => {
  const id = under(event);
  if (id === PAGE) graph.keep(PAGE);
  else {
    graph.focus(id);
    act(id);
  }
});

// ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const WAYS: Readonly<Record<string, 'forward' | 'back' | 'before' | 'after'>> = {
  [down ? 'ArrowDown' : 'ArrowRight']: 'forward',
  [down ? 'ArrowUp' : 'ArrowLeft']: 'back',
  [down ? 'ArrowLeft' : 'ArrowUp']: 'before',
  [down ? 'ArrowRight' : 'ArrowDown']: 'after',
};
const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [0, STEP],
  ArrowDown: [0, -STEP],
  ArrowLeft: [STEP, 0],
  ArrowRight: [-STEP, 0],
};
const COMMANDS: Readonly<Record<string, () => void>> = {
  '+': () => view.zoom(ZOOM),
  '=': () => view.zoom(ZOOM),
  '-': () => view.zoom(1 / ZOOM),
  '0': () => view.fit(),
  Escape: () => graph.keep(PAGE),
};

svg.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { key } = event;
  const id = under(event);
  const [way, move] = [WAYS[key], MOVES[key]];
  if (id !== PAGE && way) graph.step(id, way);
  else if (id !== PAGE && (key === 'Enter' || key === ' ')) act(id);
  else if (move) view.move(...move);
  else if (COMMANDS[key]) COMMANDS[key]();
  else return;
  event.preventDefault();
});
svg.addEventListener('focusin', (event) => {
  const id = under(event);
  // A click focuses, too, but has its own effect.
  if (id !== PAGE && event.target instanceof Element && event.target.matches(':focus-visible')) graph.visit(id);
});
svg.addEventListener('focusout', () => graph.point(PAGE));

// ── Tools ────────────────────────────────────────────────────────────────────────────────────────────────────────────

byId('in').addEventListener('click', () => view.zoom(ZOOM));
byId('out').addEventListener('click', () => view.zoom(1 / ZOOM));
byId('fit').addEventListener('click', () => view.fit());
if (data.groups.length > 0) {
  byId('fold').addEventListener('click', () => graph.foldAll(true));
  byId('unfold').addEventListener('click', () => graph.foldAll(false));
}

const search = document.querySelector<HTMLInputElement>('#search')!;
let matches: readonly number[] = [];
let visited = -1;
search.addEventListener('input', () => {
  const wanted = search.value.trim().toLowerCase();
  const told = data.nodes.map(
    ({ card }) => `${card.title} ${card.subtitle} ${card.rows.map(([, text]) => text).join(' ')}`,
  );
  matches = wanted === '' ? [] : [...told.keys()].filter((node) => told[node]!.toLowerCase().includes(wanted));
  visited = -1;
  search.classList.toggle('none', wanted !== '' && matches.length === 0);
  graph.mark(new Set(matches));
});
search.addEventListener('keydown', ({ key, shiftKey }) => {
  if (key !== 'Enter' || matches.length === 0) return;
  const n = matches.length;
  visited = shiftKey ? (Math.max(visited, 0) + n - 1) % n : (visited + 1) % n;
  graph.goTo(matches[visited]!);
});

// ── Paper ────────────────────────────────────────────────────────────────────────────────────────────────────────────

addEventListener('beforeprint', () => view.print(true));
addEventListener('afterprint', () => view.print(false));
