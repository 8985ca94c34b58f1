import { expect, it } from 'vitest';
import { randomCase } from './random-program.js';
import { runBoth } from './run.js';

it('random programs do what the interpreter does, to the last bit', () => {
  for (let seed = 0; seed < 120; seed++) {
    const { program, buffers } = randomCase(seed);
    const { wasm, meaning } = runBoth(program, buffers);
    expect(wasm, `seed ${seed}`).toEqual(meaning);
  }
});
