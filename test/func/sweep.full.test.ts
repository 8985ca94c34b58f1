/**
 * Every function over batches and forwards, in every case of the fixtures.
 */
import { allCases } from '../fixtures/tables.js';
import { sweep } from './sweep.js';

const cases = allCases().filter(({ case: c }) => c.inputs.length > 0);
for (const engine of ['interpret', 'wasm']) sweep(engine, cases);
