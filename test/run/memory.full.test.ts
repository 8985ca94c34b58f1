/**
 * Memory at step 10,000 of a synchronous training loop is what it was at step 1,000.
 */
import { it } from 'vitest';
import { expectFlat, LOOPS } from './memory.js';

it.each(Object.keys(LOOPS))('%s: flat from step 1,000 to 10,000', (name) => expectFlat(name, 1000, 10_000));
