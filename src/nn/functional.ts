/**
 * Layers and losses as functions. A loss marks its prediction, so that what an optimizer's step computes includes it: reading the
 * scores after the step, for the accuracy, costs nothing.
 */
import { isFloat } from '../base/dtype.js';
import { ArgumentError, DTypeError, ShapeError } from '../base/errors.js';
import { sameShape, showShape } from '../base/shape.js';
import { labelMask } from '../tensor/labels.js';
import { matmul, type Reduction, Tensor, where, zerosLike } from '../tensor/index.js';
