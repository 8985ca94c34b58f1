/**
 * Memory at step 10,000 of a synchronous training loop is what it was at step 1,000.
 */
import { it } from 'vitest';
import { expectFlat, LOOPS } from './memory.js';

/** What V8 takes for its young generation while much is copied home and dropped: it comes in jumps and ends at about 16 MiB. */
const YOUNG = 40 * 2 ** 20;

it.each(LOOPS)('%s: flat from step 1,000 to 10,000', (name) => {
  expectFlat(name, 1000, 10_000, name === 'backward, step, read' ? 0 : YOUNG);
});
