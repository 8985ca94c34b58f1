/**
 * Letting the rest of the program have its turn.
 *
 * In a synchronous loop no event arrives: no signal, no message, no click. So a long loop pauses now and then.
 */

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });

/** Pauses at most once in `interval` milliseconds, however often it is asked. */
export class Pauses {
  private last = performance.now();

  constructor(private readonly interval = 25) {}

  /** True when a pause is due: then `await` {@link take}. Cheap, so a loop can ask at every step. */
  get due(): boolean {
    return performance.now() - this.last >= this.interval;
  }

  /** Lets every waiting event be handled. */
  async take(): Promise<void> {
    await nextTurn();
    this.last = performance.now();
  }
}
