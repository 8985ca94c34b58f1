/**
 * The first half of a layered drawing (Sugiyama, Tagawa and Toda 1981): which layer each vertex stands in, and in which order, so that
 * arrows lead down and few of them cross.
 */

export interface Vertex {
  readonly width: number;
  readonly height: number;
  /** Where arrows come in from outside, or leave: above, or below, all others. */
  readonly edge?: 'first' | 'last';
}

/** An arrow between two vertices. */
export interface Link {
  readonly from: number;
  readonly to: number;
  /** Links of one vertex that carry the same value share their way as far as they can. */
  readonly net: number;
  /** How far right of the middle of the vertex it leaves, and enters. */
  readonly leaves: number;
  readonly enters: number;
}

/** A link, or the part of one, between neighbouring layers. */
export interface Segment extends Link {
  /** How much it wants to be vertical. */
  readonly weight: number;
}

export interface Layered {
  /** The vertices given, and after them those that long links pass through, which have no size. */
  readonly vertices: readonly Vertex[];
  readonly layers: readonly (readonly number[])[];
  readonly segments: readonly Segment[];
  /** For each link, the vertices that it passes through. */
  readonly passes: readonly (readonly number[])[];
  /** Of the links that enter a vertex, the one with the longest way behind it: the chain of operations, beside which inputs come in. */
  readonly main: ReadonlySet<Link>;
}

/** The links by the vertex at one of their ends. */
function byEnd<L extends Link>(count: number, links: readonly L[], end: 'from' | 'to'): L[][] {
  const lists = Array.from({ length: count }, (): L[] => []);
  for (const link of links) lists[link[end]]?.push(link);
  return lists;
}

/** Sources first. Where links go round in a circle, the first vertex that is left begins. */
function sorted(count: number, links: readonly Link[]): number[] {
  const out = byEnd(count, links, 'from');
  const waiting = byEnd(count, links, 'to').map((list) => list.length);
  const order = new Set<number>();
  waiting.forEach((links, v) => {
    if (links === 0) order.add(v);
  });
  // A set is walked in the order of insertion, what is added on the way included.
  const follow = (from: Iterable<number>): void => {
    for (const v of from) for (const { to } of out[v]!) if (--waiting[to]! === 0) order.add(to);
  };
  follow(order);
  for (let v = 0; order.size < count; v++) {
    if (order.has(v)) continue;
    order.add(v);
    follow([v]);
  }
  return [...order];
}

/** How many links lead to each vertex, one after another, at most. */
function depthsOf(vertices: readonly Vertex[], order: readonly number[], into: readonly Link[][]): number[] {
  const depths = vertices.map(() => -1);
  const above = vertices.some(({ edge }) => edge === 'first') ? 1 : 0;
  for (const v of order) {
    const least = vertices[v]!.edge === 'first' ? 0 : above;
    depths[v] = Math.max(least, ...into[v]!.map(({ from }) => depths[from]! + 1));
  }
  return depths;
}

/** The layer of each vertex, so that links lead to later layers. */
function ranksOf(
  vertices: readonly Vertex[],
  order: readonly number[],
  into: readonly Link[][],
  out: readonly Link[][],
): number[] {
  const ranks = depthsOf(vertices, order, into);
  // What does not pull upwards more than downwards stands right above what needs it: parameters beside their operation.
  for (const v of order.toReversed()) {
    if (vertices[v]!.edge !== undefined || out[v]!.length === 0 || out[v]!.length < into[v]!.length) continue;
    const below = out[v]!.filter(({ to }) => ranks[to]! > ranks[v]!);
    if (below.length > 0) ranks[v] = Math.min(...below.map(({ to }) => ranks[to]!)) - 1;
  }
  const last = Math.max(...ranks.filter((_, v) => vertices[v]!.edge !== 'last'), -1) + 1;
  return ranks.map((rank, v) => (vertices[v]!.edge === 'last' ? last : rank));
}

/** How much a segment wants to be vertical, by how many of its ends lie on the way of a long link; and a main one at least. */
const WEIGHTS: readonly number[] = [1, 2, 8];
const MAIN = 1000;

/**
 * Of the links into each vertex, the one with the longest way behind it. A way that begins outside is longer than any other: beside it,
 * what comes from a parameter is short.
 */
function mainLinks(vertices: readonly Vertex[], order: readonly number[], into: readonly Link[][]): Link[] {
  const ways = vertices.map(() => 0);
  return order.flatMap((v) => {
    const [first, ...others] = into[v]!;
    if (first === undefined) {
      ways[v] = vertices[v]!.edge === 'first' ? vertices.length : 0;
      return [];
    }
    const longest = others.reduce((a, b) => (ways[a.from]! >= ways[b.from]! ? a : b), first);
    ways[v] = ways[longest.from]! + 1;
    return [longest];
  });
}

/** Cuts links into segments between neighbouring layers, and orders each layer. */
export function layer(vertices: readonly Vertex[], links: readonly Link[]): Layered {
  const order = sorted(vertices.length, links);
  const into = byEnd(vertices.length, links, 'to');
  const out = byEnd(vertices.length, links, 'from');
  const ranks = ranksOf(vertices, order, into, out);
  const main = new Set(mainLinks(vertices, order, into));
  const { all, allRanks, segments, passes } = cut(vertices, links, ranks, main);
  return { vertices: all, layers: ordered(allRanks, segments), segments, passes, main };
}

/** The segments of all links, with the vertices that they pass through added to those given. */
function cut(vertices: readonly Vertex[], links: readonly Link[], ranks: readonly number[], main: ReadonlySet<Link>) {
  const all = [...vertices];
  const allRanks = [...ranks];
  const segments = new Map<string, Segment>();
  const waypoints = new Map<string, number>();
  /** The vertex in which all links of a net pass a layer. */
  const waypoint = ({ from, net }: Link, rank: number): number => {
    const key = `${from} ${net} ${rank}`;
    const known = waypoints.get(key);
    if (known !== undefined) return known;
    const made = all.push({ width: 0, height: 0 }) - 1;
    allRanks.push(rank);
    waypoints.set(key, made);
    return made;
  };
  const passes = links.map((link, place) => {
    const { from, to, net, leaves, enters } = link;
    const first = ranks[from]! + 1;
    // A link upwards closes a circle; it takes no part.
    if (first > ranks[to]!) return [];
    const pass = Array.from({ length: ranks[to]! - first }, (_, i) => waypoint(link, first + i));
    const stops = [from, ...pass, to];
    pass.concat(to).forEach((b, i) => {
      const a = stops[i]!;
      const ends = Number(a !== from) + Number(b !== to);
      const weight = Math.max(WEIGHTS[ends]!, main.has(link) ? MAIN : 0);
      const segment = { from: a, to: b, net, leaves: a === from ? leaves : 0, enters: b === to ? enters : 0, weight };
      // The last one is the link's own, for two links may join the same vertices; the others belong to the net.
      const key = `${a} ${b} ${b === to ? place : ''}`;
      if (weight >= (segments.get(key)?.weight ?? 0)) segments.set(key, segment);
    });
    return pass;
  });
  return { all, allRanks, segments: [...segments.values()], passes };
}

/** How often the layers are gone through, down and up, to find a better order. */
const SWEEPS = 12;

/** The layers, each in an order with few crossings. */
function ordered(ranks: readonly number[], segments: readonly Segment[]): number[][] {
  const into = byEnd(ranks.length, segments, 'to');
  const out = byEnd(ranks.length, segments, 'from');
  let layers = Array.from({ length: Math.max(-1, ...ranks) + 1 }, (): number[] => []);
  // Depth first: what belongs together begins together.
  const met = new Set<number>();
  const stack = ranks.map((_, v) => v).filter((v) => into[v]!.length === 0);
  stack.reverse();
  for (let v = stack.pop(); v !== undefined; v = stack.pop()) {
    if (met.has(v)) continue;
    met.add(v);
    layers[ranks[v]!]!.push(v);
    for (const { to } of out[v]!.toReversed()) stack.push(to);
  }
  let best = { layers, crossings: crossings(layers, out) };
  for (let sweep = 0; sweep < SWEEPS && best.crossings > 0; sweep++) {
    layers = swept(layers, sweep % 2 === 0 ? into : out, sweep % 2 === 0);
    const found = crossings(layers, out);
    if (found < best.crossings) best = { layers, crossings: found };
  }
  return best.layers;
}

/** The places of the vertices within their layers. */
const placesIn = (layers: readonly (readonly number[])[]): Map<number, number> =>
  new Map(layers.flatMap((layer) => layer.map((v, i) => [v, i] as const)));

/** Each layer ordered by the mean place of its neighbours in the layer before (downwards) or after. */
function swept(layers: readonly number[][], neighbours: readonly Segment[][], down: boolean): number[][] {
  const places = placesIn(layers);
  const result = layers.map((layer) => [...layer]);
  for (const layer of down ? result : result.toReversed()) {
    const wanted = new Map(
      layer.map((v) => {
        const ends = neighbours[v]!.map((s) => places.get(down ? s.from : s.to)! + offset(down ? s.leaves : s.enters));
        return [v, ends.length === 0 ? places.get(v)! : ends.reduce((a, b) => a + b) / ends.length];
      }),
    );
    layer.sort((a, b) => wanted.get(a)! - wanted.get(b)!);
    layer.forEach((v, i) => {
      places.set(v, i);
    });
  }
  return result;
}

/** Where a segment ends within its vertex, as a part of a place: less than a half, whatever the width. */
const offset = (pixels: number): number => pixels / (1 + 2.5 * Math.abs(pixels));

/** How many pairs of segments cross: inversions, counted with a Fenwick tree (Barth, Jünger and Mutzel 2002). */
function crossings(layers: readonly (readonly number[])[], out: readonly Segment[][]): number {
  const places = placesIn(layers);
  let count = 0;
  for (const layer of layers) {
    const ends = layer.flatMap((v) => out[v]!.map((s) => places.get(s.to)!).sort((a, b) => a - b));
    const tree = new Array<number>(Math.max(0, ...ends) + 2).fill(0);
    ends.forEach((end, before) => {
      let atMost = 0;
      for (let i = end + 1; i > 0; i -= i & -i) atMost += tree[i]!;
      count += before - atMost;
      for (let i = end + 1; i < tree.length; i += i & -i) tree[i]!++;
    });
  }
  return count;
}
