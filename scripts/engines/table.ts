/**
 * The table of engines × records: how each engine computes each record at each dtype, and which derivatives and batches there are.
 * Nothing in it is written by hand: every cell is what the compiler does with the trial of that record.
 */

import { batch, inBatch } from '../../src/autograd/batch.js';
import { gradients } from '../../src/autograd/reverse.js';
import { type DType, isFloat } from '../../src/base/dtype.js';
import { GraphError } from '../../src/base/errors.js';
import { emitC } from '../../src/emit/c/kernel.js';
import { targetFor } from '../../src/emit/c/target.js';
import { emitJs, TARGET as JAVASCRIPT, spellingOf } from '../../src/emit/js/kernel.js';
import { emitWasm } from '../../src/emit/wasm/module.js';
import { TARGET as WASM } from '../../src/emit/wasm/target.js';
import { fuse } from '../../src/fuse/index.js';
import type { Program } from '../../src/ir/expr.js';
import { apply, type Node, withRecording } from '../../src/ir/node.js';
import { isDifferentiable, type Op } from '../../src/ir/op.js';
import { phasesOf } from '../../src/ir/phases.js';
import { isSpelled, lower, type Target } from '../../src/lower/index.js';
import { constantNode, mul } from '../../src/ops/index.js';
import { collect } from '../../src/run/collect.js';
import { withEngine } from '../../src/run/engine.js';
import { realise } from '../../src/run/realise.js';
import { leavesOf, type Trial, trials } from './trials.js';

/**
 * `compiled`: all of it is code of the engine's language. `called`: compiled code calls the record's own function, for each element or,
 * of a routine, once. `defined`: the interpreter computes it from the record. `javascript`: the kernel runs as JavaScript on the same
 * memory.
 */
export type Way = 'defined' | 'compiled' | 'called' | 'javascript';

/** A record: for each dtype that it takes how each engine computes it, and what else it can. */
export interface Row {
  readonly name: string;
  readonly kind: Op['kind'];
  readonly ways: ReadonlyMap<DType, Readonly<Record<Engine, Way>>>;
  /** `yes`, or why there is none; of a second one `none left` where the first is constant. */
  readonly first: string;
  readonly second: string;
  /** Whether `vmap` can put one more axis in front; `the same` for what no input leads to. */
  readonly batches: 'yes' | 'the same';
}

/** The engines, and how `native` runs kernels that are not worth a C compiler's time. */
export const ENGINES = ['interpret', 'wasm', 'native', 'js'] as const;
export type Engine = (typeof ENGINES)[number];

/** The programs of a graph, lowered for a target. */
function programsOf(root: Node, target: Target): Program[] {
  const request = collect([root], []);
  const storageOf = new Map(request.inputs.map((at, i) => [at, request.inputStorage[i]!]));
  const { graph, schedule } = fuse({
    nodes: request.nodes,
    results: request.roots.map((r) => r.at),
    targets: [],
    storageOf,
    keep: () => false,
  });
  return schedule.kernels.map((kernel) => lower(kernel, graph, target, String).program);
}

/** Whether it calls a routine. */
const calls = ({ body }: Program): boolean => body.some((s) => s.s === 'call');
const phases = (programs: readonly Program[]): Program[] => programs.flatMap(phasesOf);

function onWasm(trial: Trial): Way {
  const programs = programsOf(trial.make(leavesOf(trial.inputs)), WASM);
  for (const phase of phases(programs)) emitWasm(phase, { relaxed: true, sharedMemory: true });
  return programs.every((p) => isSpelled(p, WASM) && !calls(p)) ? 'compiled' : 'called';
}

const C = targetFor('');
function onNative(trial: Trial): Way {
  const programs = programsOf(trial.make(leavesOf(trial.inputs)), C);
  if (!programs.every((p) => isSpelled(p, C))) return 'javascript';
  phases(programs).forEach(emitC);
  return 'compiled';
}

function onJavaScript(trial: Trial): Way {
  const programs = programsOf(trial.make(leavesOf(trial.inputs)), JAVASCRIPT);
  programs.forEach(emitJs);
  const spells: Target['spells'] = (op, dtype) => spellingOf(op, dtype) !== undefined;
  return programs.every((p) => isSpelled(p, { ...JAVASCRIPT, spells }) && !calls(p)) ? 'compiled' : 'called';
}

function onInterpreter(trial: Trial): Way {
  const node = trial.make(leavesOf(trial.inputs));
  withEngine('interpret', () => realise([node]));
  if (!node.storage) throw new Error(`the interpreter left ${trial.op.name} of ${trial.dtype} without a value`);
  return 'defined';
}

/** The gradients of a float node with respect to `leaves`, themselves differentiable. */
function gradientsOf(node: Node, leaves: readonly Node[]): Node[] {
  const cotangent = constantNode(1, node.shape, node.dtype);
  const inputs = leaves.filter((l) => l.needsGrad);
  return withRecording(true, () => gradients([node], [cotangent], inputs)).filter((g) => g !== null);
}

/** Whether there is a first derivative, and one of that. */
function derivatives(own: readonly Trial[]): Pick<Row, 'first' | 'second'> {
  const { op } = own[0]!;
  if (!isDifferentiable(op)) {
    const none = typeof op.vjp === 'object' ? op.vjp.none : '';
    return { first: none, second: none };
  }
  const trial = own.find(({ dtype }) => isFloat(dtype));
  if (!trial) throw new Error(`${op.name} has a derivative, but no float sample to take it of`);
  const leaves = leavesOf(trial.inputs, true);
  const node = trial.make(leaves);
  let first: Node[];
  try {
    first = gradientsOf(node, leaves);
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return { first: error.message, second: error.message };
  }
  if (first.length === 0) throw new Error(`${op.name}: the derivative gives no gradient`);
  const depends = first.filter((g) => g.needsGrad);
  for (const g of depends) gradientsOf(apply(mul, [g, g]), leaves);
  return { first: 'yes', second: depends.length > 0 ? 'yes' : 'none left' };
}

const EXAMPLES = 2;
/** Puts an axis for two examples in front of the inputs, and sees that the result has it. */
function batches({ op, inputs, make }: Trial): Row['batches'] {
  const leaves = leavesOf(inputs);
  const node = make(leaves);
  const whole = inputs.map((i) => ({ ...i, shape: [EXAMPLES, ...i.shape], values: [...i.values, ...i.values] }));
  const wholes = leavesOf(whole);
  const pairs = leaves.map((leaf, i) => [leaf, wholes[i]!] as const);
  const result = inBatch(batch(pairs, EXAMPLES, leaves[0]!.id, 'different'), node, EXAMPLES);
  if (result.shape.join() !== [EXAMPLES, ...node.shape].join())
    throw new Error(`${op.name}: a batch of ${EXAMPLES} has shape [${result.shape}], of one [${node.shape}]`);
  return op.kind === 'leaf' ? 'the same' : 'yes';
}

/** The table. @throws Error for a record that some engine cannot compute at a dtype it takes */
export function engineTable(): Row[] {
  const records = new Map<string, Trial[]>();
  for (const trial of trials()) {
    const own = records.get(trial.op.name) ?? [];
    records.set(trial.op.name, [...own, trial]);
  }
  return [...records.values()].map((own) => {
    const { op } = own[0]!;
    const ways = new Map(
      own.map((trial) => [
        trial.dtype,
        { interpret: onInterpreter(trial), wasm: onWasm(trial), native: onNative(trial), js: onJavaScript(trial) },
      ]),
    );
    return { name: op.name, kind: op.kind, ways, ...derivatives(own), batches: batches(own[0]!) };
  });
}
