/**
 * What a picture of a graph is made of, before anyone decides how it is written down (DOT, Mermaid, SVG).
 * A thing that can be drawn says so by having a `drawing()`: the lessons' networks, sketches and Variables do.
 */

/** A circle or a box of the picture. */
export interface DrawingNode {
  /** Names the node within its drawing. */
  readonly id: string;
  /** An operation computes; a variable only holds (an input, a parameter, a result); a number stands in the program. */
  readonly kind: 'operation' | 'variable' | 'number';
  /** What is written in the node: `×`, `Affine`, `W1`. May be empty. */
  readonly label: string;
  /** The shape of what the node holds or gives, where it is a tensor. */
  readonly shape?: readonly number[];
  /** What else is worth knowing, in small: `axis 1`, `float32`. */
  readonly note?: string;
  /** The gradient of the whole node, as text, where it belongs to no single arrow: several arrows leave the node. */
  readonly grad?: string;
}

/** An arrow in the direction of the forward pass. Two nodes may be joined by several. */
export interface DrawingEdge {
  /** The `id` of the node it leaves. */
  readonly from: string;
  /** The `id` of the node it enters. */
  readonly to: string;
  /** What the number on this arrow is called, where that helps. */
  readonly label?: string;
  /** What flowed forward, as text: written above the arrow. */
  readonly value?: string;
  /** The gradient that flowed back, as text: written below the arrow in the second colour. */
  readonly grad?: string;
}

/** A whole picture. The order of nodes and edges is the order in which they were made; it settles ties in a layout. */
export interface Drawing {
  /** The circles and boxes. */
  readonly nodes: readonly DrawingNode[];
  /** The arrows between them. */
  readonly edges: readonly DrawingEdge[];
  /** A sentence below the picture: what it leaves out. */
  readonly note?: string;
}

/** Anything that knows how to be drawn. */
export interface Drawable {
  /** What a picture of it is made of. */
  drawing(): Drawing;
}
