/**
 * Every function over batches and forwards, in one case each.
 */
import { firstCases } from '../fixtures/tables.js';
import { sweep } from './sweep.js';

sweep('interpret', firstCases());
