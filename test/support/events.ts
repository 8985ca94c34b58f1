/**
 * What the compiler did while a function ran, from the events it tells.
 */
import { listen } from '../../src/base/trace.js';

export interface Events {
  /** Kernels of each plan that ran, in order. */
  readonly plans: number[];
  /** How many plans were built. */
  builds: number;
  /** The texts of the kernels that were compiled. */
  readonly compiled: string[];
  /** How many contractions stand in the plans that were built. */
  contractions: number;
}

export function eventsOf(fn: () => void): Events {
  const events: Events = { plans: [], builds: 0, compiled: [], contractions: 0 };
  const stop = listen(({ room, what, detail }) => {
    if (room === 'run' && what === 'plan') events.plans.push(Number(detail.kernels));
    if (room === 'run' && what === 'build') {
      events.builds++;
      if (Array.isArray(detail.kernels))
        events.contractions += detail.kernels.filter((k: { name: string }) => k.name === 'contraction').length;
    }
    if (room === 'device' && what === 'compile') events.compiled.push(String(detail.key));
  });
  try {
    fn();
  } finally {
    stop();
  }
  return events;
}

/** How many kernels ran in all. */
export const kernelsOf = (fn: () => void): number => eventsOf(fn).plans.reduce((a, b) => a + b, 0);
