/**
 * From a program to the bytes of a WebAssembly module, and where the module expects its arguments.
 */
import type { Program } from '../../ir/expr.js';
import { Code } from './code.js';
import { scalarOf } from './convert.js';
import type { Call, Emission, RoutineCall, Target } from './emission.js';
import { encodeModule, type Signature, type ValueType } from './encode.js';
import { emitHeld, emitValue } from './expr.js';
import { typeOf } from './graph.js';
import { Memo } from './memo.js';
import { emitBody } from './stmt.js';

export type { Call, RoutineCall, Target } from './emission.js';

/**
 * Byte offsets into the argument block, which begins at a multiple of 8: for each buffer the int32 that is its address, and for each size one;
 * for each number its cell of 8 bytes (a float32 or int32 stands in the first 4); the int32 that is the address of the
 * two status words, int32 both: the number of the check that failed plus 1 (0: none), and the value that failed.
 */
export interface ArgumentLayout {
  readonly buffers: readonly number[];
  readonly numbers: readonly number[];
  /** The int32 of each size. */
  readonly sizes: readonly number[];
  readonly status: number;
  /** Size of the block, a multiple of 8. */
  readonly bytes: number;
}

const WORD = 4;
const CELL = 8;

export function argumentLayout({
  buffers,
  numbers,
  sizes,
}: Pick<Program, 'buffers' | 'numbers' | 'sizes'>): ArgumentLayout {
  const words = buffers.length + (sizes?.values.length ?? 0);
  const cells = Math.ceil((words * WORD) / CELL) * CELL;
  const status = cells + numbers.length * CELL;
  return {
    buffers: buffers.map((_, i) => i * WORD),
    sizes: (sizes?.values ?? []).map((_, i) => (buffers.length + i) * WORD),
    numbers: numbers.map((_, i) => cells + i * CELL),
    status,
    bytes: status + CELL,
  };
}

/** The parameters of `run`: the address of the argument block, the number of the thread, and how many threads there are. */
const PARAMETERS: readonly ValueType[] = ['i32', 'i32', 'i32'];
const [BLOCK, THREAD, THREADS] = [0, 1, 2] as const;

export interface WasmModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The functions to import, in order: `env.call0`, `env.call1`, … */
  readonly calls: readonly (Call | RoutineCall)[];
}

/**
 * Emits `program` as a module which imports `env.memory` (and functions, see {@link Call}) and exports
 * `run(args: i32, thread: i32, threads: i32)`, where `args` is the address of an argument block laid out as
 * {@link argumentLayout} says. Each of the threads calls it; memory has to be shared for more than one.
 * @throws Error when the program breaks the rules of `ir/expr`, which is a mistake of the compiler
 */
export function emitWasm(program: Program, target: Target): WasmModule {
  const code = new Code(PARAMETERS);
  const layout = argumentLayout(program);
  const calls = new CallTable();
  const argument = (type: 'i32' | 'f32' | 'f64', offset: number): number => {
    const local = code.allocate(type);
    code.get(BLOCK);
    code.memory(`${type}.load`, type === 'f64' ? 8 : 4, offset);
    code.set(local);
    return local;
  };
  const vars = new Map<number, number>();
  const locals = new Map<number, number>();
  const once = (known: Map<number, number>, id: number, type: ValueType): number => {
    let local = known.get(id);
    if (local === undefined) known.set(id, (local = code.allocate(type)));
    return local;
  };
  const k: Emission = {
    code,
    memo: new Memo(code),
    target,
    buffers: layout.buffers.map((offset, slot) => {
      const local = argument('i32', offset);
      const between = target.sharedMemory ? program.perThread?.get(slot) : undefined;
      if (between !== undefined) {
        code.get(local);
        code.get(THREAD);
        code.i32(between);
        code.op('i32.mul');
        code.op('i32.add');
        code.set(local);
      }
      return local;
    }),
    threads: target.sharedMemory ? { own: THREAD, count: THREADS } : null,
    numbers: layout.numbers.map((offset, i) => argument(scalarOf(program.numbers[i]!), offset)),
    numberTypes: program.numbers,
    sizes: program.sizes,
    sizeLocals: layout.sizes.map((offset) => argument('i32', offset)),
    block: BLOCK,
    status: layout.status,
    localOfVar: (v) => once(vars, v.id, 'i32'),
    localOf: (local) => once(locals, local.id, typeOf({ ...local, e: 'local', local })),
    callOf: (call) => calls.numberOf(call),
    value: (part) => emitValue(k, part),
    held: (part) => emitHeld(k, part),
  };
  emitBody(k, program.body);
  const bytes = encodeModule({
    sharedMemory: target.sharedMemory,
    imports: calls.list.map((call, i) => ({ name: `call${i}`, signature: signatureOf(call) })),
    name: 'run',
    parameters: PARAMETERS,
    body: code.finish(),
  });
  return { bytes, calls: calls.list };
}

const signatureOf = (call: Call | RoutineCall): Signature =>
  'op' in call
    ? { parameters: new Array<ValueType>(call.op.arity).fill('f64'), results: ['f64'] }
    : { parameters: call.wholes.map(() => 'i32'), results: [] };

/** The functions that a module calls, each once. */
class CallTable {
  readonly list: (Call | RoutineCall)[] = [];

  numberOf(call: Call | RoutineCall): number {
    const key = ({ op, attrs }: Call): string | undefined => op.key?.(attrs);
    const same = (other: Call | RoutineCall): boolean =>
      'op' in other && 'op' in call && other.op === call.op && other.dtype === call.dtype && key(other) === key(call);
    const known = this.list.findIndex(same);
    return known >= 0 ? known : this.list.push(call) - 1;
  }
}
