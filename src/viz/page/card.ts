/**
 * The card that tells of a box: beside the box while a reader points at it, in the corner when it is kept.
 */
import type { Card, CardPart, CardRow } from './model.js';

const HEADINGS = { value: 'value', grad: 'gradient' } as const;
/** Between a box and its card, and between the card and the window's edge. */
const GAP = 12;

function element(name: string, className: string, ...children: readonly (Node | string)[]): HTMLElement {
  const made = document.createElement(name);
  if (className !== '') made.className = className;
  made.append(...children);
  return made;
}

/** Names and texts in two columns; a text without a name takes both. */
const rows = (list: readonly CardRow[]): HTMLElement =>
  element(
    'dl',
    '',
    ...list.flatMap(([name, text]) =>
      (name === '' ? [] : [element('dt', '', name)]).concat(element('dd', name === '' ? 'wide' : '', text)),
    ),
  );

function bars(counts: readonly number[]): HTMLElement {
  const most = Math.max(...counts);
  const made = element(
    'div',
    'bars',
    ...counts.map((count) => {
      const bar = element('i', '');
      // What is there can be seen, however little it is.
      bar.style.height = count === 0 ? '0' : `${Math.max(4, Math.round((count / most) * 100))}%`;
      return bar;
    }),
  );
  made.setAttribute('role', 'img');
  made.setAttribute('aria-label', 'distribution of the elements from the least to the greatest');
  return made;
}

const part = ({ kind, rows: list, bars: counts }: CardPart): HTMLElement =>
  element('section', kind, element('h3', '', HEADINGS[kind]), ...(counts ? [bars(counts)] : []), rows(list));

export class CardPanel {
  /** What the panel is filled with. Left alone while that stays: a button that goes away while it is pressed is never clicked. */
  private card: Card | null = null;
  private kept = false;

  constructor(
    private readonly panel: HTMLElement,
    private readonly onClose: () => void,
  ) {}

  /** Shows the card of a box that stands at `box` in the graph at `graph`; a kept one in the corner, with a button to close it. */
  show(card: Card, box: DOMRect, graph: DOMRect, kept: boolean): void {
    const { panel } = this;
    if (card !== this.card || kept !== this.kept) this.fill(card, kept);
    panel.hidden = false;
    panel.style.removeProperty('left');
    panel.style.removeProperty('top');
    if (!kept) this.place(box, graph);
  }

  hide(): void {
    this.panel.hidden = true;
  }

  private fill(card: Card, kept: boolean): void {
    const { panel } = this;
    this.card = card;
    this.kept = kept;
    const head = element('div', 'head', element('h2', '', card.title), element('p', '', card.subtitle));
    panel.replaceChildren(head, rows(card.rows), ...card.parts.map(part));
    panel.classList.toggle('kept', kept);
    if (!kept) return;
    const close = element('button', 'close', '×');
    close.setAttribute('aria-label', 'Close');
    close.addEventListener('click', this.onClose);
    panel.append(close);
  }

  /** Beside the graph if there is room, so that nothing is covered; else beside the box, else where it fits. */
  private place(box: DOMRect, graph: DOMRect): void {
    const { panel } = this;
    const room = panel.parentElement?.getBoundingClientRect();
    if (!room) return;
    const { width, height } = panel.getBoundingClientRect();
    const least = { x: room.left + GAP, y: room.top + GAP };
    const most = { x: room.right - GAP - width, y: room.bottom - GAP - height };
    const level = Math.max(least.y, Math.min(most.y, box.top));
    const flush = Math.max(least.x, Math.min(most.x, box.left));
    const wishes = [
      { x: graph.right + GAP, y: level },
      { x: flush, y: graph.bottom + GAP },
      { x: graph.left - GAP - width, y: level },
      { x: flush, y: graph.top - GAP - height },
      { x: box.right + GAP, y: level },
      { x: box.left - GAP - width, y: level },
    ];
    const { x, y } = wishes.find(({ x, y }) => x >= least.x && x <= most.x && y >= least.y && y <= most.y) ?? {
      x: Math.max(least.x, most.x),
      y: level,
    };
    panel.style.left = `${x - room.left}px`;
    panel.style.top = `${y - room.top}px`;
  }
}
