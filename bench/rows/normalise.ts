/** The rows `softmax`, `layernorm` and their `-grad`: over the rows of a large matrix, where memory is the limit. */
import type { Tensor } from 'chainrule';
import * as nn from 'chainrule/nn';
import type { Input, Inputs, Row, Sizes } from './row.js';

const { layerNorm } = nn.functional;

interface Function {
  readonly id: string;
  /** What it has beside the matrix. */
  readonly parameters: (sizes: Sizes) => readonly Input[];
  readonly of: (inputs: Inputs) => Tensor;
}

const functions: readonly Function[] = [
  { id: 'softmax', parameters: () => [], of: ({ x }) => x!.softmax(-1) },
  {
    id: 'layernorm',
    parameters: ({ columns = 0 }) => [
      { name: 'weight', shape: [columns], values: { normal: 1 } },
      { name: 'bias', shape: [columns], values: { normal: 1 } },
    ],
    of: ({ x, weight, bias }) => layerNorm(x!, [x!.shape.at(-1)!], { weight: weight!, bias: bias! }),
  },
];

const sizes = { rows: 4096, columns: 4096 };
const tiny = { rows: 5, columns: 19 };
const matrix = (name: string, { rows = 0, columns = 0 }: Sizes): Input => ({
  name,
  shape: [rows, columns],
  values: { normal: 1 },
});

const forwardRow = ({ id, parameters, of }: Function): Row => ({
  id,
  what: 'over the rows of a 4096 × 4096 matrix, forward',
  sizes,
  tiny,
  inputs: (sizes) => [matrix('x', sizes), ...parameters(sizes)],
  program: (inputs) => () => [of(inputs)],
  tolerance: 1e-5,
});

const gradientRow = ({ id, parameters, of }: Function): Row => ({
  id: `${id}-grad`,
  what: 'over the rows of a 4096 × 4096 matrix, forward and backward: the value and all gradients',
  sizes,
  tiny,
  inputs: (sizes) => [matrix('x', sizes), ...parameters(sizes), matrix('cotangent', sizes)],
  program: ({ cotangent, ...inputs }) => {
    const leaves = Object.values(inputs);
    for (const leaf of leaves) leaf.requiresGrad = true;
    return () => {
      for (const leaf of leaves) leaf.grad = null;
      const y = of(inputs);
      y.backward(cotangent!);
      return [y, ...leaves.map((leaf) => leaf.grad!)];
    };
  },
  tolerance: 1e-5,
});

export const normalisations: readonly Row[] = [...functions.map(forwardRow), ...functions.map(gradientRow)];
