/**
 * The layers that stand between two affine layers and make a network more than one large matrix.
 * They work element by element, on tensors unless told otherwise (`Relu<number>`).
 */
import type { Tensor } from '../tensor/index.js';
import { kept, Layer } from './layer.js';
import { add, atMostZero, mul, neg, sigmoid, type Value, zeroWhere } from './value.js';

/** y = x where x > 0, else 0. The gradient passes where x > 0 and is stopped (0) where x ≤ 0. */
export class Relu<V extends Value = Tensor> extends Layer {
  readonly label = 'ReLU';
  /** Where the input was at most 0. */
  mask: boolean | Tensor | null = null;

  /** The part of x above 0. */
  forward(x: V): V {
    this.receive(x);
    const mask = atMostZero(x);
    this.mask = mask;
    return this.send(zeroWhere(mask, x));
  }

  /** The gradient of x: that of the output where x was above 0, else 0. */
  backward(dout: V): V {
    this.receiveGradient(dout);
    return this.sendGradients(zeroWhere(kept(this.mask, this), dout))[0];
  }
}

/** y = 1 / (1 + e⁻ˣ). Its derivative is y(1 − y), so the output is all that is kept. */
export class Sigmoid<V extends Value = Tensor> extends Layer {
  readonly label = 'sigmoid';
  /** The output of the last `forward`, of which the derivative is made. */
  out: V | null = null;

  /** 1 / (1 + e⁻ˣ), element by element. */
  forward(x: V): V {
    this.receive(x);
    const out = sigmoid(x);
    this.out = out;
    return this.send(out);
  }

  /** The gradient of x: dout · y(1 − y). */
  backward(dout: V): V {
    this.receiveGradient(dout);
    const y = kept(this.out, this);
    return this.sendGradients(mul(dout, mul(y, add(neg(y), 1))))[0];
  }
}
