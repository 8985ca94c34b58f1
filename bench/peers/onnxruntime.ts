/** onnxruntime: the rows that run forward, each a model of a few nodes, which is written here as ONNX's protocol buffers. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { readInput, type Task } from '../task.js';
import { type Runnable, serve } from '../worker.js';

type Field = readonly [number: number, value: number | string | Uint8Array | Float32Array];

/** A message of protocol buffers: numbers as variable-length integers, all else with its length before it. */
function message(...fields: readonly Field[]): Uint8Array {
  const bytes: number[] = [];
  const integer = (value: number): void => {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
  };
  for (const [number, value] of fields) {
    integer(number * 8 + (typeof value === 'number' ? 0 : 2));
    if (typeof value === 'number') {
      integer(value);
      continue;
    }
    const content =
      typeof value === 'string'
        ? new TextEncoder().encode(value)
        : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    integer(content.length);
    bytes.push(...content);
  }
  return Uint8Array.from(bytes);
}

const FLOAT = 1;
/** A NodeProto: inputs 1, outputs 2, op_type 4. All of these ops work along the last axis as they stand. */
const node = (op: string, inputs: readonly string[], output: string): Field => [
  1,
  message(...inputs.map((name): Field => [1, name]), [2, output], [4, op]),
];
/** A TensorProto with one number: data_type 2, name 8, raw_data 9. */
const constant = (name: string, value: number): Field => [
  5,
  message([2, FLOAT], [8, name], [9, Float32Array.of(value)]),
];
/** A ValueInfoProto: a name and a float tensor, with as many axes as `shape` has. */
function tensorOf(name: string, shape: readonly number[]): Uint8Array {
  const axes = message(...shape.map((n): Field => [1, message([1, n])]));
  return message([1, name], [2, message([1, message([1, FLOAT], [2, axes])])]);
}

interface Graph {
  readonly fields: readonly Field[];
  readonly result: (shapes: readonly (readonly number[])[]) => readonly number[];
}

const same: Graph['result'] = ([x]) => x!;
const GRAPHS: Readonly<Record<string, Graph>> = {
  matmul: { fields: [node('MatMul', ['a', 'b'], 'y')], result: same },
  softmax: { fields: [node('Softmax', ['x'], 'y')], result: same },
  layernorm: { fields: [node('LayerNormalization', ['x', 'weight', 'bias'], 'y')], result: same },
  chain: {
    fields: [
      constant('two', 2),
      constant('one', 1),
      node('Mul', ['x', 'two'], 'twice'),
      node('Add', ['twice', 'one'], 'shifted'),
      node('Tanh', ['shifted'], 'bent'),
      node('Mul', ['bent', 'x'], 'product'),
      node('ReduceSum', ['product'], 'y'),
    ],
    result: () => [1],
  },
};

function modelOf({ row, inputs }: Task): Uint8Array {
  const { fields, result } = GRAPHS[row.replace(/-\d+$/, '')]!;
  const graph = message(
    ...fields.filter(([number]) => number === 1),
    [2, row],
    ...fields.filter(([number]) => number === 5),
    ...inputs.map(({ name, shape }): Field => [11, tensorOf(name, shape)]),
    [12, tensorOf('y', result(inputs.map(({ shape }) => shape)))],
  );
  // A ModelProto: ir_version 1, graph 7, opset_import 8.
  return message([1, 8], [7, graph], [8, message([1, ''], [2, 17])]);
}

async function runnable(task: Task, folder: string): Promise<Runnable<Float32Array>> {
  const session = await InferenceSession.create(modelOf(task), {
    intraOpNumThreads: Number(process.argv[3]),
    interOpNumThreads: 1,
  });
  const feeds = Object.fromEntries(
    task.inputs.map((input) => [input.name, new Tensor('float32', readInput(folder, input), input.shape)]),
  );
  return {
    step: async () => {
      const { y } = await session.run(feeds);
      if (y?.data instanceof Float32Array) return y.data;
      throw new TypeError('the result is no float32');
    },
    values: (data) => [data],
    trained: () => [],
  };
}

const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
await serve({ version, modes: ['session'] }, runnable);
