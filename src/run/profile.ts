/**
 * Where the time goes: `profile` times every kernel that runs inside a function. While it does, a plan runs kernel by
 * kernel instead of in one call, so the whole takes a little longer than usual.
 */
import { ArgumentError } from '../base/errors.js';
import type { KernelTimes } from '../device/machine.js';
import type { KernelFacts } from './kernel-facts.js';

/** One run of a plan. Times are in milliseconds since the process began. */
export interface TimedRun {
  readonly kernels: readonly KernelFacts[];
  readonly times: KernelTimes;
  readonly start: number;
  readonly end: number;
}

/** One kernel, over all of its calls. */
export interface KernelProfile extends KernelFacts {
  /** How often it ran. */
  readonly calls: number;
  /** Milliseconds of all its calls together. */
  readonly totalMs: number;
  /** Milliseconds of the median call. */
  readonly medianMs: number;
  /** 10⁹ operations a second in the median call; see {@link KernelFacts.flops} for what counts. */
  readonly gflops: number;
  /** 10⁹ bytes a second in the median call. */
  readonly gbps: number;
  /** Of the time of all kernels, from 0 to 1. */
  readonly share: number;
}

/** An event of the Trace Event Format (Chromium): times in microseconds. */
export interface ChromeEvent {
  /** The kernel. */
  readonly name: string;
  /** What kind of event it is. */
  readonly cat: string;
  /** A stretch of time. */
  readonly ph: 'X';
  /** When it began, in microseconds. */
  readonly ts: number;
  /** How long it took, in microseconds. */
  readonly dur: number;
  /** The process: always 1. */
  readonly pid: number;
  /** The thread: always 1. */
  readonly tid: number;
  /** What the kernel did: arithmetic, bytes, rates. */
  readonly args: Readonly<Record<string, string | number>>;
}
/** A profile in the Trace Event Format, which chrome://tracing and Perfetto show. */
export interface ChromeTrace {
  /** One event for each call of a kernel. */
  readonly traceEvents: readonly ChromeEvent[];
  /** The unit in which viewers show times. */
  readonly displayTimeUnit: 'ms';
}

const listeners = new Set<(run: TimedRun) => void>();

/** Whether somebody wants kernels to be timed. */
export const timing = (): boolean => listeners.size > 0;

/** Tells that a plan has run. */
export function timed(run: TimedRun): void {
  for (const listener of listeners) listener(run);
}

/** Times every kernel, and calls `listener` after each run of a plan, until the returned function is called. */
export function onTimed(listener: (run: TimedRun) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Per second, from an amount and milliseconds, in 10⁹. */
const rate = (amount: number, ms: number): number => (ms > 0 ? amount / ms / 1e6 : 0);

/** What {@link profile} has seen. */
export class Profile<T = unknown> {
  /** Every different kernel, the one that took longest first. */
  readonly kernels: readonly KernelProfile[];
  /** How many plans ran. */
  readonly plans: number;
  /** The time in kernels. */
  readonly kernelMs: number;

  constructor(
    private readonly runs: readonly TimedRun[],
    /** What the function returned. */
    readonly value: T,
    /** Milliseconds that it took, kernels included. */
    readonly totalMs: number,
  ) {
    this.plans = runs.length;
    const calls = new Map<KernelFacts, number[]>();
    for (const { kernels, times } of runs) {
      kernels.forEach((kernel, i) => {
        const list = calls.get(kernel);
        if (list) list.push(times.ms[i]!);
        else calls.set(kernel, [times.ms[i]!]);
      });
    }
    const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
    this.kernelMs = sum([...calls.values()].map(sum));
    this.kernels = Array.from(calls, ([facts, ms]): KernelProfile => {
      const [totalMs, medianMs] = [sum(ms), median(ms)];
      return {
        ...facts,
        calls: ms.length,
        totalMs,
        medianMs,
        gflops: rate(facts.flops, medianMs),
        gbps: rate(facts.bytes, medianMs),
        share: this.kernelMs > 0 ? totalMs / this.kernelMs : 0,
      };
    }).sort((a, b) => b.totalMs - a.totalMs);
  }

  /** The runs as Chromium's tracing pages (`chrome://tracing`, Perfetto) read them: write it to a file with `JSON.stringify`. */
  toChromeTrace(): ChromeTrace {
    const event = (
      cat: string,
      name: string,
      start: number,
      ms: number,
      args: Record<string, string | number>,
    ): ChromeEvent => ({ name, cat, ph: 'X', ts: start * 1000, dur: ms * 1000, pid: 1, tid: 1, args });
    const traceEvents = this.runs.flatMap(({ kernels, times, start, end }) => [
      event('plan', 'plan', start, end - start, { kernels: kernels.length }),
      ...kernels.map(({ name, values, flops, bytes }, i) =>
        event('kernel', name, times.start[i]!, times.ms[i]!, { values, flops, bytes }),
      ),
    ]);
    return { traceEvents, displayTimeUnit: 'ms' };
  }

  /** A table for people: the kernels by share of the time. */
  toString(): string {
    const rows = this.kernels.map((k) => `${k.calls} × ${timeLine(k, k.medianMs, k.share)}`);
    const head = `${this.plans} plans in ${this.totalMs.toFixed(3)} ms, of which kernels ${this.kernelMs.toFixed(3)} ms`;
    return [head, ...rows].join('\n');
  }
}

/** A kernel and one time of it, in one line. */
export function timeLine(facts: KernelFacts, ms: number, share: number): string {
  const numbers = [
    `${ms.toFixed(4)} ms`,
    `${rate(facts.flops, ms).toFixed(2)} GFLOP/s`,
    `${rate(facts.bytes, ms).toFixed(2)} GB/s`,
    `${(100 * share).toFixed(1)} %`,
  ];
  return `${numbers.join('  ')}  ${facts.name}: ${facts.values}`;
}

/**
 * Runs `fn` and times every kernel that runs inside it. Values are computed when they are read, so `fn` has to read
 * (or `realize`) what is to be measured; kernels are compiled at their first use, so run it once before.
 * @throws ArgumentError for an async `fn`: what else runs while it waits would be measured too
 */
export function profile<T>(fn: () => T): Profile<T> {
  const runs: TimedRun[] = [];
  const stop = onTimed((run) => runs.push(run));
  const start = performance.now();
  try {
    const value = fn();
    if (value instanceof Promise) {
      throw new ArgumentError('profile: the function is async: await outside, and profile each synchronous part');
    }
    return new Profile(runs, value, performance.now() - start);
  } finally {
    stop();
  }
}
