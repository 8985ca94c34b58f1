/**
 * Values that decide the shape of a result. Building a graph waits for nothing but these.
 */
import type { TypedArray } from '../base/dtype.js';
import { DeviceError, DTypeError } from '../base/errors.js';
import type { Node } from '../ir/node.js';
import { refuseInside } from '../run/capture.js';
import { engine } from '../run/engine.js';
import { nodeOf } from './operands.js';
import type { Tensor } from './tensor.js';

/**
 * The elements of x, computed now because the shape of what `op` gives follows from them.
 * @throws GraphError in a compiled function, DeviceError on a device that cannot be waited for
 */
export function valuesAtOnce(op: string, x: Tensor): TypedArray {
  const remedy =
    'where(mask, x, 0) and maskedFill(x, mask, value) keep the shape, so they can do without; or compute this outside';
  refuseInside(`the size of what ${op}() gives follows from values, which cannot be read`, remedy);
  const { name, readsAtOnce } = engine();
  if (!readsAtOnce)
    throw new DeviceError(
      `${op}: the size of the result follows from values, and those of the asynchronous device "${name}" cannot be read at once: ${remedy}`,
    );
  return x.typedArray();
}

/** The places in row-major order of what is true or not 0. */
export function indicesWhere(op: string, x: Tensor): Int32Array {
  const values = valuesAtOnce(op, x);
  const places: number[] = [];
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) places.push(i);
  return Int32Array.from(places);
}

/** @throws DTypeError unless the mask is bool */
export function expectMask(op: string, mask: Tensor): Node {
  const node = nodeOf(op, mask);
  if (node.dtype === 'bool') return node;
  throw new DTypeError(`${op}: the mask must be bool, got ${node.dtype}: compare first, as in m.ne(0)`);
}
