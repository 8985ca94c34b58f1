/**
 * The native machine, if there can be one here. Bundles for browsers get `browser.ts` in place of this file, by the
 * package's field of that name: they need not carry a C compiler's input.
 */
import type { Machine } from '../machine.js';
import { NativeMachine } from './machine.js';

/** The machine with at most so many threads (0: as many as there are cores), or the reason why it cannot work here. */
export const nativeMachine = (threads: number): Machine | string => NativeMachine.make({ threads });
