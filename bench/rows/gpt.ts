/** The row `gpt`: a small pre-norm transformer that predicts the next character, AdamW. */
import type { Tensor } from 'chainrule';
import * as nn from 'chainrule/nn';
import { AdamW } from 'chainrule/optim';
import type { Input, Inputs, Row, Sizes } from './row.js';
import { filled, labels, training, weight } from './training.js';

const { linear, layerNorm, embedding, crossEntropy, scaledDotProductAttention } = nn.functional;

const normalised = (x: Tensor, p: Inputs, name: string): Tensor =>
  layerNorm(x, [x.shape.at(-1)!], { weight: p[`${name}Weight`]!, bias: p[`${name}Bias`]! });

/** Attention and a two-layer perceptron, each added to what it gets. */
function block(x: Tensor, p: Inputs, name: string, heads: number): Tensor {
  const [batch = 0, time = 0, width = 0] = x.shape;
  const ofHeads = (y: Tensor): Tensor => y.reshape([batch, time, heads, width / heads]).transpose(1, 2);
  const qkv = linear(normalised(x, p, `${name}Norm1`), p[`${name}Qkv`]!);
  const [q, k, v] = qkv.chunk(3, -1).map(ofHeads);
  const attended = scaledDotProductAttention(q!, k!, v!, { isCausal: true });
  const seen = attended.transpose(1, 2).reshape([batch, time, width]);
  const y = x.add(linear(seen, p[`${name}Project`]!, p[`${name}ProjectBias`]!));
  const inner = linear(normalised(y, p, `${name}Norm2`), p[`${name}Up`]!, p[`${name}UpBias`]!).gelu();
  return y.add(linear(inner, p[`${name}Down`]!, p[`${name}DownBias`]!));
}

const blockInputs = (name: string, width: number): Input[] => [
  filled(`${name}Norm1Weight`, [width], 1),
  filled(`${name}Norm1Bias`, [width], 0),
  // No bias: the softmax would cancel the keys', and the sign of its rounding errors would be Adam's direction.
  weight(`${name}Qkv`, [3 * width, width]),
  weight(`${name}Project`, [width, width]),
  filled(`${name}ProjectBias`, [width], 0),
  filled(`${name}Norm2Weight`, [width], 1),
  filled(`${name}Norm2Bias`, [width], 0),
  weight(`${name}Up`, [4 * width, width]),
  filled(`${name}UpBias`, [4 * width], 0),
  weight(`${name}Down`, [width, 4 * width]),
  filled(`${name}DownBias`, [width], 0),
];

const blocks = ({ layers = 0 }: Sizes): string[] => Array.from({ length: layers }, (_, i) => `block${i}`);

export const gpt: Row = {
  id: 'gpt',
  what: '4 layers, width 128, 4 heads, context 128, batch 16, vocabulary 65, GELU, pre-norm, AdamW: a whole step',
  sizes: { batch: 16, time: 128, width: 128, heads: 4, layers: 4, vocabulary: 65 },
  tiny: { batch: 2, time: 5, width: 8, heads: 2, layers: 1, vocabulary: 7 },
  inputs: (sizes) => {
    const { batch = 0, time = 0, width = 0, vocabulary = 0 } = sizes;
    return [
      labels('tokens', [batch, time], vocabulary),
      labels('targets', [batch, time], vocabulary),
      { name: 'tokenTable', shape: [vocabulary, width], values: { normal: 0.5 }, trained: true },
      { name: 'placeTable', shape: [time, width], values: { normal: 0.5 }, trained: true },
      ...blocks(sizes).flatMap((name) => blockInputs(name, width)),
      filled('lastNormWeight', [width], 1),
      filled('lastNormBias', [width], 0),
      weight('head', [vocabulary, width]),
    ];
  },
  program: ({ tokens, targets, ...p }, sizes) =>
    training(new AdamW(Object.values(p), { lr: 0.001 }), () => {
      let x = embedding(tokens!, p.tokenTable!).add(p.placeTable!);
      for (const name of blocks(sizes)) x = block(x, p, name, sizes.heads!);
      const logits = linear(normalised(x, p, 'lastNorm'), p.head!);
      return crossEntropy(logits.reshape([-1, sizes.vocabulary!]), targets!.flatten());
    }),
  tolerance: 3e-2,
};
