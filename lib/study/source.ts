import { batchAt, generator, pack, packedRows } from '../tasks';
import type { TrainingConfig } from '../training/config';
import type { TrainingSource } from '../training/trainer';

/**
 * Batches and random start of a run of the study: the even mixture of all 24 task-levels, packed. All batches
 * have as many rows as the fullest, so that the training step is compiled once.
 */
export function studySource({ seed, batch }: TrainingConfig): TrainingSource {
  const rows = packedRows(batch);
  return {
    batchAt: (step) => pack(batchAt(seed, step, batch), rows),
    gaussian: () => {
      const random = generator(seed, 'initial weights');
      return () => random.gaussian();
    },
  };
}
