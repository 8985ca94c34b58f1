/**
 * Transforms of real numbers: the negative frequencies are the conjugates of the positive ones, so half of the work and of the
 * result is enough.
 */
import { cat, slice, stack, type Tensor, tensor, where, zerosLike } from '../tensor/index.js';
import { angle, constant, timesConstants } from './constants.js';
import { transform } from './transform.js';

/** The conjugates of x [..., 2]. */
const conjugate = (x: Tensor): Tensor =>
  x.mul(
    constant('conjugate', [2], x.dtype, (out) => {
      out.set([1, -1]);
    }),
  );

/** The frequencies 0 … ⌊n/2⌋ of x [batch, n], real: [batch, ⌊n/2⌋ + 1, 2]. */
export function fromReal(x: Tensor): Tensor {
  const [batch, n] = x.shape as readonly [number, number];
  if (n % 2 === 1) return slice(transform(stack([x, zerosLike(x)], -1), -1), null, [0, (n + 1) / 2]);
  // Neighbours as real and imaginary parts: one transform of half the length holds those of the even and of the odd elements.
  const m = n / 2;
  const both = transform(x.reshape(batch, m, 2), -1);
  const [z, mirrored] = halves(cat([both, slice(both, null, [0, 1])], 1));
  const [even, odd] = [z.add(mirrored), z.sub(mirrored)];
  // (even − i·e^(−2πi·k/n)·odd) / 2
  const turned = timesConstants(odd, `from real ${n}`, [m + 1], (k) => {
    const turn = angle(k, n);
    return [-Math.sin(turn), -Math.cos(turn)];
  });
  return even.add(turned).mul(0.5);
}

/** x [batch, m + 1, 2], and the conjugates of its elements in reverse order. */
const halves = (x: Tensor): [Tensor, Tensor] => [x, conjugate(x.flip(1))];

/** The n real numbers [batch, n] whose frequencies 0 … ⌊n/2⌋ are x [batch, ⌊n/2⌋ + 1, 2], times n. */
export function toReal(x: Tensor, n: number): Tensor {
  const [batch, count] = x.shape as readonly [number, number];
  const m = count - 1;
  // Frequency 0, and the one half way round, have no imaginary part.
  const real = where(
    tensor(
      Array.from({ length: 2 * count }, (_, i) => i % 2 === 0 || (i !== 1 && (n % 2 === 1 || i !== 2 * m + 1))),
      { shape: [count, 2] },
    ),
    x,
    0,
  );
  if (n % 2 === 1) {
    const negative = conjugate(slice(real, null, [1, count]).flip(1));
    return slice(transform(cat([real, negative], 1), 1), '...', 0);
  }
  const [z, mirrored] = halves(real);
  const [even, odd] = [z.add(mirrored), z.sub(mirrored)];
  // even + i·e^(2πi·k/n)·odd
  const turned = timesConstants(odd, `to real ${n}`, [m + 1], (k) => {
    const turn = angle(k, n);
    return [-Math.sin(turn), Math.cos(turn)];
  });
  return transform(slice(even.add(turned), null, [0, m]), 1).reshape(batch, n);
}
