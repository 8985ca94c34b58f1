/**
 * Lowering of a contraction with few results and a long fold, such as the gradient of a convolution's weights.
 *
 * The outer folded ranges (images of a batch) are cut into parts, each with a result of its own: threads take whole parts, and the operands of one step
 * (one image) fit the caches. At the end the parts are added up in order, and the epilogue is computed. Where an operand is read through windows
 * it becomes the one with the rows, whose elements are read one at a time, from a stage.
 */
import type { Graph, Kernel } from '../fuse/index.js';
import type { Expr, Index, LoopVar, Stmt } from '../ir/expr.js';
import { linear } from '../ir/index-algebra.js';
import { add } from '../ops/index.js';
import { constantIndex, loopVar, plus, SYMBOLS, substitute, times, varIndex } from '../rules/index-algebra.js';
import { type ContractionShape, contractionShape, count, turned } from './contraction.js';
import { type Lowered, nest } from './kernel.js';
import { READS, type Stage, stageOf } from './staging.js';
import type { Target } from './target.js';
import { Packing } from './tiles.js';

/** One step of the outer fold covers at most so many of the fold's elements. */
const STEP = 1024;
/** At most so many parts. */
const PARTS = 8;

/** The contraction that one step of the outer fold is, and the outer fold. */
interface Split {
  readonly step: ContractionShape;
  readonly outer: readonly number[];
}

/** How a contraction is split, by its sizes alone, for they decide the order of the additions; null where it is not. */
function splitOf(shape: ContractionShape, { l2 }: Target): Split | null {
  const { batch, m, n, k, size } = shape;
  const [B, M, N, K] = [batch, m, n, k].map((labels) => count(labels, size)) as [number, number, number, number];
  if (B * M * N * 4 > l2 / 2 || (M + N) * K * 4 <= 2 * l2) return null;
  let inner = k.length;
  while (inner > 0 && count(k.slice(inner - 1), size) <= STEP) inner--;
  if (inner === 0 || inner === k.length) return null;
  const outer = k.slice(0, inner);
  // Of the sizes only how often the outer fold runs is dynamic.
  const dynamic = outer.includes(shape.dynamic ?? -1) ? shape.dynamic : null;
  return { step: { ...shape, dynamic, k: k.slice(inner) }, outer };
}

class SplitLowering extends Packing {
  private readonly parts: number;
  /** Steps of each part; the last may have fewer. */
  private readonly steps: number;
  private readonly part: LoopVar;
  private readonly stepOfPart: LoopVar;
  /** What the rows are read from, if they are staged. */
  private readonly stage: Stage | null;
  private readonly row: readonly LoopVar[];

  constructor(
    kernel: Kernel,
    graph: Graph,
    target: Target,
    home: (at: number) => string,
    shape: ContractionShape,
    private readonly outer: readonly number[],
  ) {
    super(kernel, graph, target, home, shape);
    const { m, k, size, a } = shape;
    const all = count(outer, size);
    this.steps = Math.ceil(all / Math.min(PARTS, all));
    this.parts = Math.ceil(all / this.steps);
    const unit = shape.dynamic === null ? undefined : 1;
    this.part = loopVar('part', this.parts, unit);
    this.stepOfPart = loopVar('step', this.steps, unit);
    this.row = m.map((l) => loopVar(`m${l}`, size.get(l)!));
    const where = new Map([
      ...m.map((l, i): [number, Index] => [l, varIndex(this.row[i]!)]),
      ...k.map((l, i): [number, Index] => [l, varIndex(this.fold[i]!)]),
      ...this.batchPlaces,
    ]);
    const moving = new Set([...this.row, ...this.fold]);
    const stage = stageOf(this.at(a, where), (v) => moving.has(v));
    this.stage = stage && stage.length * READS <= this.M * this.K ? stage : null;
  }

  /** Whether the rows are read through windows. */
  get staged(): boolean {
    return this.stage !== null;
  }

  protected override get byBatch(): boolean {
    return true;
  }

  protected override get batchPlaces(): [number, Index][] {
    return [...super.batchPlaces, ...this.spread(this.outer, this.position)];
  }

  /** Which step of the outer fold this is. */
  private get position(): Index {
    return plus(times(varIndex(this.part), this.steps), varIndex(this.stepOfPart));
  }

  /** Columns of a part's result. */
  private get width(): number {
    return this.strips * this.NR;
  }

  private get partial(): number {
    const batches = this.batch.reduce((n, v) => n * v.size, 1);
    return this.args.scratch('parts', 'float32', batches * this.parts * this.M * this.width * 4, false);
  }

  private inPart(batch: Index, part: Index, row: Index, column: Index): Index {
    const which = plus(times(batch, this.parts), part);
    return plus(times(plus(times(which, this.M), row), this.width), column);
  }

  lower(): Lowered {
    const { e, lanes, M, width } = this;
    const { a, before, inside } = this.rows();
    const z = loopVar('z', M * width);
    const index = plus(
      this.inPart(this.whichBatch, varIndex(this.part), constantIndex(0), constantIndex(0)),
      varIndex(z),
    );
    const zero: Stmt = {
      s: 'store',
      slot: this.partial,
      dtype: 'float32',
      index,
      value: e.constant(0, 'float32', lanes),
      guards: [],
    };
    const work = [...this.packB(), ...inside, ...this.tiles(a)];
    const all = count(this.outer, this.shape.size);
    const dynamic = this.part.unit !== undefined;
    const guarded: readonly Stmt[] =
      all === this.parts * this.steps && !dynamic
        ? work
        : [{ s: 'if', guards: [{ index: this.position, lo: 0, hi: all, dynamic }], then: work }];
    const body: Stmt[] = [{ s: 'for', v: z, step: lanes, body: [zero] }, ...nest([this.stepOfPart], guarded)];
    const first: Stmt[] = before.length > 0 ? [...before, { s: 'barrier' }] : [];
    const parts = nest([this.part, ...this.batch], body, true);
    const sum = (b: Index, row: Index, column: Index): Expr =>
      e.load(this.partial, 'float32', this.inPart(b, constantIndex(0), row, column), []);
    return this.args.lowered('contraction', [
      ...first,
      ...parts,
      { s: 'barrier' },
      ...(this.parts > 1 || this.part.unit !== undefined ? [...this.sums(), { s: 'barrier' } as const] : []),
      ...this.inOrderOfResult(sum),
    ]);
  }

  /** How the inner loop reads the rows, given the places of the folded ranges. */
  private rows(): { a: (row: Index, at: readonly Index[]) => Expr; before: readonly Stmt[]; inside: readonly Stmt[] } {
    const { stage, e, shape } = this;
    const sizes = shape.k.map((l) => shape.size.get(l)!);
    if (!stage) {
      const { a, ...copies } = this.sourceOfA();
      return { a: (row, at) => a(row, linear(at, sizes, SYMBOLS)), ...copies };
    }
    const slot = this.args.scratch('stage', 'float32', stage.length * 4, true);
    return {
      a: (row, at) => {
        const places = new Map(this.spread(shape.m, row));
        const to = (v: LoopVar): Index | undefined => {
          const [i, j] = [this.row.indexOf(v), this.fold.indexOf(v)];
          return i >= 0 ? places.get(shape.m[i]!)! : j >= 0 ? at[j]! : undefined;
        };
        return e.load(slot, 'float32', substitute(stage.index, to), []);
      },
      before: [],
      inside: stage.fill(e, slot, constantIndex(0), stage.length, this.lanes),
    };
  }

  /** Adds one step of the outer fold to every tile of the part. */
  private tiles(a: (row: Index, at: readonly Index[]) => Expr): Stmt[] {
    const { M, MR, strips } = this;
    const whole = Math.floor(M / MR);
    const [strip, block] = [loopVar('s', strips), loopVar('mb', whole)];
    const out: Stmt[] = [];
    const rest = M - whole * MR;
    if (whole > 0) out.push(...nest([strip, block], this.tile(varIndex(strip), times(varIndex(block), MR), MR, a)));
    if (rest > 0) out.push(...nest([strip], this.tile(varIndex(strip), constantIndex(whole * MR), rest, a)));
    return out;
  }

  private tile(strip: Index, top: Index, rows: number, a: (row: Index, at: readonly Index[]) => Expr): Stmt[] {
    const { NR, lanes, shape } = this;
    const acc = this.accumulators(rows, NR / lanes);
    const place = (i: number, j: number): Index =>
      this.inPart(
        this.whichBatch,
        varIndex(this.part),
        plus(top, constantIndex(i)),
        plus(times(strip, NR), constantIndex(j * lanes)),
      );
    const load = acc.flatMap((r, i) =>
      r.map((local, j): Stmt => ({ s: 'set', local, value: this.vector(this.partial, place(i, j)) })),
    );
    const sizes = shape.k.map((l) => shape.size.get(l)!);
    const fold = this.folding(this.fold, (at) =>
      this.step(
        acc,
        acc.map((_, i) => a(plus(top, constantIndex(i)), at)),
        this.vectorsOf(strip, linear(at, sizes, SYMBOLS)),
      ),
    );
    return [this.spanning([...load, ...fold, ...this.spill(acc, this.partial, place)])];
  }

  /** Adds the parts up, into the first. */
  private sums(): readonly Stmt[] {
    const { e, lanes, M, width, lane } = this;
    const [row, z] = [loopVar('m', M), loopVar('z', width / lanes)];
    const column = times(varIndex(z), lanes);
    const at = (part: Index): Index => this.inPart(this.whichBatch, part, varIndex(row), column);
    const sum = this.args.local('sum', 'float32', lanes);
    const next = loopVar('next', this.parts, this.part.unit);
    const adding: Stmt = {
      s: 'set',
      local: sum,
      value: e.op(add, e.local(sum), this.vector(this.partial, at(varIndex(next)))),
    };
    const first = at(constantIndex(0));
    const body: Stmt[] = [
      { s: 'set', local: sum, value: this.vector(this.partial, first) },
      { s: 'for', v: next, from: 1, body: [adding] },
      {
        s: 'store',
        slot: this.partial,
        dtype: 'float32',
        index: plus(first, varIndex(lane)),
        value: e.local(sum),
        guards: [],
      },
    ];
    return nest([...this.batch, row, z], [this.spanning(body)], true);
  }
}

/** The kernel in this way; null where another is better. */
export function lowerSplit(kernel: Kernel, graph: Graph, target: Target, home: (at: number) => string): Lowered | null {
  const split = splitOf(contractionShape(kernel, graph), target);
  if (!split) return null;
  const make = (step: ContractionShape): SplitLowering =>
    new SplitLowering(kernel, graph, target, home, step, split.outer);
  const { m, n, size } = split.step;
  const [plain, other] = [make(split.step), make(turned(split.step))];
  const wide = (labels: readonly number[]): boolean => count(labels, size) >= target.lanes;
  if (wide(n) && (plain.staged || !other.staged || !wide(m))) return plain.lower();
  return wide(m) ? other.lower() : null;
}
