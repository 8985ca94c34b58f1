/**
 * Where the compiler tells what it did. Nobody listens by default, so telling costs one comparison.
 * A viewer, a profiler or a test listens with {@link listen}.
 */
export interface TraceEvent {
  /** The room that tells: `rules`, `fuse`, `lower`, `run`, … */
  readonly room: string;
  /** What happened, one word: `rewrite`, `kernel`, `plan`, … */
  readonly what: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

const listeners = new Set<(event: TraceEvent) => void>();

/** True while somebody listens: ask before building a costly detail. */
export const tracing = (): boolean => listeners.size > 0;

export function trace(room: string, what: string, detail: Readonly<Record<string, unknown>>): void {
  for (const listener of listeners) listener({ room, what, detail });
}

/** Calls `listener` for every event until the returned function is called. */
export function listen(listener: (event: TraceEvent) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
