/**
 * Every record at every dtype that it takes, each as a small graph: the records of the alphabet at what their tests draw for them
 * (`test/support/sample.ts`), those of `chainrule/linalg` as its functions make them.
 */
import { type DType, isFloat } from '../../src/base/dtype.js';
import { internShape } from '../../src/base/shape.js';
import { apply, type Node } from '../../src/ir/node.js';
import type { AliasOp, LeafOp, Op } from '../../src/ir/op.js';
import * as linalg from '../../src/linalg/index.js';
import { lowerAttention } from '../../src/lower/attention.js';
import { provide } from '../../src/lower/index.js';
import { ALPHABET, constantNode, eq, iotaNode } from '../../src/ops/index.js';
import { updateSlices } from '../../src/optim/slices.js';
import { grad, Tensor } from '../../src/tensor/index.js';
import { type Input, nodeOf, type Sample, samplesOf, uniform } from '../../test/support/sample.js';

// As whoever makes such nodes does.
provide('attention', lowerAttention);
updateSlices();

export interface Trial {
  readonly op: Op;
  /** Of what the record works on: conditions and indices apart. */
  readonly dtype: DType;
  readonly inputs: readonly Input[];
  /** The record's node from nodes for the inputs. */
  readonly make: (leaves: readonly Node[]) => Node;
}

const SHAPE = [3, 5];
const DTYPES: readonly DType[] = ['float32', 'float64', 'int32', 'uint8', 'bool'];
const sized = (dtype: DType, shape: readonly number[] = SHAPE): Input => ({
  shape,
  dtype,
  values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i % 2),
});

/** A leaf has no sources, and is only read: here by a comparison with a tensor. */
function leafTrials(op: LeafOp): Trial[] {
  const types: readonly DType[] = op.from === 'index' ? ['int32'] : DTYPES;
  return types.map((dtype) => ({
    op,
    dtype,
    inputs: [sized(dtype)],
    make([x]) {
      const made = op.from === 'storage' ? nodeOf(sized(dtype)) : leafNode(op, dtype);
      return apply(eq, [made, x!]);
    },
  }));
}

function leafNode(op: LeafOp, dtype: DType): Node {
  if (op.from === 'index') return iotaNode(internShape(SHAPE), 1);
  if (op.from === 'constant') return constantNode(1, internShape(SHAPE), dtype);
  const node = apply(op, [], { shape: internShape(SHAPE), dtype });
  node.value = 1;
  return node;
}

const aliasTrials = (op: AliasOp): Trial[] =>
  DTYPES.map((dtype) => ({
    op,
    dtype,
    inputs: [sized(dtype)],
    make: ([x]) => apply(op, op.arity === null ? [x!, x!] : [x!], { name: 'user', backward: (g: Node) => [g] }),
  }));

/** What a sample is about: its indices are int32 and its conditions bools whatever that is. */
function dtypeOf(op: Op, { inputs }: Sample): DType {
  const types = inputs.map((i) => i.dtype);
  const indexed = op.kind === 'gather' || op.kind === 'scatter' || op.kind === 'update';
  return (indexed ? types[0] : types.find((t) => t !== 'bool')) ?? 'bool';
}

const sizeOfSample = ({ inputs }: Sample): number => inputs.reduce((sum, i) => sum + i.values.length, 0);

/** At each dtype the largest of the samples. */
function sampleTrials(op: Op): Trial[] {
  const best = new Map<DType, Sample>();
  for (const sample of samplesOf(op)) {
    const dtype = dtypeOf(op, sample);
    const known = best.get(dtype);
    if (!known || sizeOfSample(sample) > sizeOfSample(known)) best.set(dtype, sample);
  }
  return DTYPES.flatMap((dtype) => {
    const sample = best.get(dtype);
    if (!sample) return [];
    return [{ op, dtype, inputs: sample.inputs, make: (leaves) => apply(op, leaves, sample.attrs) } satisfies Trial];
  });
}

/** Rows and columns of a matrix. */
const N = 3;
/** Calls which between them make all of the room's records, for a symmetric positive definite matrix. */
const LINALG: readonly ((a: Tensor) => Tensor)[] = [
  (a) => linalg.solve(a, a),
  (a) => linalg.inv(a),
  (a) => grad((x: Tensor) => linalg.det(x))(a),
  (a) => linalg.luFactor(a).lu,
  (a) => linalg.solveTriangular(a, a, { upper: true }),
  (a) => linalg.cholesky(a),
  (a) => linalg.qr(a).Q,
  (a) => linalg.eigh(a).eigenvalues,
  (a) => linalg.svd(a.slice('...', [0, N - 1]), { fullMatrices: true }).U,
  (a) => linalg.pinv(a),
  (a) => linalg.matrixExp(a),
];

/** A·Aᵀ + diag(1, 2, …): symmetric and positive definite. */
const definite = (dtype: DType): Input => {
  const random = uniform(7);
  const half = Array.from({ length: N * N }, () => random());
  const at = (i: number, j: number): number =>
    half.slice(0, N).reduce((sum, _, k) => sum + half[i * N + k]! * half[j * N + k]!, i === j ? 1 + i : 0);
  return { shape: [N, N], dtype, values: Array.from({ length: N * N }, (_, i) => at(Math.floor(i / N), i % N)) };
};

/** The routines behind a result, by name. */
function routinesBehind(node: Node, found = new Map<string, Node>()): Map<string, Node> {
  if (node.op.kind === 'routine') found.set(node.op.name, node);
  for (const source of node.src) routinesBehind(source, found);
  return found;
}

function linalgTrials(): Trial[] {
  const found = new Map<string, Trial[]>();
  for (const call of LINALG) {
    const routines = (leaf: Node): Map<string, Node> => routinesBehind(call(new Tensor(leaf)).node);
    for (const [name, { op }] of routines(nodeOf(definite('float32')))) {
      const make = ([leaf]: readonly Node[]): Node => routines(leaf!).get(name)!;
      found.set(
        name,
        (['float32', 'float64'] as const).map((dtype) => ({ op, dtype, inputs: [definite(dtype)], make })),
      );
    }
  }
  return [...found.values()].flat();
}

/** All trials, record after record. @throws Error for a record without examples */
export function trials(): Trial[] {
  const records = Object.values<Op>(ALPHABET);
  const ofAlphabet = records.flatMap((op): Trial[] => {
    // It stands for a value while a function is looked at: nothing computes it.
    if (op.kind === 'leaf') return op.from === 'nowhere' ? [] : leafTrials(op);
    return op.kind === 'alias' ? aliasTrials(op) : sampleTrials(op);
  });
  return [...ofAlphabet, ...linalgTrials()];
}

/** Inputs as nodes; `needsGrad` holds for the floats among them. */
export const leavesOf = (inputs: readonly Input[], needsGrad = false): Node[] =>
  inputs.map((i) => nodeOf(i, needsGrad && isFloat(i.dtype)));
