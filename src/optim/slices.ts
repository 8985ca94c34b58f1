/**
 * Gradient descent on a table of which some slices were looked up: the rule that finds it, and how its kernel is lowered. Only programs with an
 * optimizer carry them.
 */

import { provide } from '../lower/index.js';
import { lowerUpdate } from '../lower/update.js';
import { addRule } from '../rules/graph.js';
import { updateNamedSlices } from '../rules/updates.js';

/** From here on, such an update touches only the slices that were looked up. */
export function updateSlices(): void {
  provide('update', lowerUpdate);
  addRule(updateNamedSlices);
}
