/**
 * `chainrule/viz`: pictures of computational graphs, in DOT, Mermaid and SVG, and pages to explore them.
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
import { writeHtml } from './html.js';
import { writeMermaid } from './mermaid.js';
import type { HtmlOptions } from './page-data.js';
import { drawingOf, type PictureOptions } from './picture.js';
import { writeSvg } from './svg.js';

export type { Drawable, Drawing, DrawingEdge, DrawingNode } from './drawing.js';
export { type ModuleCall, type ModuleCalls, type RecordedModules, recordModules } from './modules.js';
export type { Detail } from './outline.js';
export type { HtmlOptions } from './page-data.js';
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

/**
 * The graph as a page for the browser: one file that needs nothing else and asks nothing of the network. It pans and zooms; modules
 * that `recordModules` noted fold and unfold; pointing at a node shows its shape and dtype, and its value and gradient in a few
 * numbers. Unless `values` and `gradients` say so, nothing is computed: shown are those that are in memory.
 *
 * @throws ArgumentError for something that cannot be drawn, or an option that has no such value
 * @example
 * const price = tensor(100, { name: 'apple', requiresGrad: true }).mul(1.1);
 * const page = toHtml(price, { values: true, gradients: true });
 * page.startsWith('<!doctype html>') // true
 */
export const toHtml = (thing: Tensor | Drawable, options: HtmlOptions = {}): string => writeHtml(thing, options);
