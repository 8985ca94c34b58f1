// A drawing as lines of text, for expectations: `x → + 3 ∂7` for each arrow.
import type { Tensor } from '../../src/index.js';
import { type Drawable, type Drawing, drawingOf, type PictureOptions } from '../../src/viz/index.js';

function nameIn({ nodes }: Drawing, id: string): string {
  const node = nodes.find((one) => one.id === id);
  if (!node) throw new Error(`no node ${id}`);
  const shape = node.shape === undefined ? [] : [`[${node.shape.join(',')}]`];
  const grad = node.grad === undefined ? [] : [`∂${node.grad}`];
  return [node.label || '·', ...(node.note ? [`(${node.note})`] : []), ...shape, ...grad].join(' ');
}

/** The arrows of the drawing in its order, each with what stands at it. */
export function edgesOf(thing: Tensor | Drawable, options: PictureOptions = {}): string[] {
  const drawing = drawingOf(thing, options);
  return drawing.edges.map((edge) =>
    [
      `${nameIn(drawing, edge.from)} → ${nameIn(drawing, edge.to)}`,
      ...[edge.label, edge.value].filter((text) => text !== undefined),
      ...(edge.grad === undefined ? [] : [`∂${edge.grad}`]),
    ].join('  '),
  );
}

/** The operations of the drawing, sources first: `softmax (axis 0)`. */
export const operationsOf = (thing: Tensor | Drawable, options: PictureOptions = {}): string[] =>
  drawingOf(thing, options)
    .nodes.filter((node) => node.kind === 'operation')
    .map(({ label, note }) => (note ? `${label} (${note})` : label));
