/**
 * What a program may set once for itself, and what it reads from the environment
 * (`CHAINRULE_ENGINE`, `CHAINRULE_THREADS`, `CHAINRULE_DEBUG`).
 */
import { ArgumentError } from './errors.js';

/**
 * What can be set for the whole process with {@link settings}, or by environment variables before the first
 * computation.
 */
export interface Settings {
  /** Compute each operation at once, for stepping through and for finding the first NaN. */
  eager: boolean;
  /** Which engine computes; `auto` takes the fastest one that works here. Read at the first computation. */
  engine: string;
  /** Threads an engine may use; 0 means as many as there are cores. */
  threads: number;
  /** 0 nothing, 1 devices and plans, 2 kernels, 3 fusion, 4 source. */
  debug: number;
  /** Check every stage of the compiler against its rules. Slow; on in the tests. */
  verify: boolean;
}

const environment: Record<string, string | undefined> =
  (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env ?? {};

const wholeNumber = (name: string): number => {
  const text = environment[name];
  if (text === undefined || text === '') return 0;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0)
    throw new ArgumentError(`${name} must be a whole number from 0 up, got "${text}"`);
  return value;
};

export const current: Settings = {
  eager: false,
  engine: environment.CHAINRULE_ENGINE || 'auto',
  threads: wholeNumber('CHAINRULE_THREADS'),
  debug: wholeNumber('CHAINRULE_DEBUG'),
  verify: environment.CHAINRULE_VERIFY === '1',
};

/** Changes the given settings and returns all of them. @throws ArgumentError for a name that is none. */
export function settings(changes: Partial<Settings> = {}): Readonly<Settings> {
  for (const name of Object.keys(changes)) {
    if (!(name in current)) {
      throw new ArgumentError(`unknown setting "${name}": there are ${Object.keys(current).join(', ')}`);
    }
  }
  return Object.freeze({ ...Object.assign(current, changes) });
}

/** Runs `fn` with nothing computed at once: for functions that are only looked at. */
export function unhurried<T>(fn: () => T): T {
  const { eager } = current;
  current.eager = false;
  try {
    return fn();
  } finally {
    current.eager = eager;
  }
}
