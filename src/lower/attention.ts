/**
 * Lowering of attention: forward, the result and the log-sum-exp; backward, the gradients.
 */
import type { Graph, Kernel } from '../fuse/index.js';
import { AttentionBackward } from './attention-backward.js';
import { AttentionBlocks } from './attention-blocks.js';
import { AttentionForward } from './attention-forward.js';
import type { Lowered } from './kernel.js';
import type { Target } from './target.js';

export function lowerAttention(kernel: Kernel, graph: Graph, target: Target, home: (at: number) => string): Lowered {
  const blocks = new AttentionBlocks(kernel, graph, target, home);
  const pass = blocks.shape.places.g === undefined ? new AttentionForward(blocks) : new AttentionBackward(blocks);
  const loops = pass.loops();
  return blocks.args.lowered('attention', [...blocks.before(), ...loops]);
}
