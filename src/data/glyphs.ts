/**
 * How the digits 0–9 are written: the path of the pen, in a box from (0, 0) at the top left to (1, 1) at the bottom right.
 *
 * Each digit has one or more ways to write it, each way one or more strokes. A stroke goes through its points: as
 * straight lines, or as a smooth curve (Catmull–Rom, so the curve passes through every point).
 */
export interface Stroke {
  readonly kind: 'lines' | 'curve';
  /** x, y, x, y, … */
  readonly points: readonly number[];
}
export type Glyph = readonly Stroke[];

const lines = (points: readonly number[]): Stroke => ({ kind: 'lines', points });
const curve = (points: readonly number[]): Stroke => ({ kind: 'curve', points });

const loop = [0.5, 0.02, 0.24, 0.14, 0.14, 0.5, 0.24, 0.86, 0.5, 0.98, 0.76, 0.86, 0.86, 0.5, 0.76, 0.14];

/** `GLYPHS[d]`: the ways to write the digit d. */
export const GLYPHS: readonly (readonly Glyph[])[] = [
  [
    [curve([...loop, 0.5, 0.02])],
    // Begun at the right, the end overshooting the beginning.
    [curve([0.62, 0.05, 0.32, 0.08, 0.16, 0.45, 0.26, 0.88, 0.54, 0.97, 0.8, 0.74, 0.82, 0.34, 0.6, 0.06, 0.4, 0.1])],
  ],
  [
    [lines([0.5, 0.02, 0.5, 0.98])],
    [lines([0.28, 0.24, 0.54, 0.02, 0.54, 0.98])],
    [lines([0.3, 0.22, 0.52, 0.02, 0.52, 0.97]), lines([0.26, 0.97, 0.8, 0.97])],
  ],
  [
    [
      curve([0.18, 0.26, 0.3, 0.07, 0.55, 0.02, 0.78, 0.16, 0.74, 0.4, 0.48, 0.68, 0.16, 0.96]),
      lines([0.16, 0.96, 0.86, 0.95]),
    ],
    // With a loop at the foot.
    [
      curve([
        0.2, 0.2, 0.42, 0.03, 0.7, 0.1, 0.72, 0.36, 0.5, 0.68, 0.26, 0.94, 0.14, 0.84, 0.28, 0.74, 0.54, 0.9, 0.88,
        0.88,
      ]),
    ],
  ],
  [
    [
      curve([0.2, 0.12, 0.46, 0.02, 0.74, 0.12, 0.74, 0.34, 0.44, 0.48]),
      curve([0.44, 0.48, 0.78, 0.56, 0.84, 0.78, 0.6, 0.96, 0.32, 0.96, 0.14, 0.84]),
    ],
    // Flat at the top.
    [
      lines([0.2, 0.04, 0.78, 0.04, 0.46, 0.42]),
      curve([0.46, 0.42, 0.76, 0.5, 0.82, 0.74, 0.6, 0.96, 0.3, 0.95, 0.16, 0.84]),
    ],
  ],
  [
    // Open: a hook and a stem.
    [lines([0.26, 0.04, 0.16, 0.56, 0.84, 0.54]), lines([0.72, 0.06, 0.66, 0.98])],
    // Closed: the stem goes up to the slanted side.
    [lines([0.64, 0.98, 0.64, 0.02, 0.12, 0.66, 0.9, 0.66])],
    // Rounded hook.
    [curve([0.24, 0.06, 0.16, 0.36, 0.26, 0.54, 0.52, 0.54, 0.78, 0.42]), lines([0.8, 0.04, 0.7, 0.98])],
  ],
  [
    [
      lines([0.8, 0.04, 0.3, 0.04, 0.24, 0.44]),
      curve([0.24, 0.44, 0.48, 0.36, 0.76, 0.48, 0.82, 0.72, 0.64, 0.94, 0.36, 0.97, 0.16, 0.86]),
    ],
    // In one movement, like an s.
    [curve([0.8, 0.06, 0.5, 0.04, 0.28, 0.14, 0.28, 0.36, 0.56, 0.48, 0.74, 0.66, 0.66, 0.88, 0.4, 0.97, 0.18, 0.88])],
  ],
  [
    [
      curve([
        0.72, 0.04, 0.42, 0.2, 0.2, 0.52, 0.2, 0.82, 0.42, 0.98, 0.7, 0.92, 0.8, 0.7, 0.62, 0.52, 0.38, 0.56, 0.2, 0.76,
      ]),
    ],
    // A nearly straight stem.
    [curve([0.4, 0.02, 0.28, 0.34, 0.22, 0.7, 0.34, 0.94, 0.6, 0.96, 0.76, 0.78, 0.64, 0.6, 0.42, 0.62, 0.24, 0.78])],
  ],
  [
    [lines([0.16, 0.05, 0.84, 0.05, 0.42, 0.98])],
    // With a bar.
    [lines([0.16, 0.05, 0.84, 0.05, 0.42, 0.98]), lines([0.32, 0.5, 0.76, 0.5])],
    // With a serif and a curved stem.
    [lines([0.16, 0.2, 0.18, 0.06, 0.82, 0.06]), curve([0.82, 0.06, 0.6, 0.36, 0.48, 0.68, 0.46, 0.98])],
  ],
  [
    [
      curve([
        0.5, 0.48, 0.26, 0.32, 0.3, 0.1, 0.52, 0.02, 0.72, 0.12, 0.72, 0.32, 0.5, 0.48, 0.24, 0.66, 0.2, 0.86, 0.5,
        0.98, 0.8, 0.86, 0.76, 0.66, 0.5, 0.48,
      ]),
    ],
    // In one movement from the top right, crossing in the middle.
    [
      curve([
        0.74, 0.12, 0.5, 0.02, 0.26, 0.14, 0.34, 0.36, 0.62, 0.58, 0.76, 0.8, 0.52, 0.98, 0.24, 0.84, 0.36, 0.58, 0.64,
        0.38, 0.76, 0.16,
      ]),
    ],
  ],
  [
    [
      curve([0.76, 0.3, 0.58, 0.46, 0.32, 0.44, 0.2, 0.26, 0.34, 0.06, 0.6, 0.04, 0.76, 0.2]),
      lines([0.76, 0.2, 0.68, 0.98]),
    ],
    // With a curved tail.
    [
      curve([
        0.76, 0.28, 0.52, 0.48, 0.26, 0.38, 0.24, 0.14, 0.5, 0.02, 0.74, 0.14, 0.78, 0.5, 0.66, 0.84, 0.4, 0.98, 0.2,
        0.88,
      ]),
    ],
  ],
];
