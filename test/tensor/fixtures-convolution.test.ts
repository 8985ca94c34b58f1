/**
 * Convolution and pooling against numbers made by PyTorch (`test/fixtures/make_conv.py`): values, gradients, second derivatives.
 */
import { CONVOLUTION_CALLS, POOLING_CALLS } from '../fixtures/calls-images.js';
import { fixtureTests } from '../fixtures/check.js';

fixtureTests(['convolution'], CONVOLUTION_CALLS, { someOnNative: true });
fixtureTests(['pooling'], POOLING_CALLS, { someOnNative: true });
