/**
 * Every record on every engine, as the engine comes.
 */
import { engineNames, unavailable } from '../../src/run/engine.js';
import { recordTests } from './records.js';

recordTests(engineNames().map((name) => ({ name, engine: name, missing: unavailable(name) })));
