/**
 * Fourier transforms, `chainrule/fft`. A complex tensor has its real and imaginary parts side by side in a last axis of size 2; axes are
 * counted without that one. Any length takes n log n steps. Everything has gradients of any order.
 *
 * @module chainrule/fft
 */
export {
  type Fft2Options,
  type FftOptions,
  fft,
  fft2,
  ifft,
  ifft2,
  irfft,
  irfft2,
  type Norm,
  rfft,
  rfft2,
} from './fourier.js';
export { fftfreq, fftshift, ifftshift, rfftfreq, type ShiftOptions } from './frequencies.js';
