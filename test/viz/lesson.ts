// Drawings for the tests of the three languages.
import { MulLayer, Sketch } from '../../src/scratch/index.js';
import type { Drawable, Drawing } from '../../src/viz/index.js';

/** Two apples at 100, and 10 % tax, forward and back. */
export function twoApples(): Sketch {
  const mulApple = new MulLayer();
  const mulTax = new MulLayer();
  mulTax.forward(mulApple.forward(100, 2), 1.1);
  const [dApples] = mulTax.backward(1);
  mulApple.backward(dApples);
  return new Sketch().add(mulApple, ['apple', 'number'], 'apples').add(mulTax, ['apples', 'tax'], 'price');
}

export const drawable = (drawing: Drawing): Drawable => ({ drawing: () => drawing });

/** Texts that mean something to some language, and one in Korean. */
export const AWKWARD = [
  'say "a" & <b> [c] {d} |e| \\N #f;',
  '사과 값\n둘째 줄',
  '`code` *bold* _em_',
  '1. one\r\n- two',
  'style a:#f00;',
  '-->|x| end; %% %{init: {}}%',
  "</text><script>alert('x')</script>",
  'nul\0 bell\x07 half\ud800 pair \u{1f34e}',
  '\\',
  '"',
  '',
];

/** Every one of {@link AWKWARD} as the name of a node and of an arrow, as note, value and gradient. */
export const awkward = (): Drawable =>
  drawable({
    nodes: AWKWARD.flatMap((label, i) => [
      { id: label, kind: 'variable' as const, label, note: label, shape: [i] },
      { id: `of ${label}`, kind: 'operation' as const, label, grad: label },
      { id: `# ${label}`, kind: 'number' as const, label },
    ]),
    edges: AWKWARD.flatMap((label) => [
      { from: label, to: `of ${label}`, label, value: label, grad: label },
      { from: `# ${label}`, to: `of ${label}` },
    ]),
    note: AWKWARD.join(' '),
  });
