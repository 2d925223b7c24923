import type { tf } from '../environment/tensorflow';
import { type Batch, batchTensors } from '../model/batch';
import { type ModelConfig, modelConfig } from '../model/scales';
import { studySource } from '../study/source';
import { batchAt, CONTEXT, VOCABULARY } from '../tasks';
import { type TrainingConfig, trainingConfig } from '../training/config';
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
 * @param packed true for a run's own batches, whose rows hold several sequences each; false for a row a sequence.
 * @param fixed true for one batch for ever, so that making batches is left out; false for a new one each update.
 */
export function subject(scale: string, sequences: number, packed: boolean, fixed = true): Subject {
  const model = modelConfig(scale, VOCABULARY, CONTEXT);
  const training = trainingConfig({ scale, batch: sequences, steps: 1_000_000 });
  const source = studySource(training);
  const batch = packed ? source.batchAt(1) : batchAt(training.seed, 1, sequences);
  const trainer = Trainer.start(
    model,
    training,
    fixed ? { ...source, batchAt: () => batch } : source,
  );
  return { model, training, trainer, batch, tensors: () => batchTensors(batch, CONTEXT) };
}

/** Numbers in a model's parameters. */
export function parameterCount({ parameters }: Trainer): number {
  return Object.values(parameters).reduce((sum, { size }) => sum + size, 0);
}
