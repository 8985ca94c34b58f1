/**
 * The graph on the page: what is folded, what is pointed at, what is kept.
 */

import type { Point } from './arrange.js';
import type { CardPanel } from './card.js';
import { draw, type Scene } from './draw.js';
import { type Layout, layOut } from './layout.js';
import type { Card, PageData } from './model.js';
import { type Neighbourhood, neighbourhood } from './neighbourhood.js';
import type { View } from './view.js';
import { groupId, groupsAround, type Id, PAGE, shownAs, type Visible, visibleOf } from './visible.js';

/** What is on the page for what is folded. */
interface Drawn {
  readonly visible: Visible;
  readonly layout: Layout;
  readonly scene: Scene;
}

export class Graph {
  private readonly folded: Set<Id>;
  private drawn: Drawn;
  /** Where the keyboard is, or was. */
  private current: Id = PAGE;
  private pointed: Id = PAGE;
  private kept: Id = PAGE;
  private found: ReadonlySet<number> = new Set();

  constructor(
    private readonly data: PageData,
    /** Whether arrows lead downwards; else they lead to the right. */
    private readonly down: boolean,
    private readonly view: View,
    private readonly panel: CardPanel,
    private readonly onCount: (seen: number) => void,
  ) {
    this.folded = new Set(data.groups.flatMap(({ folded }, i) => (folded ? [groupId(data, i)] : [])));
    this.drawn = this.make();
    this.show();
  }

  isGroup(id: Id): boolean {
    return id >= this.data.nodes.length;
  }

  /** Folds an open group, or opens a folded one; it stays where it is on the screen. */
  toggle(group: Id): void {
    const before = this.drawn.layout.places.get(group);
    if (!this.folded.delete(group)) this.folded.add(group);
    this.redraw();
    const after = this.drawn.layout.places.get(group);
    if (before && after) this.view.hold(before, after);
    this.focus(group);
  }

  foldAll(fold: boolean): void {
    this.folded.clear();
    if (fold) this.data.groups.forEach((_, i) => this.folded.add(groupId(this.data, i)));
    this.redraw();
    this.view.start();
  }

  /** A reader points at a box, or at nothing. */
  point(id: Id): void {
    this.pointed = id;
    this.update();
  }

  /** A reader chooses a box, to keep its card, or nothing. */
  keep(id: Id): void {
    this.kept = id === this.kept ? PAGE : id;
    this.pointed = PAGE;
    this.update();
  }

  focus(id: Id): void {
    const thing = this.drawn.scene.things.get(id);
    if (!thing) return;
    this.drawn.scene.things.get(this.current)?.setAttribute('tabindex', '-1');
    thing.setAttribute('tabindex', '0');
    this.current = id;
    thing.focus({ preventScroll: true });
  }

  /** Shows the card of what the keyboard has come to, and brings it into sight. */
  visit(id: Id): void {
    const place = this.drawn.layout.places.get(id);
    if (place) this.view.reveal(this.isGroup(id) && !this.folded.has(id) ? { ...place, height: 24 } : place);
    this.point(id);
  }

  /** Goes from a box to its neighbour: along its arrows forward or back, or to the one before or after it. */
  step(from: Id, way: 'forward' | 'back' | 'before' | 'after'): void {
    const order = [...this.drawn.scene.things.keys()];
    const place = order.indexOf(from);
    const { inputs, outputs } = this.around(from);
    const next = { forward: outputs[0], back: inputs[0], before: order[place - 1], after: order[place + 1] }[way];
    if (next !== undefined) this.focus(next);
  }

  /** Marks the nodes that a search has found. */
  mark(found: ReadonlySet<number>): void {
    this.found = found;
    this.update();
  }

  /** Opens the groups around a node and goes there. */
  goTo(node: number): void {
    for (const group of groupsAround(this.data, node)) this.folded.delete(group);
    this.redraw();
    const place = this.drawn.layout.places.get(node);
    if (place) this.view.present(place);
    this.kept = node;
    this.update();
  }

  private make(): Drawn {
    const visible = visibleOf(this.data, this.folded);
    const layout = layOut(this.data, visible, this.down);
    return { visible, layout, scene: draw(this.data, visible, layout, this.down) };
  }

  private redraw(): void {
    this.drawn = this.make();
    this.show();
  }

  private show(): void {
    const { visible, layout, scene } = this.drawn;
    this.view.show({ element: scene.content, size: layout, beginning: this.beginning() });
    const { things } = scene;
    if (!things.has(this.kept)) this.kept = PAGE;
    if (!things.has(this.current)) this.current = visible.boxes[0] ?? PAGE;
    this.pointed = PAGE;
    things.get(this.current)?.setAttribute('tabindex', '0');
    this.onCount(visible.boxes.filter((id) => !this.isGroup(id)).length);
    this.update();
  }

  /** The middle of the first box, from where arrows come. */
  private beginning(): Point {
    const along = ({ x, y }: Point): number => (this.down ? y : x);
    const middles = this.drawn.visible.boxes.map((id): Point => {
      const { x, y, width, height } = this.drawn.layout.places.get(id)!;
      return { x: x + width / 2, y: y + height / 2 };
    });
    return middles.reduce((a, b) => (along(b) < along(a) ? b : a), middles[0] ?? { x: 0, y: 0 });
  }

  private around(id: Id): Neighbourhood {
    return neighbourhood(id, this.drawn.visible.edges);
  }

  /** The classes of what is drawn, and the card, after what is pointed at, kept or found. */
  private update(): void {
    const { things, arrows } = this.drawn.scene;
    const chosen = this.kept !== PAGE ? this.kept : this.pointed;
    const { related } = this.around(this.kept);
    const found = new Set([...this.found].map((node) => shownAs(this.data, node, this.folded)));
    for (const [id, { classList }] of things) {
      const frame = this.isGroup(id) && !this.folded.has(id);
      const away = (this.kept !== PAGE && !related.has(id)) || (found.size > 0 && !found.has(id));
      classList.toggle('away', away && !frame);
      classList.toggle('found', found.has(id));
      classList.toggle('chosen', id === chosen);
    }
    for (const { from, to, element } of arrows) {
      element.classList.toggle('lit', from === chosen || to === chosen);
      const away = this.kept !== PAGE && !(related.has(from) && related.has(to));
      element.classList.toggle('away', away || found.size > 0);
    }
    const thing = things.get(chosen);
    if (!thing) {
      this.panel.hide();
      return;
    }
    const whole = this.drawn.scene.content.getBoundingClientRect();
    this.panel.show(this.cardOf(chosen), thing.getBoundingClientRect(), whole, chosen === this.kept);
  }

  private cardOf(id: Id): Card {
    return (this.data.nodes[id] ?? this.data.groups[id - this.data.nodes.length]!).card;
  }
}
