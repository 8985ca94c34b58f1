/**
 * Linear algebra against numbers made by PyTorch (`test/fixtures/make_linalg.py`).
 */
import { LINALG_CALLS } from '../fixtures/calls-linalg.js';
import { fixtureTests } from '../fixtures/check.js';

fixtureTests(['linalg'], LINALG_CALLS);
