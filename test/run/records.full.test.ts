/**
 * Every record in C, with no kernel too small for it.
 */
import { expect, it } from 'vitest';
import { NativeMachine } from '../../src/device/native/machine.js';
import { CompiledEngine } from '../../src/run/compiled.js';
import { recordTests } from './records.js';

const machine = NativeMachine.make({ smallPrice: 0 });

it('there is a C compiler to test with', () => {
  expect(machine).toBeInstanceOf(NativeMachine);
});

if (typeof machine !== 'string') {
  recordTests([{ name: 'C alone', engine: new CompiledEngine(machine), missing: null }]);
}
