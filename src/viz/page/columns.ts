/**
 * The second half of a layered drawing: how far right each vertex stands, so that arrows are short and nearly vertical.
 */
import type { Layered, Segment } from './layers.js';

/** Between neighbours of a layer. */
const GAP = 18;
/** Beside a vertex that a long link passes through, and between two such. */
const NARROW = 10;
/** How often positions follow those of the layer before, downwards and upwards in turn, and towards the end those of both sides. */
const SWEEPS = { all: 25, bothFrom: 20, bothTo: 24 } as const;

/** Where a vertex would stand for itself, and how much it matters. */
interface Wish {
  readonly target: number;
  readonly weight: number;
}

/**
 * The positions nearest to the wished ones (weighted squares) that keep the order and the distances: an isotonic regression, by
 * pooling adjacent violators.
 *
 * @param distances from each vertex to the one on its left; the first is not looked at
 */
export function spread(wishes: readonly Wish[], distances: readonly number[]): number[] {
  // With the distances subtracted, keeping them means not to fall.
  let base = 0;
  const bases = distances.map((d, i) => (i === 0 ? 0 : (base += d)));
  const pools: { sum: number; weight: number; count: number }[] = [];
  wishes.forEach(({ target, weight }, i) => {
    pools.push({ sum: (target - bases[i]!) * weight, weight, count: 1 });
    for (let last = pools.at(-1)!, before = pools.at(-2); before; last = before, before = pools.at(-2)) {
      if (before.sum / before.weight <= last.sum / last.weight) break;
      before.sum += last.sum;
      before.weight += last.weight;
      before.count += last.count;
      pools.pop();
    }
  });
  const positions = pools.flatMap(({ sum, weight, count }) => new Array<number>(count).fill(sum / weight));
  return positions.map((x, i) => x + bases[i]!);
}

/** The middle of each vertex; the leftmost reaches to 0. */
export function columnsOf(layered: Layered): number[] {
  const { vertices, layers, segments } = layered;
  const x = vertices.map(() => 0);
  const into = vertices.map((): Segment[] => []);
  const out = vertices.map((): Segment[] => []);
  for (const s of segments) {
    into[s.to]!.push(s);
    out[s.from]!.push(s);
  }
  const distances = layers.map((layer) =>
    layer.map((v, i) => {
      const [a, b] = [vertices[layer[i - 1] ?? v]!.width, vertices[v]!.width];
      return (a + b) / 2 + (a === 0 || b === 0 ? NARROW : GAP);
    }),
  );
  layers.forEach((layer, r) => {
    let at = 0;
    layer.forEach((v, i) => {
      x[v] = at += distances[r]![i]!;
    });
  });
  for (let sweep = 0; sweep < SWEEPS.all; sweep++) {
    const down = sweep % 2 === 0;
    // The last one goes down alone, so that main chains end up straight.
    const both = sweep >= SWEEPS.bothFrom && sweep < SWEEPS.bothTo;
    for (let i = 0; i < layers.length; i++) {
      const r = down ? i : layers.length - 1 - i;
      const wishes = layers[r]!.map((v): Wish => {
        // Without neighbours on this side a vertex stays, unless it is pushed.
        let [weight, sum] = [1e-3, x[v]! * 1e-3];
        if (down || both) {
          for (const s of into[v]!) {
            weight += s.weight;
            sum += s.weight * (x[s.from]! + s.leaves - s.enters);
          }
        }
        if (!down || both) {
          for (const s of out[v]!) {
            weight += s.weight;
            sum += s.weight * (x[s.to]! + s.enters - s.leaves);
          }
        }
        return { target: sum / weight, weight };
      });
      const placed = spread(wishes, distances[r]!);
      layers[r]!.forEach((v, k) => {
        x[v] = placed[k]!;
      });
    }
  }
  straighten(layered, distances, x);
  const left = Math.min(...vertices.map(({ width }, v) => x[v]! - width / 2));
  return x.map((at) => at - left);
}

/**
 * Leads each long link straight on from its end as far as its neighbours let it, for springs alone lay it out in many small steps.
 * Changes `x`.
 */
function straighten({ layers, passes }: Layered, distances: readonly (readonly number[])[], x: number[]): void {
  /** For each vertex, how far left and right it may go. */
  const range = new Map<number, () => readonly [number, number]>();
  layers.forEach((layer, r) => {
    layer.forEach((v, i) => {
      const [left, right] = [layer[i - 1], layer[i + 1]];
      range.set(v, () => [
        left === undefined ? -Infinity : x[left]! + distances[r]![i]!,
        right === undefined ? Infinity : x[right]! - distances[r]![i + 1]!,
      ]);
    });
  });
  const done = new Set<number>();
  // What several links share belongs to the longest of them.
  for (const pass of passes.toSorted((a, b) => b.length - a.length)) {
    const own = pass.filter((v) => !done.has(v));
    let at = x[own.at(-1) ?? 0]!;
    // There and back: what pushes it aside anywhere does so from its beginning on.
    for (const v of [...own.toReversed(), ...own]) {
      const [least, most] = range.get(v)!();
      x[v] = at = Math.max(least, Math.min(most, at));
      done.add(v);
    }
  }
}
