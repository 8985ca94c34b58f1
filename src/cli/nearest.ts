/**
 * The word that was probably meant.
 */

/**
 * Edits that turn `a` into `b`: letters inserted, removed, replaced, or two neighbours swapped
 * (the restricted Damerau–Levenshtein distance).
 */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) best = Math.min(best, beforeLast[j - 2]! + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/** What a beginning costs, however much of the word is missing: more than one edit, less than two. */
const BEGINNING = 1.5;

/** The candidate nearest to `word`, or undefined when none is close. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 2)) + 1;
  for (const candidate of candidates) {
    const begins = word.length >= 2 && (candidate.startsWith(word) || word.startsWith(candidate));
    const edits = editDistance(word.toLowerCase(), candidate);
    const distance = begins ? Math.min(edits, BEGINNING) : edits;
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
