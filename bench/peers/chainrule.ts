/**
 * chainrule as a contestant: the rows as they stand in `rows/`. The engine and its threads come from the environment, as a
 * user would set them.
 */
import { engineInfo } from 'chainrule';
import { MODES, runnableOf } from '../rows/runnable.js';
import { serve } from '../worker.js';

const dtype = process.argv[4] === 'float64' ? 'float64' : 'float32';
const { name, threads, why } = engineInfo();
if (name !== process.env.CHAINRULE_ENGINE || threads !== Number(process.env.CHAINRULE_THREADS)) {
  throw new Error(`the engine is ${name} with ${threads} threads: ${why}`);
}
const greeting = { version: process.env.BENCH_VERSION ?? 'unknown', modes: MODES };
await serve(greeting, (task, folder, mode) => runnableOf(task, folder, mode, dtype));
