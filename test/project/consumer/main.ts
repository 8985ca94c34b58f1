/** Runs the training in Node and prints its losses as JSON. */
import { train } from './train.js';

console.log(JSON.stringify(train()));
