/**
 * A kernel over rows and columns as expressions: what it folds, what it stores, and after which folds.
 */
import { type Member, pullMember } from '../fuse/cluster.js';
import type { Graph, Kernel } from '../fuse/index.js';
import { Puller } from '../fuse/pull.js';
import type { Expr, Index, Local } from '../ir/expr.js';
import { linear } from '../ir/index-algebra.js';
import type { ElementwiseOp } from '../ir/op.js';
import { add } from '../ops/index.js';
import { type Expressions, holds } from '../rules/expressions.js';
import { SYMBOLS } from '../rules/index-algebra.js';
import { type Arguments, domainIndex, type Ranges } from './kernel.js';

export interface Fold {
  readonly member: Member;
  readonly combine: ElementwiseOp;
  readonly initial: number;
  /** What stands for its result in the expressions. */
  readonly result: Local;
  readonly value: Expr;
  readonly stage: number;
}
export interface Store {
  readonly slot: number;
  /** Whether it is one element of a row, not one of each column. */
  readonly perRow: boolean;
  readonly value: Expr;
  readonly index: Index;
  /** The fold stages that have to be over. */
  readonly stage: number;
}
/** A kernel as expressions over its row and column ranges. */
export interface Pulled {
  readonly folds: readonly Fold[];
  readonly stores: readonly Store[];
  readonly checks: Puller['checks'];
  readonly cols: Ranges;
}

export const valuesOf = ({ folds, stores }: Pick<Pulled, 'folds' | 'stores'>): Expr[] =>
  [...folds, ...stores].map((x) => x.value);

/** Writes every member down over the given ranges. With `like`, what stands for the results of folds is the same as there. */
export function pullRows(
  kernel: Kernel,
  graph: Graph,
  e: Expressions,
  args: Arguments,
  rows: Ranges,
  cols: Ranges,
  like?: Pulled,
): Pulled {
  const { cluster, loads: loaded } = kernel;
  const inside = new Set(cluster.members.map((m) => m.at));
  const folds: Fold[] = [];
  const results = new Map<number, Fold>();
  const puller = new Puller(graph, e, {
    slot: (at) => (loaded.has(at) && !inside.has(at) ? args.slot(at) : null),
    number: (at) => args.number(at),
    supply: (at) => {
      const fold = results.get(at);
      return fold ? e.local(fold.result) : null;
    },
  });
  const stageOf = (value: Expr): number =>
    1 + Math.max(-1, ...folds.filter((f) => holds(value, (x) => x === e.local(f.result))).map((f) => f.stage));
  const stores: Store[] = [];
  for (const member of cluster.members) {
    const node = graph.nodes[member.at]!;
    const index = domainIndex(member, rows, cluster.rows, cols, cluster.cols);
    const value = pullMember(puller, graph, member, index);
    if (member.role === 'fold') {
      const { op } = node;
      const combine = op.kind === 'reduce' ? op.combine : add;
      const initial = op.kind === 'reduce' ? op.initial(node.dtype) : 0;
      const fold: Fold = {
        member,
        combine,
        initial,
        result: like ? like.folds[folds.length]!.result : args.local(node.op.name, node.dtype, 1),
        value,
        stage: stageOf(value),
      };
      folds.push(fold);
      results.set(member.at, fold);
      if (!kernel.stores.includes(member.at)) continue;
      const index = linear(rows.index, cluster.rows, SYMBOLS);
      const slot = args.slot(member.at);
      stores.push({ slot, perRow: true, value: e.local(fold.result), index, stage: fold.stage + 1 });
    } else if (kernel.stores.includes(member.at)) {
      const perRow = member.colAxes.length === 0;
      const at = linear(index, member.domain, SYMBOLS);
      stores.push({ slot: args.slot(member.at), perRow, value, index: at, stage: stageOf(value) });
    }
  }
  return { folds, stores, checks: puller.checks, cols };
}
