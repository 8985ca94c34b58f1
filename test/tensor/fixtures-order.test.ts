/**
 * Sorting, masks, scatters and counting against numbers made by PyTorch and NumPy (`test/fixtures/make_order.py`).
 */
import { ORDER_CALLS } from '../fixtures/calls-order.js';
import { fixtureTests } from '../fixtures/check.js';

fixtureTests(['order'], ORDER_CALLS);
