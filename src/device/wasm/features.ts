/**
 * What the WebAssembly engine of this process can do.
 */
import { builtin } from '../builtin.js';

let relaxed: boolean | undefined;

/** A function that uses f32x4.relaxed_madd. */
const RELAXED_PROBE = (() => {
  const body = [0, 0x20, 0, 0xfd, 0x13, 0x20, 1, 0xfd, 0x13, 0x20, 2, 0xfd, 0x13, 0xfd, 0x85, 2, 0xfd, 0x1f, 0, 0x0b];
  return Uint8Array.from([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    1,
    8,
    1,
    0x60,
    3,
    0x7d,
    0x7d,
    0x7d,
    1,
    0x7d,
    3,
    2,
    1,
    0,
    7,
    5,
    1,
    1,
    0x66,
    0,
    0,
    10,
    body.length + 2,
    1,
    body.length,
    ...body,
  ]);
})();

/** A function that uses i32x4.splat. */
const SIMD_PROBE = Uint8Array.from([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 0x41, 0, 0xfd, 0x11, 0x1a, 0x0b,
]);

export const hasSimd = (): boolean => typeof WebAssembly === 'object' && WebAssembly.validate(SIMD_PROBE);

interface NodeV8 {
  setFlagsFromString(flags: string): void;
}

/**
 * Whether there are relaxed instructions (a fused multiply-add). Node 20 has them behind a flag that can be set while
 * running; newer engines have them on.
 */
export function hasRelaxed(): boolean {
  if (relaxed !== undefined) return relaxed;
  relaxed = WebAssembly.validate(RELAXED_PROBE);
  if (!relaxed) {
    const v8 = builtin<NodeV8>('node:v8');
    if (v8) {
      v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
      relaxed = WebAssembly.validate(RELAXED_PROBE);
    }
  }
  return relaxed;
}
