/**
 * The losses against numbers made by PyTorch (`test/fixtures/make.py`).
 */
import { LOSS_CALLS } from '../fixtures/calls-losses.js';
import { fixtureTests } from '../fixtures/check.js';

fixtureTests(['losses'], LOSS_CALLS);
