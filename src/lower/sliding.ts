/**
 * Lowering of a contraction over overlapping windows: a convolution, and the gradient of its input.
 *
 * What the windows of one image see is staged (`staging.ts`), and the inner loop reads vectors of columns from there: nothing is packed. Columns are
 * counted along the rows of the padded image without a break, so that a vector may run from one row into the next; what falls between the
 * rows is computed and dropped. The tiles of a few rows of the result go to scratch memory, and the epilogue reads them from there.
 */
import type { Graph, Kernel } from '../fuse/index.js';
import type { Expr, Index, LoopVar, Stmt } from '../ir/expr.js';
import { linear } from '../ir/index-algebra.js';
import {
  constantIndex,
  loopVar,
  plus,
  SYMBOLS,
  strideAlong,
  substitute,
  times,
  varIndex,
} from '../rules/index-algebra.js';
import { Contracting, tileFor } from './contracting.js';
import { type ContractionShape, contractionShape, count, lastOf, withColumns } from './contraction.js';
import { type Lowered, nest } from './kernel.js';
import { READS, type Stage, stageOf } from './staging.js';
import type { Target } from './target.js';

/** At least this share of the computed columns has to be wanted. */
const WANTED = 0.6;

class SlidingLowering extends Contracting {
  /** The columns of the result, one loop for each range. */
  private readonly columns: readonly LoopVar[];
  /** The folded ranges as the stage knows them, with the sizes that they have now. */
  private readonly reader: readonly LoopVar[];
  private readonly stage: Stage | null;
  /** How far apart neighbours along each column range are in the stage. */
  private readonly apart: readonly number[];
  /** Columns counted without a break, and rounded up to strips. */
  private readonly run: number;
  private readonly MR: number;
  private readonly NR: number;
  private readonly strips: number;

  constructor(kernel: Kernel, graph: Graph, target: Target, home: (at: number) => string, shape: ContractionShape) {
    super(kernel, graph, target, home, shape);
    const { n, k, size, b } = shape;
    this.columns = n.map((l) => loopVar(`n${l}`, size.get(l)!));
    this.reader = k.map((l) => loopVar(`k${l}`, size.get(l)!));
    const where = new Map([
      ...n.map((l, i): [number, Index] => [l, varIndex(this.columns[i]!)]),
      ...k.map((l, i): [number, Index] => [l, varIndex(this.reader[i]!)]),
      ...this.batchPlaces,
    ]);
    const moving = new Set([...this.columns, ...this.reader]);
    const dynamic = this.reader[this.fold.findIndex((v) => v.unit !== undefined)];
    this.stage = stageOf(this.at(b, where), (v) => moving.has(v), dynamic);
    this.apart = this.columns.map((v) => (this.stage && strideAlong(this.stage.index, v)) ?? 0);
    this.run = this.columns.reduce((sum, v, i) => sum + this.apart[i]! * (v.size - 1), 1);
    const { rows, vectors } = tileFor(this.M, this.run, target);
    this.MR = rows;
    this.NR = vectors * this.lanes;
    this.strips = Math.ceil(this.run / this.NR);
  }

  /** Whether this way pays. */
  get pays(): boolean {
    const { stage, columns, apart, strips, NR } = this;
    if (!stage || columns.length === 0 || this.N < this.lanes) return false;
    // Columns must be apart from each other, the last ones neighbours.
    const nested = columns.every((v, i) => {
      const inside = columns.slice(i + 1).reduce((sum, w, j) => sum + apart[i + 1 + j]! * (w.size - 1), 0);
      return v.size === 1 || apart[i]! > inside;
    });
    const last = columns.findLastIndex((v) => v.size > 1);
    return (
      nested &&
      apart[last] === 1 &&
      this.N >= WANTED * strips * NR &&
      stage.length * READS <= this.K * this.N &&
      stage.length * 4 <= this.target.l2
    );
  }

  /** The last strip reads on behind the stage. */
  private get room(): number {
    return this.stage!.length + this.strips * this.NR - this.run;
  }

  private get staged(): number {
    return this.args.scratch('stage', 'float32', this.batchesHeld * this.room * 4, this.byBatch);
  }

  lower(): Lowered {
    const { a, before, inside } = this.sourceOfA();
    const fill = this.stage!.fill(this.e, this.staged, times(this.batchNumber, this.room), this.room, this.lanes);
    const tiles = this.blocks(a);
    const first: Stmt[] = before.length > 0 ? [...before, { s: 'barrier' }] : [];
    if (this.byBatch)
      return this.args.lowered('contraction', [...first, ...nest(this.batch, [...inside, ...fill, ...tiles], true)]);
    const staged = nest(this.batch, [...inside, ...fill], true);
    return this.args.lowered('contraction', [...before, ...staged, { s: 'barrier' }, ...nest(this.batch, tiles)]);
  }

  /** Blocks of as many rows as a tile has. */
  private blocks(a: (row: Index, k: Index) => Expr): Stmt[] {
    const { M, MR } = this;
    const whole = Math.floor(M / MR);
    const block = loopVar('mb', whole);
    const out: Stmt[] = [];
    if (whole > 0) out.push(...this.parallel(block, this.block(times(varIndex(block), MR), MR, a)));
    if (M > whole * MR) out.push(...this.block(constantIndex(whole * MR), M - whole * MR, a));
    return out;
  }

  private parallel(v: LoopVar, body: readonly Stmt[]): readonly Stmt[] {
    return v.size === 1 ? body : [{ s: 'for', v, body, parallel: !this.byBatch }];
  }

  private block(top: Index, rows: number, a: (row: Index, k: Index) => Expr): Stmt[] {
    const { NR, lanes, strips, stage, shape, columns, apart, e } = this;
    const finished = this.args.scratch('rows', 'float32', this.MR * strips * NR * 4, true);
    const strip = loopVar('s', strips);
    const acc = this.accumulators(rows, NR / lanes);
    const first = plus(times(this.batchNumber, this.room), times(varIndex(strip), NR));
    const fold = this.folding(this.fold, (k) => {
      const to = (v: LoopVar): Index | undefined => {
        const i = this.reader.indexOf(v);
        return i >= 0 ? k[i]! : columns.includes(v) ? constantIndex(0) : undefined;
      };
      const at = plus(first, substitute(stage!.index, to));
      const flat = linear(
        k,
        this.fold.map((v) => v.size),
        SYMBOLS,
      );
      return this.step(
        acc,
        acc.map((_, i) => a(plus(top, constantIndex(i)), flat)),
        acc[0]!.map((_, j) => this.vector(this.staged, plus(at, constantIndex(j * lanes)))),
      );
    });
    const place = (i: Index, column: Index): Index => plus(times(i, strips * NR), column);
    const spill = this.spill(acc, finished, (i, j) =>
      place(constantIndex(i), plus(times(varIndex(strip), NR), constantIndex(j * lanes))),
    );
    const i = loopVar('i', rows);
    const where = new Map([
      ...this.spread(shape.m, plus(top, varIndex(i))),
      ...shape.n.map((l, x): [number, Index] => [l, varIndex(columns[x]!)]),
      ...this.batchPlaces,
    ]);
    const column = columns.reduce((sum, v, x) => plus(sum, times(varIndex(v), apart[x]!)), constantIndex(0));
    const result = e.load(finished, 'float32', place(varIndex(i), column), []);
    return [
      ...nest([strip], [this.spanning([...this.clear(acc), ...fold, ...spill])]),
      ...nest([i, ...columns.slice(0, -1)], this.epilogue(where, result, columns.at(-1)!)),
    ];
  }
}

/** The kernel in this way; null where another is better. */
export function lowerSliding(
  kernel: Kernel,
  graph: Graph,
  target: Target,
  home: (at: number) => string,
): Lowered | null {
  const shape = contractionShape(kernel, graph);
  if (shape.k.length < 2 || count(shape.k, shape.size) === 0) return null;
  const windows = withColumns(shape, lastOf(shape.n, shape.attrs.out));
  // How many columns of an image there are is part of the kernel.
  const dynamic = windows.n.includes(windows.dynamic ?? -1) ? null : windows.dynamic;
  const lowering = new SlidingLowering(kernel, graph, target, home, { ...windows, dynamic });
  return lowering.pays ? lowering.lower() : null;
}
