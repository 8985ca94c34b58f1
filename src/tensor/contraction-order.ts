/**
 * In which order many tensors are multiplied pair by pair. Of a few the cheapest order is found by dynamic programming over
 * their subsets; of many it is built greedily, always by the pair whose product takes least memory beyond its operands', and of
 * equals by the one with fewest multiplications.
 * The order follows from labels and sizes alone.
 */

/** A tensor by its place in the list, or the product of two. */
export type Order = number | readonly [Order, Order];

/** Up to so many tensors all orders are compared. */
const MOST_COMPARED = 8;

interface Part {
  readonly order: Order;
  readonly labels: readonly number[];
}

const union = (a: readonly number[], b: readonly number[]): number[] => [...a, ...b.filter((l) => !a.includes(l))];

const countOf = (labels: readonly number[], sizes: ReadonlyMap<number, number>): number =>
  labels.reduce((n, l) => n * sizes.get(l)!, 1);

/**
 * @param terms the labels of each tensor; at least one tensor
 * @param out the labels of the result
 */
export function contractionOrder(
  terms: readonly (readonly number[])[],
  out: readonly number[],
  sizes: ReadonlyMap<number, number>,
): Order {
  return terms.length <= MOST_COMPARED ? cheapest(terms, out, sizes) : greedy(terms, out, sizes);
}

/** The order of fewest multiplications. A subset of the tensors is a mask with a bit for each. */
function cheapest(
  terms: readonly (readonly number[])[],
  out: readonly number[],
  sizes: ReadonlyMap<number, number>,
): Order {
  const full = 2 ** terms.length - 1;
  const holders = (label: number): number =>
    terms.reduce((mask, own, i) => (own.includes(label) ? mask | (1 << i) : mask), 0);
  const all = terms.reduce<readonly number[]>(union, []).map((label) => ({ label, held: holders(label) }));
  const best: (Part & { readonly cost: number })[] = [];
  for (let mask = 1; mask <= full; mask++) {
    const labels = all.flatMap(({ label, held }) =>
      (held & mask) !== 0 && (out.includes(label) || (held & ~mask) !== 0) ? [label] : [],
    );
    const top = 31 - Math.clz32(mask);
    if (mask === 1 << top) {
      best[mask] = { order: top, labels, cost: 0 };
      continue;
    }
    let [cost, left, right] = [Infinity, 0, 0];
    // Every way to split the mask in two, the half without the top bit first.
    const rest = mask ^ (1 << top);
    for (let half = rest; half > 0; half = (half - 1) & rest) {
      const [a, b] = [best[half]!, best[mask ^ half]!];
      const total = a.cost + b.cost + countOf(union(a.labels, b.labels), sizes);
      if (total < cost) [cost, left, right] = [total, half, mask ^ half];
    }
    best[mask] = { order: [best[left]!.order, best[right]!.order], labels, cost };
  }
  return best[full]!.order;
}

function greedy(
  terms: readonly (readonly number[])[],
  out: readonly number[],
  sizes: ReadonlyMap<number, number>,
): Order {
  const parts: Part[] = terms.map((labels, order) => ({ order, labels }));
  while (parts.length > 1) {
    let [least, price, first, second] = [Infinity, Infinity, 0, 1];
    let labels: readonly number[] = [];
    for (let i = 0; i < parts.length; i++) {
      for (let j = i + 1; j < parts.length; j++) {
        const [a, b] = [parts[i]!.labels, parts[j]!.labels];
        const others = parts.filter((_, k) => k !== i && k !== j);
        const kept = union(a, b).filter((l) => out.includes(l) || others.some((p) => p.labels.includes(l)));
        const growth = countOf(kept, sizes) - countOf(a, sizes) - countOf(b, sizes);
        const cost = countOf(union(a, b), sizes);
        if (growth < least || (growth === least && cost < price))
          [least, price, first, second, labels] = [growth, cost, i, j, kept];
      }
    }
    const [b] = parts.splice(second, 1);
    const [a] = parts.splice(first, 1);
    parts.push({ order: [a!.order, b!.order], labels });
  }
  return parts[0]!.order;
}
