/**
 * `chainrule/train`: the training loop, its memory, its progress, and its report.
 *
 * @module chainrule/train
 */
export { type Checkpoint, makeCheckpoint, type ResumableBatches, restoreCheckpoint } from './checkpoint.js';
export { type ConfusedPair, ConfusionMatrix } from './confusion.js';
export { EarlyStopping, type EarlyStoppingState } from './early-stopping.js';
export { type Batches, type Evaluation, evaluate, type MeasuredBatch } from './evaluate.js';
export { type EpochSums, type FitOptions, type FitResult, type FitState, fit, startOfFit } from './fit.js';
export {
  checkGradients,
  type GradientCheckOptions,
  type GradientCheckResult,
  type WorstElement,
} from './gradient-check.js';
export { type EpochRecord, History, type HistoryRecord } from './history.js';
export { type BatchResult, type Learner, ModuleLearner } from './learner.js';
export {
  formatDuration,
  formatPercent,
  type Progress,
  ProgressLine,
  type ProgressOptions,
  type ProgressSink,
} from './progress.js';
export type { FirstLayer, ImageSize, Mistake } from './report/images.js';
export { type ReportContent, renderReport } from './report/page.js';
