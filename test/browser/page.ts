/** The page: trains on its own thread, or with `?worker` in a worker, and leaves the outcome in `window.outcome`. */
import { train } from '../project/consumer/train.js';

/** What a run on the page reports. */
export interface Outcome {
  readonly losses?: readonly number[];
  readonly error?: string;
  readonly isolated: boolean;
}

declare global {
  var outcome: Outcome | undefined;
}

const report = (result: Omit<Outcome, 'isolated'>): void => {
  globalThis.outcome = { ...result, isolated: crossOriginIsolated };
};

if (location.search === '?worker') {
  const worker = new Worker('worker.js', { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<Omit<Outcome, 'isolated'>>) => report(data);
  worker.onerror = ({ message }) => report({ error: message });
} else {
  try {
    report({ losses: train() });
  } catch (error) {
    report({ error: String(error) });
  }
}
