/**
 * The last layer while a network learns to classify: softmax turns scores into probabilities, and the cross entropy
 * measures how far these are from the answer. Together their gradient is as simple as can be: y − t.
 */
import { ArgumentError, IndexError, ShapeError } from '../base/errors.js';
import { showShape } from '../base/shape.js';
import { noGrad, oneHot, type Tensor, tensor } from '../tensor/index.js';
import { kept, Layer } from './layer.js';
import { checkTensor, checkValue, type Value } from './value.js';

/** How far from 1 the sum of a row of targets may be: float32 rounding, with room. */
const SUM_TOLERANCE = 1e-4;

/** loss = −Σ t·log(softmax(x)), the mean over the batch. Its gradient for x is (y − t)/N. */
export class SoftmaxWithLoss extends Layer {
  readonly label = 'Softmax with loss';
  /** The probabilities, in the shape of x. */
  y: Tensor | null = null;
  /** The answers, one-hot, in the shape of x. */
  t: Tensor | null = null;
  /** The loss, a tensor of shape []. */
  loss: Tensor | null = null;

  /**
   * @param x Scores of shape [N, C], or [C] for one sample.
   * @param t The right class of each sample, as whole numbers [N] (one number for one sample), or one-hot in the shape of x.
   * @returns The loss, of shape [].
   * @throws ShapeError when t does not fit x; IndexError for a label outside 0 … C−1; ArgumentError for rows that are not one-hot.
   */
  forward(x: Tensor, t: Value): Tensor {
    checkTensor(x, 'SoftmaxWithLoss.forward', 'x');
    checkValue(t, 'SoftmaxWithLoss.forward');
    this.receive(x, t);
    return noGrad(() => {
      const target = toOneHot(x, t);
      const samples = batchSize(x);
      // The logarithm is taken before anything can round to 0, so log(0) never happens.
      const loss = target.mul(x.logSoftmax(-1)).sum().div(-samples);
      this.y = x.softmax(-1);
      this.t = target;
      this.loss = loss;
      return this.send(loss);
    });
  }

  /** @param dout The gradient for the loss, 1 unless told. @returns (y − t)/N · dout, in the shape of x. */
  backward(dout: Value = 1): Tensor {
    this.receiveGradient(dout);
    const y = kept(this.y, this);
    const t = kept(this.t, this);
    return noGrad(() => this.sendGradients(y.sub(t).div(batchSize(y)).mul(dout))[0]);
  }
}

const batchSize = (x: Tensor): number => (x.ndim === 1 ? 1 : (x.shape[0] ?? 0));

/** The targets as rows of probabilities in the shape and dtype of the scores. */
function toOneHot(x: Tensor, t: Value): Tensor {
  const classes = x.shape.at(-1) ?? 0;
  if (x.ndim < 1 || x.ndim > 2 || x.size === 0) {
    throw new ShapeError(
      `SoftmaxWithLoss.forward: x must hold scores of shape [N, C], or [C] for one sample; got ${showShape(x.shape)}`,
    );
  }
  const target = typeof t === 'number' ? tensor(t, { dtype: 'float64' }) : t;
  if (target.ndim === x.ndim && target.shape.every((size, axis) => size === x.shape[axis])) {
    checkRows(target, classes);
    return target.to(x.dtype);
  }
  if (target.ndim !== x.ndim - 1 || (x.ndim === 2 && target.shape[0] !== x.shape[0])) {
    throw new ShapeError(
      `SoftmaxWithLoss.forward: scores of shape ${showShape(x.shape)} need labels of shape ` +
        `${showShape(x.shape.slice(0, -1))} or one-hot rows of shape ${showShape(x.shape)}; got ${showShape(target.shape)}`,
    );
  }
  checkLabels(target, classes);
  return oneHot(target.to('int32'), classes, { dtype: x.dtype });
}

function checkLabels(labels: Tensor, classes: number): void {
  labels.typedArray().forEach((label, i) => {
    if (Number.isInteger(label) && label >= 0 && label < classes) return;
    throw new IndexError(
      `SoftmaxWithLoss.forward: label ${label} at position ${i} is not one of the ${classes} classes; ` +
        `labels are whole numbers 0 … ${classes - 1}`,
    );
  });
}

function checkRows(target: Tensor, classes: number): void {
  const values = Array.from(target.typedArray());
  for (let row = 0; row * classes < values.length; row++) {
    const parts = values.slice(row * classes, (row + 1) * classes);
    const sum = parts.reduce((a, b) => a + b, 0);
    // Written so that NaN is refused too.
    if (parts.every((part) => part >= 0) && Math.abs(sum - 1) <= SUM_TOLERANCE) continue;
    throw new ArgumentError(
      `SoftmaxWithLoss.forward: row ${row} of the one-hot targets must hold values from 0 up whose sum is 1; its sum is ${sum}`,
    );
  }
}
