/**
 * What bundles for browsers have in place of `index.ts`.
 */
import type { Machine } from '../machine.js';

export const nativeMachine = (_threads: number): Machine | string => 'it needs Node';
