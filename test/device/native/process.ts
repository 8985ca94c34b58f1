/** A process of its own: computes with the kernels in the folder that it is given, and prints the result. */
import { NativeMachine } from '../../../src/device/native/machine.js';
import { tensor } from '../../../src/index.js';
import { CompiledEngine } from '../../../src/run/compiled.js';
import { withEngine } from '../../../src/run/engine.js';

const machine = NativeMachine.make({ folder: process.argv[2], smallPrice: 0, threads: 3 });
if (typeof machine === 'string') throw new Error(machine);
const value = withEngine(new CompiledEngine(machine), () => tensor([1, 2, 3, 4]).add(1).square().sub(1).toArray());
console.log(JSON.stringify(value));
