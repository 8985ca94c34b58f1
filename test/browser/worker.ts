/** The training in a worker: posts the losses, or what went wrong. */
import { train } from '../project/consumer/train.js';

try {
  postMessage({ losses: train() });
} catch (error) {
  postMessage({ error: String(error) });
}
