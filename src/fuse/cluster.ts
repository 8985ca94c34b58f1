/**
 * Clusters: named values that one kernel computes. A kernel runs over rows; for each row it runs over columns, as often as
 * it has to. A reduction folds columns into one value per row. A value joins the cluster of a value it reads when row r
 * of the one needs nothing but row r of the other, so no barrier is needed between them.
 */
import type { Expr, Index, LoopVar } from '../ir/expr.js';
import type { Graph } from '../ir/graph.js';
import { linear } from '../ir/index-algebra.js';
import type { Node } from '../ir/node.js';
import type { ContractAttrs } from '../ir/op.js';
import { labelSizes, mul } from '../ops/index.js';
import { Expressions, holds } from '../rules/expressions.js';
import { dependsOn, loopVar, SYMBOLS, varIndex } from '../rules/index-algebra.js';
import { attentionDomain, attentionShape, computedTogether, pullSources } from './attention.js';
import { Puller } from './pull.js';

/** What a named value is to its kernel: folded from columns, one element per row or per row and column, or in a kernel of its own kind. */
export type Role = 'fold' | 'map' | 'scatter' | 'update' | 'sort' | 'routine' | 'attention';

/** A named value and how its own axes lie on the rows and columns of its cluster. */
export interface Member {
  readonly at: number;
  readonly role: Role;
  /** The ranges it is computed over: the result's, and for a fold also the folded ones. */
  readonly domain: readonly number[];
  /** Axes of the domain that count the rows, and those that count the columns, each in row-major order. */
  readonly rowAxes: readonly number[];
  readonly colAxes: readonly number[];
}

export interface Cluster {
  readonly id: number;
  members: Member[];
  /** Sizes of the ranges of rows and columns, from the member that set them. */
  rows: readonly number[];
  cols: readonly number[];
  /** Whether a fold has settled rows and columns; until then every element is a row. */
  settled: boolean;
  /** Whether a contraction is in it: then nothing but maps over its rows may join. */
  readonly contraction: boolean;
  /** Clusters that it reads from. */
  reads: Set<Cluster>;
  /** Operations in it, an upper bound. */
  size: number;
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
const pick = <T>(list: readonly T[], axes: readonly number[]): T[] => axes.map((a) => list[a]!);
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Folding more columns than this into a single row is left to a kernel of its own, so that the readers can run in parallel. */
const LONE_ROW = 4096;
/** Most operations in a cluster: a huge graph is cut, not compiled whole. */
const MOST = 512;

/** The named value at `at` with its own domain: all that can be said without its neighbours. */
function memberOf(graph: Graph, at: number): Member {
  const node = graph.nodes[at]!;
  const { op } = node;
  if (op.kind === 'reduce') {
    const { axes } = (node as Node<{ axes: readonly number[] }>).attrs;
    const domain = graph.nodes[graph.src[at]![0]!]!.shape;
    const rowAxes = range(domain.length).filter((a) => !axes.includes(a));
    return { at, role: 'fold', domain, rowAxes, colAxes: axes };
  }
  if (op.kind === 'contract') {
    const { attrs } = node as Node<ContractAttrs>;
    const [a, b] = graph.src[at] as [number, number];
    const sizes = labelSizes(graph.nodes[a]!, graph.nodes[b]!, attrs);
    const rank = attrs.out.length;
    const domain = contractLabels(graph, at).map((l) => sizes.get(l)!);
    return {
      at,
      role: 'fold',
      domain,
      rowAxes: range(rank),
      colAxes: range(domain.length).slice(rank),
    };
  }
  if (op.kind === 'attention') {
    const domain = attentionDomain(attentionShape(graph, at));
    return { at, role: 'attention', domain, rowAxes: range(domain.length), colAxes: [] };
  }
  const alone = op.kind === 'scatter' || op.kind === 'update' || op.kind === 'sort' || op.kind === 'routine';
  const role = alone ? op.kind : 'map';
  // Scatters and updates run over the values that they add.
  const { shape } = role === 'scatter' || role === 'update' ? graph.nodes[graph.src[at]![0]!]! : node;
  return { at, role, domain: shape, rowAxes: range(shape.length), colAxes: [] };
}

/** Pulls all that a member reads for one place of its domain; for a routine any element of each source. */
export function pullReads(puller: Puller, graph: Graph, member: Member, index: readonly Index[]): void {
  if (member.role === 'attention') pullSources(puller, attentionShape(graph, member.at), index);
  else if (member.role === 'routine')
    for (const s of graph.src[member.at]!) puller.pull(s, rangesOver(graph.nodes[s]!.shape));
  else pullMember(puller, graph, member, index);
}

/**
 * Variables over a shape for what a kernel reads. Those whose sizes lowering may take for dynamic are dynamic here too, so that what is read at any
 * of their sizes counts as read: the range that leads, and for a contraction also the one that leads the folded ones.
 */
export function domainVars(shape: readonly number[], folded: readonly number[] | null = null): LoopVar[] {
  const lead = shape.findIndex((n) => n !== 1);
  const foldedLead = folded?.find((a) => shape[a] !== 1);
  const dynamic = (a: number): boolean =>
    a === lead || (folded !== null && (a === 0 || a === folded[0] || a === foldedLead));
  return shape.map((n, i) => loopVar(`d${i}`, n, dynamic(i) ? 1 : undefined));
}

const rangesOver = (shape: readonly number[]): Index[] => domainVars(shape).map(varIndex);

/**
 * What a fold folds or a sort sorts, the value of a map, or what a scatter or an update adds (what else these read is pulled as well),
 * for one place of its domain.
 */
export function pullMember(puller: Puller, graph: Graph, member: Member, index: readonly Index[]): Expr {
  const node = graph.nodes[member.at]!;
  if (node.op.kind === 'contract') {
    const { attrs } = node as Node<ContractAttrs>;
    const [a, b] = graph.src[member.at] as [number, number];
    const labels = contractLabels(graph, member.at);
    const along = (own: readonly number[]): Index[] => own.map((l) => index[labels.indexOf(l)]!);
    return puller.e.op(mul, puller.pull(a, along(attrs.a)), puller.pull(b, along(attrs.b)));
  }
  if (node.op.kind === 'reduce' || node.op.kind === 'sort') return puller.pull(graph.src[member.at]![0]!, index);
  if (node.op.kind === 'scatter' || node.op.kind === 'update') {
    const [values, , ...others] = graph.src[member.at] as [number, number, ...number[]];
    const target = puller.target(member.at, index);
    for (const at of others) puller.pull(at, target);
    return puller.pull(values, index);
  }
  return puller.pull(member.at, index);
}

/** The labels of a contraction in the order of its domain: those of the result, then the folded ones. */
export function contractLabels(graph: Graph, at: number): number[] {
  const { attrs } = graph.nodes[at] as Node<ContractAttrs>;
  const all = [...new Set([...attrs.a, ...attrs.b])];
  return [...attrs.out, ...all.filter((l) => !attrs.out.includes(l))];
}

/** Builds the clusters, visiting named values in order. */
export class Clusters {
  readonly list: Cluster[] = [];
  /** The cluster of each named place. */
  readonly of = new Map<number, Cluster>();
  private ids = 0;

  constructor(
    private readonly graph: Graph,
    private readonly named: readonly boolean[],
    private readonly inPlace: ReadonlySet<number>,
  ) {}

  add(at: number): void {
    const member = memberOf(this.graph, at);
    const { producers, size } = this.producersOf(member);
    const twin = isAlone(member) && this.list.find((c) => computedTogether(this.graph, c.members[0]!.at, at));
    if (twin) {
      twin.members.push(member);
      this.of.set(at, twin);
      return;
    }
    this.mergeProducers(member, producers);
    // The latest producer first: most of what a value reads was computed just before.
    for (const cluster of [...producers].sort((a, b) => b.id - a.id)) {
      if (cluster.size + size > MOST) continue;
      const placed = this.place(member, cluster);
      if (!placed) continue;
      const others = [...producers].filter((c) => c !== cluster);
      if (others.some((c) => reaches(c, cluster))) continue;
      this.join(placed, cluster, others);
      cluster.size += size;
      return;
    }
    const cluster: Cluster = {
      id: this.ids++,
      members: [member],
      rows: pick(member.domain, member.rowAxes),
      cols: pick(member.domain, member.colAxes),
      settled: member.role === 'fold',
      contraction: this.graph.nodes[at]!.op.kind === 'contract',
      reads: producers,
      size,
    };
    this.list.push(cluster);
    this.of.set(at, cluster);
  }

  /** Puts folds over the same rows and columns that read something in common into one kernel. */
  mergeSiblings(): void {
    const folds = this.list.filter((c) => c.settled && !c.contraction);
    for (let i = 0; i < folds.length; i++) {
      for (let j = i + 1; j < folds.length; j++) {
        const [a, b] = [folds[i]!, folds[j]!];
        const reads = this.readsOf(b);
        if (!this.mergeable(a, b) || ![...this.readsOf(a)].some((at) => reads.has(at))) continue;
        this.mergeInto(a, b);
        folds.splice(j--, 1);
      }
    }
  }

  /** Whether two clusters of folds run over the same rows and columns, and neither waits for the other. */
  private mergeable(a: Cluster, b: Cluster): boolean {
    if (a.rows.join() !== b.rows.join() || a.cols.join() !== b.cols.join() || a.size + b.size > MOST) return false;
    return this.sameAxes(a, b) && !reaches(a, b) && !reaches(b, a);
  }

  /** Puts what `member` reads row by row into one kernel, so that it can be computed there: folds, and one value for each row. */
  private mergeProducers(member: Member, producers: Set<Cluster>): void {
    const folds = [...producers].filter((c) => c.settled && !c.contraction && this.place(member, c) !== null);
    for (const fold of folds) {
      for (const c of [...producers]) {
        if (c === fold || !producers.has(fold)) continue;
        const joins = c.settled ? folds.includes(c) && this.mergeable(fold, c) : this.countsRows(c, fold);
        if (!joins) continue;
        this.mergeInto(fold, c);
        producers.delete(c);
      }
    }
  }

  /** Whether maps hold one element for each row of `fold`, and neither waits for the other; then they become maps of its rows. */
  private countsRows(maps: Cluster, fold: Cluster): boolean {
    const rows = product(fold.rows);
    if (maps.members.some((m) => m.role !== 'map' || product(m.domain) !== rows) || maps.size + fold.size > MOST)
      return false;
    return !reaches(maps, fold) && !reaches(fold, maps);
  }

  /** The first folds of both lie on the same axes of the same domain. */
  private sameAxes(a: Cluster, b: Cluster): boolean {
    const first = (c: Cluster): Member => c.members.find((m) => m.role === 'fold')!;
    const [x, y] = [first(a), first(b)];
    return x.domain.join() === y.domain.join() && x.colAxes.join() === y.colAxes.join();
  }

  private mergeInto(a: Cluster, b: Cluster): void {
    a.members = [...a.members, ...b.members].sort((x, y) => x.at - y.at);
    a.size += b.size;
    for (const c of b.reads) a.reads.add(c);
    a.reads.delete(a);
    for (const m of b.members) this.of.set(m.at, a);
    this.list.splice(this.list.indexOf(b), 1);
    for (const c of this.list) {
      if (c.reads.delete(b)) c.reads.add(a);
    }
  }

  /** Everything in memory that a cluster's members read directly, in places. */
  private readsOf(cluster: Cluster): Set<number> {
    const reads = new Set<number>();
    for (const m of cluster.members) this.walkReads(m.at, reads);
    return reads;
  }

  /** Adds what is read on the way to `at` from memory or from other named values; returns how many operations lie between. */
  private walkReads(at: number, reads: Set<number>): number {
    const seen = new Set<number>();
    const stack = [...this.graph.src[at]!];
    while (stack.length > 0) {
      const s = stack.pop()!;
      if (seen.has(s)) continue;
      seen.add(s);
      if (this.named[s] || this.graph.input[s]) reads.add(s);
      else stack.push(...this.graph.src[s]!);
    }
    return seen.size;
  }

  private producersOf(member: Member): { producers: Set<Cluster>; size: number } {
    const reads = new Set<number>();
    const size = this.walkReads(member.at, reads);
    const clusters = new Set<Cluster>();
    for (const at of reads) {
      const c = this.of.get(at);
      if (c) clusters.add(c);
    }
    return { producers: clusters, size };
  }

  private join(member: Member, cluster: Cluster, others: readonly Cluster[]): void {
    if (member.role === 'fold' && !cluster.settled) {
      cluster.rows = pick(member.domain, member.rowAxes);
      cluster.cols = pick(member.domain, member.colAxes);
      cluster.settled = true;
      cluster.members = cluster.members.map((m) => ({ ...m, rowAxes: member.rowAxes, colAxes: member.colAxes }));
    }
    cluster.members.push(member);
    for (const c of others) cluster.reads.add(c);
    this.of.set(member.at, cluster);
  }

  /** How `member` would lie in `cluster`; null when it cannot be there. */
  private place(member: Member, cluster: Cluster): Member | null {
    if (isAlone(member) || isAlone(cluster.members[0]!)) return null;
    if (member.role === 'fold' && (cluster.contraction || this.graph.nodes[member.at]!.op.kind === 'contract'))
      return null;
    const vars = member.domain.map((n, i) => loopVar(`d${i}`, n));
    const index = vars.map(varIndex);
    const accesses: { at: number; index: readonly Index[] }[] = [];
    const e = new Expressions();
    const inside = new Map(cluster.members.map((m) => [m.at, m]));
    const puller = new Puller(this.graph, e, {
      slot: (at) => (this.graph.input[at] || (this.named[at] && at !== member.at && !inside.has(at)) ? at : null),
      number: (at) => at,
      supply: (at, where) => {
        const m = inside.get(at);
        if (!m) return null;
        // Maps of a settled cluster are computed again from the folds; what counts is where those are read.
        if (cluster.settled && m.role === 'map') return null;
        accesses.push({ at, index: where });
        return e.load(
          -1 - accesses.length,
          this.graph.nodes[at]!.dtype,
          linear(where, this.graph.nodes[at]!.shape, SYMBOLS),
          [],
        );
      },
    });
    pullMember(puller, this.graph, member, index);
    // Checks come first in a kernel, so they cannot wait for what it folds.
    const isFold = (x: Expr): boolean => x.e === 'load' && x.slot < 0;
    if (cluster.settled && [...puller.checks.values()].some((check) => holds(check.value, isFold))) return null;
    const rowOf = accesses.map(({ at, index: i }) => linear(i, this.graph.nodes[at]!.shape, SYMBOLS));
    return cluster.settled
      ? this.placeSettled(member, cluster, vars, rowOf)
      : this.placePointwise(member, cluster, vars, rowOf);
  }

  /** Into a cluster whose rows and columns are settled. */
  private placeSettled(
    member: Member,
    cluster: Cluster,
    vars: readonly LoopVar[],
    rowOf: readonly Index[],
  ): Member | null {
    const [rows, cols] = [product(cluster.rows), product(cluster.cols)];
    if (rows === 1 && cols > LONE_ROW && !cluster.contraction) return null;
    const at = (axes: readonly number[]): Index =>
      linear(
        axes.map((a) => varIndex(vars[a]!)),
        pick(member.domain, axes),
        SYMBOLS,
      );
    const aligned = (axes: readonly number[]): boolean => rowOf.every((r) => r.key === at(axes).key);
    if (member.role === 'fold') {
      const same =
        product(pick(member.domain, member.rowAxes)) === rows && product(pick(member.domain, member.colAxes)) === cols;
      return same && aligned(member.rowAxes) ? member : null;
    }
    const all = range(member.domain.length);
    if (product(member.domain) === rows && aligned(all)) return { ...member, rowAxes: all, colAxes: [] };
    if (cluster.contraction || product(member.domain) !== rows * cols || rowOf.length === 0) return null;
    // The axes that the row depends on count the rows.
    const rowAxes = all.filter((a) => dependsOn(rowOf[0]!, (v) => v === vars[a]));
    if (product(pick(member.domain, rowAxes)) !== rows || !aligned(rowAxes)) return null;
    return { ...member, rowAxes, colAxes: all.filter((a) => !rowAxes.includes(a)) };
  }

  /** Into a cluster of maps only: element by element. A fold settles it. */
  private placePointwise(
    member: Member,
    cluster: Cluster,
    vars: readonly LoopVar[],
    rowOf: readonly Index[],
  ): Member | null {
    const here = linear(vars.map(varIndex), member.domain, SYMBOLS);
    if (!rowOf.every((r) => r.key === here.key)) return null;
    const domain = cluster.members[0]!.domain;
    const sameDomain = domain.length === member.domain.length && domain.every((n, i) => n === member.domain[i]);
    if (member.role === 'map') return sameDomain ? member : null;
    // A write in place would be read again by a later loop of the same row.
    if (cluster.members.some((m) => this.inPlace.has(m.at))) return null;
    return sameDomain && cluster.members.every((m) => m.domain.join() === domain.join()) ? member : null;
  }
}

/** Whether a value shares its kernel with no rows and columns. */
const isAlone = ({ role }: Member): boolean => role !== 'fold' && role !== 'map';

/** Whether `from` reads, directly or through others, from `to`. */
function reaches(from: Cluster, to: Cluster): boolean {
  const seen = new Set<Cluster>();
  const stack = [from];
  while (stack.length > 0) {
    const c = stack.pop()!;
    for (const r of c.reads) {
      if (r === to) return true;
      if (!seen.has(r)) {
        seen.add(r);
        stack.push(r);
      }
    }
  }
  return false;
}
