/**
 * Changing the element type.
 */
import type { DType } from '../base/dtype.js';
import { isFloat } from '../base/dtype.js';
import { DTypeError } from '../base/errors.js';
import { apply } from '../ir/node.js';
import type { ElementwiseOp } from '../ir/op.js';

export interface To {
  readonly to: DType;
}

/** A number as int32: fractions dropped, out of range to the nearest end, NaN to 0. */
export const saturate = (x: number): number =>
  Number.isNaN(x) ? 0 : Math.trunc(Math.min(Math.max(x, -2147483648), 2147483647));

/** `x` as an element of `to`, before the rounding of storing it. */
export function convert(x: number, to: DType): number {
  switch (to) {
    case 'bool':
      return x === 0 ? 0 : 1;
    case 'int32':
      return saturate(x);
    case 'uint8':
      return saturate(x) & 255;
    default:
      return x;
  }
}

/** x in another dtype: floats to whole numbers drop the fraction and stop at the ends (NaN gives 0), uint8 wraps, bool is x ≠ 0 */
export const cast: ElementwiseOp<To> = {
  name: 'cast',
  kind: 'elementwise',
  arity: 1,
  infer: ([x], { to }) => ({ shape: x!.shape, dtype: to }),
  key: ({ to }) => to,
  scalar: ([x], _, { to }) => convert(x!, to),
  simplify: ([x], { to }) => (x!.dtype === to ? x! : null),
  vjp: ({ src: [x], dtype }, g) => [isFloat(dtype) && isFloat(x!.dtype) ? apply(cast, [g], { to: x!.dtype }) : null],
  examples: (['float32', 'float64', 'int32', 'uint8', 'bool'] as const).map((to) => ({
    shapes: [[3, 7]],
    attrs: { to },
  })),
  spell: { wasm: { f32: 'cast', f64: 'cast', i32: 'cast', bool: 'cast' }, c: 'cast' },
};

/** The same 32 bits read as another type: only expansions use it. */
export const bits: ElementwiseOp<To> = {
  name: 'bits',
  kind: 'elementwise',
  arity: 1,
  infer: ([x], { to }) => {
    const pair = `${x!.dtype}-${to}`;
    if (pair !== 'float32-int32' && pair !== 'int32-float32')
      throw new DTypeError(`bits turns float32 into int32 or back, got ${x!.dtype} to ${to}`);
    return { shape: x!.shape, dtype: to };
  },
  key: ({ to }) => to,
  scalar: ([x], _, { to }) => {
    const view = new DataView(new ArrayBuffer(4));
    if (to === 'int32') {
      view.setFloat32(0, x!);
      return view.getInt32(0);
    }
    view.setInt32(0, x!);
    return view.getFloat32(0);
  },
  vjp: { none: 'bits are no numbers' },
  examples: (['float32', 'int32'] as const).map((to) => ({ shapes: [[3, 7]], attrs: { to } })),
  spell: { wasm: { f32: 'bits', i32: 'bits' }, c: 'bits' },
};
