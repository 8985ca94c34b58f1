/**
 * A quick look at memory over training steps; ten thousand of them are in `memory.full.test.ts`.
 */
import { it } from 'vitest';
import { expectFlat, LOOPS } from './memory.js';

it.each(LOOPS)('%s: flat from step 300 to 1,500', (name) => expectFlat(name, 300, 1500, 24 * 2 ** 20));
