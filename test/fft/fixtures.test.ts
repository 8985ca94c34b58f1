/**
 * Fourier transforms against numbers made by PyTorch (`test/fixtures/make_fft.py`).
 */
import * as fourier from 'chainrule/fft';
import { byNameIn } from '../fixtures/calls-rooms.js';
import { fixtureTests } from '../fixtures/check.js';

const NAMES = [
  'fft',
  'ifft',
  'rfft',
  'irfft',
  'fft2',
  'ifft2',
  'rfft2',
  'irfft2',
  'fftshift',
  'ifftshift',
  'fftfreq',
  'rfftfreq',
];

fixtureTests(['fft'], byNameIn(fourier, NAMES));
