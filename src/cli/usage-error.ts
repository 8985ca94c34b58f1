/**
 * A command line that cannot be followed.
 */
import { ChainruleError } from '../base/errors.js';

export class UsageError extends ChainruleError {
  override name = 'UsageError';
}
