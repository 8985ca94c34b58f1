/**
 * Where a data set came from, told in one line.
 */
export interface DataSource {
  /** Which data these are. */
  readonly dataset: 'mnist' | 'digits';
  /** How they were had. */
  readonly how: 'found' | 'downloaded' | 'generated';
  /** The folder it was found in, the address it came from, or what it was generated from. */
  readonly where: string;
  /** What was tried before, and why it did not serve; what did not go well. */
  readonly notes: readonly string[];
}

const HOW = { found: 'found in', downloaded: 'downloaded from', generated: 'generated with' } as const;
const TITLE = { mnist: 'MNIST', digits: 'built-in digits' } as const;

/** One line that says which data these are and why, for example `MNIST, found in /data/mnist`. */
export function describeSource({ dataset, how, where, notes }: DataSource): string {
  const line = `${TITLE[dataset]}, ${HOW[how]} ${where}`;
  return notes.length === 0 ? line : `${line} (${notes.join('; ')})`;
}
