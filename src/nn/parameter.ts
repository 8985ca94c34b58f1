/**
 * What a module owns: parameters, which training changes, and buffers, which it does not.
 */
import { Tensor } from '../tensor/index.js';

/**
 * A tensor with memory of its own, a copy of `value`, that a module lists among its parameters and an optimizer updates
 * in place.
 */
export class Parameter extends Tensor {
  constructor(value: Tensor) {
    super(value.detach().node);
    this.name = value.name;
    this.requiresGrad = true;
  }
}

/** A tensor that belongs to a module's state but is not trained, such as a running mean. Written with `assign`. */
export class Buffer extends Tensor {
  constructor(value: Tensor) {
    super(value.detach().node);
    this.name = value.name;
    this.own();
  }
}
