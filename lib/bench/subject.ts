import type { tf } from '../environment/tensorflow';
import { type Batch, batchTensors } from '../model/batch';
import type { ModelConfig } from '../model/scales';
import { studyLesson } from '../study/run/lesson';
import { runSettings } from '../study/run/run-info';
import { pack } from '../tasks';
import type { TrainingConfig } from '../training/config';
import { Trainer } from '../training/trainer';

/** What is timed: a model at its random start and one batch. */
export interface Subject {
  readonly model: ModelConfig;
  readonly training: TrainingConfig;
  readonly trainer: Trainer;
  readonly batch: Batch;
  /** The batch as tensors: inputs, targets, weights and, where it is packed, positions. */
  tensors(): tf.Tensor2D[];
}

/**
 * @param sequences in a batch.
 * @param packed true for a run's own batches, whose rows hold several lines each; false for a row a line.
 * @param fixed true for one batch for ever, so that making batches is left out; false for a new one each update.
 */
export function subject(scale: string, sequences: number, packed: boolean, fixed = true): Subject {
  const { set, ...settings } = runSettings({ scale, batch: sequences });
  const { model, training } = settings;
  const lesson = studyLesson(settings, set);
  const lines = set.batchAt(training.seed, 1, sequences);
  const batch: Batch = packed ? pack(lines, model.context) : apart(lines, model.context);
  const tensors = () => batchTensors(batch, model.context);
  const trainer = new Trainer(fixed ? { ...lesson, batchAt: tensors } : lesson);
  return { model, training, trainer, batch, tensors };
}

/** A row a line, without positions. */
function apart(lines: Parameters<typeof pack>[0], context: number): Batch {
  const rows = lines.map((line) => pack([line], context, 1));
  const join = (name: 'inputs' | 'targets') =>
    Int32Array.from(rows.flatMap((row) => [...row[name]]));
  const weights = Float32Array.from(rows.flatMap((row) => [...row.weights]));
  return { inputs: join('inputs'), targets: join('targets'), weights };
}

/** Milliseconds that `work` takes. */
export function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}
