/**
 * Ctrl-C: the first ends the training in order, the second ends the program.
 */
import { say, type Terminal } from './terminal.js';

/** The exit code of a program that was ended by Ctrl-C: 128 and the number of the signal. */
export const INTERRUPTED = 130;

export interface Interrupts {
  /** Aborts at the first Ctrl-C. */
  signal: AbortSignal;
  /** Leaves Ctrl-C to the system again. */
  release(): void;
}

/** Catches Ctrl-C until released. Only a program that lets events happen now and then will notice. */
export function catchInterrupts(terminal: Terminal): Interrupts {
  const controller = new AbortController();
  const onInterrupt = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
    say(
      { ...terminal, out: terminal.err },
      '\nending after this step and saving everything; press Ctrl-C again to leave at once',
    );
  };
  process.on('SIGINT', onInterrupt);
  return { signal: controller.signal, release: () => process.off('SIGINT', onInterrupt) };
}
