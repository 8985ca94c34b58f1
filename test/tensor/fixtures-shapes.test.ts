/**
 * Scans, norms, arranging and indexing against numbers made by PyTorch (`test/fixtures/make_shapes.py`).
 */
import { SHAPE_CALLS } from '../fixtures/calls-shapes.js';
import { fixtureTests } from '../fixtures/check.js';

fixtureTests(['shapes'], SHAPE_CALLS);
