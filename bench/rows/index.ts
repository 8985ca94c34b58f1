/** All rows of the benchmark that run in a process which stays alive, in the order of the table. */
import { cnn } from './cnn.js';
import { gpt } from './gpt.js';
import { lstm } from './lstm.js';
import { matmuls } from './matmul.js';
import { mlps } from './mlp.js';
import { normalisations } from './normalise.js';
import type { Row } from './row.js';
import { chain, embedding, overhead } from './small.js';

export const ROWS: readonly Row[] = [
  ...matmuls,
  ...mlps,
  cnn,
  gpt,
  lstm,
  ...normalisations,
  chain,
  embedding,
  overhead,
];
