/**
 * Forward mode, as the derivative of reverse mode: Jᵀu is linear in the cotangent u, and its derivative with respect to u in
 * direction v is Jv, whatever u is. So no record needs a second rule, and since nothing is computed before it is read, Jᵀu never
 * is: what remains costs about as much as the function. Townsend, "A new trick for calculating Jacobian vector products" (2017).
 */
import { type Node, withRecording } from '../ir/node.js';
import { constantNode } from '../ops/index.js';
import { gradients } from './reverse.js';

/**
 * The derivative of each output in the direction in which `inputs` move by `tangents`; null where nothing moves.
 * @param recorded whether the result can be differentiated again
 */
export function tangentsOf(
  outputs: readonly Node[],
  inputs: readonly Node[],
  tangents: readonly Node[],
  recorded: boolean,
): (Node | null)[] {
  const cotangents = outputs.map(({ shape, dtype }) => {
    const u = constantNode(0, shape, dtype);
    u.needsGrad = true;
    return u;
  });
  const back = withRecording(true, () => gradients(outputs, cotangents, inputs, true));
  const moving = back.flatMap((g, i) => (g ? [{ g, tangent: tangents[i]! }] : []));
  return withRecording(recorded, () =>
    gradients(
      moving.map(({ g }) => g),
      moving.map(({ tangent }) => tangent),
      cotangents,
      true,
    ),
  );
}
