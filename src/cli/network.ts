/**
 * What the main job's two networks have in common: what can be asked of them, and the weights they start from.
 */
import type { TwoLayerNet } from '../scratch/index.js';
import { Generator, randn, realize, type Tensor, zeros } from '../tensor/index.js';
import type { GradientCheckResult, Learner } from '../train/index.js';

export interface NetworkSizes {
  inputs: number;
  hidden: number;
  classes: number;
}

export interface NetworkOptions extends NetworkSizes {
  lr: number;
  seed: number;
}

/** A row of the model summary. */
export interface LayerRow {
  layer: string;
  /** The shape of its output, without the batch. */
  output: number;
  /** The names of its parameters in {@link Network.parameters}. */
  parameters: readonly string[];
}

/** A learner that can also be described, checked and drawn. */
export interface Network extends Learner {
  /** One line about it. */
  readonly title: string;
  readonly layers: readonly LayerRow[];
  /** The parameters by name: what the model's file holds. */
  parameters(): Record<string, Tensor>;
  /** The weights of the first layer, one hidden unit after another: `hidden · inputs` values. */
  firstLayer(): Float32Array;
  /** What a picture of the loss of a batch is drawn from. */
  drawable(inputs: Tensor, labels: Tensor): Tensor | TwoLayerNet;
  /** Compares its gradients on a batch with central differences, in a float64 copy of itself. */
  checkGradients(inputs: Tensor, labels: Tensor): GradientCheckResult[];
}

/** The initial weights, in the layout of the lessons: W [inputs, outputs]. */
export interface InitialWeights {
  W1: Tensor;
  b1: Tensor;
  W2: Tensor;
  b2: Tensor;
}

const WEIGHT_STD = 0.01;

/** 0.01·N(0, 1) for the weights, 0 for the biases; float32, so that a float64 copy starts at the same numbers. */
export function initialWeights({ inputs, hidden, classes }: NetworkSizes, seed: number): InitialWeights {
  const generator = new Generator(seed);
  const weights = {
    W1: randn([inputs, hidden], { generator }).mul(WEIGHT_STD),
    b1: zeros([hidden]),
    W2: randn([hidden, classes], { generator }).mul(WEIGHT_STD),
    b2: zeros([classes]),
  };
  realize(...Object.values(weights));
  return weights;
}

export type FloatType = 'float32' | 'float64';
