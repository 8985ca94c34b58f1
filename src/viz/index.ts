/**
 * `chainrule/viz`: pictures of computational graphs, in DOT, Mermaid and SVG.
 *
 * ```ts
 * import { tensor } from 'chainrule';
 * import * as viz from 'chainrule/viz';
 *
 * const apple = tensor(100, { requiresGrad: true, name: 'apple' });
 * const price = apple.mul(2).mul(1.1);
 * const svg = await viz.toSvg(price, { values: true, gradients: true });
 * ```
 *
 * @module chainrule/viz
 */
import type { Tensor } from '../tensor/index.js';
import { writeDot } from './dot.js';
import type { Drawable } from './drawing.js';
import { writeMermaid } from './mermaid.js';
import { drawingOf, type PictureOptions } from './picture.js';
import { writeSvg } from './svg.js';

export type { Drawable, Drawing, DrawingEdge, DrawingNode } from './drawing.js';
export type { Detail } from './outline.js';
export { drawingOf, type PictureOptions } from './picture.js';

/**
 * The graph of a tensor, a lesson's network, sketch or Variable in DOT, the language of Graphviz.
 * @throws ArgumentError for something that cannot be drawn, or an option that has no such value
 */
export const toDot = (thing: Tensor | Drawable, options: PictureOptions = {}): string =>
  writeDot(drawingOf(thing, options), options);

/**
 * The graph as a Mermaid flowchart, which GitHub and many editors show as a picture.
 * @throws ArgumentError for something that cannot be drawn, or an option that has no such value
 */
export const toMermaid = (thing: Tensor | Drawable, options: PictureOptions = {}): string =>
  writeMermaid(drawingOf(thing, options), options);

/**
 * The graph as an `<svg>` element, for a file or for the inside of a page. Arranged by the package `@viz-js/viz`: Graphviz itself
 * need not be installed.
 * @throws DeviceError when `@viz-js/viz` is not installed; ArgumentError as {@link toDot}
 */
export const toSvg = async (thing: Tensor | Drawable, options: PictureOptions = {}): Promise<string> =>
  writeSvg(drawingOf(thing, options), options);
