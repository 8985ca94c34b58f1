/**
 * The body of one function while it is written: its bytes, and its locals, which are reused once released.
 */
import { float32, float64, signed, unsigned, VALUE_TYPES, type ValueType } from './encode.js';
import { opcodeOf } from './opcodes.js';

const EMPTY_BLOCK = 0x40;

export class Code {
  readonly #bytes: number[] = [];
  readonly #types: ValueType[];
  readonly #parameters: number;
  readonly #free: Record<ValueType, number[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  /** Where the last instruction stands if it was a `local.set`, so that a `local.get` after it becomes a `local.tee`. */
  #lastSet = { at: -1, local: -1 };

  constructor(parameters: readonly ValueType[]) {
    this.#types = [...parameters];
    this.#parameters = parameters.length;
  }

  /** A local that nobody uses now; its value is unknown. */
  allocate(type: ValueType): number {
    return this.#free[type].pop() ?? this.#types.push(type) - 1;
  }

  /** Gives a local back for other uses. */
  release(local: number): void {
    this.#free[this.#types[local]!].push(local);
  }

  /** An instruction whose immediates, if any, are unsigned numbers. */
  op(name: string, ...immediates: readonly number[]): void {
    const { prefix, code } = opcodeOf(name);
    if (prefix === 0) this.#bytes.push(code);
    else this.#bytes.push(prefix, ...unsigned(code));
    for (const n of immediates) this.#bytes.push(...unsigned(n));
  }

  get(local: number): void {
    if (this.#lastSet.local === local && this.#lastSet.at === this.#bytes.length) {
      this.#bytes.length -= 1 + unsigned(local).length;
      this.#lastSet.at = -1;
      this.op('local.tee', local);
    } else this.op('local.get', local);
  }

  set(local: number): void {
    this.op('local.set', local);
    this.#lastSet = { at: this.#bytes.length, local };
  }

  tee(local: number): void {
    this.op('local.tee', local);
  }

  i32(value: number): void {
    this.op('i32.const');
    this.#bytes.push(...signed(value));
  }

  i64(value: number): void {
    this.op('i64.const');
    this.#bytes.push(...signed(value));
  }

  f32(value: number): void {
    this.op('f32.const');
    this.#bytes.push(...float32(value));
  }

  f64(value: number): void {
    this.op('f64.const');
    this.#bytes.push(...float64(value));
  }

  /** A vector constant of 16 bytes. */
  v128(bytes: readonly number[]): void {
    this.op('v128.const');
    this.#bytes.push(...bytes);
  }

  /** Rearranges the bytes of two vectors. */
  shuffle(lanes: readonly number[]): void {
    this.op('i8x16.shuffle');
    this.#bytes.push(...lanes);
  }

  /** A load or store of elements of `bytes` bytes, `offset` bytes past the address on the stack. */
  memory(name: string, bytes: 1 | 4 | 8, offset: number, lane?: number): void {
    this.op(name, bytes === 8 ? 3 : bytes === 4 ? 2 : 0, offset);
    if (lane !== undefined) this.#bytes.push(lane);
  }

  /** `block`, `loop` or `if`, which leaves one value of `result` or nothing. */
  open(name: 'block' | 'loop' | 'if', result?: ValueType): void {
    this.op(name);
    this.#bytes.push(result === undefined ? EMPTY_BLOCK : VALUE_TYPES[result]);
  }

  else(): void {
    this.op('else');
  }

  end(): void {
    this.op('end');
  }

  /** Declarations of the locals and all instructions, closed by the last `end`. */
  finish(): number[] {
    const own = this.#types.slice(this.#parameters);
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of own) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    const declarations = runs.flatMap(({ type, count }) => [...unsigned(count), VALUE_TYPES[type]]);
    return unsigned(runs.length).concat(declarations, this.#bytes, opcodeOf('end').code);
  }
}
