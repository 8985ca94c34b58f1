// Where the page of a graph puts boxes, frames and arrows, and what folding hides.
import { describe, expect, it } from 'vitest';
import { ones, randn, type Tensor } from '../../src/index.js';
import { LayerNorm, Linear, Module, ReLU, Sequential } from '../../src/nn/index.js';
import { recordModules } from '../../src/viz/index.js';
import type { Point } from '../../src/viz/page/arrange.js';
import { spread } from '../../src/viz/page/columns.js';
import { layOut, type Rect } from '../../src/viz/page/layout.js';
import type { PageData } from '../../src/viz/page/model.js';
import { groupId, type Id, PAGE, parentOf, visibleOf } from '../../src/viz/page/visible.js';
import { pageOf } from '../../src/viz/page-data.js';

/** A block with two residual connections, which cross the frames of its modules. */
class Block extends Module {
  readonly norm = new LayerNorm(4);
  readonly first = new Linear(4, 4);
  readonly second = new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 4));

  forward(x: Tensor): Tensor {
    const y = x.add(this.first.forward(this.norm.forward(x)));
    return y.add(this.second.forward(y));
  }
}

function dataOf(folded = false): PageData {
  const net = new Sequential(new Block(), new Block());
  const { result, modules } = recordModules(net, () =>
    net
      .forward(ones([2, 4]))
      .square()
      .mean(),
  );
  return pageOf(result, { modules, folded }).data;
}

/** A graph without modules: each node takes two of the dozen before it. */
function tangle(size: number): PageData {
  const all: Tensor[] = [randn([2], { requiresGrad: true })];
  for (let i = 1; i < size; i++) {
    const [a, b] = [7 * i * i + i, 5 * i + 3].map((n) => all[Math.max(0, i - 1 - (n % 12))]!);
    all.push(a!.add(b!.tanh()));
  }
  return pageOf(
    all.reduce((a, b) => a.add(b)),
    { maxNodes: Infinity },
  ).data;
}

const overlap = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const within = (inner: Rect, outer: Rect): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width + 1e-6 &&
  inner.y + inner.height <= outer.y + outer.height + 1e-6;
/** Whether a point lies in a rectangle or on its edge; in a circle's, down to its middle. */
const touches = ({ x, y }: Point, r: Rect): boolean => within({ x, y, width: 0, height: 0 }, r);

/** What is wrong with the layout of a graph, in words. */
function faultsOf(data: PageData, folded: ReadonlySet<Id>, down: boolean): string[] {
  const visible = visibleOf(data, folded);
  const layout = layOut(data, visible, down);
  const { places, routes } = layout;
  const faults: string[] = [];
  const must = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  const page = { x: 0, y: 0, width: layout.width, height: layout.height };
  must(
    [...visible.boxes, ...visible.frames].every((id) => places.has(id)),
    'something has no place',
  );
  must(routes.length === visible.edges.length, 'an arrow has no route');
  const siblings = new Map<Id, Id[]>();
  for (const [id, place] of places) {
    const parent = parentOf(data, id);
    must(within(place, parent === PAGE ? page : places.get(parent)!), `${id} is not in its frame`);
    const before = siblings.get(parent) ?? [];
    for (const other of before) must(!overlap(place, places.get(other)!), `${id} lies on ${other}`);
    siblings.set(parent, [...before, id]);
  }
  visible.edges.forEach(([from, to], i) => {
    const route = routes[i]!;
    const arrow = `the arrow ${from} → ${to}`;
    must(touches(route[0]!, places.get(from)!), `${arrow} does not begin at its box`);
    must(touches(route.at(-1)!, places.get(to)!), `${arrow} does not end at its box`);
    route.slice(1).forEach((point, k) => {
      const before = route[k]!;
      must(down ? point.y >= before.y - 1e-6 : point.x >= before.x - 1e-6, `${arrow} leads back`);
      // Straight pieces lead past boxes; curves stay between the layers.
      if (down ? point.x !== before.x : point.y !== before.y) return;
      const piece = { x: before.x, y: before.y, width: point.x - before.x, height: point.y - before.y };
      for (const box of visible.boxes) {
        if (box !== from && box !== to) must(!overlap(piece, places.get(box)!), `${arrow} cuts through ${box}`);
      }
    });
  });
  return faults;
}

describe.each([
  ['down', true],
  ['to the right', false],
])('a layout that leads %s', (_, down) => {
  it('keeps boxes apart and in their frames, and leads arrows from one to the other', () => {
    const data = dataOf();
    expect(faultsOf(data, new Set(), down)).toEqual([]);
    // Each group folded alone.
    for (const i of data.groups.keys()) expect(faultsOf(data, new Set([groupId(data, i)]), down)).toEqual([]);
    expect(faultsOf(data, new Set(data.groups.map((_, i) => groupId(data, i))), down)).toEqual([]);
  });

  it('does so without groups, and with many arrows', () => {
    expect(faultsOf(tangle(120), new Set(), down)).toEqual([]);
  });

  it('puts up with an arrow that leads back', () => {
    const data = tangle(5);
    const circle = { ...data, edges: [...data.edges, [data.nodes.length - 1, 0] as const] };
    const layout = layOut(circle, visibleOf(circle, new Set()), down);
    expect(layout.routes).toHaveLength(circle.edges.length);
    expect(layout.routes.flat().every(({ x, y }) => Number.isFinite(x + y))).toBe(true);
  });
});

describe('folding', () => {
  const data = dataOf();
  const nodesIn = (folded: ReadonlySet<Id>): number =>
    visibleOf(data, folded).boxes.filter((id) => id < data.nodes.length).length;
  const titled = (text: string): Id =>
    groupId(
      data,
      data.groups.findIndex(({ title }) => title.text === text),
    );

  it('shows one box for a group, with its arrows once', () => {
    const block = titled('1: Block');
    const inner = titled('second: Sequential');
    const { boxes, frames, edges } = visibleOf(data, new Set([block]));
    expect(boxes).toContain(block);
    expect(frames).not.toContain(block);
    // In, from the sum of the block before; out, to the square.
    expect(edges.filter(([from, to]) => from === block || to === block)).toHaveLength(2);
    // What is in a folded group stays out of sight, folded itself or not.
    expect(visibleOf(data, new Set([block, inner])).boxes).toContain(block);
    expect(nodesIn(new Set([block]))).toBeLessThan(data.nodes.length / 1.5);
    expect(nodesIn(new Set())).toBe(data.nodes.length);
  });

  it('keeps every node and arrow in sight when nothing is folded', () => {
    const { boxes, edges } = visibleOf(data, new Set());
    expect(boxes).toEqual(data.nodes.map((_, i) => i));
    expect(edges).toEqual(data.edges);
  });
});

describe('spread', () => {
  const wish = (...targets: number[]) => targets.map((target) => ({ target, weight: 1 }));

  it('leaves where it is what has room', () => {
    expect(spread(wish(0, 10, 30), [0, 5, 5])).toEqual([0, 10, 30]);
  });

  it('moves apart what is too near, as little as possible, in the same order', () => {
    expect(spread(wish(10, 10), [0, 4])).toEqual([8, 12]);
    expect(spread(wish(20, 0), [0, 4])).toEqual([8, 12]);
    const [a, b] = spread(
      [
        { target: 10, weight: 3 },
        { target: 10, weight: 1 },
      ],
      [0, 4],
    ) as [number, number];
    expect([a, b]).toEqual([9, 13]);
  });
});
