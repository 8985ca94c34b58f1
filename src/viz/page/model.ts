/**
 * What a page knows of its graph: written into it as JSON by the library, read by the page's script.
 */

/** A line of text in a box. */
export interface FaceLine {
  readonly text: string;
  /** The font size in pixels. */
  readonly size: number;
  readonly style: '' | 'small' | 'grad';
}

/** How a box looks. It was measured when the page was written, so that every browser arranges the graph alike. */
export interface Face {
  readonly width: number;
  readonly height: number;
  /** A circle: its width is its height. */
  readonly round?: boolean;
  readonly lines: readonly FaceLine[];
}

/** A heading with rows below it: a value, or a gradient. */
export interface CardPart {
  readonly kind: 'value' | 'grad';
  readonly rows: readonly CardRow[];
  /** How many elements lie in each of equal intervals from the least to the greatest. */
  readonly bars?: readonly number[];
}

/** What a row is called, and what it says. */
export type CardRow = readonly [name: string, text: string];

/** What is shown of a box on hover. */
export interface Card {
  readonly title: string;
  readonly subtitle: string;
  readonly rows: readonly CardRow[];
  readonly parts: readonly CardPart[];
}

export interface PageNode {
  readonly kind: 'operation' | 'variable' | 'number';
  readonly face: Face;
  readonly card: Card;
  /** The place in {@link PageData.groups} of the innermost group around it; −1 for none. */
  readonly group: number;
  /** Its value or gradient holds NaN or an infinity. */
  readonly alarm?: boolean;
}

/** One call of a module: a frame around what it computed, or a box in its place. */
export interface PageGroup {
  /** The group around this one, which stands before it; −1 for none. */
  readonly parent: number;
  readonly title: FaceLine & { readonly width: number };
  /** The box when it is folded. */
  readonly face: Face;
  readonly card: Card;
  /** Whether the page opens with it folded. */
  readonly folded: boolean;
}

export interface PageData {
  /** Which way the arrows lead: to the right, or downwards; absent, whichever suits the window. */
  readonly direction?: 'LR' | 'TB';
  readonly nodes: readonly PageNode[];
  readonly groups: readonly PageGroup[];
  /** Places in {@link nodes}, in the direction of the forward pass. */
  readonly edges: readonly (readonly [from: number, to: number])[];
}
