/**
 * The wider elementwise alphabet and the activations of `nn.functional` against numbers made by PyTorch and NumPy
 * (`test/fixtures/make_functions.py`).
 */
import { FUNCTION_CALLS, FUNCTIONAL_CALLS } from '../fixtures/calls-functions.js';
import { fixtureTests } from '../fixtures/check.js';

fixtureTests(['functions'], FUNCTION_CALLS);
fixtureTests(['functional'], FUNCTIONAL_CALLS);
