/**
 * The line that shows how a training is going: rewritten in place on a terminal, a plain line now and then elsewhere.
 */

/** Where the progress goes; Node's `process.stdout` is one. */
export interface ProgressSink {
  /** Takes a piece of text. */
  write(text: string): unknown;
  /** Whether a line can be rewritten in place. */
  isTTY?: boolean;
  /** Width in characters; a longer line would wrap, so it is cut. */
  columns?: number;
}

/** What one step says about the training. */
export interface Progress {
  /** The epoch under way, counted from 1. */
  epoch: number;
  /** How many epochs there will be. */
  epochs: number;
  /** Steps done in this epoch, of how many. */
  step: number;
  /** How many steps an epoch has. */
  stepsPerEpoch: number;
  /** Means over the epoch so far. */
  loss: number;
  /** The fraction of the epoch’s examples so far that were right. */
  accuracy: number;
}

/** Options of {@link ProgressLine}. */
export interface ProgressOptions {
  /** Colour the line; only where the sink is a terminal. */
  color?: boolean;
  /** Milliseconds between two writes: default 100 on a terminal, 10 s elsewhere. */
  interval?: number;
  /** The clock, in milliseconds; `performance.now` unless a test brings its own. */
  now?: () => number;
}

const BAR = 16;
const ERASE_LINE = '\r\x1b[2K';
const DIM = ['\x1b[2m', '\x1b[22m'] as const;
const CYAN = ['\x1b[36m', '\x1b[39m'] as const;

/** Whole seconds as `12 s`, `3 min 05 s` or `1 h 02 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  const two = (n: number): string => String(n).padStart(2, '0');
  if (minutes < 60) return `${minutes} min ${two(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** A fraction as a percentage with `digits` decimals: `97.25 %`. */
export const formatPercent = (fraction: number, digits = 2): string => `${(100 * fraction).toFixed(digits)} %`;

/** Writes {@link Progress} to a sink, not oftener than a reader wants. */
export class ProgressLine {
  private readonly live: boolean;
  private readonly interval: number;
  private readonly now: () => number;
  private readonly color: boolean;
  private lastWrite: number;
  private shown = false;
  /** Where the rate is counted from: the first step seen (its compilation would falsify the rate). */
  private origin: { time: number; steps: number } | null = null;

  constructor(
    private readonly sink: ProgressSink,
    options: ProgressOptions = {},
  ) {
    this.live = sink.isTTY === true;
    this.color = this.live && options.color !== false;
    this.interval = options.interval ?? (this.live ? 100 : 10_000);
    this.now = options.now ?? (() => performance.now());
    this.lastWrite = this.live ? -Infinity : this.now();
  }

  /** Call after every step; writes when it is time to. */
  update(progress: Progress): void {
    const time = this.now();
    const steps = (progress.epoch - 1) * progress.stepsPerEpoch + progress.step;
    this.origin ??= { time, steps };
    if (time - this.lastWrite < this.interval) return;
    this.lastWrite = time;
    const text = this.line(progress, steps, (time - this.origin.time) / 1000);
    this.sink.write(this.live ? ERASE_LINE + text : `${text}\n`);
    this.shown = this.live;
  }

  /** Removes the live line, so that other text can be written in its place. */
  clear(): void {
    if (this.shown) this.sink.write(ERASE_LINE);
    this.shown = false;
  }

  private line(progress: Progress, steps: number, seconds: number): string {
    const { epoch, epochs, step, stepsPerEpoch, loss, accuracy } = progress;
    const rate = seconds > 0 ? (steps - (this.origin?.steps ?? 0)) / seconds : 0;
    const left = rate > 0 ? ` · ${formatDuration((epochs * stepsPerEpoch - steps) / rate)} left` : '';
    const head = `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`;
    const where = `step ${String(step).padStart(String(stepsPerEpoch).length)}/${stepsPerEpoch}`;
    const what = `loss ${loss.toFixed(4)} · accuracy ${formatPercent(accuracy)}`;
    const tail = `${rate > 0 ? ` · ${rate < 10 ? rate.toFixed(1) : Math.round(rate)} steps/s` : ''}${left}`;
    if (!this.live) return `${head} · ${where} · ${what}${tail}`;
    const full = Math.round((BAR * step) / stepsPerEpoch);
    const pieces: [string, readonly [string, string] | null][] = [
      [`${head} `, null],
      ['━'.repeat(full), CYAN],
      [(this.color ? '━' : '─').repeat(BAR - full), DIM],
      [` ${where} · ${what}`, null],
      [tail, DIM],
    ];
    // Without colours the rest of the bar is told apart by a thinner line.
    return this.fit(this.color ? pieces : pieces.map(([text]) => [text, null]));
  }

  /** Joins the pieces, cut to the sink's width; escape codes take no room. */
  private fit(pieces: [string, readonly [string, string] | null][]): string {
    let room = (this.sink.columns ?? 120) - 1;
    let line = '';
    for (const [text, style] of pieces) {
      const cut = text.slice(0, room);
      room -= cut.length;
      line += style === null || cut === '' ? cut : style[0] + cut + style[1];
    }
    return line;
  }
}
