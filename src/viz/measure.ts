/**
 * How wide a text will be. Whoever shows the picture chooses the font, so the widths are those of a wide sans-serif.
 */

/** Widths in ems, first match wins. */
const WIDTHS: readonly (readonly [RegExp, number])[] = [
  [/\p{M}|\p{Cf}/u, 0],
  // Hangul, Chinese, Japanese, full-width forms and pictures fill their square.
  [
    /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f000}-\u{3fffd}]/u,
    1,
  ],
  [/[iljI.,:;|!'’·[\]()ft ]/, 0.38],
  [/[mwMW@%→←⋯]/, 0.98],
  [/\p{Lu}|[+=×÷−<>≤≥≠~]/u, 0.76],
];
const OTHERWISE = 0.63;

/** The width of a line of text at a font size, in the unit of the size. */
export function widthOf(text: string, size: number): number {
  let ems = 0;
  for (const c of text) ems += WIDTHS.find(([pattern]) => pattern.test(c))?.[1] ?? OTHERWISE;
  return ems * size;
}
