/**
 * Which part of a large graph is drawn: what is nearest to the result.
 */

/** Most nodes in a picture unless told otherwise: more take long to arrange, and nobody can read them. */
export const MOST_NODES = 400;

export interface Nearest<T> {
  /** In the order in which they were reached. */
  readonly kept: ReadonlySet<T>;
  /** Sources of kept ones that are not kept themselves. */
  readonly cut: ReadonlySet<T>;
}

/** Goes from the results towards the inputs, level by level, until `most` nodes are reached. Asks for the sources of kept nodes only. */
export function nearest<T>(results: Iterable<T>, sourcesOf: (node: T) => Iterable<T>, most: number): Nearest<T> {
  const kept = new Set<T>();
  const cut = new Set<T>();
  const reach = (node: T): void => {
    if (kept.has(node)) return;
    (kept.size < most ? kept : cut).add(node);
  };
  for (const node of results) reach(node);
  // A set is walked in the order of insertion, what is added on the way included.
  for (const node of kept) for (const source of sourcesOf(node)) reach(source);
  return { kept, cut };
}

/** How many nodes there are from `starts` towards the inputs, those of `without` not counted. */
export function countBehind<T>(
  starts: Iterable<T>,
  sourcesOf: (node: T) => Iterable<T>,
  without: ReadonlySet<T>,
): number {
  const found = new Set(starts);
  for (const node of found) for (const source of sourcesOf(node)) if (!without.has(source)) found.add(source);
  return found.size;
}

/** The nodes behind `results`, each after its sources. Without recursion: graphs may be deep. */
export function sourcesFirst<T>(results: Iterable<T>, sourcesOf: (node: T) => readonly T[]): T[] {
  const order: T[] = [];
  const entered = new Set<T>();
  const stack: { readonly node: T; readonly sources: readonly T[]; next: number }[] = [];
  const enter = (node: T): void => {
    if (entered.has(node)) return;
    entered.add(node);
    stack.push({ node, sources: sourcesOf(node), next: 0 });
  };
  for (const result of results) {
    enter(result);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const source = top.sources[top.next++];
      if (source !== undefined) enter(source);
      else {
        order.push(top.node);
        stack.pop();
      }
    }
  }
  return order;
}

/** The sentence below a picture that leaves something out. */
export const leftOut = (kept: number, rest: number): string =>
  `Drawn are the nodes nearest to the result: ${showCount(kept)}. Left out behind them: ${showCount(rest)}.`;

export const showCount = (n: number): string => n.toLocaleString('en');
