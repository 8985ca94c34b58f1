/**
 * The Functions of the lessons, and short names for calling them: `square(x)` is `new Square().call(x)`.
 */
import { add as addValues, exp as expOf, mul as mulValues, sumLike, type Value } from './value.js';
import { Function, type Variable } from './variable.js';

/** y = x². */
export class Square<V extends Value = number> extends Function<V> {
  override forward(x: V): V {
    return mulValues(x, x);
  }

  override backward(gy: V): V {
    return mulValues(mulValues(this.input.data, 2), gy);
  }
}

/** y = eˣ. */
export class Exp<V extends Value = number> extends Function<V> {
  override forward(x: V): V {
    return expOf(x);
  }

  override backward(gy: V): V {
    return mulValues(expOf(this.input.data), gy);
  }
}

/** y = x₀ + x₁. */
export class Add<V extends Value = number> extends Function<V> {
  override forward(x0: V, x1: V): V {
    return addValues(x0, x1);
  }

  override backward(gy: V): readonly V[] {
    return [sumLike(gy, this.inputAt(0).data), sumLike(gy, this.inputAt(1).data)];
  }
}

/** y = x₀ · x₁. */
export class Mul<V extends Value = number> extends Function<V> {
  override forward(x0: V, x1: V): V {
    return mulValues(x0, x1);
  }

  override backward(gy: V): readonly V[] {
    const x0 = this.inputAt(0).data;
    const x1 = this.inputAt(1).data;
    return [sumLike(mulValues(gy, x1), x0), sumLike(mulValues(gy, x0), x1)];
  }
}

/** x², with {@link Square} for its creator. */
export const square = <V extends Value>(x: Variable<V>): Variable<V> => new Square<V>().call(x);
/** eˣ, with {@link Exp} for its creator. */
export const exp = <V extends Value>(x: Variable<V>): Variable<V> => new Exp<V>().call(x);
/** x₀ + x₁, with {@link Add} for its creator. */
export const add = <V extends Value>(x0: Variable<V>, x1: Variable<V>): Variable<V> => new Add<V>().call(x0, x1);
/** x₀ · x₁, with {@link Mul} for its creator. */
export const mul = <V extends Value>(x0: Variable<V>, x1: Variable<V>): Variable<V> => new Mul<V>().call(x0, x1);
