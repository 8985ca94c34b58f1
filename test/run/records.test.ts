/**
 * Every record on every engine, as the engine comes. That C has the gradients which finite differences find, the long tests see.
 */
import { engineNames, unavailable } from '../../src/run/engine.js';
import { recordTests } from './records.js';

recordTests(
  engineNames().map((name) => ({ name, engine: name, missing: unavailable(name), brief: name === 'native' })),
);
