/**
 * The affine layer: every output is a weighted sum of all inputs, plus a bias.
 */
import { ShapeError } from '../base/errors.js';
import { showShape } from '../base/shape.js';
import { noGrad, type Tensor } from '../tensor/index.js';
import { kept, Layer } from './layer.js';
import { checkTensor } from './value.js';

/**
 * y = x·W + b for one sample of shape [D], or for a batch whose first axis counts the samples.
 * Samples of higher rank ([N, C, H, W]) are flattened to [N, D]; their gradient has their own shape again.
 *
 * `backward` returns dx = dout·Wᵀ and keeps dW = xᵀ·dout and db = the sum of dout over the batch.
 */
export class Affine extends Layer {
  readonly label = 'Affine';
  /** The input as a matrix, one sample a row: [N, D]. */
  x: Tensor | null = null;
  /** The gradient for the weights, [D, M]. */
  dW: Tensor | null = null;
  /** The gradient for the bias, [M]. */
  db: Tensor | null = null;
  private inputShape: readonly number[] = [];

  /** @param W Weights of shape [D, M]. @param b Bias of shape [M]. @throws ShapeError when they do not fit together. */
  constructor(
    readonly W: Tensor,
    readonly b: Tensor,
  ) {
    super();
    checkTensor(W, 'Affine', 'W');
    checkTensor(b, 'Affine', 'b');
    if (W.ndim !== 2 || b.ndim !== 1 || b.shape[0] !== W.shape[1]) {
      throw new ShapeError(
        `Affine: W must have a shape [D, M] and b the shape [M]; got W ${showShape(W.shape)} and b ${showShape(b.shape)}`,
      );
    }
  }

  /** @returns [N, M] for a batch, [M] for one sample. */
  forward(x: Tensor): Tensor {
    checkTensor(x, 'Affine.forward', 'x');
    this.receive(x, this.W, this.b);
    return noGrad(() => {
      const rows = this.asRows(x);
      this.x = rows;
      this.inputShape = x.shape;
      this.dW = null;
      this.db = null;
      const out = rows.matmul(this.W).add(this.b);
      return this.send(x.ndim === 1 ? out.flatten() : out);
    });
  }

  /** @param dout The gradient for the output, in the output's shape. @returns The gradient for x, in x's shape. */
  backward(dout: Tensor): Tensor {
    this.receiveGradient(dout);
    const x = kept(this.x, this);
    return noGrad(() => {
      const rows = dout.reshape(-1, this.b.size);
      const dW = x.T.matmul(rows);
      const db = rows.sum(0);
      this.dW = dW;
      this.db = db;
      const dx = rows.matmul(this.W.T).reshape(...this.inputShape);
      return this.sendGradients(dx, dW, db)[0];
    });
  }

  private asRows(x: Tensor): Tensor {
    const features = this.W.shape[0] ?? 0;
    const [first = 1, ...rest] = x.ndim === 1 ? [1, ...x.shape] : x.shape;
    const size = rest.reduce((a, b) => a * b, 1);
    if (x.ndim === 0 || size !== features) {
      throw new ShapeError(
        `Affine.forward: x of shape ${showShape(x.shape)} has ${x.ndim === 0 ? 'no axis' : `${size} values a sample`}, ` +
          `but W of shape ${showShape(this.W.shape)} takes ${features}; x must be [${features}] or [N, ${features}]`,
      );
    }
    return x.ndim === 2 ? x : x.reshape(first, size);
  }
}
