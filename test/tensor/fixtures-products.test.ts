/**
 * Products of tensors, distances, and images at other sizes against numbers made by PyTorch and NumPy
 * (`test/fixtures/make_products.py`, `make_resampling.py`).
 */
import { PRODUCT_CALLS, RESAMPLING_CALLS } from '../fixtures/calls-products.js';
import { fixtureTests } from '../fixtures/check.js';

fixtureTests(['products'], PRODUCT_CALLS);
fixtureTests(['resampling'], RESAMPLING_CALLS);
