/**
 * Functions that the graph only knows as many small operations (softmax, cross entropy), recognised, so that a picture shows
 * what the user wrote.
 *
 * The functions themselves are the patterns: each is called with placeholders of the sizes found in the graph, and the
 * nodes it makes are compared with those that are there. Whatever changes in a function changes in its pattern too.
 */
import { type DType, isFloat } from '../base/dtype.js';
import { current as settings } from '../base/settings.js';
import { internShape, type Shape } from '../base/shape.js';
import { type Node, withRecording } from '../ir/node.js';
import { Storage } from '../ir/storage.js';
import * as functional from '../nn/functional.js';
import { dataNode } from '../ops/index.js';
import * as tensors from '../tensor/index.js';
import { Tensor } from '../tensor/index.js';
import { type Caption, foldedAxes, showAxes } from './captions.js';
import { behindSilent, isHeld } from './silent.js';

export interface Composite extends Caption {
  /** The arguments, in order. */
  readonly inputs: readonly Node[];
}

/** What is known of an argument before it is found. */
interface Argument {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** One way to call a function. */
interface Call extends Caption {
  readonly arguments: readonly Argument[];
  readonly make: (...placeholders: Tensor[]) => Tensor;
}

/** What the graph below a node suggests as arguments. */
interface Setting {
  readonly floats: readonly Argument[];
  /** Arguments that are class labels or indices. */
  readonly integers: readonly Argument[];
  /** What reductions down there fold. */
  readonly folds: readonly (readonly number[])[];
  /** Whether gradients flow down there: some functions then cut them off, which is a node more. */
  readonly needsGrad: boolean;
}

type Calls = (setting: Setting) => Call[];

/** A function of one tensor. */
const unary =
  (label: string, fn: (x: Tensor) => Tensor): Calls =>
  ({ floats }) =>
    floats.map((x) => ({ label, arguments: [x], make: fn }));

/** A function along one axis of a tensor. */
const along =
  (label: string, fn: (x: Tensor, axis: number) => Tensor, { lastSaid = false } = {}): Calls =>
  ({ floats, folds }) =>
    floats.flatMap((x) =>
      folds.flatMap(([axis, ...others]) => {
        if (axis === undefined || others.length > 0 || axis >= x.shape.length) return [];
        const note = axis === x.shape.length - 1 && !lastSaid ? {} : { note: showAxes([axis]) };
        return [{ label, ...note, arguments: [x], make: (t: Tensor) => fn(t, axis) }];
      }),
    );

type Reduction = (x: Tensor, axis: readonly number[], options: { keepdim: boolean }) => Tensor;

/** A function that folds axes; all of them go without saying. */
const folding =
  (label: string, fn: Reduction): Calls =>
  ({ floats, folds }) =>
    floats.flatMap((x) =>
      folds
        .filter((axes) => axes.every((axis) => axis < x.shape.length))
        .map((axes) => ({
          label,
          ...(axes.length === x.shape.length ? {} : { note: showAxes(axes) }),
          arguments: [x],
          make: (t: Tensor) => fn(t, axes, { keepdim: true }),
        })),
    );

type Loss = (prediction: Tensor, target: Tensor, options: functional.LossOptions) => Tensor;
type Targets = (prediction: Argument, setting: Setting) => readonly Argument[];

const REDUCTIONS = ['mean', 'sum', 'none'] as const;

/** A loss in each of its reductions; the mean goes without saying. */
const loss =
  (label: string, fn: Loss, targets: Targets): Calls =>
  (setting) =>
    setting.floats.flatMap((prediction) =>
      targets(prediction, setting).flatMap((target) =>
        REDUCTIONS.map((reduction) => ({
          label,
          ...(reduction === 'mean' ? {} : { note: reduction }),
          arguments: [prediction, target],
          make: (x: Tensor, t: Tensor) => fn(x, t, { reduction }),
        })),
      ),
    );

const alike: Targets = (prediction) => [prediction];
/** Labels have no axis of classes; which of the functions' rules apply is for the function to say. */
const labels: Targets = ({ shape }, { integers }) =>
  integers.filter((target) => target.shape.length === Math.max(0, shape.length - 1));

/** Slices by index along an axis. */
const indexing: Calls = ({ floats, integers }) =>
  floats.flatMap((x) =>
    integers.flatMap((indices) =>
      x.shape.map((_, axis) => ({
        label: 'index',
        note: showAxes([axis]),
        arguments: [x, indices],
        make: (t: Tensor, i: Tensor) => tensors.index(t, i, axis),
      })),
    ),
  );

/** Those that contain others stand before them. */
const FUNCTIONS: readonly Calls[] = [
  loss('crossEntropy', functional.crossEntropy, labels),
  loss('crossEntropy', functional.crossEntropy, alike),
  loss('nllLoss', functional.nllLoss, labels),
  loss('binaryCrossEntropyWithLogits', functional.binaryCrossEntropyWithLogits, alike),
  loss('mseLoss', functional.mseLoss, alike),
  along('softmax', tensors.softmax),
  along('logSoftmax', tensors.logSoftmax),
  folding('std', tensors.std),
  folding('var', tensors.var_),
  folding('logsumexp', tensors.logsumexp),
  folding('mean', tensors.mean),
  along('argmax', (x, axis) => tensors.argmax(x, axis), { lastSaid: true }),
  along('argmin', (x, axis) => tensors.argmin(x, axis), { lastSaid: true }),
  unary('argmax', (x) => tensors.argmax(x)),
  unary('argmin', (x) => tensors.argmin(x)),
  unary('gelu', (x) => tensors.gelu(x)),
  unary('gelu', (x) => tensors.gelu(x, { approximate: 'tanh' })),
  unary('silu', (x) => tensors.silu(x)),
  unary('softplus', (x) => tensors.softplus(x)),
  indexing,
];

/** No function of the list makes more nodes than this before its arguments. */
const MOST_NODES = 64;

/** The nodes below `root`, nearest first. */
function below(root: Node): Node[] {
  const found = new Set([root]);
  for (const node of found) {
    for (const s of node.src) if (found.size < MOST_NODES) found.add(s);
  }
  return [...found];
}

function settingOf(root: Node): Setting {
  const seen = new Map<string, Argument>();
  const folds = new Map<string, readonly number[]>();
  let needsGrad = false;
  for (const node of below(root)) {
    needsGrad ||= node.needsGrad;
    seen.set(`${node.dtype} ${node.shape}`, { shape: node.shape, dtype: node.dtype });
    const axes = foldedAxes(node);
    if (axes) folds.set(axes.join(), axes);
  }
  const all = [...seen.values()];
  return {
    floats: all.filter(({ dtype }) => isFloat(dtype)),
    integers: all.filter(({ dtype }) => dtype === 'int32' || dtype === 'uint8'),
    folds: [...folds.values()],
    needsGrad,
  };
}

interface Pattern {
  readonly root: Node;
  readonly holes: readonly Node[];
}

/** What the call makes of placeholders; null where the function refuses them. */
function patternOf(call: Call, needsGrad: boolean): Pattern | null {
  const holes = call.arguments.map(({ shape, dtype }): Node => {
    const node = dataNode(new Storage(dtype, 0), internShape(shape));
    node.needsGrad = needsGrad && isFloat(dtype);
    return node;
  });
  const { eager } = settings;
  settings.eager = false;
  try {
    const { node } = withRecording(true, () => call.make(...holes.map((hole) => new Tensor(hole))));
    // The walk over the user's graph passes by silent nodes, too.
    return { root: behindSilent(node).node, holes };
  } catch {
    // The sizes suggested by the graph were none that this function takes.
    return null;
  } finally {
    settings.eager = eager;
  }
}

/** The nodes that stand in the places of the holes, if the graph at `node` is what the pattern is. */
function match({ root, holes }: Pattern, node: Node): Node[] | null {
  const bound = new Map<Node, Node>();
  const pairs: (readonly [Node, Node])[] = [[root, node]];
  for (let pair = pairs.pop(); pair; pair = pairs.pop()) {
    const [pattern, found] = pair;
    const before = bound.get(pattern);
    if (before !== undefined) {
      if (before !== found) return null;
      continue;
    }
    bound.set(pattern, found);
    if (holes.includes(pattern)) {
      if (found.shape !== pattern.shape || found.dtype !== pattern.dtype) return null;
      continue;
    }
    // Equal signatures: the same operation with the same attributes, shape and dtype.
    if (found.signature !== pattern.signature || found.src.length !== pattern.src.length) return null;
    if (!Object.is(found.value, pattern.value)) return null;
    // What the user named or watches is to be seen.
    if (found !== node && isHeld(found)) return null;
    pattern.src.forEach((s, i) => {
      pairs.push([s, found.src[i]!]);
    });
  }
  return holes.flatMap((hole) => bound.get(hole) ?? []);
}

/** Finds composites; remembers the patterns it has made. */
export class CompositeFinder {
  private readonly patterns = new Map<string, Pattern | null>();

  /** The function whose result `node` is, as far as one of the list made it. */
  find(node: Node): Composite | null {
    if (node.src.length === 0) return null;
    const setting = settingOf(node);
    for (const [place, calls] of FUNCTIONS.entries()) {
      for (const call of calls(setting)) {
        const pattern = this.patternFor(place, call, setting.needsGrad);
        const inputs = pattern && match(pattern, node);
        if (inputs && inputs.length === call.arguments.length) return { ...call, inputs };
      }
    }
    return null;
  }

  private patternFor(place: number, call: Call, needsGrad: boolean): Pattern | null {
    const sizes = call.arguments.map(({ shape, dtype }) => `${dtype}[${shape}]`);
    const key = [place, call.note, needsGrad, ...sizes].join(' ');
    let pattern = this.patterns.get(key);
    if (pattern === undefined) this.patterns.set(key, (pattern = patternOf(call, needsGrad)));
    return pattern;
  }
}
