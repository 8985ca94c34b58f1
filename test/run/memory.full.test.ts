/**
 * Memory at step 10,000 of a synchronous training loop is what it was at step 1,000.
 */
import { it } from 'vitest';
import { expectFlat, LOOPS } from './memory.js';

/** Results that were copied home and dropped stay until V8 has counted 64 MiB of them: memory comes in jumps, and ends there. */
const DROPPED = 64 * 2 ** 20;

it.each(LOOPS)('%s: flat from step 1,000 to 10,000', (name) => {
  expectFlat(name, 1000, 10_000, name === 'backward, step, read' ? 0 : DROPPED);
});
