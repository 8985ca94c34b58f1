/**
 * The smallest layers: one operation of arithmetic each. Chained, they make the graphs of the shops,
 * of the sigmoid and of the softmax, node by node. They compute with numbers unless told otherwise (`MulLayer<Tensor>`).
 */
import { kept, Layer } from './layer.js';
import { add, exp, log, mul, neg, reciprocal, sumLike, type Value } from './value.js';

/** z = x + y. A sum passes the gradient on as it is: ∂z/∂x = ∂z/∂y = 1. */
export class AddLayer<V extends Value = number> extends Layer {
  readonly label = '+';
  /** The first input of the last `forward`. */
  x: V | null = null;
  /** The second input. */
  y: V | null = null;

  /** x + y */
  forward(x: V, y: V): V {
    this.receive(x, y);
    this.x = x;
    this.y = y;
    return this.send(add(x, y));
  }

  /** The gradients of x and y: that of the output, for each. */
  backward(dout: V): [dx: V, dy: V] {
    this.receiveGradient(dout);
    const dx = sumLike(dout, kept(this.x, this));
    const dy = sumLike(dout, kept(this.y, this));
    return this.sendGradients(dx, dy);
  }
}

/** z = x · y. A product multiplies the gradient by the other input: ∂z/∂x = y, ∂z/∂y = x. */
export class MulLayer<V extends Value = number> extends Layer {
  readonly label = '×';
  /** The first input of the last `forward`. */
  x: V | null = null;
  /** The second input. */
  y: V | null = null;

  /** x · y */
  forward(x: V, y: V): V {
    this.receive(x, y);
    this.x = x;
    this.y = y;
    return this.send(mul(x, y));
  }

  /** The gradients of x and y: dout · y and dout · x. */
  backward(dout: V): [dx: V, dy: V] {
    this.receiveGradient(dout);
    const x = kept(this.x, this);
    const y = kept(this.y, this);
    return this.sendGradients(sumLike(mul(dout, y), x), sumLike(mul(dout, x), y));
  }
}

/** y = 1 / x. Its derivative −1/x² is −y². */
export class DivLayer<V extends Value = number> extends Layer {
  readonly label = '1/x';
  /** The output of the last `forward`. */
  y: V | null = null;

  /** 1 / x */
  forward(x: V): V {
    this.receive(x);
    const y = reciprocal(x);
    this.y = y;
    return this.send(y);
  }

  /** The gradient of x: −dout · y². */
  backward(dout: V): V {
    this.receiveGradient(dout);
    const y = kept(this.y, this);
    return this.sendGradients(mul(dout, neg(mul(y, y))))[0];
  }
}

/** y = eˣ. Its derivative is y itself. */
export class ExpLayer<V extends Value = number> extends Layer {
  readonly label = 'exp';
  /** The output of the last `forward`. */
  y: V | null = null;

  /** eˣ */
  forward(x: V): V {
    this.receive(x);
    const y = exp(x);
    this.y = y;
    return this.send(y);
  }

  /** The gradient of x: dout · y. */
  backward(dout: V): V {
    this.receiveGradient(dout);
    return this.sendGradients(mul(dout, kept(this.y, this)))[0];
  }
}

/** y = ln x. Its derivative is 1/x. */
export class LogLayer<V extends Value = number> extends Layer {
  readonly label = 'log';
  /** The input of the last `forward`. */
  x: V | null = null;

  /** ln x */
  forward(x: V): V {
    this.receive(x);
    this.x = x;
    return this.send(log(x));
  }

  /** The gradient of x: dout / x. */
  backward(dout: V): V {
    this.receiveGradient(dout);
    return this.sendGradients(mul(dout, reciprocal(kept(this.x, this))))[0];
  }
}
