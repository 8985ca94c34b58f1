/**
 * Fourier transforms against numbers made by PyTorch (`test/fixtures/make_fft.py`).
 */
import { FFT_CALLS } from '../fixtures/calls-fft.js';
import { fixtureTests } from '../fixtures/check.js';

fixtureTests(['fft'], FFT_CALLS, { someOnNative: true });
