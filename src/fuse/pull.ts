/**
 * Pulling: the scalar expression for one element of a node, written down from the element backwards. Movement turns into
 * index arithmetic on the way; the walk stops at what is in memory and at what the caller supplies.
 */
import type { Expr, Guard, Index } from '../ir/expr.js';
import type { Graph } from '../ir/graph.js';
import type { Access } from '../ir/index-algebra.js';
import { linear } from '../ir/index-algebra.js';
import type { Node } from '../ir/node.js';
import { and, le, lt } from '../ops/index.js';
import type { Expressions } from '../rules/expressions.js';
import { SYMBOLS } from '../rules/index-algebra.js';

/** A condition on a value that has to be reported when it fails. */
export interface Check {
  /** The place of the node that asks. */
  readonly at: number;
  readonly failed: Expr;
  readonly value: Expr;
  readonly guards: readonly Guard[];
}

/** What a puller stops at: memory, or an expression the caller has. */
export interface Stops {
  /** The slot of the buffer that holds node `at`, or null when it is not in memory. */
  slot(at: number): number | null;
  /** The slot of run-time number `at`. */
  number(at: number): number;
  /** The expression for node `at` at `index` if the caller has one (a running reduction); null to go on. */
  supply?(at: number, index: readonly Index[]): Expr | null;
}

/** From where a node is looked at: which element, under which conditions. What has been pulled from there is remembered. */
interface View {
  readonly index: readonly Index[];
  readonly guards: readonly Guard[];
  readonly known: Map<number, Expr>;
}

export class Puller {
  /** Checks met so far, each once. */
  readonly checks = new Map<string, Check>();
  private readonly views = new Map<string, View>();

  constructor(
    private readonly graph: Graph,
    readonly e: Expressions,
    private readonly stops: Stops,
  ) {}

  /** The element of node `at` at `index`, where `guards` hold (elsewhere any value will do, but nothing outside is read). */
  pull(at: number, index: readonly Index[], guards: readonly Guard[] = []): Expr {
    const key = `${index.map((i) => i.key).join()}|${guards.map((g) => `${g.index.key}:${g.lo}:${g.hi}`).join()}`;
    let view = this.views.get(key);
    if (!view) this.views.set(key, (view = { index, guards, known: new Map() }));
    return this.seen(at, view);
  }

  /** Where in the result of scatter or update `at` the value at `index` goes. */
  target(at: number, index: readonly Index[]): Index[] {
    const { op, attrs, shape } = this.graph.nodes[at]!;
    if (op.kind !== 'scatter' && op.kind !== 'update') throw new Error(`internal: "${op.name}" goes to no place`);
    const axis = op.axisOf(attrs);
    const picks = this.graph.src[at]![1]!;
    const end = axis + this.graph.nodes[picks]!.shape.length;
    const pick = this.pull(picks, index.slice(axis, end));
    return [...index.slice(0, axis), this.e.asIndex(pick, shape[axis]!), ...index.slice(end)];
  }

  private seen(at: number, view: View): Expr {
    let made = view.known.get(at);
    if (!made) view.known.set(at, (made = this.make(at, view)));
    return made;
  }

  private make(at: number, view: View): Expr {
    const { index, guards } = view;
    const node = this.graph.nodes[at]!;
    const { e } = this;
    const supplied = this.stops.supply?.(at, index);
    if (supplied) return supplied;
    const slot = this.stops.slot(at);
    if (slot !== null) return e.load(slot, node.dtype, linear(index, node.shape, SYMBOLS), guards);
    const src = this.graph.src[at]!;
    const { op } = node;
    switch (op.kind) {
      case 'leaf': {
        if (op.from === 'constant') return e.constant((node as Node<{ value: number }>).attrs.value, node.dtype);
        if (op.from === 'number') return e.number(this.stops.number(at), node.dtype);
        return e.position(index[(node as Node<{ axis: number }>).attrs.axis]!);
      }
      case 'elementwise': {
        const args = src.map((s) => this.seen(s, view));
        if (op.check) return this.checked(at, args[0]!, op.check(node.attrs).limit, guards);
        return e.typed(op, node.dtype, node.attrs, ...args);
      }
      case 'movement':
        return this.moved(at, op.read(node, index, SYMBOLS), guards);
      case 'gather': {
        const axis = op.axisOf(node.attrs);
        const [x, picks] = src as [number, number];
        const rank = this.graph.nodes[picks]!.shape.length;
        const pick = this.pull(picks, index.slice(axis, axis + rank), guards);
        const from = e.asIndex(pick, this.graph.nodes[x]!.shape[axis]!);
        return this.pull(x, [...index.slice(0, axis), from, ...index.slice(axis + rank)], guards);
      }
      default:
        throw new Error(`internal: "${op.name}" must be in memory or supplied`);
    }
  }

  private moved(at: number, accesses: readonly Access<Index>[], guards: readonly Guard[]): Expr {
    const { e } = this;
    const src = this.graph.src[at]!;
    let result: Expr = e.constant(0, this.graph.nodes[at]!.dtype);
    for (const { source, index, when } of [...accesses].reverse()) {
      // Conditions that the bounds decide are dropped, or drop the access.
      const open = when.filter(({ value, lo, hi }) => value.min < lo || value.max >= hi);
      if (open.some(({ value, lo, hi }) => value.max < lo || value.min >= hi)) continue;
      const own = open.map(({ value, lo, hi }): Guard => ({ index: value, lo, hi }));
      const value = this.pull(src[source]!, index, [...guards, ...own]);
      result = own.length === 0 ? value : e.choose(e.guard(own), value, result);
    }
    return result;
  }

  /** The value, or 0 where it is out of range (so that nothing outside memory is touched); the failure is reported. */
  private checked(at: number, value: Expr, limit: number, guards: readonly Guard[]): Expr {
    const { e } = this;
    const number = (k: number): Expr => e.constant(k, value.dtype);
    const inside = e.op(
      and,
      e.typed(le, 'bool', undefined, number(0), value),
      e.typed(lt, 'bool', undefined, value, number(limit)),
    );
    const failed = e.typed(le, 'bool', undefined, inside, e.constant(0, 'bool'));
    this.checks.set(`${at}|${e.idOf(value)}`, { at, failed, value, guards });
    return e.choose(inside, value, number(0));
  }
}
