/**
 * Which part of the graph the window shows, and how large: moved by dragging, zoomed by the wheel or two fingers.
 */
import type { Point } from './arrange.js';
import type { Rect } from './layout.js';

const SCALES = { least: 0.02, most: 8 } as const;
/** Between the graph and the window when all is shown. */
const MARGIN = 24;
/** Texts can be read from this scale on. */
const READABLE = 0.6;
/** Small graphs are not blown up beyond this. */
const LARGEST_FIT = 1.5;
/** Where in the window a part of the graph is presented. */
const PRESENTED = 0.4;
/** A pointer that moves less than this has clicked. */
const CLICK = 4;

/** Pixels of a wheel's step, by the unit in which it is given: pixels, lines, pages. */
const WHEEL_UNITS = [1, 16, 400] as const;

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
const between = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

/** A graph, its size, and where it begins. */
export interface Content {
  readonly element: SVGElement | null;
  readonly size: { readonly width: number; readonly height: number };
  readonly beginning: Point;
}

export class View {
  /** Where the graph's left upper corner is in the window, and how many pixels one of its own has. */
  private x = 0;
  private y = 0;
  private scale = 1;
  private content: Content = { element: null, size: { width: 1, height: 1 }, beginning: { x: 0, y: 0 } };
  /** Fingers and buttons that are down, where they were seen last. */
  private readonly pointers = new Map<number, Point>();
  /** How far a pointer has gone since the first came down, as far as that decides whether it clicks. */
  private travelled = 0;
  /** Whether the reader has moved the graph: then it stays when the window changes. */
  private moved = false;

  constructor(private readonly svg: SVGSVGElement) {
    svg.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    svg.addEventListener('pointerdown', (event) => this.press(event));
    svg.addEventListener('pointermove', (event) => this.drag(event));
    for (const end of ['pointerup', 'pointercancel'] as const) {
      svg.addEventListener(end, ({ pointerId }) => this.pointers.delete(pointerId));
    }
    // What ends a drag is no click.
    svg.addEventListener(
      'click',
      (event) => {
        if (this.travelled > CLICK) event.stopPropagation();
      },
      { capture: true },
    );
    new ResizeObserver(() => {
      if (!this.moved) this.start();
    }).observe(svg);
  }

  /** Shows other content of another size, with nothing moved. */
  show(content: Content): void {
    this.content = content;
    this.svg.replaceChildren(...(content.element ? [content.element] : []));
    this.apply();
  }

  /** The whole graph. */
  fit(): void {
    this.place(SCALES.least);
  }

  /** The whole graph, or of a large one as much around its beginning as can be read. */
  start(): void {
    this.place(READABLE);
  }

  private place(least: number): void {
    const { width, height } = this.svg.getBoundingClientRect();
    const { size, beginning } = this.content;
    const whole = Math.min((width - 2 * MARGIN) / size.width, (height - 2 * MARGIN) / size.height, LARGEST_FIT);
    const scale = Math.max(least, whole);
    /** In the middle, if there is room for all; else with the beginning in the middle, as far as that leaves no gap. */
    const along = (room: number, length: number, start: number): number =>
      length <= room - 2 * MARGIN
        ? (room - length) / 2
        : Math.min(MARGIN, Math.max(room - MARGIN - length, room / 2 - start));
    this.scale = scale;
    this.x = along(width, scale * size.width, scale * beginning.x);
    this.y = along(height, scale * size.height, scale * beginning.y);
    this.moved = false;
    this.apply();
  }

  /** Zooms around the middle of the window. */
  zoom(factor: number): void {
    const { left, top, width, height } = this.svg.getBoundingClientRect();
    this.zoomAt({ x: left + width / 2, y: top + height / 2 }, factor);
  }

  move(dx: number, dy: number): void {
    this.x += dx;
    this.y += dy;
    this.moved = true;
    this.apply();
  }

  /** Moves the graph until a part of it is in sight, and no further. */
  reveal({ x, y, width, height }: Rect): void {
    const window = this.svg.getBoundingClientRect();
    const shift = (from: number, length: number, room: number): number =>
      Math.max(MARGIN - from, Math.min(0, room - MARGIN - from - length));
    const dx = shift(this.x + this.scale * x, this.scale * width, window.width);
    const dy = shift(this.y + this.scale * y, this.scale * height, window.height);
    if (dx !== 0 || dy !== 0) this.move(dx, dy);
  }

  /** Moves the graph so that a part of it stands a little above and left of the middle: cards are at the right, or at the foot. */
  present({ x, y, width, height }: Rect): void {
    const window = this.svg.getBoundingClientRect();
    const dx = PRESENTED * window.width - this.x - this.scale * (x + width / 2);
    const dy = PRESENTED * window.height - this.y - this.scale * (y + height / 2);
    this.move(dx, dy);
  }

  /** Moves the graph so that `to` stands where `from` stood: what was folded stays under the pointer. */
  hold(from: Point, to: Point): void {
    this.x += this.scale * (from.x - to.x);
    this.y += this.scale * (from.y - to.y);
    this.apply();
  }

  /** For paper: the graph as large as the page, wherever the window is. */
  print(on: boolean): void {
    if (on) {
      const { width, height } = this.content.size;
      this.svg.setAttribute('viewBox', `-8 -8 ${width + 16} ${height + 16}`);
      this.content.element?.removeAttribute('transform');
    } else {
      this.svg.removeAttribute('viewBox');
      this.apply();
    }
  }

  private zoomAt(at: Point, factor: number): void {
    const { left, top } = this.svg.getBoundingClientRect();
    const scale = Math.min(SCALES.most, Math.max(SCALES.least, this.scale * factor));
    const ratio = scale / this.scale;
    this.x = at.x - left - ratio * (at.x - left - this.x);
    this.y = at.y - top - ratio * (at.y - top - this.y);
    this.scale = scale;
    this.moved = true;
    this.apply();
  }

  private apply(): void {
    this.content.element?.setAttribute('transform', `translate(${this.x} ${this.y}) scale(${this.scale})`);
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const pixels = event.deltaY * (WHEEL_UNITS[event.deltaMode] ?? 1);
    // A pinch on a touchpad comes as a wheel with the control key, in smaller steps.
    this.zoomAt({ x: event.clientX, y: event.clientY }, Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0015)));
  }

  private press({ pointerId, clientX, clientY, button }: PointerEvent): void {
    if (button > 1) return;
    if (this.pointers.size === 0) this.travelled = 0;
    this.pointers.set(pointerId, { x: clientX, y: clientY });
  }

  private drag({ pointerId, clientX, clientY }: PointerEvent): void {
    const before = this.pointers.get(pointerId);
    if (before === undefined) return;
    const now = { x: clientX, y: clientY };
    this.travelled = Math.max(this.travelled, distance(before, now));
    if (this.travelled <= CLICK) return;
    // From here on the movement is ours, even beyond the window; a click keeps its target.
    this.svg.setPointerCapture(pointerId);
    const [other] = [...this.pointers].filter(([id]) => id !== pointerId).map(([, point]) => point);
    this.pointers.set(pointerId, now);
    const [a, b] = other ? [between(before, other), between(now, other)] : [before, now];
    this.move(b.x - a.x, b.y - a.y);
    if (other) this.zoomAt(b, distance(now, other) / Math.max(1, distance(before, other)));
  }
}
