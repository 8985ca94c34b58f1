/**
 * Text that is safe inside HTML and SVG, and numbers short enough for pictures.
 */

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Escapes text for element content and quoted attributes. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

/** A coordinate with at most two decimals. */
export const coordinate = (value: number): string => String(Math.round(value * 100) / 100);
